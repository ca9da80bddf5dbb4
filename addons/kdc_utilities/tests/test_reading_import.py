import base64
import io
from datetime import date

import openpyxl
from odoo.addons.kdc_residents.engine import sheet
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..wizards import kdc_reading_import
from .common import UtilitiesCommon

HEAD = ["STT", "Mã khách hàng", "Số seri", "Chỉ số cũ", "Chỉ số mới", "Ngày ghi"]


@tagged("post_install", "-at_install")
class TestReadingImport(UtilitiesCommon):
    def _wizard(self, rows=None, data=None, **vals):
        data = data if data is not None else sheet.write_xlsx([["SỔ GHI"], [], HEAD, *(rows or [])])
        return (
            self.env["kdc.reading.import"]
            .with_user(self.user_accountant)
            .create({"file": base64.b64encode(data), "service_id": self.water.id, "date": "2026-11-20", **vals})
        )

    def test_good_file_then_the_same_again(self):
        self._read_month()
        rows = [
            [1, int(self.account_a.number), None, 125, 140, date(2026, 11, 20)],
            [2, None, "dh-b1", 108, "120,5", "20/11/2026"],
            [3, None, "DH-X", None, None, None],
        ]
        wizard = self._wizard(rows)
        wizard.action_check()
        self.assertEqual((wizard.new_count, wizard.problem_count, wizard.state), (2, 0, "checked"))
        self.assertEqual(len(self.meter_a.reading_ids), 2, "Checking writes nothing.")
        wizard.action_import()
        self.assertEqual((wizard.new_count, wizard.state), (2, "done"))
        anomalies = wizard.action_check_month()
        self.assertIn(("period", "=", "2026-11-01"), anomalies["domain"], "Go on with the month of the sheet.")
        last = self.meter_b.reading_ids.sorted("date")[-1]
        self.assertEqual((last.consumption, last.source, last.user_id), (12.5, "import", self.user_accountant))
        again = self._wizard(rows)
        again.action_check()
        self.assertEqual((again.new_count, again.corrected_count, again.same_count), (0, 0, 2))
        again.action_import()
        self.assertEqual(len(self.meter_a.reading_ids), 3)

    def test_figures_of_meters_read_from_afar_say_so_and_are_never_late(self):
        """Also where the reading days are over and nobody else may enter a figure any more."""
        self._read_month()
        self.env["kdc.reading.schedule"].create(
            {"company_id": self.company.id, "day_open": 1, "day_close": 2, "late_rule": "refuse"}
        )
        rows = [[1, None, "DH-A1", None, 140, date(2026, 11, 20)], [2, None, "DH-B1", None, 120, date(2026, 11, 20)]]
        typed = self._wizard(rows)
        typed.action_import()
        self.assertEqual((typed.new_count, typed.problem_count), (0, 2))
        sent = self._wizard(rows, source="device")
        sent.action_import()
        readings = (self.meter_a + self.meter_b).reading_ids.filtered(lambda row: row.date == date(2026, 11, 20))
        self.assertEqual((sent.new_count, set(readings.mapped("source"))), (2, {"device"}))
        self.assertFalse(any(readings.mapped("is_late")))

    def test_correction_of_the_month(self):
        self._read_month()
        self._read(self.meter_a, date(2026, 11, 10), 130)
        wizard = self._wizard([[1, None, "DH-A1", None, 135, date(2026, 11, 20)]])
        wizard.action_import()
        self.assertEqual(wizard.corrected_count, 1)
        self.assertEqual(self.meter_a.reading_ids.sorted("date").mapped("value"), [100, 125, 135])

    def test_a_sheet_of_the_month_in_which_counting_began(self):
        first = self._read(self.meter_a, date(2026, 11, 1), 99)
        same_day = self._wizard([[1, None, "DH-A1", None, 100, date(2026, 11, 1)]])
        same_day.action_import()
        self.assertEqual((same_day.corrected_count, first.value), (1, 100))
        wizard = self._wizard([[1, None, "DH-A1", 100, 112, date(2026, 11, 20)]])
        wizard.action_import()
        self.assertEqual((wizard.new_count, wizard.corrected_count, wizard.problem_count), (1, 0, 0))
        self.assertEqual((self.meter_a.reading_ids - first).consumption, 12)

    def test_a_sheet_with_the_figure_after_a_reset_leaves_the_one_read_before_it(self):
        self._read_month()
        early = self._read(self.meter_a, date(2026, 11, 5), 130)
        self.env["kdc.meter.change"].create({
            "meter_id": self.meter_a.id, "kind": "reset", "date": "2026-11-12", "reason": "Kẹt số", "final_value": 135,
        }).action_apply()  # fmt: skip
        wizard = self._wizard([[1, None, "DH-A1", 0, 4, date(2026, 11, 20)]])
        wizard.action_import()
        self.assertEqual((wizard.new_count, wizard.corrected_count, wizard.problem_count), (1, 0, 0))
        self.assertEqual((early.value, self.meter_a.reading_ids.sorted("date")[-1].consumption), (130, 4))

    def test_a_sheet_that_does_not_agree_is_not_guessed(self):
        """The figure before is another one, or the customer has two meters and the sheet names neither."""
        self._read_month()
        self.env["kdc.meter"].create({"serial": "DH-A2", "connection_id": self.meter_a.connection_id.id})
        rows = [[1, self.account_a.number, None, None, 140, None], [2, None, "DH-B1", 999, 1005, None]]
        wizard = self._wizard(rows)
        wizard.action_import()
        found = [(problem.line, problem.column) for problem in wizard.problem_ids]
        self.assertEqual((wizard.new_count, found), (0, [(4, "C"), (5, "E")]))
        self.assertIn("999", wizard.problem_ids[1].message)

    def test_a_figure_below_an_estimate_is_taken(self):
        """Not one below the last figure that somebody read."""
        self._read_month()
        for meter in (self.meter_a, self.meter_b):
            reading = meter.reading_ids.sorted("date")[-1]
            reading.write({"value": 130, "source": "estimate"})
        rows = [[1, None, "DH-A1", None, 120, date(2026, 11, 20)], [2, None, "DH-B1", None, 99, date(2026, 11, 20)]]
        wizard = self._wizard(rows)
        wizard.action_check()
        self.assertEqual((wizard.new_count, wizard.problem_ids.mapped("line")), (1, [5]))
        wizard.action_import()
        self.assertEqual(self.meter_a.reading_ids.sorted("date")[-1].carry, -10)

    def test_bad_rows_are_named_and_the_good_ones_imported(self):
        self._read_month()
        wizard = self._wizard(
            [
                [1, None, "DH-A1", None, 120, date(2026, 11, 20)],
                [2, None, "KHÔNG-CÓ", None, 120, date(2026, 11, 20)],
                [3, "9999999", None, None, 120, date(2026, 11, 20)],
                [4, None, "DH-B1", None, 120, date(2026, 11, 20)],
                [5, None, "DH-B1", None, 121, date(2026, 11, 20)],
                [6, None, "DH-A1", None, 130, date(2099, 1, 1)],
                [7, None, "DH-A1", 999, 130, date(2026, 11, 20)],
                [8, None, "DH-A1", None, "hỏng", "31/02/2026"],
            ]
        )
        wizard.action_import()
        self.assertEqual(wizard.new_count, 1)
        problems = [(problem.line, problem.column) for problem in wizard.problem_ids]
        self.assertEqual(
            problems,
            [(4, "E"), (5, "C"), (6, "C"), (8, "C"), (9, "C"), (10, "C"), (11, "E"), (11, "F")],
        )
        rejected = sheet.read(base64.b64decode(wizard.rejected_file))[0].rows
        self.assertEqual(len(rejected), 8)
        self.assertIn("KHÔNG-CÓ", rejected[2][-1])
        self.assertEqual(len(self.meter_a.reading_ids), 2)

    def _work(self, wizard):
        """Do what the waiting job of an import says, as the server would."""
        key = f"kdc.reading.import-{wizard.id}-{wizard.done}"
        job = self.env["queue.job"].search([("identity_key", "=", key)])
        job.records._job_part(*job.args)
        wizard.invalidate_recordset()

    def test_large_sheet_in_the_background(self):
        """Part by part with progress; a part done twice adds nothing; what is refused is told in the end."""
        self._read_month()
        self.patch(kdc_reading_import, "AT_ONCE", 1)
        self.patch(kdc_reading_import, "PART", 1)
        wizard = self._wizard(
            [
                [1, None, "DH-A1", None, 140, date(2026, 11, 20)],
                [2, None, "KHÔNG-CÓ", None, 120, date(2026, 11, 20)],
                [3, None, "DH-B1", None, 120, date(2026, 11, 20)],
            ]
        )
        wizard.action_check()
        wizard.action_import()
        self.assertEqual((wizard.state, wizard.done, wizard.total), ("working", 0, 2))
        self.assertEqual(len(self.meter_a.reading_ids), 2, "Nothing is written before the work begins.")
        opened = self.env["kdc.reading.import"].with_user(self.user_accountant)._action_open()
        self.assertEqual(opened["res_id"], wizard.id)
        self._work(wizard)
        self.assertEqual((wizard.state, wizard.done, wizard.progress), ("working", 1, 50))
        wizard._job_part(0)
        self.assertEqual((wizard.done, len(self.meter_b.reading_ids)), (1, 2), "An overtaken job does nothing.")
        self._work(wizard)
        self.assertEqual((wizard.state, wizard.new_count, wizard.problem_count), ("done", 2, 1))
        self.assertEqual(self.meter_b.reading_ids.sorted("date")[-1].value, 120)
        self.assertTrue(wizard.rejected_file)

    def test_a_heading_in_two_rows(self):
        """As the books of most collectors have it; the rows left out are a sheet that is read again."""
        self._read_month()
        head = [["Số seri", "Chỉ số", None, "Ngày ghi"], [None, "Cũ", "Mới", None]]
        rows = [["DH-A1", 125, 140, date(2026, 11, 20)], ["DH-B1", 108, 90, date(2026, 11, 20)]]
        wizard = self._wizard(data=sheet.write_xlsx([*head, *rows]))
        wizard.action_import()
        self.assertEqual((wizard.new_count, wizard.problem_ids.mapped("line")), (1, [4]))
        self.assertEqual(self.meter_a.reading_ids.sorted("date")[-1].value, 140)
        again = self._wizard(data=base64.b64decode(wizard.rejected_file))
        again.action_check()
        self.assertEqual((again.new_count, again.problem_ids.mapped("line")), (0, [2]))

    def test_unreadable_files_say_what_to_do(self):
        self.assertIn("empty", self._refused(b" "))
        self.assertIn("spreadsheet", self._refused(b"%PDF-1.4 nothing"))
        self.assertIn("web page", self._refused(b"<html><table></table></html>"))
        self.assertIn("10 MB", self._refused(b"x" * (10 * 1024 * 1024 + 1)))
        both = ["Số seri", "Chỉ số mới", "Chỉ số cuối"]
        self.assertIn("“Chỉ số mới”, “Chỉ số cuối”", self._refused(sheet.write_xlsx([both, ["DH-A1", 120, 130]])))
        self.assertIn("Họ tên", self._refused(sheet.write_xlsx([["STT", "Họ tên"], [1, "An"]])))

    def _refused(self, data):
        wizard = self._wizard(data=data)
        with self.assertRaises(UserError) as error:
            wizard.with_context(lang="en_US").action_check()
        return str(error.exception)

    def test_several_sheets_are_not_read_in_part(self):
        """A sheet for each month: the first one alone would lose the others, for both lists of this addon."""
        book = openpyxl.Workbook()
        for name, rows in {
            "Tháng 10": [[1, None, "DH-A1", None, 130]],
            "Tháng 11": [[1, None, "DH-A1", None, 140]],
            "Mẫu": [],
        }.items():
            page = book.create_sheet(name)
            for row in [[*HEAD, "Số tiền"], *rows]:
                page.append(row)
        for name in ("Quỹ 1", "Quỹ 2"):
            book.create_sheet(name).append(["Mã khách hàng", "Số tiền"])
            book[name].append([self.account_a.number, 50000])
        stream = io.BytesIO()
        book.save(stream)
        self.assertRegex(self._refused(stream.getvalue()), "“Tháng 10”, “Tháng 11”")
        charges = self.env["kdc.charge.import"].with_user(self.user_accountant).with_context(lang="en_US")
        with self.assertRaisesRegex(UserError, "“Quỹ 1”, “Quỹ 2”"):
            charges.new({"file": base64.b64encode(stream.getvalue())})._rows()
        for name in ("Tháng 10", "Quỹ 1"):
            del book[name]
        stream = io.BytesIO()
        book.save(stream)
        wizard = self._wizard(data=stream.getvalue())
        wizard.action_check()
        self.assertEqual(wizard.new_count, 1)
        self.assertEqual(len(charges.new({"file": base64.b64encode(stream.getvalue())})._rows()), 1)

    def test_a_file_cut_off_on_its_way(self):
        """Broken base64 is a sentence for the clerk, and nothing is written, for both lists of this addon."""
        charges = self.env["kdc.charge.import"].with_user(self.user_accountant).with_context(lang="en_US")
        for wizard, word in ((self._wizard(data=b"x"), "damaged"), (charges.new({}), "spreadsheet")):
            for content in ("abcde", base64.b64encode(b"a;b\n1;2").decode()[:-3]):
                with self.subTest(model=wizard._name, content=content):
                    wizard.file = content
                    with self.assertRaisesRegex(UserError, word):
                        wizard = wizard.with_context(lang="en_US")
                        (wizard._read if word == "damaged" else wizard._rows)()
        self.assertFalse(self.meter_a.reading_ids)

    def test_other_companies_are_not_touched(self):
        other = self.env["res.company"].create({"name": "Phường khác"})
        wizard = self._wizard([[1, None, "DH-A1", None, 140, date(2026, 11, 20)]])
        self.assertEqual(wizard.company_id, self.company)
        self.assertFalse(self.env["kdc.meter"].search([("company_id", "=", other.id)]))
