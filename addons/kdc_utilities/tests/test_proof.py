from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from ..engine.apportion import apportion
from .collection_common import NEW_TOTAL, OLD_TOTAL, CollectionCommon


@tagged("post_install", "-at_install")
class TestProof(CollectionCommon):
    """The proof of a day finds every đồng that does not fit, and nothing else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.receipt = cls._take(cls.user_collector, cls.account_a, 100_000, key="proof" * 4)
        cls.day = cls.receipt.date
        cls.entry = cls.receipt.payment_id.move_id

    def _assert_everything_fits(self):
        """These tests break the books on purpose."""

    def _broken(self, day=None):
        """Return what does not fit, as {(model, index of the check's pair of books): misfits}."""
        self.env.flush_all()
        self.env.invalidate_all()
        checks = self.env["kdc.proof"]._prove(self.company, day or self.day)
        return {check.name: check.comparison.misfits for check in checks if check.comparison.misfits}

    def test_a_day_of_partial_full_advance_and_cancelled_payments_fits(self):
        self._take(self.user_collector, self.account_a, OLD_TOTAL + NEW_TOTAL, key="over" * 4)
        wrong = self._take(self.user_collector_2, self.account_b, 50_000, key="wrong" * 4)
        wrong.with_user(self.user_accountant)._cancel("Gõ nhầm số tiền")
        self.assertEqual(self._broken(), {})
        entries = self.env["kdc.proof"]._prove(self.company, self.day)[0]
        self.assertEqual(entries.comparison.totals, (100_000 + OLD_TOTAL + NEW_TOTAL,) * 2)

    def test_advance_used_later_still_fits(self):
        self._take(self.user_collector_2, self.account_b, OLD_TOTAL + NEW_TOTAL + 30_000, key="much" * 4)
        self.account_b._kdc_apply_advance()
        self.assertEqual(self._broken(), {})

    def test_payment_taken_off_a_bill_is_found(self):
        self.entry.line_ids.remove_move_reconcile()
        self.assertEqual(
            self._broken(),
            {
                "What was paid is matched with the bill": {
                    self.old_a.id: (OLD_TOTAL, 0),
                    self.new_a.id: (100_000 - OLD_TOTAL, 0),
                }
            },
        )

    def test_receipt_without_entry_is_found(self):
        self.entry.line_ids.remove_move_reconcile()
        self.env.cr.execute("UPDATE account_move SET state = 'draft' WHERE id = %s", [self.entry.id])
        broken = self._broken()
        self.assertEqual(broken["Each receipt is in the cash book"], {self.receipt.id: (100_000, 0)})

    def test_entry_of_a_cancelled_receipt_is_found(self):
        self.env.cr.execute(
            "UPDATE kdc_receipt SET state = 'cancelled', cancel_reason = 'x', cancelled_by_id = %s WHERE id = %s",
            [self.user_accountant.id, self.receipt.id],
        )
        broken = self._broken()
        self.assertEqual(broken["Each receipt is in the cash book"], {self.receipt.id: (0, 100_000)})
        self.assertEqual(broken["Each amount that came into the desk has a receipt"], {self.entry.id: (100_000, 0)})

    def test_money_in_the_desk_without_receipt_is_found(self):
        income = self.env["account.account"].search(
            [("account_type", "=", "income"), ("company_ids", "in", self.company.id)], limit=1
        )
        entry = self._book(income, 70_000)
        self.assertEqual(self._broken(), {"Each amount that came into the desk has a receipt": {entry.id: (70_000, 0)}})

    def test_money_fetched_from_the_bank_needs_no_receipt(self):
        bank = self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", self.company.id)], limit=1
        )
        self._book(bank.default_account_id, 500_000)
        self._book(self.company.transfer_account_id, 500_000)
        self.assertEqual(self._broken(), {})

    def test_a_shortage_made_up_for_needs_no_receipt(self):
        session = self.receipt.session_id.with_user(self.user_collector)
        session.write({"counted_cash": 599_000, "difference_reason": "Thối nhầm"})
        session.action_close()
        session.with_user(self.user_accountant).action_countersign()
        collector = self.user_collector.partner_id
        self._book(session.sudo().journal_id.loss_account_id, 400, collector)
        self._book(session.sudo().journal_id.loss_account_id, 600, collector)
        self.assertEqual(self._broken(), {})
        # More than was missing, or from somebody who lacked nothing, is money without a receipt.
        more = self._book(session.sudo().journal_id.loss_account_id, 100, collector)
        stranger = self._book(session.sudo().journal_id.loss_account_id, 50, self.user_collector_2.partner_id)
        [misfits] = self._broken().values()
        self.assertEqual(misfits, {more.id: (100, 0), stranger.id: (50, 0)})

    def _book(self, counterpart, amount, partner=None):
        """Book cash that came into the desk from an account."""
        desk = self.receipt.journal_id
        entry = self.env["account.move"].create(
            {
                "journal_id": desk.id,
                "date": self.day,
                "line_ids": [
                    (0, 0, {"account_id": desk.default_account_id.id, "debit": amount}),
                    (0, 0, {"account_id": counterpart.id, "credit": amount, "partner_id": partner and partner.id}),
                ],
            }
        )
        entry.action_post()
        return entry

    def test_difference_that_is_not_booked_is_found(self):
        session = self.receipt.session_id.with_user(self.user_collector)
        session.write({"counted_cash": 599_000, "difference_reason": "Thối nhầm"})
        session.action_close()
        session.with_user(self.user_accountant).action_countersign()
        self.assertEqual(self._broken(), {})
        self.env.cr.execute("UPDATE kdc_cash_session SET difference_move_id = NULL WHERE id = %s", [session.id])
        self.assertEqual(self._broken(), {"Each counted difference is in the cash book": {session.id: (-1_000, 0)}})

    def test_missing_number_is_found(self):
        self.env.cr.execute("UPDATE kdc_receipt_book SET last_number = last_number + 1 RETURNING id")
        [book] = self.env.cr.fetchone()
        self.assertEqual(list(self._broken()["No receipt number is missing"]), [book])

    def test_changed_amounts_are_found(self):
        """One đồng changed behind the back of the addon, wherever it is."""
        changes = {
            "What each receipt is for is booked": (
                "UPDATE kdc_receipt_line SET amount = amount + 1 WHERE id = %s", self.receipt.line_ids[0],
            ),
            "What the paid bills say is settled is matched": (
                "UPDATE account_move SET amount_residual = amount_residual + 1 WHERE id = %s", self.new_a,
            ),
            "The cash sessions hold float and receipts": (
                "UPDATE kdc_cash_session SET expected_cash = expected_cash + 1 WHERE id = %s", self.receipt.session_id,
            ),
        }  # fmt: skip
        for check, (query, record) in changes.items():
            with self.subTest(check=check), self.env.cr.savepoint(flush=False) as savepoint:
                self.env.cr.execute(query, [record.id])
                self.assertIn(check, self._broken())
                savepoint.rollback()
        self.assertEqual(self._broken(), {})

    def test_bill_whose_print_and_books_differ_is_found(self):
        explanation = self.new_a.kdc_explanation
        explanation["sections"][0]["charges"][0]["net"] += 1
        self.new_a.kdc_explanation = explanation
        broken = self._broken(self.new_a.invoice_date)
        self.assertEqual(list(broken), ["What the bills print is booked"])

    def test_days_are_those_with_receipts_or_bills(self):
        days = self.env["kdc.proof"]._days(self.company)
        self.assertEqual(days, sorted({self.day, *(self.old_bills | self.new_bills).mapped("invoice_date")}))
        self.assertEqual(self.env["kdc.proof"]._days(self.company, since=days[-1]), days[-1:])

    # -- the page ----------------------------------------------------------------------------------

    def test_page_shows_the_day_and_opens_what_is_behind(self):
        page = (
            self.env["kdc.day.proof"].with_user(self.user_approver).with_context(allowed_company_ids=self.company.ids)
        )
        proof = page.browse(page.action_today()["res_id"])
        self.assertEqual(proof.misfit_count, 0)
        first = proof.line_ids[0]
        self.assertIn("100.000", first.left)
        self.assertEqual(first.action_open()["domain"], [("id", "in", self.receipt.ids)])
        with Form(proof) as form:
            form.date = self.new_a.invoice_date
        checks = self.env["kdc.proof"]._prove(self.company, proof.date)
        self.assertEqual(proof.line_ids.mapped("name"), [check.name for check in checks])
        proof.action_previous()
        self.assertEqual((self.new_a.invoice_date - proof.date).days, 1)

    def test_page_leads_to_the_records_that_do_not_fit(self):
        self.entry.line_ids.remove_move_reconcile()
        proof = self.env["kdc.day.proof"].with_user(self.user_accountant).create({"date": self.day})
        self.assertEqual(proof.misfit_count, 2)
        line = proof.line_ids.filtered("gap")
        self.assertEqual(sorted(line.action_open()["domain"][0][2]), sorted((self.old_a | self.new_a).ids))

    def test_only_the_office_sees_the_proof_and_only_of_its_ward(self):
        for user in (self.user_collector, self.user_officer, self.user_portal_a):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.env["kdc.day.proof"].with_user(user).create({})
        other = self.env["res.company"].create({"name": "Phường khác"})
        with self.assertRaises(AccessError):
            self.env["kdc.day.proof"].with_user(self.user_accountant).create({"company_id": other.id})

    def test_cost_does_not_grow_with_the_receipts(self):
        def queries():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["kdc.proof"]._prove(self.company, self.day)
            return self.env.cr.sql_log_count - before

        few = queries()
        session = self.receipt.session_id
        for number in range(6):
            spread = apportion(1_000, self.account_b._kdc_charges())
            self.env["kdc.receipt"]._collect(session, self.account_b, spread, client_key=f"many{number}" * 3)
        self.assertLessEqual(queries(), few + 1)
