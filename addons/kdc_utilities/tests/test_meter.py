from datetime import date, timedelta

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .common import UtilitiesCommon


@tagged("post_install", "-at_install")
class TestMeter(UtilitiesCommon):
    def _change(self, kind, day=date(2026, 10, 12), **vals):
        """Change meter A as the accountant does in the wizard."""
        change = self.env["kdc.meter.change"].with_user(self.user_accountant)
        return change.create({"meter_id": self.meter_a.id, "kind": kind, "date": day, "reason": "Kẹt số", **vals})

    # -- register -------------------------------------------------------------------------------------

    @mute_logger("odoo.sql_db")
    def test_serial_is_unique_per_service_whatever_the_spaces(self):
        meters = self.env["kdc.meter"]
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            meters.create({"serial": "  DH-A1 ", "connection_id": self.meter_b.connection_id.id})
        self.meter_b.serial = " DH  B 9 "
        self.assertEqual(self.meter_b.serial, "DH B 9")

    def test_a_read_meter_stays_with_its_customer(self):
        self._read(self.meter_a, date(2026, 9, 25), 100)
        with self.assertRaisesRegex(UserError, "DH-A1"):
            self.meter_a.connection_id = self.meter_b.connection_id

    def test_a_billed_register_counts_as_it_was_billed(self):
        """Other digits or another multiplier would count issued bills anew; a new meter begins with the right ones."""
        self._read_month()
        meter = self.meter_a.with_user(self.user_accountant)
        meter.write({"multiplier": 10, "digits": 6})
        self.assertEqual(max(meter.reading_ids.mapped("consumption")), 250, "Nothing is billed yet.")
        bill = self._issue(self._run()).filtered(lambda bill: bill.kdc_account_id == self.account_a)
        for vals in ({"multiplier": 1}, {"digits": 5}):
            with self.subTest(vals=vals), self.assertRaisesRegex(UserError, "DH-A1.*6.*10"):
                meter.write(vals)
        meter.write({"multiplier": 10, "digits": 6, "location": "Trước cổng"})
        right = {"serial": "DH-A2", "multiplier": 1, "digits": 5}
        self._change("replace", date(2026, 11, 2), final_value=126, **right).action_apply()
        self.assertEqual(bill.kdc_account_id.connection_ids.meter_ids.multiplier, 1)
        bill._kdc_cancel("Sai hệ số")
        meter.multiplier = 1

    def test_verification_due_list(self):
        today = fields.Date.context_today(self.meter_a)
        self.meter_a.date_verification = today - timedelta(days=1)
        self.meter_b.date_verification = today + timedelta(days=59)
        both = self.meter_a + self.meter_b
        self.assertEqual(both.mapped("verification_state"), ["past", "due"])
        mine = [("id", "in", both.ids)]
        search = self.env["kdc.meter"].search
        self.assertEqual(search([*mine, ("verification_state", "=", "past")]), self.meter_a)
        self.assertEqual(search([*mine, ("verification_state", "in", ["past", "due"])]), both)
        self.meter_a.date_verification = today + timedelta(days=61)
        self.assertEqual(search([*mine, ("verification_state", "=", "ok")]), self.meter_a)
        self.assertFalse(search([*mine, ("verification_state", "=", False)]))

    def test_reading_past_verification_is_flagged_or_refused_by_setting(self):
        self.meter_a.date_verification = "2026-09-30"
        self._read(self.meter_a, date(2026, 9, 30), 100)
        late = self._read(self.meter_a, date(2026, 10, 1), 101)
        self.assertTrue(late._warning_text())
        found = self.env["kdc.reading.anomaly"]._check(self.company, date(2026, 10, 1), [("id", "=", self.meter_a.id)])
        self.assertEqual(found.mapped("kind"), ["unverified"])
        self.company.kdc_verification_rule = "refuse"
        self._read(self.meter_a, date(2026, 9, 30), 100.5)
        with self.assertRaisesRegex(ValidationError, "DH-A1"):
            self._read(self.meter_a, date(2026, 11, 1), 102)
        self._change("replace", date(2026, 11, 2), final_value=103, serial="DH-A2").action_apply()

    def test_archived_meter_takes_no_readings(self):
        self.meter_a.active = False
        with self.assertRaisesRegex(ValidationError, "DH-A1"):
            self._read(self.meter_a, date(2026, 9, 25), 100)

    # -- change ---------------------------------------------------------------------------------------

    def test_replacement_within_a_month_bills_both_meters(self):
        """Old 100 → 130, new 0 → 7: 37 m³, on one bill that shows both."""
        self._read(self.meter_a, date(2026, 9, 25), 100)
        self._read_b()
        action = self._change("replace", final_value=130, serial="DH-A2", initial_value=0).action_apply()
        new = self.env["kdc.meter"].browse(action["res_id"])
        self.assertEqual(
            (self.meter_a.state, self.meter_a.active, self.meter_a.date_removed), ("removed", False, date(2026, 10, 12))
        )
        self.assertEqual((new.replaces_id, new.connection_id), (self.meter_a, self.meter_a.connection_id))
        entry = new.with_context(kdc_reading_date="2026-10-25")
        self.assertEqual((entry.entry_done, entry.previous_value), (False, 0))
        entry.entry_value = 7
        self.assertEqual(len(new.reading_ids), 2, "The reading of the month does not overwrite the first figure.")
        bill = self._issue(self._run()).filtered(lambda move: move.kdc_account_id == self.account_a)
        section = next(section for section in bill._kdc_worded_sections() if section["service"] == "NUOC")
        self.assertEqual(section["quantity"], 37)
        self.assertEqual([(row.serial, row.value) for row in section["readings"]],
                         [("DH-A1", 130), ("DH-A2", 0), ("DH-A2", 7)])  # fmt: skip
        self.assertEqual([bool(notes) for notes in section["notes"]], [False, True, False])
        self.assertIn("DH-A2", bill.kdc_explanation_html)

    def _read_b(self):
        self._read(self.meter_b, date(2026, 9, 25), 100)
        self._read(self.meter_b, date(2026, 10, 25), 108)

    def test_removed_meter_takes_no_later_reading(self):
        self._read(self.meter_a, date(2026, 9, 25), 100)
        self._change("replace", final_value=130, serial="DH-A2").action_apply()
        with self.assertRaises(ValidationError):
            self._read(self.meter_a, date(2026, 10, 25), 140)
        self.meter_a.reading_ids.sorted("date")[-1].value = 131
        with self.assertRaisesRegex(UserError, "DH-A1"):
            self._change("reset", date(2026, 10, 20), final_value=135).action_apply()

    def test_reset_and_rollover(self):
        self._read(self.meter_a, date(2026, 9, 25), 99990)
        self._change("reset", date(2026, 10, 2), final_value=99995, initial_value=2).action_apply()
        self._read(self.meter_a, date(2026, 10, 25), 12)
        self.assertEqual(sum(self.meter_a.reading_ids.mapped("consumption")), 15)
        self._read(self.meter_b, date(2026, 9, 25), 99990)
        self.meter_a = self.meter_b
        change = self._change("rollover", date(2026, 10, 20), rolled_value=4)
        self.assertEqual(change.consumption, 14)
        change.action_apply()
        self.assertEqual(self.meter_b.reading_ids.sorted("date")[-1].consumption, 14)

    def test_a_figure_after_a_reset_does_not_correct_one_read_before_it(self):
        """Read on the 5th, reset on the 12th, read on the 25th: what the register began anew with counts as well."""
        self._read(self.meter_a, date(2026, 9, 25), 100)
        early = self._read(self.meter_a, date(2026, 10, 5), 130)
        self._change("reset", final_value=135).action_apply()
        late = self._read(self.meter_a, date(2026, 10, 25), 4)
        self.assertEqual((early.value, late.consumption), (130, 4))
        self.assertEqual(sum(self.meter_a.reading_ids.mapped("consumption")), 39)
        entry = self.meter_a.with_context(kdc_reading_date="2026-10-31")
        self.assertEqual((entry.previous_value, entry.entry_value), (0, 4))
        self.assertEqual(self._read(self.meter_a, date(2026, 10, 26), 5), late, "Each side of it is corrected alone.")
        self.assertEqual(self._read(self.meter_a, date(2026, 10, 6), 131), early)
        self.assertEqual(sum(self.meter_a.reading_ids.mapped("consumption")), 40)

    def test_a_change_that_cannot_be_is_refused_and_changes_nothing(self):
        with self.assertRaisesRegex(UserError, "DH-A1"):
            self._change("replace", final_value=5, serial="X").action_apply()
        self._read(self.meter_a, date(2026, 9, 25), 100)
        for kind, vals in (
            ("replace", {"final_value": 99, "serial": "DH-A2"}),
            ("replace", {"final_value": 120, "serial": "   "}),
            ("reset", {"final_value": 99}),
            ("rollover", {"rolled_value": 101}),
            ("replace", {"final_value": 120, "serial": "DH-A2", "date": "2026-09-25"}),
            ("replace", {"final_value": 120, "serial": "DH-A2", "date": "2099-01-01"}),
        ):
            with self.subTest(kind=kind, vals=vals), self.assertRaises(UserError):
                self._change(kind, **vals).action_apply()
        self.assertEqual((self.meter_a.state, len(self.meter_a.reading_ids)), ("in_use", 1))

    def test_wizard_form_shows_the_use_while_typing(self):
        self._read(self.meter_a, date(2026, 9, 25), 100)
        context = {"default_meter_id": self.meter_a.id, "default_date": "2026-10-12"}
        with Form(self.env["kdc.meter.change"].with_user(self.user_accountant).with_context(**context)) as form:
            form.final_value = 130
            self.assertEqual((form.previous_value, form.consumption), (100, 30))
            form.serial, form.reason = "DH-A2", "Thay định kỳ"
