from ast import literal_eval

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models.kdc_transfer import ACTION
from .common import ReconcileCommon

OWED = 88_160


@tagged("post_install", "-at_install")
class TestReconcile(ReconcileCommon):
    """The queue says which movements are reconciled by hand, and learns what came of it; every day fits afterwards."""

    def test_a_cost_of_the_bank(self):
        transfer = self._set_aside(-11_000, "phi quan ly tai khoan")
        self.assertEqual(self._choose(transfer, account=self.costs).action_to_check(), None)
        self.assertEqual((transfer.state, transfer.is_automatic), ("reconciled", False))
        self.assertEqual(transfer.decided_by_id, self.user_reconciler)
        self.assertTrue(transfer.statement_line_id.is_reconciled)
        self.assertEqual(transfer.move_id.line_ids.account_id, self.costs | self.journal.default_account_id)
        # Undone only in the queue, with a reason, by somebody who may do it.
        with self.assertRaises(UserError):
            self._line(transfer).unreconcile_bank_line()
        with self.assertRaises(AccessError):
            self._decide(transfer, "undo")
        self._decide(transfer, "undo", user=self.user_reconciler)
        self.assertEqual(transfer.state, "open")
        self.assertFalse(transfer.statement_line_id.is_reconciled)
        self.assertIn(self.journal.suspense_account_id, transfer.move_id.line_ids.account_id)

    def test_a_debt_of_another_book(self):
        self.journal.reconcile_mode = "keep"
        transfer = self._set_aside(500_000)
        self._choose(transfer, self._owed_item(self.rent)).reconcile_bank_line()
        self.assertIn(self.rent.payment_state, ("paid", "in_payment"))
        self.assertEqual(transfer.state, "reconciled")
        self.assertEqual(transfer.move_id.line_ids.account_id.mapped("account_type").count("asset_receivable"), 1)
        with self.assertRaises(UserError):
            transfer.with_user(self.user_reconciler).action_reconcile_by_hand()
        self._decide(transfer, "undo", user=self.user_reconciler)
        self.assertEqual(self.rent.payment_state, "not_paid")

    def test_what_the_queue_holds_or_decided_stays(self):
        waiting, paid = self._import([("1", 7_000, "chuyen tien"), ("2", 1_000, self.new_b.kdc_reference)])
        self.assertEqual((waiting.state, paid.state), ("open", "matched"))
        for transfer in (waiting, paid):
            line = self._line(transfer)
            self.assertTrue(line.kdc_queue_state)
            self.assertEqual(line.action_view_transfer()["res_id"], transfer.id)
            for vals in ({"amount": 5}, {"payment_ref": "x"}, {"line_ids": []}, {"partner_id": self.tenant.id}):
                with self.assertRaises(UserError), self.cr.savepoint():
                    line.write(vals)
            with self.assertRaises(UserError), self.cr.savepoint():
                line.reconcile_bank_line()
            with self.assertRaises(UserError):
                transfer.with_user(self.user_reconciler).action_reconcile_by_hand()
        with self.assertRaises(UserError), self.cr.savepoint():
            self._choose(waiting, account=self.costs)
            self._line(waiting).action_to_check()
        self.assertEqual((waiting.state, paid.state), ("open", "matched"))
        aside = self._line(self._set_aside(500_000))
        self.assertFalse(aside.kdc_queue_state)
        with self.assertRaises(UserError):
            aside.amount = 5
        aside.partner_id = self.tenant

    def test_money_of_residents_is_matched_in_the_queue(self):
        transfer = self._set_aside(OWED)
        fund = self.env["kdc.fund"].search([("company_id", "=", self.company.id)], limit=1).account_id
        drive = self.env["kdc.contribution.drive"].search([("company_id", "=", self.company.id)], limit=1).account_id
        receivable = self._owed_item(self.old_a)
        for choice in (
            {"item": receivable}, {"account": receivable.account_id}, *({"account": one} for one in fund | drive),
        ):  # fmt: skip
            line = self._choose(transfer, **choice)
            with self.assertRaisesRegex(UserError, "residents owe or give"), self.cr.savepoint():
                line.reconcile_bank_line()
            line.clean_reconcile()
        # A bill of theirs under another's name.
        line = self._choose(transfer, receivable)
        info = line.reconcile_data_info
        for row in info["data"]:
            row["partner_id"] = [self.tenant.id, self.tenant.display_name]
        line.reconcile_data_info = info
        with self.assertRaisesRegex(UserError, "residents owe or give"), self.cr.savepoint():
            line.reconcile_bank_line()
        line.clean_reconcile()
        # As a customer's advance.
        line.partner_id = self.account_a.partner_id
        line.clean_reconcile()
        with self.assertRaisesRegex(UserError, "residents owe or give"), self.cr.savepoint():
            line.reconcile_bank_line()
        self.assertEqual((self.old_a.amount_residual, transfer.state), (OWED, "other"))
        # Matched there, it is paid, and what was begun here is forgotten.
        self._decide(transfer, "undo")
        self._choose(transfer, account=self.costs)
        self._assign(transfer, [(self.account_a, OWED)])
        self.assertEqual((self.old_a.payment_state, transfer.state), ("paid", "matched"))
        self.assertFalse(transfer.statement_line_id.reconcile_data)

    def test_bills_of_a_person_or_of_a_former_payer_are_matched_in_the_queue(self):
        """What the list of the screen does not offer is refused to a remote call as well."""
        receivable = self._owed_item(self.old_a)
        transfer = self._set_aside(OWED)
        # Another household pays for the account from now on: this bill is still one of fees, of nobody's account.
        self.addCleanup(self.account_a.write, {"partner_id": self.account_a.partner_id.id})
        self.account_a.partner_id = self.account_b.partner_id
        self.assertFalse(self.env["kdc.customer.account"].search([("partner_id", "=", self.old_a.partner_id.id)]))
        line = self._choose(transfer, receivable)
        with self.assertRaisesRegex(UserError, "residents owe or give"), self.cr.savepoint():
            line.reconcile_bank_line()
        line.clean_reconcile()
        # A person of a household pays: what is owed by any of the household may be fees.
        household = self.env["res.partner"].create({"name": "Hộ bà Sáu", "is_company": True})
        person = self.env["res.partner"].create({"name": "Bà Sáu", "parent_id": household.id})
        self.account_a.partner_id = person
        for debtor in (person, household):
            self.assertTrue(line._kdc_may_pay_fees(debtor))
        self.assertFalse(line._kdc_may_pay_fees(self.tenant))
        # Who pays fees in another ward only, pays none here.
        ward = self.env["res.company"].create({"name": "Phường bên"})
        self.env["kdc.customer.account"].create({"partner_id": self.tenant.id, "company_id": ward.id})
        self.assertFalse(line._kdc_may_pay_fees(self.tenant))

    def test_money_being_sent_back_is_closed_in_the_queue(self):
        [wrong] = self._import([("1", 500_000, "chuyen nham")])
        self._decide(wrong, "return", receiver="Nguyễn Văn B")
        wrong.with_user(self.user_approver).action_approve_return()
        out = self._set_aside(-450_000, "chi khac")
        item = wrong.move_id.line_ids.filtered(lambda one: one.account_id == self.company._kdc_return_account())
        line = self._choose(out, item)
        with self.assertRaises(UserError), self.cr.savepoint():
            line.reconcile_bank_line()

    def test_nothing_by_a_label_alone(self):
        """A label that is a part of one bill's code, and a sender of its name: what the OCA's addon would book."""
        bill = self.old_a
        line = self.env["account.bank.statement.line"].with_context(_test_account_reconcile_oca=True).create({
            "journal_id": self.journal.id, "date": self.today, "amount": OWED, "payment_ref": bill.payment_reference,
            "partner_name": bill.partner_id.name,
        })  # fmt: skip
        self.assertFalse(line.is_reconciled or line.partner_id or line.reconcile_data)
        self.assertFalse(line.reconcile_data_info["counterparts"])
        self.assertEqual(bill.payment_state, "not_paid")

    def test_the_button_opens_just_this_movement(self):
        one, other = self._set_aside(500_000), self._set_aside(-11_000)
        lines = self.env["account.bank.statement.line"].with_user(self.user_reconciler)
        action = one.with_user(self.user_reconciler).action_reconcile_by_hand()
        self.assertEqual(lines.search(action["domain"]), one.statement_line_id)
        listed = lines.search(literal_eval(self.env["ir.actions.act_window"]._for_xml_id(ACTION)["domain"]))
        self.assertLessEqual(one.statement_line_id | other.statement_line_id, listed)
