import base64
import io
from datetime import date, datetime

import openpyxl
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import FeedbackCommon

DAY = date(2026, 11, 18)
NOON = datetime(2026, 11, 18, 2, 0)  # 9:00 in Viet Nam


@tagged("post_install", "-at_install")
class TestFigures(FeedbackCommon):
    """Median and 90th percentile of both clocks, promises kept, disputes; each with the list behind it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Six received after 1, 2 … 6 working hours, finished 8 working hours after that; the last one late.
        cls.feedback = cls.env["kdc.feedback"]
        received = [datetime(2026, 11, 18, 3), datetime(2026, 11, 18, 4), datetime(2026, 11, 18, 7, 0)]
        received += [datetime(2026, 11, 18, 8), datetime(2026, 11, 18, 9), datetime(2026, 11, 18, 10)]
        for number, moment in enumerate(received):
            one = cls._send(when=NOON)
            one._staff_receive(when=moment)
            late = number == 5
            one._staff_finish("Done", when=datetime(2026, 12, 20, 3) if late else datetime(2026, 11, 19, 3))
            cls.feedback |= one
        cls.single = cls._send(when=NOON, category_id=cls.category_urgent.id, area_id=cls.group_b.id)

    def _page(self, user=None, **values):
        page = self.env["kdc.feedback.figures"].with_user(user or self.user_dispatcher)
        return page.create({"date_from": DAY, "date_to": DAY, "company_id": self.company.id, **values})

    def _line(self, page, name):
        return page.line_ids.filtered(lambda line: line.name == name)

    def test_hours_are_working_hours_without_pauses(self):
        self.assertEqual(
            [round(one.reception_hours, 2) for one in self.feedback], [1, 2, 3, 4, 5, 6],
            "the lunch from 11:30 to 13:30 is not counted",
        )  # fmt: skip
        self.assertAlmostEqual(self.feedback[0].handling_hours, 9)
        asked = self._send(when=NOON)
        asked._staff_ask("Where?", when=datetime(2026, 11, 18, 3))
        asked._reporter_message("Here", when=datetime(2026, 11, 18, 9))
        asked._staff_finish("Done", when=datetime(2026, 11, 18, 10))
        self.assertAlmostEqual(asked.handling_hours, 2)
        self.assertEqual(self.single.handling_hours, 0)

    def test_one_line_of_a_category(self):
        line = self._line(self._page(by="category_id"), self.category.name)
        self.assertEqual((line.total, line.open, line.late), (6, 0, 0))
        self.assertAlmostEqual(line.reception_median, 3.5)
        self.assertAlmostEqual(line.reception_p90, 5.5)
        self.assertAlmostEqual(line.handling_median, 9)
        self.assertEqual((line.kept_percent, line.kept), (83, "83 % (5/6)"))
        self.assertEqual((line.disputed, line.reopened), (0, 0))

    def test_too_few_tell_nothing(self):
        self.single._staff_receive(when=NOON)
        line = self._line(self._page(by="area_id"), self.group_b.name)
        self.assertEqual((line.total, line.reception, line.reception_median), (1, "too few (1)", -1))
        self.assertEqual(line.kept, "–")

    def test_every_figure_opens_what_it_counts(self):
        self.feedback[0]._reporter_dispute("As broken as before")
        self.feedback[1]._reporter_dispute("As broken as before")
        self.feedback[1]._staff_finish("Done again")
        for by in ("group", "category_id", "unit_id", "area_id"):
            page = self._page(by=by)
            self.assertGreater(len(page.line_ids), 1)
            for line in page.line_ids:
                for figure in ("total", "open", "late", "disputed", "reopened"):
                    with self.subTest(by=by, line=line.name, figure=figure):
                        action = line.action_open_figure(figure)
                        found = self.env["kdc.feedback"].search_count(action["domain"])
                        self.assertEqual(found, line[figure])
        everything = self._page().line_ids[0]
        self.assertTrue(everything.is_total)
        self.assertEqual((everything.disputed, everything.reopened), (2, 1))
        self.assertEqual(len(self.env["kdc.feedback"].search(everything._behind("kept"))), 5)
        with self.assertRaises(UserError):
            everything.action_open_figure("name")

    def test_the_period_counts_days_of_viet_nam(self):
        early = self._send(when=datetime(2026, 11, 17, 17, 30))  # 0:30 on the 18th
        self._send(when=datetime(2026, 11, 18, 17, 30))  # 0:30 on the 19th
        page = self._page()
        self.assertEqual(page.line_ids[0].total, 8)
        self.assertIn(early, self.env["kdc.feedback"].search(page.line_ids[0]._behind("total")))
        page.date_to = date(2026, 11, 19)
        self.assertEqual(page.line_ids[0].total, 9, "the page counts anew")
        with self.assertRaises(UserError):
            page.date_to = date(2026, 11, 1)

    def test_what_was_joined_or_routed_out_is_not_counted(self):
        before = self._page().line_ids[0].total
        first, second = self._send(when=NOON), self._send(when=NOON)
        first._staff_merge(second)
        self._send(when=NOON)._staff_route_out()
        self.assertEqual(self._page().line_ids[0].total, before + 1)

    def test_as_a_spreadsheet(self):
        page = self._page(by="category_id")
        self.assertIn("/file?download=true", page.action_xlsx()["url"])
        book = openpyxl.load_workbook(io.BytesIO(base64.b64decode(page.with_context(bin_size=False).file)))
        rows = list(book.active.iter_rows(values_only=True))
        row = next(row for row in rows if row[0] == self.category.name)
        self.assertEqual(row[1], 6)
        self.assertEqual(row[4], 3.5)
        few = next(row for row in rows if row[0] == self.category_urgent.name)
        self.assertIsNone(few[4], "too few to tell")

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_everybody_counts_what_they_may_read(self):
        expected = {
            "user_dispatcher": 7, "user_handler": 6, "user_other_handler": 0, "user_area_head": 6, "user_auditor": 7,
        }  # fmt: skip
        for role, total in expected.items():
            page = self._page(user=getattr(self, role))
            with self.subTest(role=role):
                self.assertEqual(page.line_ids[0].total, total)
        for role in ("user_officer", "user_staff", "user_portal_a"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                self._page(user=getattr(self, role))
        page = self._page(user=self.user_dispatcher)
        for record in (page, page.line_ids):
            self.assertFalse(record.with_user(self.user_handler).has_access("read"), "another one's page")

    def test_the_public_page_tells_the_same_share(self):
        group = self.category.parent_id
        board = self.env["kdc.feedback"]._board_figures(self.company, NOON)["categories"]
        public = next(line for line in board if line["record"] == group)
        self.assertEqual(public["kept"], self._line(self._page(by="group"), group.name).kept_percent)

    def test_counting_asks_the_database_once(self):
        page = self._page(by="category_id")
        self.env.invalidate_all()
        page.mapped("company_id"), page.mapped("date_from")
        with self.assertQueryCount(1):
            self.assertEqual(len(page._cases()), 7)
