import base64
from datetime import date

from odoo.addons.kdc_residents.engine import sheet
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import UtilitiesCommon


@tagged("post_install", "-at_install")
class TestReadingExchange(UtilitiesCommon):
    """U-14: customers whom the provider bills are read here, go out as a sheet, and its answer comes back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._read_month()
        cls.meter_a.connection_id.billed_by_provider = True

    def _exchange(self, **vals):
        wizard = self.env["kdc.reading.exchange"].with_user(self.user_accountant)
        return wizard.create({"service_id": self.water.id, "period": "2026-10-01", **vals})

    def _rows(self, wizard):
        return sheet.read(base64.b64decode(wizard.exported_file))[0].rows

    def _answer(self, rows):
        self._exchange(file=base64.b64encode(sheet.write_xlsx(rows))).action_import()

    def test_no_bill_of_ours(self):
        lines = {line.account_id: line.amount_total for line in self._run().line_ids}
        self.assertEqual((lines[self.account_a], lines[self.account_b]), (44000, 88160))

    def test_out_and_back(self):
        reading = self.meter_a.reading_ids.filtered(lambda row: row.date == date(2026, 10, 25))
        wizard = self._exchange()
        wizard.action_export()
        head, row = self._rows(wizard)
        self.assertEqual(row[0], reading.id)
        self.assertEqual((row[1], row[4], row[6], row[7], row[8]), (self.account_a.number, "DH-A1", 100, 125, 25))
        self.assertEqual(reading.provider_state, "sent")
        with self.assertRaises(UserError):
            self._exchange().action_export()
        self._exchange(again=True).action_export()
        self._answer([head, [*row[:10], "Từ chối", None, "Sai số"]])
        self.assertEqual((reading.provider_state, reading.provider_note), ("refused", "Sai số"))
        # What is corrected goes out again.
        self._read(self.meter_a, date(2026, 10, 25), 124)
        self.assertFalse(reading.provider_state)
        again = self._exchange()
        again.action_export()
        old, row = row, self._rows(again)[1]
        self.assertEqual(row[7], 124)
        with self.assertRaises(UserError):
            self._answer([head, [*old[:10], "Đã lập hóa đơn", "0001233", None]])
        self.assertFalse(reading.provider_bill, "An answer for the figure before is none for this one.")
        self._answer([head, [*row[:10], "Đã lập hóa đơn", "0001234", None]])
        self.assertEqual((reading.provider_state, reading.provider_bill), ("billed", "0001234"))
        self.assertFalse(reading.provider_note)
        with self.assertRaisesRegex(UserError, "0001234"):
            self._read(self.meter_a, date(2026, 10, 25), 123)

    def test_all_rows_or_none(self):
        wizard = self._exchange()
        wizard.action_export()
        head, row = self._rows(wizard)
        reading = self.env["kdc.meter.reading"].browse(row[0])
        other = self.meter_b.reading_ids[0]
        good = [*row[:10], "Đã lập hóa đơn", "1", None]
        for wrong in (
            [other.id, *good[1:]], [999999, *good[1:]], ["abc", *good[1:]], [*row[:4], "DH-B1", *good[5:]],
            [*row[:10], "Không rõ", None, None],
        ):  # fmt: skip
            with self.subTest(wrong=wrong), self.assertRaises(UserError):
                self._answer([head, good, wrong])
            self.assertEqual(reading.provider_state, "sent")
        for rows in ([["x"]], [head[:3]]):
            with self.assertRaises(UserError):
                self._answer(rows)
        with self.assertRaises(UserError):
            self._exchange(file=base64.b64encode(b"%PDF-1.4")).action_import()
        self._answer([head, [*row[:10], "", "", ""]])
        self.assertEqual(reading.provider_state, "sent", "A row without answer says nothing.")

    def test_states_are_not_written_by_hand(self):
        reading = self.meter_a.reading_ids[0].with_user(self.user_accountant)
        for vals in ({"provider_state": "billed"}, {"provider_bill": "1"}):
            with self.assertRaises(AccessError):
                reading.write(vals)
