from datetime import date, timedelta
from unittest.mock import patch

from freezegun import freeze_time
from odoo import SUPERUSER_ID, api, sql_db
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import SQL, mute_logger
from psycopg2 import IntegrityError
from psycopg2.errors import LockNotAvailable, SerializationFailure

from ..engine.tariff import Bill
from ..models import kdc_charge_late_fee
from .common import UtilitiesCommon
from .proved import ProvedCase

AUGUST = {"period": "2026-08-01", "invoice_date": "2026-09-05"}
SEPTEMBER = {"period": "2026-09-01", "invoice_date": "2026-10-05"}
DUE = date(2026, 8, 15)
BASIS = "Hợp đồng cung cấp nước, Điều 7"


class LateFeeCommon(UtilitiesCommon):
    """July's bills, due on 15/08/2026: water 173,650 + waste 44,000 of account A; water has a rule."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for meter, used in ((cls.meter_a, 25), (cls.meter_b, 8)):
            cls._read(meter, date(2026, 6, 25), 100)
            for month in (7, 8, 9):
                # Nobody uses water after July.
                cls._read(meter, date(2026, month, 25), 100 + used)
        cls.rule = cls.env["kdc.late.fee.rule"].create(
            {
                "service_id": cls.water.id, "legal_basis": BASIS, "date_from": "2026-01-01", "percent": 0.03,
                "grace_days": 5, "yearly_limit": 20, "limit_basis": "Văn bản thử",
            }
        )  # fmt: skip
        cls.fees = cls.env["kdc.charge"].with_user(cls.user_accountant)

    def setUp(self):
        super().setUp()
        bills = self._issue(self._run(period="2026-07-01", invoice_date="2026-07-31", date_due=DUE))
        self.bill_a = bills.filtered(lambda bill: bill.kdc_account_id == self.account_a)
        self.bill_b = bills - self.bill_a

    def _prepare(self, until):
        """Let the accountant prepare the late fees up to a day."""
        wizard = self.env["kdc.late.fee.prepare"].with_user(self.user_accountant)
        wizard = wizard.create({"company_id": self.company.id, "date_to": until})
        return self.fees.search(wizard.action_prepare()["domain"])

    def _nothing_due(self, until):
        self.assertFalse(self.fees._late_fee_vals(self.company, until, self.env["kdc.area"]))

    def _approve(self, fees):
        fees.with_user(self.user_approver).action_approve()

    def _pay(self, bill, amount, day):
        register = self.env["account.payment.register"].with_context(active_model="account.move", active_ids=bill.ids)
        register.create({"amount": amount, "payment_date": day}).action_create_payments()

    def _fee_of(self, fees, account):
        return fees.filtered(lambda fee: fee.account_id == account)


@tagged("post_install", "-at_install")
class TestLateFee(ProvedCase, LateFeeCommon):
    def test_off_until_there_is_a_rule(self):
        self.rule.unlink()
        self._nothing_due(date(2026, 10, 31))
        with self.assertRaises(UserError):
            self._prepare(date(2026, 10, 31))

    def test_none_in_grace_then_by_day_on_water_only(self):
        self._nothing_due(DUE + timedelta(days=5))
        fees = self._prepare(DUE + timedelta(days=15))
        fee = self._fee_of(fees, self.account_a)
        # 173,650 × 0.03 % × 10 days = 520.95
        self.assertEqual((fee.amount, fee.service_id, fee.corrects_move_id), (521, self.water, self.bill_a))
        self.assertEqual((fee.late_from, fee.late_to), (date(2026, 8, 21), date(2026, 8, 30)))
        self.assertEqual((fee.state, fee.decision, fee.requested_by_id), ("draft", BASIS, self.user_accountant))
        self.assertIn("173.650", fee.how)

    def test_comes_on_the_next_bill_and_can_be_checked_there(self):
        self._approve(self._prepare(DUE + timedelta(days=15)))
        bills = self._issue(self._run(**AUGUST))
        bill = bills.filtered(lambda bill: bill.kdc_account_id == self.account_a)
        self.assertEqual(bill.amount_total, 44000 + 521)
        (section,) = (part for part in Bill.from_dict(bill.kdc_explanation).sections if part.service == "NUOC")
        charge = section.charges[-1]
        self.assertEqual((charge.kind, charge.total, charge.vat), ("late_fee", 521, 0))
        words = bill.with_context(lang="en_US")._kdc_worded_section(section)["charges"][-1]["lines"][0]
        self.assertIn("10 days × 0,03% × 173.650", words["text"])
        self.assertIn("21/08/2026", words["text"])
        self.assertIn(BASIS, bill.kdc_explanation_html)
        self.assertTrue(bill._kdc_recompute()["equal"])
        # The fee itself is no principal: nothing runs on it, neither on this bill nor on the old one.
        debts = (self.bill_a + bill)._kdc_late_debts(self.company._kdc_service_ranks(), {})
        self.assertEqual(debts[bill, "NUOC"].balances[-1][1], 0)
        self.assertEqual(debts[self.bill_a, "NUOC"].balances[-1][1], 173650)

    def test_bears_vat_only_by_its_rule_and_gives_back_exactly_that(self):
        """None by default; where the tax office asks for it, by a category of the dated table, from a rule's day on."""
        category = self.env["kdc.vat.category"].create({"code": "LATEVAT", "name": "Thử"})
        rates = self.env["kdc.vat.rate"]
        for day, percent in (("2026-01-01", 10), ("2026-08-31", 8), ("2026-09-01", 5)):
            rates.create({"category_id": category.id, "date_from": day, "percent": percent, "legal_basis": "Thử"})
        self.assertFalse(self.rule.vat_category_id)
        self.rule.vat_category_id = category
        product = self.water.product_id.copy({"name": "Tiền chậm nộp"})
        product.property_account_income_id = self.water._income_account(self.water.product_id)
        (self.water + self.waste).late_fee_product_id = product
        self.assertIn("plus VAT", self.rule.with_context(lang="en_US").sentence)
        fees = self._prepare(DUE + timedelta(days=15))
        fee = self._fee_of(fees, self.account_a)
        self.assertEqual(fee.amount, 521, "before VAT")
        self._approve(fees)
        bill = self._issue(self._run(**AUGUST)).filtered(lambda bill: bill.kdc_account_id == self.account_a)
        (charge,) = (item for part in bill._kdc_bill().sections for item in part.charges if item.kind == "late_fee")
        self.assertEqual((charge.net, charge.vat, charge.vat_rate), (521, 42, 8), "521 × 8 % = 41.68")
        self.assertEqual(bill.amount_total, 44000 + 521 + 42)
        self.assertTrue(bill._kdc_recompute()["equal"])
        back = fee.with_user(self.user_accountant)._waive("Nằm viện", "Tờ trình 4")
        self._approve(back)
        later = self._issue(self._run(**SEPTEMBER)).filtered(lambda bill: bill.kdc_account_id == self.account_a)
        (charge,) = (item for part in later._kdc_bill().sections for item in part.charges if item.kind == "correction")
        self.assertEqual((charge.net, charge.vat, charge.vat_rate), (-521, -42, 8), "not at the later rate of 5 %")
        booked = (bill + later).invoice_line_ids.filtered(lambda line: line.product_id == product)
        self.assertEqual(booked.mapped("price_subtotal"), [521, -521], "out of the income into which it went")

    def test_a_fee_without_a_rate_blocks_its_bill_and_no_other(self):
        self.rule.vat_category_id = self.env["kdc.vat.category"].create({"code": "LATEVAT", "name": "Chưa có"})
        self._approve(self._fee_of(self._prepare(DUE + timedelta(days=15)), self.account_a))
        run = self._run(**AUGUST)
        line = run.line_ids.filtered(lambda line: line.account_id == self.account_a)
        self.assertEqual((line.state, line.issues[0]["code"]), ("blocked", "no_vat_rate"))
        self.assertIn("ready", run.line_ids.mapped("state"))

    def test_a_day_is_charged_once(self):
        until = DUE + timedelta(days=15)
        first = self._prepare(until)
        with self.assertRaises(UserError):
            self._prepare(until)
        second = self._fee_of(self._prepare(until + timedelta(days=10)), self.account_a)
        self.assertEqual((second.late_from, second.late_to), (until + timedelta(days=1), until + timedelta(days=10)))
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self._fee_of(first, self.account_a).sudo().copy(
                {"late_from": second.late_from, "late_to": second.late_to, "corrects_move_id": self.bill_a.id}
            )
        # What was withdrawn may be charged anew.
        (first + second).action_withdraw()
        again = self._fee_of(self._prepare(until), self.account_a)
        self.assertEqual(again.late_from, date(2026, 8, 21))

    def test_payments_split_the_days_and_late_payers_owe_what_ran(self):
        self._pay(self.bill_a, 100000, DUE + timedelta(days=11))
        self._pay(self.bill_a, 117650, DUE + timedelta(days=16))
        fee = self._fee_of(self._prepare(DUE + timedelta(days=90)), self.account_a)
        # Water is served first: 173,650 on 5 days, 73,650 on 5 days.
        self.assertEqual(fee.how.count("\n"), 1)
        self.assertEqual(fee.amount, round(0.0003 * (5 * 173650 + 5 * 73650)))
        self.assertEqual(fee.late_to, DUE + timedelta(days=15))

    def test_one_area_only_also_where_it_was_paid_late(self):
        self._pay(self.bill_a, 217650, DUE + timedelta(days=30))
        late = self.fees._late_bills(
            self.company, DUE + timedelta(days=60), self.water.journal_id, self.account_b.area_id
        )
        self.assertEqual(late, self.bill_b)

    def test_paid_in_time_costs_nothing(self):
        self._pay(self.bill_a, 217650, DUE)
        self._pay(self.bill_b, 88160, DUE + timedelta(days=5))
        self._nothing_due(DUE + timedelta(days=90))

    def test_payment_entered_later_stops_the_approval(self):
        """A statement imported after the fees were prepared: who paid in time is not charged."""
        fees = self._prepare(DUE + timedelta(days=15))
        self._pay(self.bill_a, 217650, DUE)
        with self.assertRaises(UserError):
            self._approve(self._fee_of(fees, self.account_a))
        self._approve(self._fee_of(fees, self.account_b))

    def test_bills_of_others_stay_out(self):
        """Paid late, but in another area, reversed, or of another ward."""
        until = DUE + timedelta(days=90)
        for bill in (self.bill_a, self.bill_b):
            self._pay(bill, bill.amount_total, DUE + timedelta(days=30))
        find = self.fees._late_bills
        journals, nowhere = self.water.journal_id, self.env["kdc.area"]
        self.assertEqual(find(self.company, until, journals, nowhere), self.bill_a | self.bill_b)
        self.assertEqual(find(self.company, until, journals, self.account_a.area_id), self.bill_a)
        self.assertFalse(find(self.env["res.company"].create({"name": "Phường khác"}), until, journals, nowhere))
        self.assertFalse(find(self.company, until, journals.browse(), nowhere))
        self.assertFalse(find(self.company, DUE, journals, nowhere))

    def test_only_for_the_own_ward(self):
        other = self.env["res.company"].create({"name": "Phường khác"})
        wizard = self.env["kdc.late.fee.prepare"].with_user(self.user_accountant)
        with self.assertRaises(AccessError):
            wizard.create({"company_id": other.id}).action_prepare()

    def test_a_dispute_freezes_and_what_was_wrong_is_no_principal(self):
        opened, answered = DUE + timedelta(days=8), DUE + timedelta(days=12)
        with freeze_time(opened):
            dispute = self.env["kdc.bill.dispute"]._open(
                self.bill_a, self.household_a.partner_id, "NUOC", self._water_code(), "Sai số"
            )
        self.assertEqual(self.bill_a._kdc_frozen_days(), {self.bill_a: [(opened, date.max)]})
        fee = self._fee_of(self._prepare(DUE + timedelta(days=20)), self.account_a)
        self.assertEqual(fee.late_to, opened - timedelta(days=1))
        self._approve(fee)
        waiting = self.env["kdc.charge"]._waiting_domain(self.company, date(2026, 9, 1))
        self.assertNotIn(fee, fee.sudo().search(waiting), "it waits for the answer")
        dispute.answer = "Đúng là sai"
        with freeze_time(answered):
            dispute.with_user(self.user_accountant).action_accept()
        self.assertIn(fee, fee.sudo().search(waiting))
        debt = self.bill_a._kdc_late_debts(self.company._kdc_service_ranks(), {})[self.bill_a, "NUOC"]
        self.assertEqual(debt.late_on(answered + timedelta(days=1)), 173650 - round(dispute.amount))

    def test_a_dispute_after_the_dry_run_keeps_the_fee_off(self):
        self._approve(self._prepare(DUE + timedelta(days=15)))
        run = self._run(**AUGUST)
        line = run.line_ids.filtered(lambda line: line.account_id == self.account_a)
        self.assertEqual((line.amount_total, run.changed_count), (44000 + 521, 0))
        run.with_user(self.user_approver).action_approve()
        fee, held = self._fee_of(self.fees.search([]), self.account_a).sudo(), []
        with patch.object(kdc_charge_late_fee, "lock_or_retry", lambda fees, **how: held.append((fees, how))):
            self.env["kdc.bill.dispute"]._open(
                self.bill_a, self.household_a.partner_id, "NUOC", self._water_code(), "Sai số"
            )
            run.line_ids.sudo()._issue()
        self.assertEqual((line.state, (run.line_ids - line).mapped("state")), ("blocked", ["issued"]))
        (asked, how), (issued, also) = held
        self.assertEqual((asked, how), (fee, {"allow_referencing": True, "touch": True}))
        self.assertTrue(fee <= issued and how == also, "who questions the bill and who issues hold the same fee")
        self.assertIn("until the resident has an answer", line.with_context(lang="en_US").issue_text)
        again = self._run(**AUGUST).line_ids
        self.assertEqual((again.account_id, again.amount_total), (self.account_a, 44000))

    def test_a_dispute_and_the_issuing_of_its_late_fee_exclude_each_other(self):
        """Two connections: who is later waits and then begins anew, so a dispute is seen or comes after the bill."""
        setup, issuing, asking = (self._cursor() for _number in range(3))
        known = self.env.ref("base.main_company"), self.env.ref("base.user_root"), self.env.ref("base.user_admin")
        company, one, other = (record.id for record in known)
        ids = {}

        def insert(table, **values):
            columns = SQL(", ").join(map(SQL.identifier, values))
            query = SQL("INSERT INTO %s (%s) VALUES %s RETURNING id", SQL.identifier(table), columns,
                        tuple(values.values()))  # fmt: skip
            setup.execute(query)
            ids[table] = setup.fetchone()[0]
            return ids[table]

        def remove():
            setup.rollback()
            for table in reversed(ids):
                setup.execute(SQL("DELETE FROM %s WHERE id = %s", SQL.identifier(table), ids[table]))
            setup.commit()

        self.addCleanup(remove)
        setup.execute("SELECT MIN(id) FROM account_journal")
        [journal] = setup.fetchone()
        setup.execute("SELECT MIN(id) FROM product_product")
        [product] = setup.fetchone()
        bill = insert("account_move", journal_id=journal, currency_id=self.company.currency_id.id, state="draft",
                      move_type="out_invoice", auto_post="no", date=DUE)  # fmt: skip
        account = insert("kdc_customer_account", company_id=company, partner_id=self.env.ref("base.main_partner").id,
                         delivery_channel="auto", customer_class="household")  # fmt: skip
        service = insert("kdc_service", company_id=company, journal_id=journal, product_id=product, name="x",
                         code="KHOA", money_kind="phi", legal_basis="x", unit="x")  # fmt: skip
        insert("kdc_charge", requested_by_id=one, approved_by_id=other, account_id=account, service_id=service,
               name="x", kind="late_fee", decision="x", state="approved", period=DUE, amount=1, reason="x",
               corrects_move_id=bill, late_from=DUE, late_to=DUE, charges="[]")  # fmt: skip
        setup.commit()

        def hold(cursor, **domain):
            charges = api.Environment(cursor, SUPERUSER_ID, {})["kdc.charge"]
            charges._hold_waiting_fees([(name, "=", value) for name, value in domain.items()])

        hold(issuing, account_id=account)
        with mute_logger("odoo.sql_db"), self.assertRaises(LockNotAvailable):
            hold(asking, corrects_move_id=bill)
        asking.rollback()
        asking.execute("SELECT 1 FROM kdc_charge")  # it has begun, and sees nothing of what the other one does
        issuing.commit()
        with mute_logger("odoo.sql_db"), self.assertRaises(SerializationFailure):
            hold(asking, corrects_move_id=bill)
        asking.rollback()
        hold(asking, corrects_move_id=bill)
        asking.rollback()

    def _cursor(self):
        cursor = sql_db.db_connect(self.env.cr.dbname).cursor()
        self.addCleanup(cursor.close)
        return cursor

    def _water_code(self):
        return Bill.from_dict(self.bill_a.kdc_explanation).sections[0].charges[0].code

    def test_waived_with_a_reason_by_another_person_and_kept(self):
        fee = self._fee_of(self._prepare(DUE + timedelta(days=15)), self.account_a)
        with self.assertRaises(AccessError):
            fee._waive("Ốm", "")
        self.user_accountant.group_ids += self.env.ref("kdc_utilities.group_approver")
        with self.assertRaises(UserError):
            fee._waive("Ốm", "")
        wizard = self.env["kdc.late.fee.waive"].with_user(self.user_approver).create(
            {"charge_id": fee.id, "reason": "Nằm viện"}
        )  # fmt: skip
        self.assertTrue(wizard.action_waive())
        self.assertEqual((fee.state, fee.waive_reason, fee.waived_by_id), ("waived", "Nằm viện", self.user_approver))
        with self.assertRaises(UserError):
            fee.action_withdraw()
        run = self._run(**AUGUST)
        line = run.line_ids.filtered(lambda line: line.account_id == self.account_a)
        self.assertEqual(line.amount_total, 44000)
        later = self._fee_of(self._prepare(DUE + timedelta(days=20)), self.account_a)
        self.assertEqual(later.late_from, DUE + timedelta(days=16), "waived days stay settled")

    def test_a_billed_fee_is_given_back_by_the_next_bill(self):
        fees = self._prepare(DUE + timedelta(days=15))
        self._approve(fees)
        fee = self._fee_of(fees, self.account_a)
        bills = self._issue(self._run(**AUGUST))
        back = fee._waive("Nằm viện", "Tờ trình 4")
        self.assertEqual((back.amount, back.corrects_move_id, back.state), (-521, fee.move_id, "draft"))
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            fee._waive("Hai lần", "Tờ trình 4")
        self._approve(back)
        later = self._issue(self._run(**SEPTEMBER))
        bill = (later - bills).filtered(lambda bill: bill.kdc_account_id == self.account_a)
        self.assertEqual(bill.amount_total, 44000 - 521)

    def test_follows_a_cancelled_bill(self):
        fee = self._fee_of(self._prepare(DUE + timedelta(days=15)), self.account_a)
        self.bill_a.with_user(self.user_accountant)._kdc_cancel("Nhầm")
        self.assertEqual(fee.state, "withdrawn")
        self.assertEqual(len(self._prepare(DUE + timedelta(days=16))), 1, "account B only")

    def test_four_eyes_and_no_hand_on_what_was_computed(self):
        fee = self._fee_of(self._prepare(DUE + timedelta(days=15)), self.account_a)
        for vals in ({"late_from": DUE}, {"state": "waived"}, {"waive_reason": "x"}, {"charges": []}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                fee.write(vals)
        with self.assertRaises(UserError):
            fee.write({"amount": 1})
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self.fees.create(
                {
                    "account_id": self.account_a.id, "service_id": self.water.id, "kind": "late_fee", "name": "Phạt",
                    "amount": 100000, "decision": "Không có", "reason": "x", "corrects_move_id": self.bill_a.id,
                }
            )  # fmt: skip
        self.user_accountant.group_ids += self.env.ref("kdc_utilities.group_approver")
        with self.assertRaises(UserError):
            fee.action_approve()
        wizard = self.env["kdc.late.fee.prepare"].create({"company_id": self.company.id, "date_to": "2026-12-05"})
        with freeze_time("2026-12-05"), self.assertRaises(UserError):
            wizard.action_prepare()

    def test_what_the_law_refuses(self):
        for vals in (
            {"percent": 0.06}, {"every": "month", "percent": 1.7}, {"percent": 0}, {"method": "flat"},
            {"yearly_limit": 10}, {"yearly_limit": 0}, {"limit_basis": False},
            {"cap_percent": 101}, {"grace_days": -1}, {"date_to": "2025-12-31"},
        ):  # fmt: skip
            with (
                self.subTest(vals=vals), mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError),
                self.cr.savepoint(),
            ):  # fmt: skip
                self.rule.write(vals)
                self.rule.flush_recordset()
        gift = self.waste.copy({"code": "DG", "money_kind": "dong_gop", "product_id": self.water.product_id.id})
        with self.assertRaises(ValidationError):
            self.rule.service_id = gift

    def test_many_bills_in_few_queries(self):
        areas = self.env["kdc.area"]
        until = DUE + timedelta(days=15)
        self.fees._late_fee_vals(self.company, until, areas)
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(40):
            self.fees._late_fee_vals(self.company, until, areas)


@tagged("post_install", "-at_install")
class TestLateFeePages(LateFeeCommon, HttpCase):
    def test_the_resident_reads_the_terms_before_and_the_computation_after(self):
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        page = self.url_open(f"/my/bills/{self.bill_a.id}").text
        self.assertIn("0,03%", page)
        self.assertIn(BASIS, page)
        self._approve(self._prepare(DUE + timedelta(days=15)))
        bills = self._issue(self._run(**AUGUST))
        bill = bills.filtered(lambda bill: bill.kdc_account_id == self.account_a)
        page = self.url_open(f"/my/bills/{bill.id}").text
        self.assertIn("0,03% × 173.650", page.replace("\xa0", " "))
