import runpy
from pathlib import Path

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .collection_common import NEW_TOTAL, OLD_TOTAL
from .test_transfer import TransferCommon

OWED = OLD_TOTAL + NEW_TOTAL  # 305,810


@tagged("post_install", "-at_install")
class TestWays(TransferCommon):
    """One receipt paid in several ways, and cash in the notes there are."""

    def _pay(self, amount, key="ways-0001", gifts=(), reference=" FT-1 ", user=None, account=None, **ways):
        counter = self._counter(user or self.user_collector)
        account = account or self.account_a
        shown = counter.preview(account.id, amount, gifts, ways)
        values = counter.confirm(
            account.id, amount, key, shown["fingerprint"], None, gifts, ways | {"reference": reference}
        )
        return self.env["kdc.receipt"].browse(values["id"])

    def _settle_card(self, receipt, entry):
        """Reconcile the card of a receipt with the items of an entry on the account of money in transit."""
        transit = self.company.transfer_account_id
        entry.action_post()
        (receipt.payment_id.move_id | entry).line_ids.filtered(lambda item: item.account_id == transit).reconcile()
        self.env.invalidate_all()

    def _entry_by_hand(self, amount):
        """An entry of an accountant that says the card was settled, without any paper of the bank."""
        other = self.company.transfer_account_id.copy({"code": "138899", "account_type": "asset_current"})
        return self.env["account.move"].create({
            "date": self.today,
            "line_ids": [
                (0, 0, {"account_id": other.id, "debit": amount}),
                (0, 0, {"account_id": self.company.transfer_account_id.id, "credit": amount}),
            ],
        })  # fmt: skip

    def _statement_of_cards(self, amount):
        """The bank credits the cards of a day; the accountant puts the movement on money in transit."""
        [transfer] = self._import([(f"POS{amount}", amount, "BAO CO THE POS 22/11")])
        self._decide(transfer, "other", reason="Báo có thẻ")
        entry = transfer.move_id
        entry.button_draft()
        suspense = entry.line_ids.filtered(lambda item: item.account_id == self.journal.suspense_account_id)
        suspense.account_id = self.company.transfer_account_id
        return entry

    def test_a_wrong_match_of_a_card_is_the_bookkeepers_to_undo(self):
        """It is on the way of the money; what the receipt has paid stays paid."""
        receipt = self._pay(OWED, card=50_000)
        entry = self._entry_by_hand(50_000)
        self._settle_card(receipt, entry)
        items = receipt.payment_id.move_id.line_ids.with_user(self.user_accountant)
        card = items.filtered(lambda item: item.account_id == self.company.transfer_account_id)
        self.assertTrue(card.reconciled)
        card.remove_move_reconcile()
        self.assertFalse(card.reconciled)
        with self.assertRaisesRegex(UserError, "Cancel the receipt"):
            items.filtered("matched_debit_ids").remove_move_reconcile()
        self.assertEqual(self.new_a.payment_state, "paid")

    def _balances(self, receipt):
        entry = receipt.payment_id.move_id
        self.assertEqual(entry.state, "posted")
        return {account: round(sum(items.mapped("balance"))) for account, items in
                entry.line_ids.grouped("account_id").items()}  # fmt: skip

    def test_part_cash_part_transfer_part_card(self):
        receipt = self._pay(OWED, transfer=200_000, card=50_000)
        self.assertEqual((receipt.cash_amount, receipt.transfer_amount, receipt.card_amount), (55_810, 200_000, 50_000))
        balances = self._balances(receipt)
        self.assertEqual(balances[receipt.journal_id.default_account_id], 55_810)
        self.assertEqual(balances[self.company._kdc_transfer_account()], 200_000)
        self.assertEqual(balances[self.company.transfer_account_id], 50_000)
        self.assertEqual(set((self.old_a | self.new_a).mapped("payment_state")), {"paid"})
        session = receipt.session_id
        self.assertEqual((session.cash_total, session.other_total, session.expected_cash), (55_810, 250_000, 555_810))

    def test_nothing_in_cash(self):
        receipt = self._pay(100_000, transfer=100_000)
        self.assertEqual((receipt.cash_amount, receipt.session_id.expected_cash), (0, 500_000))
        self.assertNotIn(receipt.journal_id.default_account_id, self._balances(receipt))
        receipt.with_user(self.user_accountant)._cancel("Chuyển khoản không thấy")
        self.assertEqual((receipt.payment_id.move_id.state, self.old_a.payment_state), ("cancel", "not_paid"))
        self.assertEqual(receipt.session_id.other_total, 0)

    def test_more_than_the_amount_is_refused(self):
        counter = self._counter(self.user_collector)
        for ways in ({"transfer": 100_001}, {"transfer": 60_000, "card": 60_000}, {"card": -1}, {"card": "x"}):
            with self.subTest(ways=ways), self.assertRaises(UserError):
                counter.preview(self.account_a.id, 100_000, (), ways)

    def test_other_ways_than_shown_are_refused(self):
        counter = self._counter(self.user_collector)
        shown = counter.preview(self.account_a.id, 100_000, (), {"transfer": 40_000})
        with self.assertRaises(UserError):
            counter.confirm(self.account_a.id, 100_000, "ways-0002", shown["fingerprint"])
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            receipt = self._pay(1_000)
            receipt.transfer_amount = 2_000
            self.env.flush_all()

    def test_what_is_not_cash_has_a_number_of_the_bank(self):
        counter = self._counter(self.user_collector)
        for way in ("transfer", "card"):
            shown = counter.preview(self.account_a.id, 100_000, (), {way: 1})
            for reference in ({}, {"reference": "  "}, {"reference": 5}, {"reference": "chưa có"}):
                with self.assertRaisesRegex(UserError, "number of the transfer"):
                    counter.confirm(
                        self.account_a.id, 100_000, "ways-0004", shown["fingerprint"], None, (), {way: 1} | reference
                    )
        receipt = self._pay(100_000, transfer=100_000)
        self.assertEqual(receipt.way_reference, "FT-1")
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            receipt.way_reference = False
            self.env.flush_all()

    def test_claimed_and_not_seen_at_the_bank(self):
        """What a collector says came by transfer or card stays on the accountant's list until the bank shows it."""
        claimed, by_card, cash = (
            self._pay(1_000, key=f"ways-000{place}", reference=f"FT-{place}", **ways)
            for place, ways in enumerate(({"transfer": 1_000}, {"card": 1_000}, {}), 5)
        )
        receipts = claimed | by_card | cash
        self.assertEqual(receipts.mapped("at_bank"), [False, False, True])
        home = self.env["kdc.home"].with_user(self.user_accountant)
        [card] = [card for card in home._home_cards() if card["key"] == "receipts_not_at_bank"]
        listed = self.env["kdc.receipt"].with_user(self.user_accountant)
        self.assertFalse(listed.search(card["domain"]), "Banks need some days.")
        self.env.cr.execute("UPDATE kdc_receipt SET date = date - 4 WHERE id IN %s", [receipts._ids])
        self.env.invalidate_all()
        self.assertEqual(listed.search(card["domain"]), claimed | by_card)
        self.env.cr.execute("UPDATE kdc_receipt SET date = date + 4 WHERE id IN %s", [receipts._ids])
        self.env.invalidate_all()
        [transfer] = self._import([("FT901", 1_000, "NGUYEN VAN AN")])
        transfer._book_before(claimed.payment_id.move_id)
        self.env.invalidate_all()
        self.assertEqual(receipts.mapped("at_bank"), [True, False, True])
        self.assertEqual(claimed.with_user(self.user_collector).at_bank, True)

    def test_each_part_is_seen_by_itself(self):
        """A statement that shows the transfer says nothing about the card, and the other way round."""
        receipt = self._pay(OWED, transfer=200_000, card=50_000)
        self.assertEqual((receipt.at_bank, receipt.unseen_amount), (False, 250_000))
        [transfer] = self._import([("FT901", 200_000, "NGUYEN VAN AN")])
        transfer._book_before(receipt.payment_id.move_id)
        self.env.invalidate_all()
        self.assertEqual((receipt.at_bank, receipt.unseen_amount), (False, 50_000))
        self._settle_card(receipt, self._statement_of_cards(50_000))
        self.assertEqual((receipt.at_bank, receipt.unseen_amount), (True, 0))
        self.assertIn(receipt, self.env["kdc.receipt"].search([("at_bank", "=", True)]))
        self.assertNotIn(receipt, self.env["kdc.receipt"].search([("at_bank", "=", False)]))
        self._decide(transfer, "undo")
        self.env.invalidate_all()
        self.assertEqual((receipt.at_bank, receipt.unseen_amount), (False, 200_000))

    def test_an_entry_by_hand_is_no_proof_that_a_card_was_settled(self):
        receipt = self._pay(OWED, card=50_000)
        self._settle_card(receipt, self._entry_by_hand(50_000))
        self.assertEqual((receipt.at_bank, receipt.unseen_amount), (False, 50_000))

    def test_a_card_settled_in_part_is_not_seen(self):
        receipt = self._pay(OWED, card=50_000)
        self._settle_card(receipt, self._statement_of_cards(20_000))
        self.assertFalse(receipt.at_bank)
        self._settle_card(receipt, self._entry_by_hand(30_000))
        self.assertFalse(receipt.at_bank, "A part of it is proved by nothing.")

    # -- slips -------------------------------------------------------------------------------------

    def test_a_slip_makes_one_receipt(self):
        """However it is typed, whoever takes it, by whichever way: the message names the earlier receipt."""
        first = self._pay(1_000, transfer=1_000, reference="FT-26 326")
        for user, account, reference, way in (
            (self.user_collector, self.account_a, "FT-26 326", "transfer"),
            (self.user_collector, self.account_a, " ft26326", "transfer"),
            (self.user_collector_2, self.account_b, "FT.26.326", "transfer"),
            (self.user_collector_2, self.account_b, "00FT26326", "card"),
        ):
            with self.subTest(reference), self.assertRaisesRegex(UserError, first.name):
                self._pay(1_000, key="slip-0001", user=user, account=account, reference=reference, **{way: 1_000})
        self._pay(1_000, key="slip-0002", transfer=1_000, reference="FT26327")
        self._pay(1_000, key="slip-0003", reference="FT26326")
        receipts = self.env["kdc.receipt"].search([("account_id", "in", (self.account_a | self.account_b).ids)])
        self.assertEqual(len(receipts), 3)

    def test_a_cancelled_receipt_gives_its_slip_back(self):
        first = self._pay(1_000, transfer=1_000)
        first.with_user(self.user_accountant)._cancel("Nhầm khách hàng")
        again = self._pay(1_000, key="slip-0004", transfer=1_000)
        self.assertEqual(again.slip_key, first.slip_key)
        self.assertEqual(self._pay(1_000, key="slip-0004", transfer=1_000), again, "Sent twice, taken once.")

    def test_the_database_takes_a_slip_once(self):
        """Two desks at the same moment."""
        first, second = (self._pay(1_000, key=f"slip-001{n}", transfer=1_000, reference=f"FT-{n}") for n in (1, 2))
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            second.slip_key = first.slip_key
            self.env.flush_all()

    def test_receipts_from_before_survive_an_update(self):
        """Their slips have no number, or the same one: the constraints of today hold for them and for new ones."""
        old, twice, other = (
            self._pay(1_000, key=f"slip-002{n}", transfer=1_000, reference=f"FT-{n}") for n in range(3)
        )
        receipts, cr = old | twice | other, self.env.cr
        self.env.flush_all()
        numbered = receipts._way_has_reference.get_definition(self.env.registry)
        cr.execute("SELECT pg_get_indexdef('kdc_receipt_slip_once'::regclass)")
        [[once]] = cr.fetchall()
        cr.execute("ALTER TABLE kdc_receipt DROP CONSTRAINT kdc_receipt_way_has_reference")
        cr.execute("DROP INDEX kdc_receipt_slip_once")
        cr.execute("UPDATE kdc_receipt SET slip_key = NULL, way_reference = 'FT-7' WHERE id IN %s", [receipts._ids])
        cr.execute("UPDATE kdc_receipt SET way_reference = NULL WHERE id = %s", [old.id])
        self._migrate("pre-receipts")
        cr.execute("ALTER TABLE kdc_receipt ADD CONSTRAINT kdc_receipt_way_has_reference " + numbered)
        cr.execute(once)
        self.env.invalidate_all()
        self._migrate("post-receipts")
        self.assertEqual(receipts.mapped("slip_key"), [False, "ft7", False])
        with self.assertRaisesRegex(UserError, twice.name):
            self._pay(1_000, key="slip-0030", transfer=1_000, reference="FT-7")
        self._pay(1_000, key="slip-0031", transfer=1_000, reference="FT-8")
        receipts.with_user(self.user_accountant)._cancel("Nhầm")

    def _migrate(self, step):
        """Run a step of the update to 19.0.1.1.0."""
        path = Path(__file__).parents[1] / "migrations" / "19.0.1.1.0" / f"{step}.py"
        runpy.run_path(path)["migrate"](self.env.cr, "19.0.1.0.0")
        self.env.invalidate_all()

    def test_the_statement_finds_what_was_seen_at_the_counter(self):
        """The import asks whether the movement is the entry of the counter, so nothing counts twice."""
        receipt = self._pay(OWED, transfer=200_000)
        bank = self.env["account.journal"].search(
            [("default_account_id", "=", self.company._kdc_transfer_account().id)], limit=1
        )
        items = self.env["kdc.transfer"]._hand_items(bank, receipt.date, receipt.date)
        self.assertEqual(items.filtered(lambda item: item.balance == 200_000).move_id, receipt.payment_id.move_id)

    def test_a_transfer_shown_at_the_counter_is_not_paid_again_by_the_statement(self):
        """The payer shows it for the oldest bill, though the code in its text is that of the newest."""
        receipt = self._pay(OLD_TOTAL, transfer=OLD_TOTAL, reference="FT 26327123456")
        [transfer] = self._import([("FT26327123456", OLD_TOTAL, self.new_a.kdc_reference)])
        self.assertEqual((transfer.state, transfer.booked_move_id), ("booked", receipt.payment_id.move_id))
        self.assertTrue(transfer.is_automatic)
        self.assertEqual(self.new_a.payment_state, "not_paid")
        self.assertTrue(receipt.at_bank)

    def test_a_transfer_shown_by_another_number_waits_for_a_person(self):
        """A payer's phone may show another number than the statement; the code in the text proves nothing then."""
        receipt = self._pay(OLD_TOTAL, transfer=OLD_TOTAL, reference="MB-778899")
        mine, others = self._import([
            ("FT26327123456", OLD_TOTAL, self.new_a.kdc_reference),
            ("FT26327123457", OLD_TOTAL, self.old_b.kdc_reference),
        ])  # fmt: skip
        self.assertEqual((mine.state, mine.reason), ("open", "booked"))
        self.assertIn(receipt.payment_id.move_id, mine.suggestion_ids.entry_id)
        self.assertEqual(self.new_a.payment_state, "not_paid")
        self.assertEqual(others.state, "matched", "The same amount of another payer is proved by its code.")

    def test_a_typed_number_does_not_outweigh_the_code_of_another_payer(self):
        """The number may be mistyped, or be that of somebody else; the code in the bank's text cannot."""
        receipt = self._pay(OLD_TOTAL, transfer=OLD_TOTAL, reference="FT26327123456")
        [transfer] = self._import([("FT26327123456", OLD_TOTAL, self.old_b.kdc_reference)])
        self.assertEqual((transfer.state, transfer.reason), ("open", "booked"))
        self.assertIn(receipt.payment_id.move_id, transfer.suggestion_ids.entry_id)
        self.assertEqual((self.old_b.payment_state, receipt.at_bank), ("not_paid", False))

    # -- rounding ----------------------------------------------------------------------------------

    def test_not_rounded_unless_chosen(self):
        self.assertEqual(self._pay(OWED).cash_amount, OWED)
        self.assertFalse(self.company.kdc_rounding_account_id)

    def test_cash_that_settles_everything_is_rounded_and_the_bill_is_not(self):
        for step, amount, cash in (("1000", OLD_TOTAL, None), ("1000", OWED, 306_000)):
            self.company.kdc_cash_rounding = step
            shown = self._counter(self.user_collector).preview(self.account_a.id, amount)
            self.assertEqual(shown["ways"]["cash"], cash or amount, "A part is taken as it is.")
        receipt = self._pay(OWED)
        self.assertEqual((receipt.amount, receipt.cash_amount, receipt.rounding), (OWED, 306_000, 190))
        self.assertEqual(self._balances(receipt)[self.company.kdc_rounding_account_id], -190)
        self.assertEqual(set((self.old_a | self.new_a).mapped("payment_state")), {"paid"})
        self.assertEqual(receipt.session_id.expected_cash, 806_000)

    def test_rounded_down(self):
        self.company.kdc_cash_rounding = "1000"
        self._pay(400)
        receipt = self._pay(OWED - 400, key="ways-0003")
        self.assertEqual((receipt.amount, receipt.cash_amount, receipt.rounding), (305_410, 305_000, -410))
        self.assertEqual(self._balances(receipt)[self.company.kdc_rounding_account_id], 410)
        self.assertEqual(self.account_a._kdc_charges(), [])

    def test_only_the_cash_is_rounded(self):
        self.company.kdc_cash_rounding = "500"
        receipt = self._pay(OWED, transfer=200_100)
        self.assertEqual((receipt.cash_amount, receipt.transfer_amount, receipt.rounding), (105_500, 200_100, -210))

    def test_an_advance_is_not_rounded(self):
        self.company.kdc_cash_rounding = "1000"
        self.assertEqual(self._pay(OWED + 1).rounding, 0)

    def test_cancelling_takes_the_rounding_back(self):
        self.company.kdc_cash_rounding = "1000"
        receipt = self._pay(OWED)
        receipt.with_user(self.user_accountant)._cancel("Thu nhầm")
        self.assertEqual(receipt.session_id.expected_cash, 500_000)
        self.assertEqual(self.new_a.amount_residual, NEW_TOTAL)

    def test_the_paper_says_how_it_was_paid(self):
        receipt = self._pay(OWED, transfer=200_000)
        [words] = self.env["kdc.receipt.pdf"].with_context(lang="en_US")._way_words(receipt)
        self.assertIn("105.810", words)
        self.assertIn("200.000", words)
        self.assertTrue(self.env["kdc.receipt.pdf"]._render(receipt).startswith(b"%PDF"))
        self.assertTrue(self.env["kdc.receipt.pdf"]._render(receipt, layout="roll").startswith(b"%PDF"))

    def test_rounded_on_a_phone(self):
        """Rounded cash settles the debt; when a part was paid elsewhere meanwhile, all of it counts."""
        self.company.kdc_cash_rounding = "1000"
        self._counter(self.user_collector)
        round_ = self.env["kdc.door.round"].with_user(self.user_collector)
        numbers = round_._reserve("phone-000001", "", "request-1")
        payment = {
            "key": "rounded-1", "account": self.account_a.id, "amount": 306_000, "rounded": True,
            "range": numbers["id"], "number": numbers["next"],
        }  # fmt: skip
        [answer] = round_._take_all([payment], None)
        receipt = self.env["kdc.receipt"].search([("client_key", "=", "rounded-1")])
        self.assertEqual((answer["state"], receipt.amount, receipt.rounding), ("done", OWED, 190))
        [answer] = round_._take_all([payment | {"key": "rounded-2", "number": numbers["next"] + 1}], None)
        late = self.env["kdc.receipt"].search([("client_key", "=", "rounded-2")])
        self.assertEqual((late.amount, late.rounding, late.advance), (306_000, 0, 306_000))
