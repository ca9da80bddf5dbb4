import base64
from datetime import date
from decimal import Decimal as D

from freezegun import freeze_time
from odoo import Command
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ..engine.tariff import Bill, read_charges
from ..models.run_context import RunContext
from .common import PERIOD, UtilitiesCommon
from .proved import ProvedCase

PICTURE = base64.b64encode(
    base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
)


@tagged("post_install", "-at_install")
class TestReadingCheck(ProvedCase, UtilitiesCommon):
    def _check(self, period=PERIOD):
        anomalies = self.env["kdc.reading.anomaly"].with_user(self.user_accountant)
        domain = [("id", "in", (self.meter_a + self.meter_b).ids)]
        return anomalies._check(self.company, period, domain)

    def _history(self, meter, months=6, used=10, start=100):
        """Readings at the end of the months before October 2026 with the same use each month."""
        for step in range(months + 1):
            self._read(meter, date(2026, 9 - months + step, 25), start + used * step)
        return start + used * months

    def _kinds(self, anomalies):
        return {(row.meter_id.serial, row.kind) for row in anomalies}

    # -- anomalies ------------------------------------------------------------------------------------

    def test_zero_high_and_missing(self):
        top = self._history(self.meter_a)
        self._history(self.meter_b)
        self.assertEqual(self._kinds(self._check()), {("DH-A1", "missing"), ("DH-B1", "missing")})
        self._read(self.meter_a, date(2026, 10, 25), top + 31)
        self._read(self.meter_b, date(2026, 10, 25), top)
        found = self._check()
        self.assertEqual(self._kinds(found), {("DH-A1", "high"), ("DH-B1", "zero")})
        self.assertTrue(all(self.water.unit in detail for detail in found.mapped("detail")), "numbers have units")
        self._read(self.meter_a, date(2026, 10, 25), top + 30)
        self.assertEqual(self._kinds(self._check()), {("DH-B1", "zero")}, "Three times the usual is not above it.")

    def test_missing_readings_are_a_list_of_their_own(self):
        """Checked early in the month, nearly every meter is not read yet: the odd figures would drown among them."""
        top = self._history(self.meter_a)
        self._history(self.meter_b)
        entry = self.env["kdc.reading.entry"].with_user(self.user_accountant)
        entry = entry.create({"date": date(2026, 10, 25), "service_id": self.water.id})
        self.assertIn("search_default_missing", entry.action_check()["context"], "Nothing else is left to do.")
        self._read(self.meter_a, date(2026, 10, 25), top + 31)
        action = entry.action_check()
        self.assertIn("search_default_odd", action["context"])
        cards = {card["key"]: card for card in self.env["kdc.home"].with_user(self.user_accountant).get_home()["cards"]}
        home = self.env["kdc.home"].with_user(self.user_accountant).open_card("readings_to_check")
        rows = self.env["kdc.reading.anomaly"].search(home["domain"])
        self.assertEqual(len(rows), cards["readings_to_check"]["count"])
        self.assertNotIn("missing", rows.mapped("kind"))
        self.assertIn(("DH-A1", "high"), self._kinds(rows))

    def test_confirmed_stays_confirmed_until_the_figure_changes(self):
        top = self._history(self.meter_a)
        self._read(self.meter_a, date(2026, 10, 25), top + 50)
        found = self._check().filtered(lambda row: row.kind == "high")
        wizard = self.env["kdc.reading.anomaly.confirm"].with_user(self.user_accountant)
        wizard.with_context(**found.action_confirm()["context"]).create({"reason": "Vỡ ống"}).action_confirm()
        self._check()
        self.assertEqual(
            (found.state, found.reason, found.settled_by_id), ("confirmed", "Vỡ ống", self.user_accountant)
        )
        line = self._run().line_ids.filtered(lambda line: line.account_id == self.account_a)
        self.assertEqual(line.severity, "none", "What is confirmed is not asked again by the run.")
        self._read(self.meter_a, date(2026, 10, 25), top + 51)
        self._check()
        self.assertEqual((found.state, found.reason), ("open", False))

    def test_same_photo_twice(self):
        self._history(self.meter_a, 1)
        self._history(self.meter_b, 1)
        self._read(self.meter_a, date(2026, 10, 25), 115, photo=PICTURE)
        twin = self._read(self.meter_b, date(2026, 10, 25), 115, photo=PICTURE)
        found = self._check().filtered(lambda row: row.kind == "same_photo")
        self.assertEqual(len(found), 2)
        twin.photo = False
        self.assertFalse(self._check().filtered(lambda row: row.kind == "same_photo"))
        self._read(self.meter_a, date(2026, 11, 10), 120, photo=PICTURE)
        again = self._check(date(2026, 11, 1)).filtered(lambda row: row.kind == "same_photo")
        self.assertEqual(again.other_reading_id.date, date(2026, 10, 25), "The picture of last month, sent once more.")

    def test_lower_with_a_reason_blocks_until_it_is_settled(self):
        top = self._history(self.meter_a)
        reading = self._read(self.meter_a, date(2026, 10, 25), 3, event="below", reason="Đồng hồ mới thay")
        self.assertEqual(reading.consumption, 0)
        found = self._check().filtered(lambda row: row.meter_id == self.meter_a)
        self.assertEqual(found.kind, "negative")
        with self.assertRaisesRegex(UserError, "DH-A1"):
            found.action_confirm()
        line = self._run().line_ids.filtered(lambda line: line.account_id == self.account_a)
        self.assertEqual(line.state, "blocked")
        self.assertTrue(line.issue_text)
        reading.write({"event": "replacement", "final_value": top + 4})
        self.assertEqual(reading.consumption, 4)
        self.assertFalse(self._check().filtered(lambda row: row.meter_id == self.meter_a))
        with self.assertRaises(ValidationError):
            self._read(self.meter_a, date(2026, 11, 2), 300, event="below", reason="?")

    def test_only_the_accountant_settles_and_nobody_writes_the_list(self):
        self._history(self.meter_a)
        found = self._check().filtered(lambda row: row.meter_id == self.meter_a)
        for user in (self.user_collector, self.user_approver):
            for action in ("action_confirm", "action_reread", "action_estimate"):
                with self.subTest(user=user.login, action=action), self.assertRaises(AccessError):
                    getattr(found.with_user(user), action)()
        with self.assertRaises(AccessError):
            found.write({"state": "confirmed", "reason": "x"})
        found.action_reread()
        self._check()
        self.assertEqual(found.state, "reread")

    def test_queries_do_not_grow_with_the_meters(self):
        for meter in (self.meter_a, self.meter_b):
            self._history(meter)
            self._read(meter, date(2026, 10, 25), 300)
        self._check()
        counts = []
        for meters in (self.meter_a, self.meter_a + self.meter_b):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.env["kdc.reading.anomaly"]._check(self.company, PERIOD, [("id", "in", meters.ids)])
            counts.append(self.cr.sql_log_count - before)
        self.assertLessEqual(counts[1] - counts[0], 2)

    # -- estimates ------------------------------------------------------------------------------------

    def _estimate(self, period=PERIOD):
        row = self._check(period).filtered(lambda row: row.meter_id == self.meter_a and row.kind == "missing")
        row.action_estimate()
        return row

    def _section(self, run):
        line = run.line_ids.filtered(lambda line: line.account_id == self.account_a)
        return next(part for part in line.explanation["sections"] if part["service"] == "NUOC"), line

    def test_estimate_is_marked_and_trued_up_by_the_next_reading(self):
        top = self._history(self.meter_a)
        row = self._estimate()
        self.assertEqual((row.state, row.reading_id.source, row.reading_id.value), ("estimated", "estimate", top + 10))
        section, line = self._section(self._run())
        self.assertEqual((section["quantity"], section["readings"][0]["source"]), ("10", "estimate"))
        self.assertIn(row.reading_id.meter_id.serial, line.explanation_html)
        november = self._read(self.meter_a, date(2026, 11, 20), top + 23)
        self.assertEqual(november.billable, 13, "23 m³ in two months, 10 were billed.")

    def test_a_too_high_estimate_is_taken_off_the_next_bills(self):
        top = self._history(self.meter_a)
        self._estimate()
        november = self._read(self.meter_a, date(2026, 11, 10), top + 4)
        self.assertEqual((november.consumption, november.billable, november.carry), (-6, 0, -6))
        with freeze_time("2026-12-28"):
            december = self._read(self.meter_a, date(2026, 12, 20), top + 15)
        self.assertEqual((december.consumption, december.billable, december.carry), (11, 5, 0))
        readings = self.meter_a.reading_ids.filtered(lambda row: row.date >= PERIOD)
        self.assertEqual(sum(readings.mapped("billable")), 15, "Nothing is billed twice and nothing is lost.")
        section, line = self._section(self._run(period=date(2026, 11, 1)))
        self.assertEqual(section["quantity"], "0")
        section, line = self._section(self._run(period=date(2026, 12, 1)))
        self.assertEqual(section["quantity"], "5")
        self.assertIn("6", line.explanation_html)

    # -- estimates set right in money (vietnam.md §3.2: 5 m³ 27,600, 10 m³ 55,200, 30 m³ 216,200; waste 44,000) --------

    def _month(self, month, figure, source="officer", meter=None):
        """Read a meter on the 25th and issue the bills of the month; return that of account A."""
        if figure is not None:
            self.env["kdc.meter.reading"].create(
                {"meter_id": (meter or self.meter_a).id, "date": date(2026, month, 25), "value": figure,
                 "source": source, "event": "initial" if month == 7 else "normal"}
            )  # fmt: skip
        return self._bill_of(self._issue(self._month_run(month))) if month > 7 else None

    def _month_run(self, month):
        return self._run(period=date(2026, month, 1), invoice_date=date(2026, month + 1, 5))

    def _bill_of(self, bills, account=None):
        return bills.filtered(lambda bill: bill.kdc_account_id == (account or self.account_a))

    def _rest(self):
        return self.env["kdc.charge"].search([("account_id", "=", self.account_a.id), ("kind", "=", "trueup")])

    def test_a_too_high_estimate_costs_no_more_than_reading_each_month(self):
        self._month(7, 100)
        august, september = self._month(8, 130, "estimate"), self._month(9, 120)
        self.assertEqual((august.amount_total, september.amount_total), (216200 + 44000, 0))
        water = next(part for part in Bill.from_dict(september.kdc_explanation).sections if part.service == "NUOC")
        self.assertEqual((water.quantity, water.date_from), (20, date(2026, 8, 1)))
        self.assertEqual(water.readings[0].previous_value, 100, "The estimate between is not shown as a figure.")
        self.assertEqual(self._rest().mapped("state"), ["approved"])
        with self.assertRaisesRegex(UserError, "estimate"):
            self._rest().with_user(self.user_accountant).action_withdraw()
        october = self._month(10, 130)
        bills = august + september + october
        self.assertEqual(october.amount_total, 55200 + 44000 - (216200 - 110400 - 44000))
        self.assertEqual(sum(bills.mapped("amount_total")), 3 * (55200 + 44000))
        self.assertEqual(october._kdc_used(12)[october]["NUOC"],
                         {date(2026, 8, 1): D("10.16"), date(2026, 9, 1): D("9.84"), PERIOD: 10})  # fmt: skip
        # The page says how; computing it again gives the same.
        check = september._kdc_recompute()
        self.assertTrue(check["equal"])
        [words] = check["true_ups"]
        for figure in ("08/2026", "20 m³", fmt.vnd(216200), fmt.vnd(61800)):
            self.assertIn(figure, words)
            self.assertIn(figure, september.kdc_explanation_html)
        self.assertTrue(october._kdc_recompute()["equal"])

    def test_a_too_low_estimate_leaves_the_tiers_of_all_months(self):
        self._month(7, 100)
        august, september = self._month(8, 105, "estimate"), self._month(9, 130)
        self.assertEqual((august.amount_total, september.amount_total), (27600 + 44000, 186300 - 27600 + 44000))
        line = september.kdc_run_id.line_ids.filtered(lambda line: line.account_id == self.account_a)
        self.assertIn(fmt.vnd(27600), line.issue_text)

    def test_an_estimate_over_a_change_of_prices_costs_what_a_missing_reading_costs(self):
        """Account B was not read in August: its next bill counts both months."""
        for meter in (self.meter_a, self.meter_b):
            self._month(7, 100, meter=meter)
        version = self.water.tariff_ids.filtered(lambda row: row.code == "HO").version_ids[0]
        dearer = version.copy({"date_from": "2026-09-10", "decision": "QĐ 9/2026"})
        dearer.component_ids.tier_ids.price = 12000
        august = self._month(8, 121, "estimate")
        self._read(self.meter_b, date(2026, 9, 25), 143)
        september = self._month(9, 143)
        other = self._bill_of(september.kdc_run_id.move_ids, self.account_b)
        self.assertEqual(august.amount_total + september.amount_total, other.amount_total + 44000)
        self.assertGreater(other.amount_total, 2 * 44000 + 43 * 5520)
        self.assertTrue(september._kdc_recompute()["equal"])

    def test_a_meter_changed_after_a_too_high_estimate(self):
        """112 on the old meter, less than estimated, and 8 on the new one: 20 m³ in two months, as with one meter."""
        for kind in ("replace", "reset"):
            with self.subTest(kind=kind), self.cr.savepoint() as undone:
                self._month(7, 100)
                august = self._month(8, 130, "estimate")
                change = self.env["kdc.meter.change"].with_user(self.user_accountant).create({
                    "meter_id": self.meter_a.id, "kind": kind, "date": "2026-09-10", "reason": "Kẹt số",
                    "final_value": 112, "serial": "DH-A2",
                })  # fmt: skip
                action = change.action_apply()
                september = self._month(9, 8, meter=self.env["kdc.meter"].browse(action["res_id"]))
                rest = sum(self._rest().mapped(lambda row: sum(one.total for one in read_charges(row.charges))))
                paid = august.amount_total + september.amount_total + rest
                self.assertEqual(paid, 2 * (55200 + 44000))
                self.assertTrue(september._kdc_recompute()["equal"])
                undone.rollback()

    def test_several_estimates_in_a_row(self):
        self._month(7, 100)
        self._month(8, 130, "estimate")
        self._month(9, 160, "estimate")
        october = self._month(10, 130)
        self.assertEqual((october.amount_total, sum(self._rest().mapped("amount")) < 0), (0, True))
        waiting = Bill.from_dict(october.kdc_explanation).true_ups[0].waiting
        self.assertEqual(sum(charge.total for charge in waiting), 3 * 55200 + 44000 - 2 * 216200)

    def test_an_estimate_whose_bill_was_cancelled_is_issued_first(self):
        self._month(7, 100)
        august = self._month(8, 130, "estimate")
        august._kdc_cancel("Sai")
        self._read(self.meter_a, date(2026, 9, 25), 120)
        run = self._month_run(9)
        line = run.line_ids.filtered(lambda line: line.account_id == self.account_a)
        self.assertEqual(line.state, "blocked")
        self.assertIn("08/2026", line.issue_text)
        august = self._bill_of(self._issue(self._month_run(8)))
        run.with_user(self.user_accountant).action_compute()
        stale = self._month_run(9)
        september = self._bill_of(self._issue(run))
        self.assertEqual(september.amount_total, 0)
        # Nothing is undone under what counts on it; undone in order, all is as before.
        with self.assertRaisesRegex(UserError, september.name):
            august._kdc_cancel("Sai")
        reading = self.meter_a.reading_ids.sorted("date")[-1]
        self.assertEqual((reading.trued_up, reading.carry), (True, 0))
        with self.assertRaises(AccessError):
            reading.with_user(self.user_accountant).trued_up = False
        rest = self._rest()
        september._kdc_cancel("Sai")
        self.assertEqual((reading.trued_up, reading.carry), (False, -10))
        waiting = rest._waiting_domain(self.company, PERIOD)
        self.assertFalse(rest.filtered_domain(waiting), "The bill that owed it is gone.")
        august._kdc_cancel("Sai")
        stale.with_user(self.user_approver).action_approve()
        stale.with_context(queue_job__no_delay=True).action_issue()
        self.assertEqual(stale.failed_count, 1, "What it takes off is on no bill any more.")

    def test_a_month_issued_after_the_next_one_gives_nothing_back_twice(self):
        """October takes off its quantity what the estimate of August was too high, so September does not as well."""
        self._month(7, 100)
        self._month(8, 130, "estimate")
        self._read(self.meter_a, date(2026, 9, 25), 120)
        early = self._month_run(9)
        october = self._month(10, 130)
        self.assertEqual(october.amount_total, 44000)
        early.with_user(self.user_approver).action_approve()
        with mute_logger("odoo.addons.kdc_utilities.models.kdc_billing_run_line"):
            early.with_context(queue_job__no_delay=True).action_issue()
        self.assertFalse(self._bill_of(early.move_ids), "It was computed before October was issued.")
        september = self._bill_of(self._issue(self._month_run(9)))
        self.assertEqual((september.amount_total, september._kdc_true_ups()), (44000, ()))
        self.assertEqual(self.meter_a.reading_ids.sorted("date")[-1].billable, 0)

    def test_a_bill_that_sets_right_is_issued_again_after_the_next_one(self):
        self._month(7, 100)
        self._month(8, 115, "estimate")
        september = self._month(9, 112)
        total = september.amount_total
        self.assertEqual(self._rest(), self._rest().browse(), "The bill is large enough.")
        october = self._month(10, 130)
        september._kdc_cancel("Sai")
        reading = self.meter_a.reading_ids.filtered(lambda row: row.date == date(2026, 10, 25))
        self.assertEqual(reading.billable, 18, "What October charges stays as it was.")
        september = self._bill_of(self._issue(self._month_run(9)))
        self.assertEqual((september.amount_total, reading.billable), (total, 18))
        # Nothing counts on any more: all is as before.
        october._kdc_cancel("Sai")
        september._kdc_cancel("Sai")
        self.assertEqual(reading.billable, 15)

    def _correct(self, bill, **vals):
        wizard = self.env["kdc.bill.correct"].with_user(self.user_accountant).create({
            "move_id": bill.id, "service_id": self.water.id, "reason": "Sai giá", "decision": "BB 1/2026", **vals,
        })  # fmt: skip
        charge = self.env["kdc.charge"].browse(wizard.action_prepare()["res_id"])
        charge.with_user(self.user_approver).action_approve()
        return charge

    def test_a_correction_given_back_by_credit_note_counts_and_stays(self):
        """Also where the note adjusts a sent e-invoice; so does the rest of the bill that set the estimate right."""
        self.patch(self.registry["account.move"], "_kdc_needs_credit_note", lambda bills: bills)
        self._month(7, 100)
        august = self._month(8, 130, "estimate")
        water = next(part for part in august._kdc_bill().sections if part.service == "NUOC")
        home = august._kdc_tariff_of(water)
        correction = self._correct(august, quantity=25, persons=water.persons, tariff_id=home.id)
        correction.with_user(self.user_accountant).action_ask_credit()
        correction.with_user(self.user_approver).action_credit()
        note = correction.move_id
        self.assertEqual((note.reversed_entry_id, note.amount_total), (august, 216200 - 173650))
        september = self._month(9, 120)
        self.assertEqual(september.amount_total, 0)
        rest = self._rest()
        self.assertEqual(sum(charge.total for charge in read_charges(rest.charges)), 110400 - 173650 + 44000)
        mine = correction.with_user(self.user_accountant)
        mine._undo("Nhầm")
        with self.assertRaisesRegex(UserError, september.name), self.cr.savepoint():
            mine.action_withdraw()
        rest.with_user(self.user_accountant).action_ask_credit()
        rest.with_user(self.user_approver).action_credit()
        with self.assertRaisesRegex(UserError, f"credit note {rest.move_id.name}"):
            september._kdc_cancel("Sai")

    def test_an_estimate_corrected_to_another_tariff_is_set_right_by_that_one(self):
        self._month(7, 100)
        home, shop = (self.water.tariff_ids.filtered(lambda row, code=code: row.code == code) for code in ("HO", "KD"))
        connection = self.account_a.connection_ids.filtered("meter_ids")
        connection.tariff_id = shop
        august = self._month(8, 130, "estimate")
        connection.tariff_id = home
        water = next(part for part in Bill.from_dict(august.kdc_explanation).sections if part.service == "NUOC")
        correction = self._correct(august, quantity=30, persons=water.persons, tariff_id=home.id)
        difference = sum(charge.total for charge in read_charges(correction.charges))
        self.assertEqual(august.amount_total + difference, 216200 + 44000)
        # While it waits, the bill that prices August anew would not know of it.
        self._read(self.meter_a, date(2026, 9, 25), 120)
        line = self._month_run(9).line_ids.filtered(lambda line: line.account_id == self.account_a)
        self.assertEqual((line.state, line.issues[0]["code"]), ("blocked", "correction_differs"))
        self.assertIn(august.name, line.issue_text)
        self.meter_a.reading_ids.filtered(lambda row: row.date == date(2026, 9, 25)).unlink()
        september = self._month(9, 160, "estimate")
        self.assertEqual(correction.move_id, september)
        october = self._month(10, 130)
        rest = sum(charge.total for charge in Bill.from_dict(october.kdc_explanation).true_ups[0].waiting)
        bills = august + september + october
        self.assertEqual(sum(bills.mapped("amount_total")) + rest, 3 * (55200 + 44000))
        shop.code = "KD-CU"
        october._kdc_cancel("Sai")
        line = self._month_run(10).line_ids.filtered(lambda line: line.account_id == self.account_a)
        self.assertEqual(line.issues[0]["code"], "tariff_gone")
        self.assertIn("KD", line.issue_text)

    def _blocked_by(self, code, words):
        line = self._month_run(9).line_ids.filtered(lambda line: line.account_id == self.account_a)
        codes = [issue["code"] for issue in line.issues if issue["blocking"]]
        self.assertEqual((line.state, codes), ("blocked", [code]))
        self.assertIn(words, line.issue_text)

    def _refused_stale(self, run):
        with self.assertRaisesRegex(UserError, "another billing run"):
            self.env["account.move"]._kdc_check_true_ups(run.line_ids.mapped("explanation"))

    def test_what_another_payer_was_charged_does_not_come_off(self):
        self._month(7, 100)
        self._month(8, 130, "estimate")
        self._read(self.meter_a, date(2026, 9, 25), 120)
        run, payer = self._month_run(9), self.account_a.partner_id
        self.account_a.partner_id = self.account_b.partner_id
        self._refused_stale(run)
        self._blocked_by("another_payer", payer.name)

    def test_what_a_credit_note_gave_back_does_not_come_off(self):
        self._month(7, 100)
        august = self._month(8, 130, "estimate")
        self._read(self.meter_a, date(2026, 9, 25), 120)
        run = self._month_run(9)
        note = august.sudo()._reverse_moves([{"invoice_date": date(2026, 9, 10)}])
        note.action_post()
        self._refused_stale(run)
        self._blocked_by("credit_note", note.name)

    def _write_off(self, bill):
        write_off = self.env["kdc.write.off"].with_user(self.user_accountant).create(
            {"account_id": self.account_a.id, "move_ids": [Command.set(bill.ids)], "decision": "QĐ 5", "reason": "Chết",
             "decision_date": date(2026, 9, 1), "paper": PICTURE}
        )  # fmt: skip
        write_off.with_user(self.user_approver).action_approve()

    def test_an_estimate_is_given_up_once(self):
        self._month(7, 100)
        august = self._month(8, 130, "estimate")
        self._read(self.meter_a, date(2026, 9, 25), 120)
        run = self._month_run(9)
        september = self._bill_of(self._issue(run))
        with self.assertRaisesRegex(UserError, september.name):
            self._write_off(august)
        rest = self._rest()
        september._kdc_cancel("Sai")
        self.assertEqual(rest.state, "withdrawn", "What a cancelled bill owed is owed by none.")
        again = self._month_run(9)
        self._write_off(august)
        self._refused_stale(again)
        self.assertEqual(self._bill_of(self._issue(self._month_run(9))).amount_total, 44000)

    def test_queries_do_not_grow_with_the_estimates(self):
        meters = self.meter_a + self.meter_b
        for number in range(3):
            account = self._create_account(self.household_b, f"DH-E{number}")
            meters |= account.connection_ids.meter_ids
        for month, figure, source in ((7, 100, "officer"), (8, 130, "estimate")):
            self.env["kdc.meter.reading"].create([
                {"meter_id": meter.id, "date": date(2026, month, 25), "value": figure, "source": source,
                 "event": "initial" if month == 7 else "normal"} for meter in meters
            ])  # fmt: skip
        self._issue(self._month_run(8))
        for meter in meters:
            self._read(meter, date(2026, 9, 25), 120)
        run = self._month_run(9)
        explanations = run.line_ids.filtered("explanation").mapped("explanation")
        connections = meters.connection_id
        self.assertEqual(sum(len(explanation["true_ups"]) for explanation in explanations), 5)
        reading = [self._cost(lambda count=count: RunContext(run, connections[:count])) for count in (2, 5)]
        check = self.env["account.move"]._kdc_check_true_ups
        checking = [self._cost(lambda count=count: check(explanations[:count])) for count in (2, 5)]
        bills = self._issue(run).sorted("id")
        made = [bill.kdc_explanation for bill in bills]
        meters.reading_ids.trued_up = False
        recording = [
            self._cost(lambda part=part: bills[part]._kdc_record_true_ups(made[part]))
            for part in (slice(2), slice(2, 5))
        ]
        self.assertEqual((reading[1], checking[1]), (reading[0], checking[0]))
        self.assertLessEqual(recording[1] - recording[0], 2)

    def _cost(self, action):
        """Return the queries of an action, with what it leaves to be written."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        action()
        self.env.flush_all()
        return self.cr.sql_log_count - before

    def test_exemption_of_the_estimated_month_stays_in_its_month(self):
        poor, household = self.env.ref("kdc_residents.status_poor"), self.household_a
        tariff = self.water.tariff_ids.filtered(lambda row: row.code == "HO")
        self.env["kdc.tariff.relief"].create(
            {
                "tariff_id": tariff.id, "name": "Giảm một nửa", "status_kind_ids": [Command.set(poor.ids)],
                "value": 50, "date_from": "2026-01-01", "decision": "QĐ 7/2026",
            }
        )  # fmt: skip
        self.env["kdc.household.status"].create(
            {
                "household_id": household.id, "kind_id": poor.id, "date_from": "2026-01-01", "date_to": "2026-08-31",
                "decision_number": "12/QĐ", "issuer": "UBND phường",
            }
        )  # fmt: skip
        self._month(7, 100)
        august, september = self._month(8, 130, "estimate"), self._month(9, 120)
        self.assertEqual(august.amount_total, 216200 / 2 + 44000)
        self.assertEqual(august.amount_total + september.amount_total, 55200 / 2 + 55200 + 2 * 44000)
        grants = self.env["kdc.relief.grant"].search([("account_id", "=", self.account_a.id)], order="id")
        self.assertEqual(
            [(row.move_id, row.day, row.state) for row in grants],
            [(august, date(2026, 8, 1), "taken_back"), (september, date(2026, 8, 1), "given")],
        )
        self.assertTrue(september._kdc_recompute()["equal"])

    def test_below_the_last_real_figure_is_still_refused(self):
        top = self._history(self.meter_a)
        self._estimate()
        with self.assertRaises(ValidationError):
            self._read(self.meter_a, date(2026, 11, 10), top - 1)

    def test_only_a_missing_reading_is_estimated_and_nobody_says_it_was_set_right(self):
        top = self._history(self.meter_a)
        reading = self._read(self.meter_a, date(2026, 10, 25), top)
        zero = self._check().filtered(lambda row: row.kind == "zero")
        with self.assertRaisesRegex(UserError, "DH-A1"):
            zero.action_estimate()
        reading.unlink()
        anew = self.env["kdc.meter.reading"].with_user(self.user_accountant)
        made = anew.create({"meter_id": self.meter_a.id, "date": "2026-10-25", "value": top, "trued_up": True})
        self.assertFalse(made.trued_up)

    def test_the_first_figure_of_a_meter_is_no_use_of_a_month(self):
        """Three months tell what is usual; the day the meter came up does not."""
        top = self._history(self.meter_a, 2)
        self._read(self.meter_a, date(2026, 10, 25), top + 31)
        self.assertFalse(self._check().filtered(lambda row: row.kind == "high"))

    def test_nothing_to_estimate_from(self):
        self._read(self.meter_a, date(2026, 9, 25), 100)
        with self.assertRaisesRegex(UserError, "DH-A1"):
            self._estimate()

    def test_one_without_earlier_use_does_not_hold_up_the_others(self):
        self._read(self.meter_a, date(2026, 9, 25), 100)
        self._history(self.meter_b)
        rows = self._check().filtered(lambda row: row.kind == "missing")
        self.assertEqual(rows.meter_id, self.meter_a + self.meter_b)
        action = rows.action_estimate()
        self.assertIn("DH-A1", action["params"]["message"])
        states = {row.meter_id: row.state for row in rows}
        self.assertEqual(states, {self.meter_a: "open", self.meter_b: "estimated"})

    # -- reading days ---------------------------------------------------------------------------------

    def _schedule(self, **vals):
        values = {"company_id": self.company.id, "day_open": 20, "day_close": 28, "user_id": self.user_accountant.id}
        return self.env["kdc.reading.schedule"].create(values | vals)

    def test_late_readings_are_marked_or_refused(self):
        schedule = self._schedule()
        with freeze_time("2026-09-28"):
            self.assertFalse(self._read(self.meter_a, date(2026, 9, 25), 100).is_late)
        with freeze_time("2026-09-29"):
            self.assertTrue(self._read(self.meter_b, date(2026, 9, 25), 100).is_late)
        self.assertEqual(self._kinds(self._check(date(2026, 9, 1))), {("DH-B1", "late")})
        schedule.late_rule = "refuse"
        with freeze_time("2026-10-29"), self.assertRaisesRegex(ValidationError, "10/2026"):
            self._read(self.meter_a, date(2026, 10, 25), 120)
        with freeze_time("2026-10-28"):
            self._read(self.meter_a, date(2026, 10, 25), 120)
        # Nobody is late with what is no reading of theirs: an estimate, a change of the meter.
        with freeze_time("2026-11-30"):
            estimate = self.meter_a._estimate(date(2026, 11, 1))
            self.assertFalse(estimate.is_late)
            change = {"meter_id": self.meter_b.id, "kind": "reset", "date": "2026-11-30", "final_value": 105}
            self.env["kdc.meter.change"].create(change | {"reason": "Sửa"}).action_apply()
            self.assertFalse(self.meter_b.reading_ids.sorted("date")[-1].is_late)

    def test_the_nearest_area_decides(self):
        self._schedule(late_rule="refuse")
        own = self._schedule(area_id=self.group_a.id, day_close=31)
        with freeze_time("2026-10-29"):
            self._read(self.meter_a, date(2026, 10, 25), 120)
            with self.assertRaises(ValidationError):
                self._read(self.meter_b, date(2026, 10, 25), 120)
        self.assertEqual(own._meters() & (self.meter_a + self.meter_b), self.meter_a)

    @mute_logger("odoo.sql_db")
    def test_impossible_days(self):
        self._schedule()
        for vals in ({}, {"area_id": self.group_a.id, "day_open": 29, "day_close": 5},
                     {"area_id": self.group_a.id, "day_close": 32}):  # fmt: skip
            with self.subTest(vals=vals), self.assertRaises(IntegrityError), self.cr.savepoint():
                self._schedule(**vals)

    def test_reminders_come_once_to_those_who_have_not_read(self):
        schedule = self._schedule(reminder_days=3)
        notices = self.env["kdc.notification"].search
        resident_a, resident_b = (self.household_a.head_id.partner_id, self.household_b.head_id.partner_id)
        with freeze_time("2026-10-19"):
            schedule._cron_remind()
        self.assertFalse(schedule.activity_ids)
        for _twice in range(2):
            with freeze_time("2026-10-21 03:00:00"):
                schedule._cron_remind()
        self.assertEqual(len(schedule.activity_ids), 1)
        url = ("url", "=", "/my/readings")
        self.assertEqual(len(notices([url, ("partner_id", "in", (resident_a + resident_b).ids)])), 2)
        with freeze_time("2026-10-25 03:00:00"):
            self._read(self.meter_a, date(2026, 10, 24), 100)
            schedule._cron_remind()
            schedule._cron_remind()
        self.assertEqual(len(schedule.activity_ids), 2)
        self.assertEqual(len(notices([url, ("partner_id", "=", resident_a.id)])), 1)
        self.assertEqual(len(notices([url, ("partner_id", "=", resident_b.id)])), 2)
        with freeze_time("2026-11-20 03:00:00"):
            schedule._cron_remind()
        self.assertEqual(len(schedule.activity_ids), 3, "The next month begins anew.")
