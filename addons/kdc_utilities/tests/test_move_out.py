import base64
from datetime import date

from odoo import Command, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tests.leaks import picture
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ..engine.tariff import Bill, TrueUp
from ..engine.true_up import negated
from .common import PERIOD, UtilitiesCommon
from .proved import ProvedCase
from .test_pdf_documents import pdf_text


@tagged("post_install", "-at_install")
class TestMoveOut(ProvedCase, UtilitiesCommon):
    """Who leaves gets a final bill and keeps the debt; who comes begins at the same figure."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._read(cls.meter_b, date(2026, 9, 25), 100)
        cls.accounts = cls.account_b.with_user(cls.user_accountant)

    def _leave(self, day="2026-10-19"):
        """The whole household B moves away on that day; the officer confirms it."""
        people = self.household_b._live_memberships().resident_id
        event = self.env["kdc.civil.event"].with_user(self.user_officer).create(
            {
                "kind": "move_out", "date": day, "household_id": self.household_b.id,
                "line_ids": [Command.create({"resident_id": person.id}) for person in people],
            }
        )  # fmt: skip
        event.action_confirm()
        return event

    def _wizard(self, value=112, **vals):
        wizard = self.env["kdc.move.out"].with_user(self.user_accountant).create({"account_id": self.account_b.id})
        wizard.write({"reason": "Chuyển về Ninh Hòa", **vals})
        wizard.line_ids.value = value
        return wizard

    def test_final_bill_takes_the_place_of_the_one_in_a_monthly_run(self):
        self._read_month_a()
        self._read(self.meter_b, date(2026, 10, 10), 105)
        monthly = self._run()
        monthly.with_user(self.user_approver).action_approve()
        line = monthly.line_ids.filtered(lambda row: row.account_id == self.account_b)
        self.assertEqual(line.state, "ready")
        final = self.env["kdc.billing.run"].browse(self._wizard(date="2026-10-18").action_apply()["res_id"])
        self.assertEqual(line.state, "excluded")
        moves = self._issue(final)
        self.assertEqual((moves.kdc_account_id, moves.amount_total), (self.account_b, final.amount_total))

    def test_charge_comes_once_on_final_bills_of_two_months(self):
        charge = self.env["kdc.charge"].with_user(self.user_accountant).create(
            {
                "account_id": self.account_b.id, "service_id": self.waste.id, "name": "Thay thùng rác",
                "amount": 120000, "decision": "Phiếu 5", "period": "2026-09-01",
            }
        )  # fmt: skip
        charge.with_user(self.user_approver).action_approve()
        self._wizard(date="2026-10-18").action_apply()
        runs = self.account_b.final_run_ids.sorted("period")
        carrying = runs.filtered(lambda run: "Thay thùng rác" in str(run.line_ids.mapped("explanation")))
        self.assertEqual(carrying, runs[-1:], "The last of the months takes it.")
        charge.sudo().state = "withdrawn"
        runs.with_user(self.user_approver).action_approve()
        for run in runs:
            run.with_context(queue_job__no_delay=True).action_issue()
        self.assertFalse(charge.move_id, "What was withdrawn meanwhile is on no bill.")

    def test_exemption_is_taken_back_once_on_final_bills_of_two_months(self):
        poor = self.env.ref("kdc_residents.status_poor")
        self.env["kdc.tariff.relief"].create(
            {
                "tariff_id": self.waste.tariff_ids[0].id, "name": "Miễn", "status_kind_ids": [Command.set(poor.ids)],
                "value": 100, "date_from": "2026-01-01", "decision": "QĐ 7/2026",
            }
        )  # fmt: skip
        status = self.env["kdc.household.status"].create(
            {
                "household_id": self.household_b.id, "kind_id": poor.id, "date_from": "2026-01-01",
                "decision_number": "12/QĐ", "issuer": "UBND phường", "cancel_reason": "Nhập nhầm hộ",
            }
        )  # fmt: skip
        self.meter_b.reading_ids.unlink()
        self._read(self.meter_b, date(2026, 8, 25), 90)
        self._read(self.meter_b, date(2026, 9, 25), 100)
        self._issue(self._run(period="2026-08-01", invoice_date="2026-09-05"))
        status.action_cancel()
        charge = self.env["kdc.charge"].create({
            "name": "Thay đồng hồ", "account_id": self.account_b.id, "service_id": self.water.id, "amount": 50000,
            "period": "2026-09-01", "decision": "QĐ 7",
        })  # fmt: skip
        charge.with_user(self.user_approver).action_approve()
        self._wizard(date="2026-10-18").action_apply()
        runs = self.account_b.final_run_ids.sorted("period")
        self.assertEqual(len(runs), 2)
        for run in runs:
            self._issue(run)
        self.assertEqual((runs.mapped("failed_count"), charge.move_id.kdc_period), ([0, 0], PERIOD), "Once.")
        lines = [line for bill in runs.move_ids for part in bill.kdc_explanation["sections"]
                 for charge in part["charges"] for line in charge["lines"]]  # fmt: skip
        self.assertEqual([line["amount"] for line in lines if line["label"] == "takeback"], [44000])
        grant = self.env["kdc.relief.grant"].search([("account_id", "=", self.account_b.id)])
        self.assertEqual(grant.takeback_move_id.kdc_period, PERIOD, "The last of the months takes it back.")

    def test_household_that_left_is_billed_for_its_last_days(self):
        persons = self.household_b.member_count
        self._leave()
        self.assertEqual(self.account_b.state, "left")
        wizard = self._wizard()
        self.assertEqual(wizard.date, date(2026, 10, 18), "Who leaves on the 19th is no member from that day on")
        self.assertEqual(wizard.line_ids.previous_value, 100)
        run = self.env["kdc.billing.run"].browse(wizard.action_apply()["res_id"])
        self.assertEqual((run.account_id, run.state, run.line_count), (self.account_b, "computed", 1))
        self.assertEqual((self.account_b.state, self.account_b.date_to), ("closed", date(2026, 10, 18)))
        self.assertEqual(set(self.account_b.connection_ids.mapped("date_to")), {date(2026, 10, 18)})
        bill = Bill.from_dict(run.line_ids.explanation)
        water = next(section for section in bill.sections if section.service == "NUOC")
        waste = next(section for section in bill.sections if section.service == "RAC")
        self.assertEqual((water.quantity, water.date_to), (12, date(2026, 10, 18)))
        self.assertEqual(waste.persons, persons, "Those who lived there, though nobody does any more")
        moves = self._issue(run)
        self.assertEqual(moves.partner_id, self.household_b.partner_id)
        self.assertEqual(self.account_b.balance, moves.amount_total)
        self._read_month_a()
        self.assertEqual(self._run().line_ids.account_id, self.account_a, "The run of the month bills it no more")
        found = self.env["kdc.collect"].with_user(self.user_accountant).find(moves.kdc_reference)
        self.assertEqual([row["id"] for row in found], self.account_b.ids, "The debt is still taken at the counter")

    def _read_month_a(self):
        self._read(self.meter_a, date(2026, 9, 25), 100)
        self._read(self.meter_a, date(2026, 10, 25), 110)

    def test_other_readings_do_not_make_the_final_bill_stale(self):
        run = self.env["kdc.billing.run"].browse(self._wizard(date="2026-10-18").action_apply()["res_id"])
        self._read_month_a()
        self.assertTrue(self._issue(run))

    def test_next_household_begins_at_the_same_figure(self):
        wizard = self._wizard(date="2026-10-18", has_next=True, next_household_id=self.household_a.id)
        wizard.action_apply()
        successor = self.account_b.successor_ids
        self.assertRecordValues(
            successor,
            [
                {
                    "partner_id": self.household_a.partner_id.id,
                    "dwelling_id": self.account_b.dwelling_id.id,
                    "date_from": date(2026, 10, 19),
                    "balance": 0,
                    "state": "in_use",
                }
            ],
        )
        self.assertEqual(successor.connection_ids.service_id, self.water + self.waste)
        meter = successor.connection_ids.meter_ids
        self.assertEqual((meter.serial, meter.reading_ids.value, meter.reading_ids.event), ("DH-B1", 112, "initial"))
        self.assertEqual(meter.goes_on_from_id, self.meter_b)
        self._read(meter, date(2026, 10, 25), 115)
        self._read_month_a()
        line = self._run().line_ids.filtered(lambda line: line.account_id == successor)
        water = Bill.from_dict(line.explanation).sections[0]
        self.assertEqual((water.quantity, water.date_from), (3, date(2026, 10, 19)))

    @mute_logger("odoo.sql_db")
    def test_one_meter_of_a_number_is_in_use(self):
        self._wizard(date="2026-10-18").action_apply()
        connection = self.account_a.connection_ids.filtered(lambda row: row.service_id == self.water)
        self.env["kdc.meter"].create({"serial": "DH-B1", "connection_id": connection.id})
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            self.env["kdc.meter"].create({"serial": "DH-B1", "connection_id": connection.id})

    def test_shop_takes_over_an_empty_house_later(self):
        shop = self.env["res.partner"].create({"name": "Tạp hóa Cô Ba", "is_company": True})
        self._wizard(date="2026-10-18").action_apply()
        wizard = (
            self.env["kdc.move.in"]
            .with_user(self.user_accountant)
            .create({"account_id": self.account_b.id, "date": "2026-10-24", "partner_id": shop.id})
        )
        wizard.household_id = False
        self.assertEqual(wizard.customer_class, "business")
        line = wizard.line_ids.filtered("meter_id")
        line.value = 113
        self.assertEqual(line.tariff_id.customer_class, "business", "The old customer was a household.")
        waste = wizard.line_ids - line
        self.assertEqual(waste.tariff_id, waste.connection_id.tariff_id, "One price for all classes.")
        (wizard.line_ids - line).goes_on = False
        account = self.env["kdc.customer.account"].browse(wizard.action_apply()["res_id"])
        self.assertEqual((account.partner_id, account.connection_ids.service_id), (shop, self.water))
        self.assertFalse(account.connection_ids.wrong_class)
        self.assertFalse(account.household_id)
        self.assertEqual(account.connection_ids.meter_ids.reading_ids.value, 113)

    def test_shop_that_comes_on_the_next_day_pays_its_own_price(self):
        shop = self.env["res.partner"].create({"name": "Tạp hóa Cô Ba", "is_company": True})
        self._wizard(date="2026-10-18", has_next=True, next_partner_id=shop.id).action_apply()
        successor = self.account_b.successor_ids
        self.assertEqual(successor.customer_class, "business")
        self.assertEqual(successor.connection_ids.service_id, self.water + self.waste)
        self.assertFalse(successor.connection_ids.filtered("wrong_class"))

    def test_next_customer_takes_the_prices_of_class_and_day(self):
        old = self.meter_b.connection_id.tariff_id
        prices = {"date_from": "2026-01-01", "decision": "QĐ 9", "component_ids": [
            Command.create({"name": "Nước", "code": "NUOC", "kind": "unit", "price": 5_000}),
        ]}  # fmt: skip
        new = self.env["kdc.tariff"].create(
            {"name": "Hộ 2026", "code": "H26", "service_id": self.water.id, "version_ids": [Command.create(prices)]}
        )
        self._wizard(date="2026-10-18").action_apply()
        wizard = self.env["kdc.move.in"].with_user(self.user_accountant).create(
            {"account_id": self.account_b.id, "date": "2026-10-24", "partner_id": self.household_a.partner_id.id}
        )  # fmt: skip
        line = wizard.line_ids.filtered("meter_id")
        self.assertEqual(line.tariff_id, old, "As good as the new one, so nothing changes.")
        line.tariff_id = new
        wizard.date = date(2026, 10, 25)
        self.assertEqual(line.tariff_id, new, "What somebody chose stays while it fits.")
        new.version_ids.date_from = date(2026, 11, 1)
        wizard.date = date(2026, 10, 26)
        self.assertEqual(line.tariff_id, old, "The new prices are not in force yet.")
        old.active = False
        wizard.customer_class = "public"
        self.assertEqual(line.tariff_id.customer_class, "public")
        wizard.customer_class = "household"
        self.assertEqual(line.tariff_id, new, "The old ones are given up.")

    def test_first_figure_below_the_last_one_is_refused(self):
        self._wizard(date="2026-10-18").action_apply()
        wizard = self.env["kdc.move.in"].create(
            {"account_id": self.account_b.id, "date": "2026-10-24", "partner_id": self.household_a.partner_id.id}
        )
        wizard.line_ids.filtered("meter_id").value = 111
        with self.assertRaises(UserError):
            wizard.action_apply()

    def test_next_customer_begins_on_the_day_after(self):
        """On the last day itself the account of the next one cannot be opened yet, and the form says so."""
        today = fields.Date.context_today(self.env.user)
        self._wizard(date=today).action_apply()
        wizard = self.env["kdc.move.in"].with_user(self.user_accountant).create(
            {"account_id": self.account_b.id, "partner_id": self.household_a.partner_id.id}
        )  # fmt: skip
        self.assertEqual((wizard.date, wizard.too_early), (fields.Date.add(today, days=1), True))
        wizard.date = today
        self.assertFalse(wizard.too_early)

    def test_opened_again_as_if_nothing_had_been(self):
        readings = self.meter_b.reading_ids
        run = self.env["kdc.billing.run"].browse(self._wizard(date="2026-10-18").action_apply()["res_id"])
        self.accounts.action_reopen()
        self.assertFalse(run.exists())
        self.assertEqual((self.account_b.state, self.account_b.date_to), ("in_use", False))
        self.assertFalse(any(self.account_b.connection_ids.mapped("date_to")))
        self.assertRecordValues(self.meter_b, [{"active": True, "state": "in_use", "stopped": False}])
        self.assertEqual(self.meter_b.reading_ids, readings)

    def _read_on_that_day(self):
        """Somebody reads the meter on the day, with a photo; the provider gets the figure."""
        reading = self._read(
            self.meter_b, date(2026, 10, 18), 110, reason="Đọc theo lịch", photo=base64.b64encode(picture()),
            taken_on="2026-10-18 02:00:00", latitude=12.25, longitude=109.19, accuracy=8,
        )  # fmt: skip
        reading.write({"source": "phone", "provider_state": "sent", "is_late": True})
        return reading

    def _said(self, reading):
        """Return all that a reading says, but who wrote the row last and what was said before."""
        names = reading._fields.keys() - {"write_date", "write_uid", "former_ids", "before_stop", *models.MAGIC_COLUMNS}
        return reading.read(sorted(names))

    def test_opened_again_with_the_reading_of_that_day(self):
        """The last figure takes the place of what was read that day, and gives it back: photo, place, state and all."""
        reading = self._read_on_that_day()
        before = self._said(reading)
        self._wizard(date="2026-10-18", value=112).action_apply()
        self.assertEqual((reading.value, reading.user_id), (112, self.user_accountant))
        self.assertFalse(reading.photo or reading.accuracy or reading.provider_state)
        # Meanwhile the month is closed, and late readings are refused.
        self.env["kdc.reading.schedule"].create({"late_rule": "refuse"})
        self.accounts.action_reopen()
        self.assertEqual(self._said(reading), before)
        self.assertFalse(reading.before_stop)
        self._wizard(date="2026-10-18", value=110).action_apply()
        self.accounts.action_reopen()
        self.assertEqual(self._said(reading), before)

    def test_a_figure_the_provider_got_meanwhile_goes_out_again(self):
        reading = self._read_on_that_day()
        self._wizard(date="2026-10-18", value=112).action_apply()
        reading.provider_state = "sent"
        self.accounts.action_reopen()
        self.assertEqual((reading.value, reading.provider_state), (110, False))

    def test_not_opened_again_under_a_bill_or_a_successor(self):
        run = self.env["kdc.billing.run"].browse(self._wizard(date="2026-10-18").action_apply()["res_id"])
        bill = self._issue(run)
        with self.assertRaises(UserError):
            self.accounts.action_reopen()
        bill._kdc_cancel("Nhầm ngày")
        self.accounts.action_reopen()
        self.assertEqual(self.account_b.state, "in_use")
        self._wizard(date="2026-10-17").action_apply()
        self.account_b._open_successor({"partner_id": self.household_a.partner_id.id}, date(2026, 10, 18))
        with self.assertRaises(UserError):
            self.accounts.action_reopen()

    def test_refused_with_a_reason_and_nothing_changed(self):
        self._read(self.meter_b, date(2026, 10, 25), 110)
        for vals in ({"date": "2026-10-18"}, {"date": "2100-01-01"}, {"date": "2024-12-31"}):
            with self.assertRaises(UserError), self.cr.savepoint():
                self._wizard(**vals).action_apply()
        with self.assertRaises(ValidationError), self.cr.savepoint():
            self._wizard(value=99, date="2026-10-28").action_apply()
        self._read_month_a()
        self._issue(self._run())
        with self.assertRaises(UserError) as caught:
            self._wizard(date="2026-10-28").action_apply()
        self.assertIn("10/2026", str(caught.exception))
        self.assertEqual(self.account_b.state, "in_use")

    def test_month_before_without_a_bill_is_billed_too(self):
        self.meter_b.reading_ids.unlink()
        for meter in (self.meter_a, self.meter_b):
            self._read(meter, date(2026, 8, 25), 90)
            self._read(meter, date(2026, 9, 25), 100)
        self._issue(self._run(period="2026-08-01", invoice_date="2026-09-05"))
        action = self._wizard(date="2026-10-18").action_apply()
        self.assertEqual(self.account_b.final_run_ids.mapped("period"), [PERIOD, date(2026, 9, 1)])
        self.assertEqual(action["domain"], [("id", "in", self.account_b.final_run_ids.sorted("period").ids)])

    def test_rest_of_estimates_comes_on_the_last_final_bill(self):
        """It is born when the month before is issued, after the last one was computed: that one is computed again."""
        self.meter_b.reading_ids.unlink()
        for meter in (self.meter_a, self.meter_b):
            self._read(meter, date(2026, 8, 25), 90)
            self._read(meter, date(2026, 9, 25), 100)
        self._issue(self._run(period="2026-08-01", invoice_date="2026-09-05"))
        self._wizard(date="2026-10-18").action_apply()
        september, october = self.account_b.final_run_ids.sorted("period")
        bill = self._issue(september)
        section = next(part for part in bill._kdc_bill().sections if part.service == "RAC")
        waiting = tuple(negated(charge, bill=bill.id, month="08/2026") for charge in section.charges)
        rest = self.env["kdc.charge"]._make_rests([(bill, TrueUp("RAC", waiting=waiting))])
        self.assertEqual(october.line_ids.state, "blocked")
        self.assertIn("compute this one again", october.line_ids.issue_text)
        october.action_draft()
        october.action_compute()
        self._issue(october)
        self.assertEqual(rest.move_id, october.move_ids)
        self.env["kdc.charge"]._make_rests([(october.move_ids, TrueUp("RAC", waiting=waiting))])
        self.assertEqual(self.account_b._kdc_settlement().waiting, sum(charge.total for charge in section.charges))
        paper = pdf_text(self.env["kdc.settlement.pdf"]._render(self.account_b))
        self.assertIn("chưa tính trong các số trên", paper)

    def test_household_with_two_dwellings_has_not_left(self):
        """It pays for a second dwelling where it never lived."""
        self.account_b.dwelling_id = self._create_dwelling("77", "Trần Phú", self.group_a)
        self.assertEqual(self.account_b.state, "in_use")
        self.account_b.dwelling_id = self.household_b.dwelling_id
        self.household_b.dwelling_id = self._create_dwelling("78", "Trần Phú", self.group_a)
        self.assertEqual(self.account_b.state, "left", "It moved inside the ward")

    def test_only_the_accountant(self):
        with self.assertRaises(AccessError):
            self.env["kdc.move.out"].with_user(self.user_collector).create({"account_id": self.account_b.id})
        with self.assertRaises(AccessError):
            self.account_b.with_user(self.user_collector).action_reopen()


@tagged("post_install", "-at_install")
class TestAdvanceReturn(ProvedCase, UtilitiesCommon):
    """Money paid in advance leaves by two persons, and never more than there is."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bank = cls.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", cls.company.id)], limit=1
        )
        cls._pay_in(cls.account_b, 100_000)

    @classmethod
    def _pay_in(cls, account, amount):
        payment = (
            cls.env["account.payment"]
            .with_company(cls.company)
            .create(
                {
                    "payment_type": "inbound",
                    "partner_type": "customer",
                    "partner_id": account.partner_id.id,
                    "amount": amount,
                    "journal_id": cls.bank.id,
                    "outstanding_account_id": cls.bank.default_account_id.id,
                }
            )
        )
        payment.action_post()

    def _prepare(self, **vals):
        return self.env["kdc.advance.return"].with_user(self.user_accountant).create(
            {
                "account_id": self.account_b.id, "reason": "Chuyển đi", "journal_id": self.bank.id,
                "receiver": "Phạm Văn Bình", **vals,
            }
        )  # fmt: skip

    def test_paid_back_by_two_persons(self):
        record = self._prepare()
        self.assertEqual(record.amount, 100_000)
        with self.assertRaises(AccessError):
            record.action_approve()
        record.with_user(self.user_approver).action_approve()
        self.assertEqual((record.state, self.account_b.advance), ("posted", 0))
        self.assertEqual(record.sudo().move_id.state, "posted")
        with self.assertRaises(UserError):
            record.with_user(self.user_approver).action_approve()

    def test_who_prepared_cannot_approve(self):
        self.user_accountant.group_ids += self.env.ref("kdc_utilities.group_approver")
        with self.assertRaises(UserError):
            self._prepare().action_approve()

    def test_moved_to_another_customer_pays_their_bill(self):
        self._read_month()
        # Not yet the step behind it, in which the advance pays by itself.
        lines = self._run().sudo().line_ids
        lines._issue()
        bill_a = lines.move_id.filtered(lambda move: move.kdc_account_id == self.account_a)
        owed_b = self.account_b.balance
        with self.assertRaises(UserError), self.cr.savepoint():
            self._prepare(kind="move", target_account_id=self.account_a.id)
        rest = 100_000 - owed_b
        record = self._prepare(kind="move", target_account_id=self.account_a.id, amount=rest)
        record.with_user(self.user_approver).action_approve()
        self.account_b.invalidate_recordset(["balance", "advance"])
        self.assertEqual((self.account_b.balance, self.account_b.advance), (0, 0), "The own bill came first")
        self.assertEqual(bill_a.amount_residual, bill_a.amount_total - rest)

    @mute_logger("odoo.sql_db")
    def test_database_wants_a_second_person_and_a_place_for_the_money(self):
        record = self._prepare().sudo()
        for vals in (
            {"approved_by_id": self.user_accountant.id},
            {"state": "posted"},
            {"receiver": False},
            {"amount": 0},
        ):
            with self.assertRaises(IntegrityError), self.cr.savepoint():
                record.write(vals)
                record.flush_recordset()

    def test_nobody_approves_by_writing(self):
        with self.assertRaises(AccessError):
            self._prepare().write({"state": "posted"})
        with self.assertRaises(AccessError):
            self._prepare(state="posted")


@tagged("post_install", "-at_install")
class TestSettlement(ProvedCase, UtilitiesCommon):
    """One paper for who leaves: the advance is used, the rest goes back, a debt stays with the person."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._read(cls.meter_b, date(2026, 9, 25), 100)
        cls.accounts = cls.account_b.with_user(cls.user_accountant)

    def _closed_with_final_bill(self):
        """Account B is closed and its final bill issued."""
        with self.assertRaises(UserError):
            self.accounts.action_settle()
        self.accounts._close(date(2026, 10, 18), {self.meter_b: (112, False)}, "Chuyển về Ninh Hòa")
        run = self.accounts._prepare_final_runs()
        with self.assertRaises(UserError):
            self.accounts.action_print_settlement()
        return self._issue(run)

    def _pay_in_advance(self, amount):
        journal = self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", self.company.id)], limit=1
        )
        self.env["account.payment"].create(
            {
                "payment_type": "inbound", "partner_type": "customer", "partner_id": self.account_b.partner_id.id,
                "amount": amount, "journal_id": journal.id,
                "outstanding_account_id": journal.default_account_id.id,
            }
        ).action_post()  # fmt: skip

    def test_settlement_of_a_debt(self):
        bill = self._closed_with_final_bill()
        self._pay_in_advance(10_000)
        action = self.accounts.action_settle()
        self.assertIn("/settlement", action["url"])
        self.assertEqual(bill.amount_residual, bill.amount_total - 10_000, "The advance is used first.")
        text = pdf_text(self.env["kdc.settlement.pdf"]._render(self.account_b))
        for words in (
            "QUYẾT TOÁN", self.account_b.number, "18/10/2026", "Chuyển về Ninh Hòa", "DH-B1", "112",
            fmt.vnd(bill.amount_residual).replace("\u00a0", " "), "10.000 ₫",
        ):  # fmt: skip
            self.assertIn(words, text)

    def _rest(self, bill, code="RAC"):
        """Return a true-up that the last bill was too small for: all of a service, with its VAT."""
        section = next(part for part in bill._kdc_bill().sections if part.service == code)
        waiting = tuple(negated(charge, bill=bill.id, month="08/2026") for charge in section.charges)
        return self.env["kdc.charge"]._make_rests([(bill, TrueUp(code, waiting=waiting))]), section

    def test_what_no_bill_can_take_off_goes_back_by_credit_note(self):
        """Two persons make it an advance; it pays the debt, the rest goes back, and no bill takes it off again."""
        bill = self._closed_with_final_bill()
        rest, section = self._rest(bill, "NUOC")
        whole = sum(charge.total for charge in section.charges)
        self.assertGreater(sum(charge.vat for charge in section.charges), 0)
        self.assertEqual((self.account_b.waiting_credit, self.account_b.credit_asked), (whole, False))
        with self.assertRaises(AccessError):
            self.account_b.with_user(self.user_collector).action_ask_credits()
        self.accounts.action_ask_credits()
        self.assertEqual((rest.credit_asked_by_id, rest.credit_state), (self.user_accountant, "asked"))
        self.account_b.invalidate_recordset(["credit_asked"])
        self.assertTrue(self.account_b.credit_asked)
        self.user_accountant.group_ids += self.env.ref("kdc_utilities.group_approver")
        with self.assertRaises(UserError), self.cr.savepoint():
            rest.with_user(self.user_accountant).action_credit()
        approvals = rest.with_user(self.user_approver)
        approvals.action_credit()
        note = rest.move_id
        self.assertEqual((note.move_type, note.state, note.partner_id), ("out_refund", "posted", bill.partner_id))
        self.assertEqual((note.amount_total, note.amount_tax), (whole, sum(charge.vat for charge in section.charges)))
        # Net and VAT leave the accounts on which the bill had put them; the VAT of waste has another one.
        for account, items in note.line_ids.grouped("account_id").items():
            if account.account_type != "asset_receivable":
                billed = bill.line_ids.filtered(lambda item, account=account: item.account_id == account)
                self.assertEqual(sum(items.mapped("balance")), -sum(billed.mapped("balance")), account.code)
        with self.assertRaises(UserError), self.cr.savepoint():
            approvals.action_credit()
        with self.assertRaisesRegex(UserError, "credit note"), self.cr.savepoint():
            rest.with_user(self.user_accountant).action_ask_credit()
        with self.assertRaises(UserError), self.cr.savepoint():
            note.button_draft()
        self.account_b.invalidate_recordset()
        self.assertEqual((self.account_b.waiting_credit, self.account_b.advance), (0, whole))
        self._pay_in_advance(round(bill.amount_total) - whole + 5_000)
        action = self.accounts.action_settle()
        self.assertEqual((bill.amount_residual, action["context"]["default_amount"]), (0, 5_000))
        paper = pdf_text(self.env["kdc.settlement.pdf"]._render(self.account_b))
        self.assertIn(note.name, paper)
        self.assertNotIn("chưa tính trong các số trên", paper)

    def test_a_credit_note_is_taken_back_until_the_money_is_paid_out(self):
        bill = self._closed_with_final_bill()
        rest, section = self._rest(bill)
        whole = sum(charge.total for charge in section.charges)
        rest.with_user(self.user_accountant).action_ask_credit()
        rest.with_user(self.user_approver).action_credit()
        first = rest.move_id
        self.accounts.action_settle()
        self.assertEqual(bill.amount_residual, bill.amount_total - whole)
        with self.assertRaisesRegex(UserError, "approved this yourself"), self.cr.savepoint():
            rest.with_user(self.user_approver)._undo("Nhầm")
        with self.assertRaises(AccessError):
            rest.with_user(self.user_collector)._undo("Nhầm")
        rest.with_user(self.user_accountant)._undo("Nhầm")
        self.assertEqual((first.state, rest.billed, rest.credit_state), ("cancel", False, "possible"))
        self.assertEqual((bill.amount_residual, self.account_b.advance), (bill.amount_total, 0))
        rest.with_user(self.user_accountant).action_ask_credit()
        rest.with_user(self.user_accountant).action_keep_for_bills()
        with self.assertRaises(UserError), self.cr.savepoint():
            rest.with_user(self.user_approver).action_credit()
        self._pay_in_advance(round(bill.amount_total))
        self.accounts.action_settle()
        rest.with_user(self.user_accountant).action_ask_credit()
        rest.with_user(self.user_approver).action_credit()
        context = self.accounts.action_settle()["context"]
        self.assertEqual(context["default_amount"], whole)
        bank = self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", self.company.id)], limit=1
        )
        back = self.env["kdc.advance.return"].with_user(self.user_accountant).with_context(**context).create(
            {"journal_id": bank.id}
        )  # fmt: skip
        back.with_user(self.user_approver).action_approve()
        self.assertEqual(self.account_b.advance, 0)
        with self.assertRaisesRegex(UserError, "paid back or moved"), self.cr.savepoint():
            rest.with_user(self.user_accountant)._undo("Nhầm")

    def test_money_back_entered_later_waits_too_with_the_vat_of_the_last_day(self):
        """Of a closed account whatever is approved is still to be given back, also once it is archived."""
        self._closed_with_final_bill()
        vat = self.env.ref("kdc_utilities.kdc_vat_category_service")
        [*_former, rate] = vat.rate_ids.filtered(lambda row: row.date_from <= PERIOD).sorted("date_from")
        rate.copy({"date_from": "2026-10-19", "percent": 5})
        charge = self.env["kdc.charge"].with_user(self.user_accountant).create({
            "account_id": self.account_b.id, "service_id": self.waste.id, "name": "Thu nhầm", "amount": -100_000,
            "decision": "Phiếu 5", "period": "2027-03-01", "vat_category_id": vat.id,
        })  # fmt: skip
        charge.with_user(self.user_approver).action_approve()
        self.account_b.active = False
        self.assertEqual(self.account_b.waiting_credit, 100_000 + 1_000 * rate.percent)
        self.assertNotEqual(rate.percent, 5)
        self.accounts.action_ask_credits()
        charge.with_user(self.user_approver).action_credit()
        self.assertEqual(charge.move_id.amount_total, 100_000 + 1_000 * rate.percent)

    def test_settlement_keeps_what_the_payer_owes_elsewhere(self):
        """Who moves within the ward has two accounts and one advance."""
        bill = self._closed_with_final_bill()
        self.account_a.partner_id = self.account_b.partner_id
        for day, figure in ((date(2026, 9, 25), 100), (date(2026, 10, 25), 110)):
            self._read(self.meter_a, day, figure)
        other = self._issue(self._run(period="2026-10-01", invoice_date="2026-11-05", date_due=date(2026, 11, 15)))
        other = other.filtered(lambda bill: bill.kdc_account_id == self.account_a)
        self.assertTrue(other.amount_residual)
        self._pay_in_advance(round(bill.amount_total + other.amount_residual))
        self.assertIn("/settlement", self.accounts.action_settle()["url"])
        self.assertEqual(self.account_b._kdc_settlement().left, 0)
        text = pdf_text(self.env["kdc.settlement.pdf"]._render(self.account_b))
        self.assertIn(fmt.vnd(other.amount_residual).replace("\u00a0", " "), text)
        self._pay_in_advance(7_000)
        action = self.accounts.action_settle()
        self.assertEqual(action["context"]["default_amount"], 7_000)
        bank = self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", self.company.id)], limit=1
        )
        backs = self.env["kdc.advance.return"].with_user(self.user_accountant).with_context(**action["context"])
        with self.assertRaises(UserError):
            backs.create({"journal_id": bank.id, "amount": 7_001})
        self.assertEqual(backs.create({"journal_id": bank.id}).amount, 7_000)

    def test_settlement_says_what_was_written_off_and_names_no_other(self):
        bill = self._closed_with_final_bill()
        self.account_a.predecessor_id = self.account_b
        record = self.env["kdc.write.off"].with_user(self.user_accountant).create(
            {
                "account_id": self.account_b.id, "move_ids": bill.ids, "decision": "9/QĐ", "reason": "Đã rời đi",
                "decision_date": date(2026, 10, 20), "paper": "JVBERi0=", "paper_name": "9.pdf",
            }
        )  # fmt: skip
        record.with_user(self.user_approver).action_approve()
        text = pdf_text(self.env["kdc.settlement.pdf"]._render(self.account_b))
        amount = fmt.vnd(bill.amount_total).replace("\u00a0", " ")
        self.assertEqual(text.count(amount), 2, "Billed and written off, not paid.")
        self.assertNotIn(self.account_a.partner_id.name, text)

    def test_settlement_pays_the_rest_of_an_advance_back(self):
        bill = self._closed_with_final_bill()
        self._pay_in_advance(round(bill.amount_total) + 25_000)
        action = self.accounts.action_settle()
        self.assertEqual(action["res_model"], "kdc.advance.return")
        self.assertEqual(bill.amount_residual, 0)
        back = self.env["kdc.advance.return"].with_user(self.user_accountant).with_context(**action["context"]).create(
            {"journal_id": self.env["account.journal"].search(
                [("type", "=", "bank"), ("company_id", "=", self.company.id)], limit=1).id}
        )  # fmt: skip
        self.assertEqual(back.amount, 25_000)
        self.assertIn("/settlement", self.accounts.action_settle()["url"])
        text = pdf_text(self.env["kdc.settlement.pdf"]._render(self.account_b))
        self.assertIn("25.000 ₫", text)
        back.with_user(self.user_approver).action_approve()
        self.assertEqual(self.account_b._kdc_settlement().left, 0)
