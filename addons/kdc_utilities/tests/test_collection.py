from odoo.addons.kdc_residents.engine import vietqr
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ..engine import reference
from ..engine.apportion import apportion
from ..models.kdc_receipt import Taking
from ..wizards import kdc_collect
from .collection_common import NEW_TOTAL, OLD_TOTAL, CollectionCommon


@tagged("post_install", "-at_install")
class TestCollection(CollectionCommon):
    """Taking money at the counter: from the search box to books, bills and residents."""

    # -- finding -----------------------------------------------------------------------------------

    def _find(self, text, user=None):
        counter = self.env["kdc.collect"].with_user(user or self.user_accountant)
        return [result["id"] for result in counter.find(text)]

    def test_one_more_than_the_screen_shows_says_that_there_are_more(self):
        self.patch(kdc_collect, "RESULT_LIMIT", 1)
        self.assertEqual(len(self._find(self.account_a.number[:2])), 2)

    def test_one_box_finds_by_everything(self):
        account = self.account_a
        for text in (
            account.number,
            f" KH {account.number[:3]} {account.number[3:]} ",
            self.new_a.kdc_reference,
            f"mbvcb.123 {self.new_a.kdc_reference.lower()} chuyen tien",
            self.new_a._kdc_vietqr(),
            "0905123456",
            "+84 905 123 456",
            "nguyen van an",
            "Nguyễn Văn An",
            "tran thi binh",
            "12/3 tran phu",
        ):
            with self.subTest(text=text):
                self.assertEqual(self._find(text), account.ids)

    def test_a_shop_is_found_without_diacritics(self):
        shop = self.env["res.partner"].create({"name": "Tạp hóa Cô Ba", "is_company": True})
        account = self.env["kdc.customer.account"].create(
            {"partner_id": shop.id, "dwelling_id": self.account_b.dwelling_id.id, "company_id": self.company.id}
        )
        for text in ("tap hoa co ba", "Tạp hóa Cô Ba", "co ba"):
            with self.subTest(text=text):
                self.assertEqual(self._find(text), account.ids)

    def test_search_ends_at_the_collectors_area(self):
        self.assertEqual(self._find("le thi anh"), self.account_b.ids)
        self.assertEqual(self._find("le thi anh", self.user_collector), [])
        self.assertEqual(self._find(self.account_b.number, self.user_collector), [])
        self.assertEqual(self._find(self.new_b.kdc_reference, self.user_collector), [])
        with self.assertRaises(UserError):
            self.env["kdc.collect"].with_user(self.user_collector).get_owed(self.account_b.id)

    def test_nothing_to_find(self):
        for text in ("", "   ", None, "không có ai tên này", "%", "_", "_" * 500, "\\", "KDC", "0" * 300, "'; --"):
            with self.subTest(text=text):
                self.assertEqual(self._find(text), [])

    def test_foreign_qr_codes_are_no_error(self):
        """A scanner reads whatever it is held at: a code in dollars, a link."""
        body = "000201" + "5303840" + "5802US" + "6304"
        for text in (body + vietqr.crc16(body), "https://example.com/?a=1"):
            with self.subTest(text=text):
                self.assertEqual(self._find(text), [])

    def test_reference_and_qr_are_ours_and_odoos(self):
        """Our payload means the same as the one Odoo's l10n_vn writes for the same bank account."""
        self.assertTrue(reference.check(self.new_a.kdc_reference))
        ours = vietqr.parse(self.new_a._kdc_vietqr())
        self.assertEqual((ours.bank_bin, ours.account, ours.amount), ("970436", "0011001234567", NEW_TOTAL))
        self.assertEqual(ours.purpose, self.new_a.kdc_reference)
        self.company.partner_id.city = "Nha Trang"
        self.bank.write({"proxy_type": "bank_acc", "proxy_value": "0011001234567", "include_reference": True})
        text = self.bank._get_qr_vals(
            "emv_qr", float(NEW_TOTAL), self.company.currency_id, self.new_a.partner_id, "", self.new_a.kdc_reference
        )
        self.assertEqual(vietqr.parse(text), ours)

    def test_no_qr_without_a_usable_bank(self):
        self.bank.bank_id.bic = "BFTVVNVX"
        self.assertIsNone(self.new_a._kdc_vietqr())
        self.company.kdc_bank_id = False
        self.assertIsNone(self.new_a._kdc_vietqr())
        self.assertIsNone(self.new_a._kdc_bank())

    # -- owed and spread ---------------------------------------------------------------------------

    def test_owed_by_period_and_service(self):
        owed = self._counter(self.user_collector).get_owed(self.account_a.id)
        self.assertEqual(owed["total"], OLD_TOTAL + NEW_TOTAL)
        self.assertEqual([charge["open"] for charge in owed["charges"]], [44_160, 44_000, 173_650, 44_000])
        self.assertEqual([charge["label"] for charge in owed["charges"]][:2], ["Nước sạch", "Thu gom rác"])
        self.assertTrue(owed["charges"][0]["old"])

    def test_full_payment_pays_every_bill(self):
        receipt = self._take(self.user_collector, self.account_a, OLD_TOTAL + NEW_TOTAL)
        self.assertEqual(set((self.old_a | self.new_a).mapped("payment_state")), {"paid"})
        self.assertEqual(receipt.line_ids.mapped("amount"), [44_160, 44_000, 173_650, 44_000])
        self.assertEqual(sum(receipt.line_ids.mapped("amount")), receipt.amount)
        self.assertEqual(receipt.user_id, self.user_collector)
        self.assertEqual(receipt.payment_id.state, "paid")
        self.assertEqual(receipt.amount_words, "Ba trăm linh năm nghìn tám trăm mười đồng")
        entry = receipt.payment_id.move_id
        self.assertEqual(entry.state, "posted")
        cash = entry.line_ids.filtered("debit")
        self.assertEqual(cash.account_id, receipt.journal_id.default_account_id)
        self.assertEqual(cash.debit, OLD_TOTAL + NEW_TOTAL)
        self.assertEqual(sorted(entry.line_ids.filtered("credit").mapped("credit")), [OLD_TOTAL, NEW_TOTAL])
        self.assertTrue(all(entry.line_ids.filtered("credit").mapped("reconciled")))

    def test_residents_are_told(self):
        receipt = self._take(self.user_collector, self.account_a, NEW_TOTAL)
        notice = self.env["kdc.notification"].search([("partner_id", "=", self.user_portal_a.partner_id.id)], limit=1)
        self.assertEqual(notice.url, f"/my/receipts/{receipt.id}")
        self.assertIn(receipt.name, notice.body)

    def test_partial_then_full(self):
        first = self._take(self.user_collector, self.account_a, 100_000, key="first" * 4)
        self.assertEqual(self.old_a.payment_state, "paid")
        self.assertEqual(self.new_a.payment_state, "partial")
        self.assertEqual(first.line_ids.mapped("amount"), [44_160, 44_000, 11_840])
        self.assertEqual(first.line_ids.mapped("remaining"), [0, 0, 173_650 - 11_840])
        owed = self._counter(self.user_collector).get_owed(self.account_a.id)
        self.assertEqual([charge["open"] for charge in owed["charges"]], [161_810, 44_000])
        second = self._take(self.user_collector, self.account_a, owed["total"], key="second" * 4)
        self.assertEqual(self.new_a.payment_state, "paid")
        self.assertEqual(second.number, first.number + 1)
        self.assertEqual(len(self.new_a._kdc_received()), 2)

    def test_overpaid_is_kept_as_advance_and_pays_the_next(self):
        receipt = self._take(self.user_collector, self.account_a, 400_000)
        self.assertEqual(receipt.advance, 400_000 - OLD_TOTAL - NEW_TOTAL)
        self.assertEqual(self.account_a._kdc_advance(), receipt.advance)
        counter = self._counter(self.user_collector)
        self.assertEqual(counter.get_owed(self.account_a.id)["total"], 0)
        # The next bill: issue a month ahead with no use, waste 44,000 and no water.
        bill = self.new_a.copy({"kdc_account_id": self.account_a.id, "kdc_period": "2031-01-01", "invoice_date": False})
        bill.invoice_line_ids[1:].unlink()
        bill.invoice_line_ids.write({"price_unit": 50_000, "tax_ids": False})
        bill.action_post()
        owed = counter.apply_advance(self.account_a.id)
        self.assertEqual(bill.payment_state, "paid")
        self.assertEqual((owed["total"], owed["advance"]), (0, receipt.advance - 50_000))
        self.assertEqual(bill._kdc_received()[0]["receipt"], receipt)

    def test_nothing_owed_is_all_advance(self):
        self._take(self.user_collector, self.account_a, OLD_TOTAL + NEW_TOTAL, key="one" * 5)
        receipt = self._take(self.user_collector, self.account_a, 20_000, key="two" * 5)
        self.assertEqual(receipt.advance, 20_000)
        self.assertFalse(receipt.line_ids)

    def test_wrong_amounts(self):
        counter = self._counter(self.user_collector)
        for amount in (0, -1, 1.5, "100000", None, True, 10**10):
            with self.subTest(amount=amount), self.assertRaises(UserError):
                counter.preview(self.account_a.id, amount)

    def test_only_what_was_shown_is_booked(self):
        counter = self._counter(self.user_collector)
        shown = counter.preview(self.account_a.id, NEW_TOTAL)
        self._take(self.user_collector_2, self.account_a, 50_000, key="other" * 4)
        with self.assertRaises(UserError):
            counter.confirm(self.account_a.id, NEW_TOTAL, "mine" * 4, shown["fingerprint"])
        with self.assertRaises(UserError):
            counter.confirm(self.account_a.id, 1, "mine" * 4, shown["fingerprint"])
        self.assertEqual(self.env["kdc.receipt"].search_count([("account_id", "=", self.account_a.id)]), 1)

    # -- two payers --------------------------------------------------------------------------------

    def test_money_pays_the_debt_of_todays_payer(self):
        """The former payer's older bills are shown beside it, and stay owed."""
        former, bill = self._change_payer(self.account_a)
        counter = self._counter(self.user_collector)
        [hit] = counter.find(self.account_a.number)
        self.assertEqual((hit["name"], hit["owed"], hit["former"]), ("Đỗ Thị Mới", 50_000, False))
        owed = counter.get_owed(self.account_a.id)
        self.assertEqual((owed["total"], len(owed["charges"])), (50_000, 1))
        [other] = owed["others"]
        self.assertEqual((other["payer_id"], other["owed"]), (former.id, OLD_TOTAL + NEW_TOTAL))
        self.assertEqual((other["name"], other["former"]), (former.name, True))
        receipt = self._take(self.user_collector, self.account_a, 80_000)
        self.assertEqual((receipt.line_ids.move_id, receipt.advance), (bill, 30_000))
        self.assertEqual(receipt.payment_id.move_id.line_ids.partner_id, self.account_a.partner_id)
        self.assertEqual(self.old_a.amount_residual, OLD_TOTAL)
        # Neither the advance nor its button pays for somebody else.
        self.assertEqual(counter.apply_advance(self.account_a.id)["advance"], 30_000)
        self.assertEqual((self.old_a | self.new_a).mapped("payment_state"), ["not_paid"] * 2)

    def test_a_former_payers_debt_is_taken_when_it_is_chosen(self):
        """By the code of one of the bills or on the account's screen; the receipt is the former payer's."""
        former, bill = self._change_payer(self.account_a)
        self._take(self.user_collector, self.account_a, 80_000, key="today" * 3)
        counter = self._counter(self.user_collector)
        [hit] = counter.find(self.new_a.kdc_reference)
        self.assertEqual((hit["payer_id"], hit["name"], hit["former"]), (former.id, former.name, True))
        self.assertEqual([row["payer_id"] for row in counter.find(bill.kdc_reference)], [self.account_a.partner_id.id])
        owed = counter.get_owed(self.account_a.id, hit["payer_id"])
        self.assertEqual((owed["total"], owed["account"]["payer"]), (OLD_TOTAL + NEW_TOTAL, former.name))
        self.assertFalse(owed["drives"] or owed["advance"] or owed["others"])
        with self.assertRaisesRegex(UserError, f"{former.name}.*take no more"):
            counter.preview(self.account_a.id, OLD_TOTAL + NEW_TOTAL + 1, payer_id=former.id)
        today = counter.preview(self.account_a.id, OLD_TOTAL)
        shown = counter.preview(self.account_a.id, OLD_TOTAL, payer_id=former.id)
        self.assertEqual(shown["remaining"], NEW_TOTAL)
        pay = (self.account_a.id, OLD_TOTAL, "former-key-1")
        with self.assertRaisesRegex(UserError, "has changed"):
            counter.confirm(*pay, today["fingerprint"], payer_id=former.id)
        values = counter.confirm(*pay, shown["fingerprint"], payer_id=former.id)
        receipt = self.env["kdc.receipt"].browse(values["id"])
        self.assertEqual((values["former"], values["remaining"]), (former.name, NEW_TOTAL))
        self.assertEqual((receipt.partner_id, receipt.payer_name), (former, former.name))
        self.assertEqual(receipt.line_ids.move_id, self.old_a)
        self.assertEqual(receipt.payment_id.move_id.line_ids.partner_id, former)
        self.assertEqual((self.old_a.payment_state, self.account_a._kdc_advance()), ("paid", 30_000))
        # Nobody of today's household is told of it, and its own data has it no more than theirs the other's.
        self.assertFalse(receipt._kdc_readers())
        receipt.with_user(self.user_accountant)._cancel("Nhầm người")
        self.assertEqual((self.old_a.payment_state, bill.payment_state), ("not_paid", "paid"))

    def test_a_former_payers_advance_pays_the_own_debt(self):
        """Shown at the counter beside that debt only; today's payer has neither."""
        former, bill = self._change_payer(self.account_a)
        counter = self._counter(self.user_collector)
        session = self.env["kdc.cash.session"].search([("user_id", "=", self.user_collector.id)])
        self.env["kdc.receipt"]._collect(session, self.account_a, apportion(OLD_TOTAL, ()), payer=former)
        self.assertEqual((self.account_a.balance, self.account_a.former_balance), (50_000, OLD_TOTAL + NEW_TOTAL))
        self.assertRegex(self.account_a.former_words, "305.810.*88.160")
        self.assertEqual(counter.get_owed(self.account_a.id)["advance"], 0)
        self.assertEqual(counter.get_owed(self.account_a.id, former.id)["advance"], OLD_TOTAL)
        left = counter.apply_advance(self.account_a.id, former.id)
        self.assertEqual([other["owed"] for other in left["others"]], [NEW_TOTAL])
        self.assertEqual((self.old_a.payment_state, bill.payment_state), ("paid", "not_paid"))

    def test_what_was_shown_of_a_payer_is_what_is_booked(self):
        """The payer changes while the counter shows the account: it stays the debt of whom the screen names."""
        counter, payer = self._counter(self.user_collector), self.account_a.partner_id
        shown = counter.preview(self.account_a.id, OLD_TOTAL, payer_id=payer.id)
        _former, bill = self._change_payer(self.account_a)
        with self.assertRaisesRegex(UserError, "has changed"):
            counter.confirm(self.account_a.id, OLD_TOTAL, "stale-key-1", shown["fingerprint"])
        counter.confirm(self.account_a.id, OLD_TOTAL, "stale-key-1", shown["fingerprint"], payer_id=payer.id)
        self.assertEqual((self.old_a.payment_state, bill.payment_state), ("paid", "not_paid"))
        self._take(self.user_collector, self.account_a, 50_000, key="rest" * 4)
        with self.assertRaisesRegex(UserError, "look the customer up again"):
            counter.get_owed(self.account_a.id, self.account_b.partner_id.id)
        self.account_a.active = False
        with self.assertRaisesRegex(UserError, "Nothing was booked. Press Esc"):
            counter.preview(self.account_a.id, 1_000)

    # -- doubles and numbers -----------------------------------------------------------------------

    def test_double_submit_takes_the_money_once(self):
        counter = self._counter(self.user_collector)
        shown = counter.preview(self.account_a.id, NEW_TOTAL)
        first = counter.confirm(self.account_a.id, NEW_TOTAL, "same-key-1234", shown["fingerprint"])
        second = counter.confirm(self.account_a.id, NEW_TOTAL, "same-key-1234", shown["fingerprint"])
        self.assertEqual(first["id"], second["id"])
        self.assertEqual(self.env["kdc.receipt"].search_count([("account_id", "=", self.account_a.id)]), 1)

    def test_key_is_unique_in_the_database(self):
        receipt = self._take(self.user_collector, self.account_a, 10_000)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            receipt.copy({"number": receipt.number + 1, "name": "x", "advance": receipt.amount}).write(
                {"client_key": receipt.client_key}
            )
            self.env.flush_all()

    def test_without_key_nothing_is_taken(self):
        counter = self._counter(self.user_collector)
        shown = counter.preview(self.account_a.id, 1_000)
        for key in (None, "", "short", 12345678, "x" * 65):
            with self.subTest(key=key), self.assertRaises(UserError):
                counter.confirm(self.account_a.id, 1_000, key, shown["fingerprint"])

    def test_numbers_have_no_gap_when_a_payment_fails(self):
        first = self._take(self.user_collector, self.account_a, 10_000, key="a" * 10)
        for _attempt in range(3):
            with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
                self._take(self.user_collector, self.account_a, 10_000, key="b" * 10)
                raise ZeroDivisionError
            self.env.invalidate_all()
        other = self._take(self.user_collector_2, self.account_b, 10_000, key="c" * 10)
        last = self._take(self.user_collector, self.account_a, 10_000, key="d" * 10)
        self.assertEqual([other.number, last.number], [first.number + 1, first.number + 2])
        self.assertRegex(first.name, r"^PT-\w+/\d{4}/\d{6}$")

    def test_a_batch_is_booked_like_single_payments(self):
        """The takings of several accounts at once: numbers without gap, each with its own bills and advance."""
        session = self._counter(self.user_collector_2).env["kdc.cash.session"]._current()
        takings = [
            Taking(self.account_a, apportion(OLD_TOTAL + 50_000, self.account_a._kdc_charges()), "batch-a", "Bà An"),
            Taking(self.account_b, apportion(OLD_TOTAL + NEW_TOTAL + 4_000, self.account_b._kdc_charges()), "batch-b"),
        ]
        receipts = session.sudo().env["kdc.receipt"]._collect_all(session.sudo(), takings)
        self.assertEqual(receipts.account_id, self.account_a | self.account_b)
        self.assertEqual(receipts[1].number, receipts[0].number + 1)
        self.assertEqual(receipts.mapped("advance"), [0, 4_000])
        self.assertEqual(receipts[0].payer_name, "Bà An")
        self.assertEqual(receipts[1].payer_name, self.account_b._kdc_usual_payer())
        self.assertEqual(self.old_a.amount_residual, 0)
        self.assertEqual(self.new_a.amount_residual, NEW_TOTAL - 50_000)
        self.assertEqual(self.new_b.amount_residual, 0)
        self.assertEqual(self.account_b._kdc_advance(), 4_000)
        for receipt in receipts:
            self.assertEqual(receipt.payment_id.move_id.line_ids.partner_id, receipt.partner_id)
            self.assertEqual(sum(receipt.payment_id.move_id.line_ids.mapped("debit")), receipt.amount)
        self.assertEqual(session.expected_cash, 500_000 + sum(receipts.mapped("amount")))

    def test_an_account_pays_once_in_a_batch(self):
        session = self._counter(self.user_collector).env["kdc.cash.session"]._current().sudo()
        taking = Taking(self.account_a, apportion(1_000, self.account_a._kdc_charges()))
        with self.assertRaises(ValueError):
            session.env["kdc.receipt"]._collect_all(session, [taking, taking])

    def test_numbers_start_again_at_another_desk_and_year(self):
        books = self.env["kdc.receipt.book"]
        desk = self._take(self.user_collector, self.account_a, 10_000).journal_id
        other = desk.copy({"code": "TM9", "name": "Quầy 9"})
        self.assertEqual(books._next_number(other, 2031), 1)
        self.assertEqual(books._next_number(desk, 2031), 1)
        self.assertEqual(books._next_number(desk, 2031), 2)
        self.assertEqual(books._next_number(other, 2032), 1)

    def test_a_number_is_never_used_twice(self):
        receipt = self._take(self.user_collector, self.account_a, 10_000)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            receipt.copy({"number": receipt.number, "name": "x", "advance": receipt.amount})
            self.env.flush_all()

    # -- never deleted, cancelled by a second person -------------------------------------------------

    def test_receipts_and_sessions_are_never_deleted(self):
        receipt = self._take(self.user_collector, self.account_a, 10_000)
        with self.assertRaises(UserError):
            receipt.sudo().unlink()
        with self.assertRaises(UserError):
            receipt.session_id.sudo().unlink()

    def test_cancel_reopens_the_charges_and_keeps_the_number(self):
        receipt = self._take(self.user_collector, self.account_a, OLD_TOTAL + NEW_TOTAL)
        entry, number = receipt.payment_id.move_id, receipt.payment_id.move_id.name
        receipt.with_user(self.user_accountant)._cancel("Nhầm hộ")
        self.assertEqual(receipt.state, "cancelled")
        self.assertEqual(receipt.cancelled_by_id, self.user_accountant)
        self.assertEqual(set((self.old_a | self.new_a).mapped("payment_state")), {"not_paid"})
        self.assertEqual((entry.state, entry.name), ("cancel", number))
        self.assertEqual(receipt.session_id.expected_cash, 500_000)
        self.assertEqual(self.account_a._kdc_advance(), 0)
        again = self._take(self.user_collector, self.account_a, OLD_TOTAL + NEW_TOTAL, key="again" * 3)
        self.assertEqual(again.number, receipt.number + 1)
        self.assertEqual(set((self.old_a | self.new_a).mapped("payment_state")), {"paid"})
        with self.assertRaises(UserError):
            receipt.with_user(self.user_accountant)._cancel("Lần nữa")

    def test_cancel_with_advance(self):
        receipt = self._take(self.user_collector, self.account_a, 400_000)
        receipt.with_user(self.user_accountant)._cancel("Gõ thừa số không")
        self.assertEqual(self.account_a._kdc_advance(), 0)
        self.assertEqual(self.new_a.amount_residual, NEW_TOTAL)

    def test_who_took_the_money_cannot_cancel(self):
        receipt = self._take(self.user_accountant, self.account_a, 10_000)
        with self.assertRaises(UserError):
            receipt.with_user(self.user_accountant)._cancel("Tự hủy")
        other = self._take(self.user_collector, self.account_a, 10_000, key="z" * 12)
        for user, error in ((self.user_collector, AccessError), (self.user_collector_2, AccessError)):
            with self.subTest(user=user.login), self.assertRaises(error):
                other.with_user(user)._cancel("Không được phép")
        with self.assertRaises(UserError):
            other.with_user(self.user_accountant)._cancel("   ")
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            other.sudo().write({"state": "cancelled", "cancel_reason": "x", "cancelled_by_id": other.user_id.id})
            self.env.flush_all()

    def test_the_entry_behind_a_receipt_is_protected(self):
        receipt = self._take(self.user_collector, self.account_a, 10_000)
        payment = receipt.payment_id.with_user(self.user_accountant)
        for action in (
            payment.action_draft,
            payment.action_cancel,
            payment.move_id.button_draft,
            payment.move_id.button_cancel,
            payment.move_id._reverse_moves,
        ):
            with self.subTest(action=action.__name__), self.assertRaises(UserError), self.env.cr.savepoint():
                action()
        self.env.invalidate_all()
        self.assertEqual(receipt.payment_id.state, "paid")

    def test_what_a_receipt_has_settled_is_not_taken_apart(self):
        """Neither on the bill nor on what went back of its advance: the receipt's own steps do that."""
        receipt = self._take(self.user_collector, self.account_a, OLD_TOTAL + NEW_TOTAL + 30_000)
        entry = receipt.payment_id.move_id.with_user(self.user_approver_both())
        paid = entry.line_ids.filtered("matched_debit_ids")
        parts = paid.matched_debit_ids
        bill = self.old_a.with_user(entry.env.user)
        reconciled = entry.env["account.move.line"].with_context(active_ids=paid.ids)
        for step in (
            parts.unlink, parts[0].unlink, paid.remove_move_reconcile, bill.line_ids.remove_move_reconcile,
            lambda: bill.js_remove_outstanding_partial(parts[0].id), reconciled.action_unreconcile_match_entries,
            lambda: parts[0].write({"amount": 1}), lambda: parts[0].write({"credit_move_id": paid[1].id}),
            lambda: parts[0].write({"debit_move_id": entry.line_ids[0].id}), bill.button_draft, entry.button_cancel,
            lambda: paid[0].write({"partner_id": self.account_b.partner_id.id}), paid.unlink,
        ):  # fmt: skip
            with self.subTest(step=step), self.assertRaises(UserError), self.env.cr.savepoint():
                step()
        back = self.env["kdc.advance.return"].with_user(self.user_accountant).create({
            "account_id": self.account_a.id, "journal_id": receipt.journal_id.id, "receiver": "Bà An",
            "reason": "Chuyển đi", "session_id": receipt.session_id.id,
        })  # fmt: skip
        back.with_user(self.user_approver).action_approve()
        returned = entry.line_ids.matched_debit_ids - parts
        self.assertEqual(returned.debit_move_id.move_id, back.move_id)
        for step in (returned.unlink, back.move_id.with_user(entry.env.user).line_ids.remove_move_reconcile):
            with self.subTest(step=step), self.assertRaises(UserError), self.env.cr.savepoint():
                step()
        self.assertEqual(set((self.old_a | self.new_a).mapped("payment_state")), {"paid"})
        self.assertEqual(self.account_a._kdc_advance(), 0)

    def user_approver_both(self):
        """Return somebody with every job that deals with money."""
        user = self._create_user("kdc_both_jobs", "kdc_utilities.group_accountant")
        user.group_ids |= self.env.ref("kdc_utilities.group_approver") | self.env.ref("account.group_account_manager")
        return user

    # -- session -----------------------------------------------------------------------------------

    def test_one_open_session(self):
        counter = self._counter(self.user_collector)
        session = self.env["kdc.cash.session"].browse(counter.get_session()["id"])
        self.assertEqual(counter.open_session(1)["id"], session.id)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.env["kdc.cash.session"].with_user(self.user_collector).create({})
            self.env.flush_all()

    def test_no_session_no_money(self):
        counter = self.env["kdc.collect"].with_user(self.user_collector)
        self.assertIs(counter.get_session(), False)
        shown = counter.preview(self.account_a.id, 1_000)
        with self.assertRaises(UserError):
            counter.confirm(self.account_a.id, 1_000, "k" * 10, shown["fingerprint"])

    def test_close_and_countersign(self):
        receipt = self._take(self.user_collector, self.account_a, 100_000)
        session = receipt.session_id.with_user(self.user_collector)
        self.assertEqual((session.expected_cash, session.difference), (600_000, 0))
        with self.assertRaises(UserError):
            session.action_close()
        session.counted_cash = 598_000
        with self.assertRaises(UserError):
            session.action_close()
        with self.assertRaises(UserError):
            session.with_user(self.user_accountant).action_close()
        session.difference_reason = "Thối nhầm 2.000 ₫"
        session.action_close()
        self.assertEqual((session.state, session.difference), ("closed", -2_000))
        with self.assertRaises(UserError):
            session.counted_cash = 600_000
        with self.assertRaises(AccessError):
            session.action_countersign()
        with self.assertRaises(UserError):
            receipt.with_user(self.user_accountant)._cancel("Muộn rồi")
        session.with_user(self.user_accountant).action_countersign()
        self.assertEqual((session.state, session.countersigned_by_id), ("countersigned", self.user_accountant))
        self.assertTrue(self._counter(self.user_collector).get_session()["id"] != session.id)

    def test_accountant_cannot_countersign_the_own_session(self):
        session = self._take(self.user_accountant, self.account_a, 1_000).session_id.with_user(self.user_accountant)
        session.counted_cash = session.expected_cash
        session.action_close()
        with self.assertRaises(UserError):
            session.action_countersign()
        session.with_user(self.user_approver).action_countersign()
        self.assertEqual(session.countersigned_by_id, self.user_approver)

    def test_values_set_by_the_system_are_not_written_by_hand(self):
        session = self._take(self.user_collector, self.account_a, 1_000).session_id.with_user(self.user_collector)
        for values in (
            {"state": "countersigned"},
            {"opening_float": 0},
            {"user_id": self.user_accountant.id},
            {"expected_cash": 0},
            {"countersigned_by_id": self.user_accountant.id},
        ):
            with self.subTest(values=values), self.assertRaises(AccessError):
                session.write(values)
        with self.assertRaises(AccessError):
            self.env["kdc.cash.session"].with_user(self.user_collector_2).create({"user_id": self.user_collector.id})

    def test_an_advance_goes_back_out_of_an_open_drawer(self):
        """What was handed out is not missing in the evening, and no closed drawer hands anything out."""
        receipt = self._take(self.user_collector, self.account_a, OLD_TOTAL + NEW_TOTAL + 30_000)
        session, desk = receipt.session_id, receipt.journal_id
        back = self.env["kdc.advance.return"].with_user(self.user_accountant).create({
            "account_id": self.account_a.id, "journal_id": desk.id, "receiver": "Bà An", "reason": "Chuyển đi",
        })  # fmt: skip
        with self.assertRaisesRegex(UserError, "open cash session"):
            back.with_user(self.user_approver).action_approve()
        back.session_id = session
        back.with_user(self.user_approver).action_approve()
        held = 500_000 + OLD_TOTAL + NEW_TOTAL
        self.assertEqual((back.amount, session.paid_out, session.expected_cash), (30_000, 30_000, held))
        session = session.with_user(self.user_collector)
        session.counted_cash = held
        session.action_close()
        session.with_user(self.user_accountant).action_countersign()
        self.assertFalse(session.sudo().difference_move_id)
        with self.assertRaisesRegex(UserError, "stays booked"):
            back.action_cancel()
