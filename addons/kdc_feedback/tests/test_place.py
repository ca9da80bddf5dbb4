from lxml import etree
from odoo.tests import tagged

from ..models.kdc_feedback_board import MINIMUM
from .common import FeedbackCommon


@tagged("post_install", "-at_install")
class TestPlace(FeedbackCommon):
    """Whoever reads a feedback sees where the matter is, also when only a point was sent."""

    def test_the_form_shows_the_point(self):
        feedback = self._send(area_id=False, location=False, latitude=12.2388, longitude=109.1967)
        for user in (self.user_handler, self.user_dispatcher, self.user_auditor):
            cases = self.env["kdc.feedback"].with_user(user)
            form = etree.fromstring(cases.get_view(view_type="form")["arch"])
            with self.subTest(user.login):
                (point,) = form.xpath("//page[@name='map']/field[@name='latitude']")
                self.assertEqual((point.get("widget"), point.get("readonly")), ("kdc_map_position", "1"))
                self.assertEqual(form.xpath("//page[@name='map']/@invisible"), ["not latitude"])
                seen = cases.browse(feedback.id).read(["latitude", "longitude"])[0]
                self.assertEqual((seen["latitude"], seen["longitude"]), (12.2388, 109.1967))
                self.assertTrue(self.env["kdc.dwelling"].with_user(user).get_map_settings(None)["center"])

    def test_no_name_on_the_map_tells_where_somebody_lives(self):
        for street, count in (("Wide Street", MINIMUM), ("Narrow Street", MINIMUM - 1)):
            for number in range(count):
                self._create_dwelling(str(number + 1), street, self.group_a, latitude=12.25, longitude=109.19)
        found = {name: point for name, *point in self.env["kdc.feedback"]._map_names(self.company, "street")}
        self.assertEqual([round(degrees, 6) for degrees in found["Wide Street"]], [12.25, 109.19])
        self.assertNotIn("Narrow Street", found)
