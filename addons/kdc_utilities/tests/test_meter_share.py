from datetime import date
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ..models import kdc_billing_run_line
from .common import PERIOD, UtilitiesCommon


@tagged("post_install", "-at_install")
class TestMeterShare(UtilitiesCommon):
    """A common meter of a house: its use is shared out after a second person's check, and stands on each bill."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        house = cls.env["res.partner"].create({"name": "Ban quản lý nhà tập thể"})
        cls.account_house = cls.env["kdc.customer.account"].create(
            {"partner_id": house.id, "area_id": cls.group_a.id, "company_id": cls.company.id, "date_from": "2025-01-01"}
        )
        connection = cls.env["kdc.connection"].create(
            {
                "account_id": cls.account_house.id,
                "service_id": cls.water.id,
                "tariff_id": cls.water.tariff_ids[0].id,
                "date_from": "2025-01-01",
            }
        )
        cls.common = cls.env["kdc.meter"].create(
            {"serial": "CHUNG-1", "connection_id": connection.id, "share_basis": "equal"}
        )
        cls.sharers = (cls.meter_a + cls.meter_b).connection_id
        cls.sharers.shared_meter_id = cls.common
        cls._read_month()
        cls._read(cls.common, date(2026, 9, 25), 500)
        cls._read(cls.common, date(2026, 10, 25), 507.5)

    def _share(self, **vals):
        shares = self.env["kdc.meter.share"].with_user(self.user_accountant)
        return shares.create({"meter_id": self.common.id, "period": PERIOD, **vals})

    def _checked(self):
        share = self._share()
        share.action_compute()
        share.with_user(self.user_approver).action_check()
        return share

    def _line(self, run, account):
        return run.line_ids.filtered(lambda line: line.account_id == account)

    def _quantity(self, run, account):
        sections = self._line(run, account).explanation["sections"]
        return next(section["quantity"] for section in sections if section["service"] == "NUOC")

    def test_parts_add_up_by_every_measure(self):
        self.sharers[0].write({"quota_households": 2, "persons": 5, "area_m2": 70.5})
        self.sharers[1].write({"quota_households": 1, "persons": 2, "area_m2": 33.3})
        share = self._share(period=date(2026, 10, 17))
        self.assertEqual(share.period, PERIOD)
        for basis, first in (("equal", 3.75), ("household", 5), ("person", 5.357), ("area", 5.094)):
            self.common.share_basis = basis
            share.action_compute()
            with self.subTest(basis=basis):
                self.assertEqual(share.line_ids[0].quantity, first)
                self.assertEqual(round(sum(share.line_ids.mapped("quantity")), 3), 7.5)

    def test_billed_only_when_checked_and_shown_on_each_bill(self):
        run = self._run()
        line = self._line(run, self.account_a)
        self.assertEqual((line.state, "CHUNG-1" in line.issue_text), ("blocked", True))
        share = self._share()
        share.action_compute()
        run.action_compute()
        self.assertEqual(self._line(run, self.account_a).state, "blocked", "Computed is not checked.")
        share.with_user(self.user_approver).action_check()
        run.action_compute()
        self.assertFalse(self._line(run, self.account_house), "The house itself gets no bill for it.")
        self.assertEqual(self._quantity(run, self.account_a), "28.75")
        self.assertEqual(self._quantity(run, self.account_b), "11.75")
        bill = self._issue(run).filtered(lambda move: move.kdc_account_id == self.account_a)
        section = next(section for section in bill._kdc_worded_sections() if section["service"] == "NUOC")
        self.assertEqual([row.serial for row in section["readings"]], ["DH-A1", "CHUNG-1"])
        self.assertIn("7,5", section["notes"][1][0])
        self.assertIn("CHUNG-1", bill.kdc_explanation_html)
        self.assertTrue(self.env["kdc.bill.pdf"]._render(bill).startswith(b"%PDF"))
        with self.assertRaises(UserError):
            share.action_draft()

    def test_an_estimate_says_what_becomes_of_it(self):
        self.env["kdc.meter.reading"].search([("meter_id", "=", self.common.id)], limit=1).source = "estimate"
        self._checked()
        bill = self._issue(self._run()).filtered(lambda move: move.kdc_account_id == self.account_a)
        section = next(section for section in bill._kdc_worded_sections() if section["service"] == "NUOC")
        self.assertEqual(len(section["notes"][1]), 2, "How it is shared, and that the money stays.")

    def test_setting_an_estimate_right_counts_the_parts_too(self):
        """30 m³ of the own meter and parts of 3.75 and 4 m³ in two months: 20 at 5,520 đ and 17.75 at 7,590 đ."""
        self.meter_a.reading_ids.sorted("date")[-1].source = "estimate"
        self._checked()
        self._issue(self._run())
        for meter, value in ((self.meter_a, 130), (self.meter_b, 116), (self.common, 515.5)):
            self._read(meter, date(2026, 11, 20), value)
        unshared = self._line(self._run(period=date(2026, 11, 1)), self.account_a)
        self.assertEqual(unshared.issues[0]["code"], "share_missing", "The parts of October are billed in October.")
        share = self._share(period=date(2026, 11, 1))
        share.action_compute()
        share.with_user(self.user_approver).action_check()
        november = self._run(period=date(2026, 11, 1), invoice_date="2026-12-05")
        self.assertEqual(self._quantity(november, self.account_a), "37.75")
        october = self.env["account.move"].search([
            ("kdc_account_id", "=", self.account_a.id), ("kdc_period", "=", PERIOD),
        ])  # fmt: skip
        total = october.amount_total + self._line(november, self.account_a).amount_total
        self.assertEqual(total, 245_123 + 2 * 44_000)

    def test_changed_readings_void_the_check(self):
        share = self._checked()
        self._read(self.common, date(2026, 10, 25), 509)
        line = self._line(self._run(), self.account_a)
        self.assertEqual((line.state, "CHUNG-1" in line.issue_text), ("blocked", True))
        share.action_draft()
        share.action_compute()
        self.assertEqual(share.total, 9)

    def _sharer(self, number):
        """Return the water of a household without a meter that shares the common one."""
        head = ("head", f"Võ Văn {number}", "1980-01-01", "male", False, False)
        household = self._create_household(self._create_dwelling(str(number), "Trần Phú", self.group_a), [head])
        connection = self._create_account(household, f"DH-{number}", self.water).connection_ids
        connection.meter_ids.unlink()
        connection.shared_meter_id = self.common
        return connection

    def test_who_comes_or_goes_after_the_check_voids_it(self):
        share = self._share()
        share.action_compute()
        added = self._sharer(901)
        with self.assertRaisesRegex(UserError, "CHUNG-1"):
            share.with_user(self.user_approver).action_check()
        share.action_compute()
        share.with_user(self.user_approver).action_check()
        run = self._run()
        self.assertEqual((run.ready_count, self._quantity(run, added.account_id)), (3, "2.5"))
        added.date_to = "2026-09-30"
        self.assertIn(self.account_a, run._changed_lines().account_id, "Its part grows.")
        run.action_compute()
        line = self._line(run, self.account_a)
        self.assertEqual((line.state, line.issues[0]["code"]), ("blocked", "share_stale"))
        self.assertTrue(line.issue_text)

    def test_who_comes_after_the_bills_takes_nothing_from_the_others(self):
        share = self._checked()
        run = self._run()
        self._line(run, self.account_b).action_exclude()
        self._issue(run)
        added = self._sharer(902)
        again = self._run()
        self.assertEqual(self._quantity(again, self.account_b), "11.75", "What was checked stays.")
        line = self._line(again, added.account_id)
        self.assertEqual((line.state, line.issues[0]["code"]), ("blocked", "share_without"))
        self.assertIn("CHUNG-1", line.issue_text)
        self.assertFalse(share._is_stale())

    def test_a_change_after_computing_sets_the_sharers_apart(self):
        self._checked()
        run = self._run()
        self.assertFalse(run.changed_count)
        self._read(self.common, date(2026, 10, 25), 509)
        run.invalidate_recordset(["changed_count"])
        self.assertEqual(run._changed_lines().account_id, self.account_a + self.account_b)
        with self.assertRaises(UserError):
            run.with_user(self.user_approver).action_approve()

    def test_a_shared_figure_that_is_billed_does_not_change(self):
        """It is on the bills of who shares the meter, though its own customer has none."""
        self._checked()
        with patch.object(kdc_billing_run_line, "lock_or_retry") as lock:
            bills = self._issue(self._run())
        self.assertIn(self.common.connection_id, lock.call_args.args[0], "Nobody reads it while it is billed.")
        self.assertNotIn(self.account_house, bills.kdc_account_id)
        with self.assertRaises(ValidationError):
            self._read(self.common, date(2026, 10, 25), 509)
        with self.assertRaises(UserError):
            self.common.multiplier = 2
        self._read(self.common, date(2026, 11, 20), 512)
        for bill in bills:
            bill._kdc_cancel("Sai chỉ số chung")
        self.env["kdc.meter.reading"].search([("meter_id", "=", self.common.id)], limit=1).unlink()
        self._read(self.common, date(2026, 10, 25), 509)

    def test_who_read_the_shared_meter_does_not_approve_its_bills(self):
        self._checked()
        self.common.reading_ids.sorted("date")[-1].user_id = self.user_approver
        run = self._run().with_user(self.user_approver)
        self.assertFalse(run.can_approve)
        with self.assertRaisesRegex(UserError, "CHUNG-1"):
            run.action_approve()

    def test_a_part_is_not_billed_without_the_own_reading(self):
        """The part belongs to this month: a bill of the next one would count the own meter only."""
        self.meter_b.reading_ids.sorted("date")[-1].unlink()
        self._checked()
        line = self._line(self._run(), self.account_b)
        self.assertEqual((line.state, line.issues[0]["code"]), ("blocked", "missing_reading"))

    def test_a_customer_without_a_meter_of_the_own(self):
        self.meter_b.reading_ids.unlink()
        self.meter_b.unlink()
        self._checked()
        self.assertEqual(self._quantity(self._run(), self.account_b), "3.75")

    @mute_logger("odoo.sql_db")
    def test_the_second_person_is_another(self):
        share = self._share()
        with self.assertRaises(UserError):
            share.with_user(self.user_approver).action_check()
        share.action_compute()
        with self.assertRaises(UserError):
            share.action_check()
        for user in (self.user_collector, self.user_auditor):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                share.with_user(user).action_check()
        for vals in ({"state": "checked"}, {"checked_by_id": self.user_approver.id}, {"total": 1}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                share.write(vals)
        with self.assertRaises(AccessError):
            self._share(period=date(2026, 11, 1), state="checked", checked_by_id=self.user_approver.id)
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            share.sudo().write({"state": "checked", "checked_by_id": self.user_accountant.id})
            share.flush_model()

    def test_what_cannot_be_shared(self):
        with self.assertRaisesRegex(UserError, "CHUNG-1"):
            self._share(period=date(2026, 8, 1)).action_compute()
        self.common.share_basis = "area"
        with self.assertRaisesRegex(UserError, "CHUNG-1"), self.cr.savepoint():
            self._share().action_compute()
        reading = self.common.reading_ids.sorted("date")[-1]
        reading.write({"value": 3, "event": "below", "reason": "?"})
        with self.assertRaisesRegex(UserError, "no settled reading"), self.cr.savepoint():
            self._share(period=date(2026, 10, 1)).action_compute()
        reading.write({"value": 507.5, "event": "normal"})
        with self.assertRaises(ValidationError):
            self._share(meter_id=self.meter_a.id)
        with self.assertRaises(ValidationError):
            self.common.connection_id.shared_meter_id = self.common
        share = self._share(period=date(2026, 7, 1))
        share.unlink()
        self.common.share_basis = "equal"
        self.env["kdc.meter.share"].search([]).unlink()
        self.sharers[1].write({"shared_meter_id": False, "date_to": "2026-09-30"})
        self.sharers[1].shared_meter_id = self.common
        checked = self._checked()
        self.assertEqual(checked.line_ids.connection_id, self.sharers[0], "Only who is there in the month.")
        with self.assertRaisesRegex(UserError, "checked"):
            checked.period = "2026-09-01"
        with self.assertRaises(UserError):
            checked.unlink()
