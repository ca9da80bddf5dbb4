from datetime import timedelta

from lxml import html
from odoo import fields
from odoo.tests import HttpCase, tagged

from ..engine import board_map
from .common import FeedbackCommon


@tagged("post_install", "-at_install")
class TestDensity(FeedbackCommon, HttpCase):
    """Where much is reported, for those who see the whole ward."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["website"].search([]).company_id = cls.company
        cls.now = fields.Datetime.now()
        place = {"latitude": 12.2388, "longitude": 109.1967}
        cls._send(when=cls.now, **place)
        cls._send(when=cls.now - timedelta(days=60), **place)
        cls._send(when=cls.now, category_id=cls.category_urgent.id, is_private=True, latitude=12.26, longitude=109.21)
        cls._send(when=cls.now)._staff_receive()

    def _page(self, query="", login="kdc_dispatcher", status=200):
        self.authenticate(login, login)
        response = self.url_open(f"/kdc/feedback-density{query}")
        self.assertEqual(response.status_code, status, (login, query))
        page = html.fromstring(response.content)
        return page, sorted(page.xpath("//*[local-name()='svg']//*[contains(@class, 'b-heat-count')]/text()"))

    def test_counted_by_period_and_subject(self):
        self.assertEqual(self._page()[1], ["1", "2"], "also what is private; what has no position is not there")
        self.assertEqual(self._page("?days=30")[1], ["1", "1"])
        self.assertEqual(self._page(f"?category={self.category.parent_id.id}")[1], ["2"], "a group: its categories")
        page, counts = self._page("", "kdc_auditor")
        self.assertEqual(counts, ["1", "2"])
        closer = page.xpath("//*[local-name()='svg']/*[local-name()='a']/@href")[0]
        self.assertEqual(len(self._page(closer.partition("density")[2])[1]), 1)
        self.assertEqual(self._page("?days=0&v=10,100,0.01")[1], [])
        for odd in ("?days=x&category=x&v=x", "?days=7", "?category=99999999999", "?days=%00"):
            self.assertEqual(self._page(odd)[1], ["1", "2"], odd)

    def test_only_for_those_who_see_the_ward(self):
        for login in ("kdc_handler", "kdc_area_head", "kdc_officer", "kdc_portal_a"):
            self._page(login=login, status=404)
        self.authenticate(None, None)
        self.assertIn("/web/login", self.url_open("/kdc/feedback-density").url)

    def test_every_place_of_a_view_is_counted_once(self):
        for latitude, longitude in ((12.2, 109.1), (12.3, 109.2), (12.25, 109.15)):
            self._send(latitude=latitude, longitude=longitude)
        model = self.env["kdc.feedback"].with_user(self.user_dispatcher)
        domain = model._board(self.company)[:1]
        view = board_map.around(*model._density_bounds(domain))
        cells = model._density_cells(model._density_placed(domain, view), view)
        self.assertEqual(sum(cell[2] for cell in cells), 6)
        self.assertTrue(all(0 <= place < board_map.CELLS for cell in cells for place in cell[:2]))
