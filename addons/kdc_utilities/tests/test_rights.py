from datetime import date

from odoo.addons.kdc_residents.tests import exposure
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import UtilitiesCommon

#: Operations each role may do on each model: r(ead) w(rite) c(reate) d(elete).
TABLE = {
    "kdc.service": {"accountant": "rwcd", "collector": "r", "approver": "r", "auditor": "r"},
    "kdc.tariff": {"accountant": "rwcd", "collector": "r", "approver": "r", "auditor": "r"},
    "kdc.tariff.version": {"accountant": "rwcd", "collector": "r", "approver": "r", "auditor": "r"},
    "kdc.tariff.component": {"accountant": "rwcd", "collector": "r", "approver": "r", "auditor": "r"},
    "kdc.tariff.tier": {"accountant": "rwcd", "collector": "r", "approver": "r", "auditor": "r"},
    "kdc.tariff.relief": {"accountant": "rwcd", "approver": "r", "auditor": "r"},
    "kdc.relief.grant": {"accountant": "r", "approver": "r", "auditor": "r"},
    "kdc.tariff.trial": {"accountant": "rwc"},
    "kdc.bill.dispute": {"accountant": "rw", "approver": "r", "auditor": "r"},
    "kdc.charge": {"accountant": "rwcd", "approver": "r", "auditor": "r"},
    "kdc.bill.print": {"accountant": "rwcd"},
    "kdc.bill.delivery": {"accountant": "r", "approver": "r", "auditor": "r"},
    "kdc.payday.reminder": {"accountant": "r"},
    "kdc.advance.return": {"accountant": "rwcd", "approver": "r", "auditor": "r"},
    "kdc.receipt.reversal": {"accountant": "rwcd", "approver": "r", "auditor": "r"},
    "kdc.move.out": {"accountant": "rwc"},
    "kdc.move.out.line": {"accountant": "rwcd"},
    "kdc.move.in": {"accountant": "rwc"},
    "kdc.move.in.line": {"accountant": "rwcd"},
    "kdc.outage": {"accountant": "rwcd", "approver": "r", "auditor": "r"},
    "kdc.outage.skipped": {"accountant": "r", "approver": "r", "auditor": "r"},
    "kdc.late.fee.rule": {"accountant": "rwcd", "approver": "r", "auditor": "r"},
    "kdc.late.fee.prepare": {"accountant": "rwc"},
    "kdc.late.fee.waive": {"accountant": "rwc", "approver": "rwc"},
    "kdc.arrears": {"accountant": "r", "collector": "r", "approver": "r", "auditor": "r"},
    "kdc.ageing": {"accountant": "rwc", "collector": "rwc", "approver": "rwc", "auditor": "rwc"},
    "kdc.payer.statement": {"accountant": "rwc", "collector": "rwc", "approver": "rwc", "auditor": "rwc"},
    "kdc.dunning.level": {"accountant": "rwcd", "approver": "r", "auditor": "r", "collector": "r"},
    "kdc.dunning.run": {"accountant": "rwcd", "approver": "r", "auditor": "r", "collector": "r"},
    "kdc.dunning.line": {"accountant": "r", "approver": "r", "auditor": "r", "collector": "r"},
    "kdc.dunning.debt": {"accountant": "r", "approver": "r", "auditor": "r", "collector": "r"},
    "kdc.debt.contact": {"accountant": "rc", "collector": "rc", "approver": "r", "auditor": "r"},
    "kdc.instalment.plan": {"accountant": "rwcd", "collector": "r", "approver": "r", "auditor": "r"},
    "kdc.instalment": {"accountant": "r", "collector": "r", "approver": "r", "auditor": "r"},
    "kdc.instalment.debt": {"accountant": "r", "collector": "r", "approver": "r", "auditor": "r"},
    "kdc.write.off": {"accountant": "rwcd", "approver": "r", "auditor": "r"},
    "kdc.write.off.line": {"accountant": "r", "approver": "r", "auditor": "r"},
    "kdc.bill.correct": {"accountant": "rwc"},
    "kdc.charge.import": {"accountant": "rwc"},
    "kdc.bill.part": {"accountant": "r", "approver": "r", "auditor": "r"},
    "kdc.fee.movement": {"accountant": "r", "collector": "r", "approver": "r", "auditor": "r"},
    "kdc.fee.balance": {"accountant": "rwc", "collector": "rwc", "approver": "rwc", "auditor": "rwc"},
    "kdc.fee.balance.line": {"accountant": "rwcd", "collector": "rwcd", "approver": "rwcd", "auditor": "rwcd"},
    "kdc.area.register": {
        "accountant": "rwc", "collector": "rwc", "approver": "rwc", "auditor": "rwc", "area_head": "rwc",
    },  # fmt: skip
    "kdc.area.register.line": {
        "accountant": "rwcd", "collector": "rwcd", "approver": "rwcd", "auditor": "rwcd", "area_head": "rwcd",
    },  # fmt: skip
    "kdc.fund": {"accountant": "rwcd", "approver": "r", "auditor": "r"},
    "kdc.fund.spending": {"accountant": "rwcd", "approver": "r", "auditor": "r"},
    "kdc.fund.report": {"accountant": "rwcd", "approver": "r", "auditor": "r"},
    "kdc.remittance": {"accountant": "rwcd", "approver": "r", "auditor": "r"},
    "kdc.journal.export": {"accountant": "rwc", "approver": "rwc", "auditor": "rwc"},
    "kdc.books.undo": {"accountant": "rwc", "approver": "rwc"},
    "kdc.vat.category": {"accountant": "r", "collector": "r", "approver": "r", "auditor": "r"},
    "kdc.vat.rate": {"accountant": "r", "collector": "r", "approver": "r", "auditor": "r"},
    "kdc.contribution.drive": {"accountant": "rwcd", "approver": "r", "auditor": "r"},
    "kdc.contribution": {"accountant": "r", "approver": "r", "auditor": "r"},
    "kdc.contribution.transfer": {"accountant": "rwc"},
    "kdc.bank.statement": {"accountant": "r", "approver": "r", "auditor": "r"},
    "kdc.transfer": {"accountant": "r", "approver": "r", "auditor": "r"},
    "kdc.transfer.line": {"accountant": "r", "approver": "r", "auditor": "r"},
    "kdc.transfer.suggestion": {"accountant": "r", "approver": "r", "auditor": "r"},
    "kdc.transfer.assign": {"accountant": "rwc"},
    "kdc.transfer.assign.part": {"accountant": "rwcd"},
    "kdc.transfer.decide": {"accountant": "rwc"},
    "kdc.bank.layout": {"accountant": "rwcd"},
    "kdc.statement.import": {"accountant": "rwc"},
    "kdc.statement.import.column": {"accountant": "rwcd"},
    "kdc.statement.import.row": {"accountant": "rwcd"},
    "kdc.statement.import.problem": {"accountant": "rwcd"},
    "kdc.contribution.cancel": {"accountant": "rwc", "approver": "rwc"},
    "kdc.customer.account": {"accountant": "rwcd", "collector": "r", "approver": "r", "auditor": "r"},
    "kdc.connection": {"accountant": "rwcd", "collector": "r", "approver": "r", "auditor": "r"},
    "kdc.meter": {"accountant": "rwcd", "collector": "r", "approver": "r", "auditor": "r"},
    "kdc.meter.reading": {"accountant": "rwcd", "collector": "r", "approver": "r", "auditor": "r"},
    "kdc.meter.reading.former": {"accountant": "r", "approver": "r", "auditor": "r"},
    "kdc.billing.run": {"accountant": "rwcd", "approver": "r", "auditor": "r"},
    "kdc.billing.run.line": {"accountant": "r", "approver": "r", "auditor": "r"},
    "kdc.bill.cancellation": {"accountant": "rwcd", "approver": "r", "auditor": "r"},
    "kdc.meter.change": {"accountant": "rwc"},
    "kdc.meter.share": {"accountant": "rwcd", "approver": "r", "auditor": "r"},
    "kdc.meter.share.line": {"accountant": "r", "approver": "r", "auditor": "r"},
    "kdc.reading.anomaly": {"accountant": "r", "collector": "r", "approver": "r", "auditor": "r"},
    "kdc.reading.anomaly.confirm": {"accountant": "rwc"},
    "kdc.reading.schedule": {"accountant": "rwcd", "collector": "r", "approver": "r", "auditor": "r"},
    "kdc.reading.entry": {"accountant": "rwc"},
    "kdc.reading.exchange": {"accountant": "rwc"},
    "kdc.reading.import": {"accountant": "rwc"},
    "kdc.reading.import.problem": {"accountant": "rwcd"},
    "kdc.cash.session": {"collector": "rwc", "accountant": "rwc", "approver": "r", "auditor": "r"},
    "kdc.cash.count": {"collector": "rw", "accountant": "rw", "approver": "r", "auditor": "r"},
    "kdc.cash.deposit": {"collector": "r", "accountant": "rwcd", "approver": "r", "auditor": "r"},
    "kdc.cash.deposit.line": {"collector": "r", "accountant": "rwcd", "approver": "r", "auditor": "r"},
    "kdc.cash.deposit.cancel": {"accountant": "rwcd", "approver": "rwcd"},
    "kdc.receipt": {"collector": "r", "accountant": "r", "approver": "r", "auditor": "r"},
    "kdc.receipt.line": {"collector": "r", "accountant": "r", "approver": "r", "auditor": "r"},
    "kdc.receipt.book": {"accountant": "r", "approver": "r", "auditor": "r"},
    "kdc.receipt.range": {"collector": "r", "accountant": "r", "approver": "r", "auditor": "r"},
    "kdc.receipt.range.end": {"accountant": "rwcd", "approver": "rwcd"},
    "kdc.receipt.unused": {"collector": "r", "accountant": "r", "approver": "r", "auditor": "r"},
    "kdc.collect.cancel": {"accountant": "rwcd", "approver": "rwcd"},
    "kdc.cash.book": {"accountant": "rwc", "approver": "rwc", "auditor": "rwc"},
    "kdc.cash.book.line": {"accountant": "rwcd", "approver": "rwcd", "auditor": "rwcd"},
    "kdc.day.proof": {"accountant": "rwc", "approver": "rwc", "auditor": "rwc"},
    "kdc.day.proof.line": {"accountant": "rwcd", "approver": "rwcd", "auditor": "rwcd"},
}


@tagged("post_install", "-at_install")
class TestRights(UtilitiesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            "accountant": cls.user_accountant,
            "collector": cls.user_collector,
            "approver": cls.user_approver,
            "auditor": cls.user_auditor,
            "officer": cls.user_officer,
            "staff": cls.user_staff,
            "area_head": cls.user_area_head,
            "portal_a": cls.user_portal_a,
            "portal_b": cls.user_portal_b,
            "public": cls.env.ref("base.public_user"),
        }

    def test_nobody_hands_a_record_to_another_ward(self):
        """Neither by its ward nor by the account, connection or service it hangs on."""
        far = self.env["res.company"].create({"name": "UBND xã khác"})
        partner = self.env["res.partner"].create({"name": "Hộ xã khác", "company_id": far.id})
        account = self.env["kdc.customer.account"].create(
            {"partner_id": partner.id, "company_id": far.id, "date_from": "2025-01-01"}
        )
        connection, meter = self.meter_a.connection_id, self.meter_a
        for record, values in (
            (self.account_a, {"company_id": far.id}),
            (connection, {"account_id": account.id}),
            (connection, {"company_id": far.id}),
            (meter, {"company_id": far.id}),
            (self.water, {"company_id": far.id}),
        ):
            with self.subTest(model=record._name, values=values), mute_logger("odoo.models"):
                with self.assertRaises(UserError), self.cr.savepoint():
                    record.with_user(self.user_accountant).write(values)
                self.assertEqual(record.company_id, self.company)

    def test_role_by_model_by_operation(self):
        for model, rights in TABLE.items():
            self.check_rights(self.env[model], rights, self.users)

    def test_every_model_of_ours_is_in_the_table(self):
        self.assertEqual(exposure.own_models(self.env, "kdc_utilities"), sorted(TABLE))

    def test_collector_sees_the_own_areas_only(self):
        self._read_month()
        self._issue(self._run())
        self.env["kdc.reading.anomaly"]._check(self.company, date(2026, 11, 1))
        for model, field in (
            ("kdc.reading.anomaly", "account_id"),
            ("kdc.customer.account", "id"),
            ("kdc.connection", "account_id"),
            ("kdc.meter", "account_id"),
            ("kdc.meter.reading", "account_id"),
            ("account.move", "kdc_account_id"),
            ("account.move.line", "move_id.kdc_account_id"),
        ):
            found = self.env[model].with_user(self.user_collector).search([]).sudo()
            accounts = found if field == "id" else found.mapped(field)
            self.assertEqual(accounts, self.account_a, model)

    def test_households_see_their_bills_and_nobody_elses(self):
        self._read_month()
        bills = self._issue(self._run())
        bill_a = bills.filtered(lambda move: move.kdc_account_id == self.account_a)
        moves = self.env["account.move"]
        self.assertEqual(moves.with_user(self.user_portal_a).search([("kdc_period", "!=", False)]), bill_a)
        self.assertEqual(moves.with_user(self.user_portal_b).search([("kdc_period", "!=", False)]), bills - bill_a)
        for record in (bill_a, bill_a.line_ids[0]):
            with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
                record.with_user(self.user_portal_b).read(["name"])
        for vals in ({"kdc_explanation": {}}, {"invoice_date_due": "2030-01-01"}):
            with self.assertRaises(AccessError):
                bill_a.with_user(self.user_portal_a).write(vals)

    def test_other_company(self):
        other = self.env["res.company"].create({"name": "Phường khác"})
        stranger = self._create_user("kdc_stranger", "kdc_utilities.group_accountant")
        stranger.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        for model in ("kdc.service", "kdc.tariff", "kdc.customer.account", "kdc.meter", "kdc.billing.run"):
            self.assertFalse(self.env[model].with_user(stranger).search([]), model)

    def test_nobody_approves_by_writing(self):
        """State, approval and previews change through the steps only, whatever a client sends."""
        self._read_month()
        run = self._run()
        for vals in (
            {"state": "approved", "approved_by_id": self.user_approver.id},
            {"computed_by_id": self.user_approver.id},
            {"issue_started_on": "2026-11-01 00:00:00"},
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                run.write(vals)
        with self.assertRaises(AccessError):
            run.create({"period": "2027-03-01", "state": "approved", "approved_by_id": self.user_approver.id})
        self.assertEqual(run.create({"period": "2027-03-01", "state": "draft", "approved_by_id": False}).state, "draft")
        line = run.line_ids[0]
        for vals in ({"amount_total": 1}, {"explanation": {}}, {"state": "issued"}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                line.write(vals)
        with self.assertRaises(AccessError):
            line.unlink()
        line.action_exclude()
        self.assertEqual(line.state, "excluded")
        with self.assertRaises(AccessError):
            line.with_user(self.user_approver).action_exclude()
        run.with_user(self.user_approver).action_approve()
        with self.assertRaises(UserError):
            run.write({"date_due": "2030-01-01"})

    def test_a_bill_keeps_what_it_says(self):
        self._read_month()
        bill = self._issue(self._run())[0].with_user(self.user_accountant)
        for vals in ({"kdc_explanation": {}}, {"kdc_reference": "X"}, {"kdc_account_id": False}, {"kdc_period": False}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                bill.write(vals)

    def test_approver_cannot_change_what_is_approved(self):
        self._read_month()
        run = self._run()
        with self.assertRaises(AccessError):
            run.with_user(self.user_approver).write({"date_due": "2030-01-01"})
        with self.assertRaises(AccessError):
            run.with_user(self.user_approver).action_compute()
