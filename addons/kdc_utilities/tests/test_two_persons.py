from unittest.mock import patch

from odoo import SUPERUSER_ID, Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import UtilitiesCommon


@tagged("post_install", "-at_install")
class TestTwoPersons(UtilitiesCommon):
    """What one person prepares and another approves: no way around the second person through RPC."""

    def _content(self):
        """Model → values of a record to approve, and a field that decides over money."""
        return {
            "kdc.charge": (
                {
                    "account_id": self.account_a.id, "service_id": self.waste.id, "name": "Thay thùng rác",
                    "amount": 120000, "decision": "Phiếu 5", "period": "2026-10-01",
                },
                {"amount": 5000},
            ),
            "kdc.outage": (
                {
                    "name": "Xe rác hỏng", "service_id": self.waste.id, "date_from": "2026-10-10",
                    "date_to": "2026-10-12", "decision": "Biên bản 12/10", "reason": "Không thu gom 3 ngày",
                },
                {"date_to": "2026-10-31"},
            ),
            "kdc.contribution.drive": (
                {
                    "name": "Bê tông hóa hẻm 12", "purpose": "Đổ bê tông", "decision": "Biên bản họp tổ",
                    "target": 1_000_000, "date_from": "2026-10-01",
                },
                {"target": 2_000_000},
            ),
        }  # fmt: skip

    def test_neither_context_nor_defaults_approve(self):
        for model, (vals, _change) in self._content().items():
            with self.subTest(model):
                records = self.env[model].with_user(self.user_accountant)
                forged = records.with_context(
                    default_state="open" if model == "kdc.contribution.drive" else "approved",
                    default_requested_by_id=self.user_collector.id,
                    default_approved_by_id=self.user_approver.id,
                )
                record = forged.create(vals)
                self.assertEqual((record.state, record.requested_by_id), ("draft", self.user_accountant))
                self.assertFalse(record.approved_by_id)

    def test_who_changes_it_prepared_it(self):
        both = self._create_user("kdc_both", "kdc_utilities.group_accountant")
        both.group_ids += self.env.ref("kdc_utilities.group_approver")
        for model, (vals, change) in self._content().items():
            with self.subTest(model):
                record = self.env[model].with_user(self.user_accountant).create(vals)
                step = "action_open" if model == "kdc.contribution.drive" else "action_approve"
                record.with_user(both).write(change)
                self.assertEqual(record.requested_by_id, both)
                with self.assertRaises(UserError):
                    getattr(record.with_user(both), step)()
                getattr(record.with_user(self.user_approver), step)()
                self.assertEqual(record.approved_by_id, self.user_approver)

    # -- the debt of a payer of fees ------------------------------------------------------------------

    def _bills(self):
        """Return the bills of both accounts, as the accountant sees them."""
        self._read_month()
        bills = self._issue(self._run()).with_user(self.user_accountant)
        return bills.sorted(lambda bill: bill.kdc_account_id != self.account_a)

    def _owed(self, move):
        return move.line_ids.filtered(lambda item: item.account_id.account_type == "asset_receivable")

    def _by_hand(self, bill):
        """Return an entry, a credit note and a payment, each of which lowers what the payer of a bill owes."""
        moves = self.env["account.move"].with_user(self.user_accountant)
        income = bill.invoice_line_ids[0].account_id
        bank = self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", self.company.id)], limit=1
        )
        return [
            moves.create({"line_ids": [
                Command.create({"account_id": income.id, "debit": 30_000}),
                Command.create({
                    "account_id": self._owed(bill).account_id.id, "credit": 30_000, "partner_id": bill.partner_id.id,
                }),
            ]}),
            moves.create({
                "move_type": "out_refund", "partner_id": bill.partner_id.id, "invoice_date": bill.invoice_date,
                "invoice_line_ids": [Command.create({
                    "name": "Giảm", "price_unit": 30_000, "account_id": income.id, "tax_ids": [Command.clear()],
                })],
            }),
            self.env["account.payment"].with_user(self.user_accountant).create({
                "payment_type": "inbound", "partner_id": bill.partner_id.id, "amount": 30_000, "journal_id": bank.id,
            }),
        ]  # fmt: skip

    def test_nobody_lowers_a_debt_alone(self):
        """By an entry, a credit note or a payment it takes two; the rest is for receipts, transfers and decisions."""
        bill = self._bills()[0]
        colleague = self._create_user("kdc_colleague", "kdc_utilities.group_accountant")
        for record in self._by_hand(bill):
            with self.subTest(record=record), self.assertRaisesRegex(UserError, "another person posts it"):
                record.action_post()
            record.with_user(colleague).action_post()
        register = self.env["account.payment.register"].with_user(self.user_accountant).with_context(
            active_model="account.move", active_ids=bill.ids
        )  # fmt: skip
        with self.assertRaisesRegex(UserError, "without a receipt"), self.cr.savepoint():
            register.create({"amount": bill.amount_total}).action_create_payments()
        self.assertEqual(bill.amount_residual, bill.amount_total)
        other = self.env["res.partner"].create({"name": "Công ty điện lực"})
        entry = self._by_hand(bill)[0]
        entry.line_ids.partner_id = other
        entry.action_post()
        self.assertEqual(entry.state, "posted", "what is not of fees is the bookkeeper's own")

    def test_posting_by_date_is_no_second_person(self):
        """Odoo posts by itself, as the system, what somebody has put a day on."""
        bill = self._bills()[0]
        entry, note, _payment = self._by_hand(bill)
        taken_back, plain = note.copy({"reversed_entry_id": bill.id}), entry.copy()
        taken_back.partner_id = self._owed(plain).partner_id = self.env["res.partner"].create({"name": "Khách lạ"})
        moves = entry | note | taken_back | plain
        moves.auto_post = "at_date"
        for move in (entry, note, taken_back, moves):
            with self.assertRaisesRegex(UserError, "not posted by itself"), self.cr.savepoint():
                move.with_user(SUPERUSER_ID)._post()
        plain.with_user(SUPERUSER_ID)._post()
        self.assertEqual(moves.mapped("state"), ["draft", "draft", "draft", "posted"])
        with self.assertRaisesRegex(UserError, "another person posts it"), self.cr.savepoint():
            entry.action_post()
        entry.with_user(self._create_user("kdc_colleague", "kdc_utilities.group_accountant")).action_post()
        self.assertEqual(entry.state, "posted")

    def test_what_odoo_may_not_post_by_date_is_said_once(self):
        """The first night takes it off the list of what is due and tells its author; the second has nothing to say."""
        entry, _note, _payment = self._by_hand(self._bills()[0])
        plain = entry.copy()
        self._owed(plain).partner_id = self.env["res.partner"].create({"name": "Khách lạ"})
        entry.auto_post, plain.auto_post = "monthly", "at_date"
        before = entry.message_ids
        night = self.env["account.move"].with_user(SUPERUSER_ID)
        with patch.object(type(self.env["ir.cron"]), "_commit_progress", lambda *_args, **_kwargs: 0):
            night._autopost_draft_entries()
            night._autopost_draft_entries()
        self.assertEqual((entry.state, entry.auto_post, plain.state), ("draft", "no", "posted"))
        said = [message.body for message in entry.message_ids - before if "khoản nợ" in message.body]
        self.assertEqual(len(said), 1)
        self.assertIn("chuỗi lặp", said[0], "in the language of the ward")
        self.assertEqual(entry.activity_ids.user_id, self.user_accountant)
        with self.assertRaisesRegex(UserError, "another person posts it"), self.cr.savepoint():
            entry.action_post()

    def test_who_changes_a_draft_prepared_it_too(self):
        """A colleague's draft, filled in by who posts it, is the work of one person."""
        bill = self._bills()[0]
        colleague = self._create_user("kdc_colleague", "kdc_utilities.group_accountant")
        entry, note, payment = (record.with_user(colleague) for record in self._by_hand(bill))
        for item, amount in zip(entry.line_ids, (40_000, -40_000), strict=True):
            item.with_context(check_move_validity=False).balance = amount
        note.invoice_line_ids.price_unit = 40_000
        payment.amount = 90_000
        # What the maker or anybody else writes beside the figures makes nobody a party, and takes nobody out.
        other = self._create_user("kdc_third", "kdc_utilities.group_accountant")
        for record in (entry, note, payment):
            record.with_user(other).message_post(body="Đã xem")
        for record in (entry.with_user(other), note.with_user(self.user_accountant)):
            record.line_ids[0].name, record.ref = "Giảm trừ", "Phiếu 7"
        payment.with_user(other).memo = "Phiếu 7"
        self.env.flush_all()  # else the savepoint writes it, as the system
        for record in (entry, note, payment):
            for party in (colleague, self.user_accountant):
                with (
                    self.subTest(record=record, party=party.login), self.cr.savepoint(),
                    self.assertRaisesRegex(UserError, "another person posts it"),
                ):  # fmt: skip
                    record.with_user(party).action_post()
        with self.assertRaisesRegex(UserError, "another person posts it"), self.cr.savepoint():
            payment.write({"state": "paid"})
        for record in (entry, note, payment):
            record.with_user(other).action_post()
            self.assertIn(record.state, ("posted", "in_process", "paid"))
        # Posting prepares nothing: taken back to draft, the same person posts it again.
        entry.with_user(other).button_draft()
        entry.with_user(other).action_post()
        self.assertEqual(entry.state, "posted")

    def test_nobody_takes_the_own_name_out(self):
        entry = self._by_hand(self._bills()[0])[0]
        clear = {"kdc_preparer_ids": [Command.clear()]}
        for step in (lambda: entry.write(clear), lambda: entry.copy(clear), lambda: entry.read(list(clear))):
            with self.assertRaises(AccessError), self.cr.savepoint():
                step()
        entry.write({"create_uid": self.user_approver.id})
        for record in (entry, entry.copy()):
            with self.assertRaisesRegex(UserError, "another person posts it"), self.cr.savepoint():
                record.action_post()

    def test_what_is_not_saved_is_prepared_by_nobody(self):
        """Odoo turns an invoice into a credit note in the open form, before there is a record."""
        drafts = self.env["account.move"].with_user(self.user_accountant).with_context(default_move_type="out_invoice")
        note = drafts.new({"partner_id": self.account_a.partner_id.id})
        note.action_switch_move_type()
        self.assertEqual(note.move_type, "out_refund")

    def test_what_is_posted_is_not_turned_to_a_payer_alone(self):
        """Neither by another partner nor by further items."""
        bill = self._bills()[0]
        entry = self._by_hand(bill)[0]
        owed, other = self._owed(entry), entry.line_ids - self._owed(entry)
        owed.partner_id = self.env["res.partner"].create({"name": "Công ty điện lực"})
        entry.action_post()
        with self.assertRaisesRegex(UserError, "another person posts it"), self.cr.savepoint():
            owed.partner_id = bill.partner_id
        with self.assertRaisesRegex(UserError, "another person posts it"), self.cr.savepoint():
            owed.create([
                {"move_id": entry.id, "account_id": other.account_id.id, "debit": 5},
                {"move_id": entry.id, "account_id": owed.account_id.id, "credit": 5, "partner_id": bill.partner_id.id},
            ])
        owed.name = "Giảm"

    def test_who_pays_fees_is_asked_ward_by_ward(self):
        """A person of a business may be the payer; a customer of another ward is none here."""
        bill = self._bills()[0]
        business = self.env["res.partner"].create({"name": "Công ty Biển Xanh", "is_company": True})
        contact = self.env["res.partner"].create({"name": "Lê Thu", "parent_id": business.id})
        ward = self.env["res.company"].create({"name": "Phường bên"})
        account = self.env["kdc.customer.account"].create({"partner_id": contact.id, "company_id": ward.id})
        entry, note, _payment = self._by_hand(bill)
        for record in (entry, note):
            self._owed(record).partner_id = business
        entry.action_post()
        self.assertEqual(entry.state, "posted")
        account.company_id = self.company
        with self.assertRaisesRegex(UserError, "another person posts it"):
            self._by_hand(bill)[0].browse(note.id).action_post()

    def test_nobody_matches_a_bill_by_hand(self):
        """Not with money of its payer, and never with that of another; what was paid in advance is used by our step."""
        bill, other = self._bills()
        entry = self._by_hand(bill)[0]
        entry.sudo().action_post()
        credit = self._owed(entry)
        part = {"amount": 30_000, "debit_amount_currency": 30_000, "credit_amount_currency": 30_000}
        for owed in (self._owed(bill), self._owed(other)):
            with self.assertRaisesRegex(UserError, "not matched by hand"), self.cr.savepoint():
                (owed + credit).reconcile()
            with self.assertRaisesRegex(UserError, "not matched by hand"), self.cr.savepoint():
                credit.matched_debit_ids.create({"debit_move_id": owed.id, "credit_move_id": credit.id, **part})
        with self.assertRaisesRegex(UserError, "not matched by hand"), self.cr.savepoint():
            bill.js_assign_outstanding_line(credit.id)
        self.account_a.with_user(self.user_accountant)._kdc_apply_advance()
        self.assertEqual(bill.amount_residual, bill.amount_total - 30_000)
        part = credit.matched_debit_ids
        with self.assertRaisesRegex(UserError, "nobody alone"), self.cr.savepoint():
            part.write({"amount": 50_000})
        # Nor is it taken off the bill by who prepared it; another person does.
        debit = entry.line_ids.filtered("debit")
        for step in (
            part.unlink, credit.remove_move_reconcile, entry.button_draft,
            lambda: bill.js_remove_outstanding_partial(part.id), lambda: part.write({"debit_move_id": debit.id}),
            lambda: credit.with_context(active_ids=credit.ids).action_unreconcile_match_entries(),
            lambda: credit.write({"partner_id": other.partner_id.id}),
        ):  # fmt: skip
            with self.subTest(step=step), self.assertRaises(UserError), self.cr.savepoint():
                step()
        self.assertEqual(bill.amount_residual, bill.amount_total - 30_000)
        colleague = self._create_user("kdc_colleague", "kdc_utilities.group_accountant")
        bill.with_user(colleague).js_remove_outstanding_partial(part.id)
        self.assertEqual(bill.amount_residual, bill.amount_total)
