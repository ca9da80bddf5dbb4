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

    def test_a_known_place_says_where_in_words_and_as_a_point(self):
        places = self.env["kdc.feedback.place"].with_user(self.user_dispatcher)
        market = places.create({"name": "Chợ Xóm Mới", "latitude": 12.24, "longitude": 109.19})
        self.assertEqual(market.company_id, self.company)
        self.assertEqual(market._with_words(""), "Chợ Xóm Mới")
        self.assertEqual(market._with_words("cổng sau"), "Chợ Xóm Mới, cổng sau")
        self.assertEqual(market._with_words("cho xom moi, cổng sau"), "cho xom moi, cổng sau", "said already")
        self.assertEqual(market._point(), {"latitude": 12.24, "longitude": 109.19})
        self.assertEqual(places.create({"name": "Park"})._point(), {})
        self.assertEqual((places.browse()._with_words("here"), places.browse()._point()), ("here", {}))

    def test_the_map_of_whoever_reads_no_dwellings_has_names(self):
        clerk = self._create_user("kdc_map_clerk", "kdc_feedback.group_intake")
        places = self.env["kdc.feedback.place"]
        other = self.env["res.company"].create({"name": "Phường Khác"})
        for company, name in ((self.company, "Market"), (other, "Market of the others")):
            places.create({"name": name, "company_id": company.id, "latitude": 12.24, "longitude": 109.19})
        places.create({"name": "Not marked", "company_id": self.company.id})
        for number in range(MINIMUM):
            self._create_dwelling(str(number + 1), "Wide", self.group_a, latitude=12.25, longitude=109.18)
        settings = places.with_user(clerk).get_map_settings(self.group_a.id)
        self.assertEqual([name for name, *_point in settings["names"]["landmarks"]], ["Market"])
        self.assertIn(self.group_a.name, [name for name, *_point in settings["names"]["areas"]])
        self.assertAlmostEqual(settings["center"][0], 12.25)
        self.assertTrue(settings["js"])
        self.assertEqual(places.with_user(clerk).search([("name", "ilike", "Market of")]), places, "another ward's")
