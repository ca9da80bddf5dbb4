from datetime import timedelta
from itertools import count

from odoo import fields
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ..models import kdc_door_round
from .collection_common import NEW_TOTAL, OLD_TOTAL, CollectionCommon

PHONE = "phone-000001"


class DoorCommon(CollectionCommon):
    """A collector with an open cash session whose phone has the numbers 1 to 5 of the desk."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.kdc_phone_numbers = 5
        cls._counter(cls.user_collector)
        cls.round = cls.env["kdc.door.round"].with_user(cls.user_collector)
        cls.numbers = cls.round._reserve(PHONE, "Máy của cô Bé", "request-1")
        cls.range = cls.env["kdc.receipt.range"].browse(cls.numbers["id"])
        cls.drawer = cls.range.session_id

    def setUp(self):
        super().setUp()
        self.serial = count(1)

    def _payment(self, amount=OLD_TOTAL, number=None, account=None, **vals):
        """Return a payment as the phone sends it: the next number unless another one is given."""
        serial = next(self.serial)
        return {
            "key": f"payment-{serial:06d}",
            "account": (account or self.account_a).id,
            "amount": amount,
            "range": self.range.id,
            "number": number or serial,
            "payer": "Nguyễn Văn An",
            "taken": self._now(),
            "prints": 1,
        } | vals

    def _now(self, **shift):
        return f"{(fields.Datetime.now() + timedelta(**shift)).isoformat()}+00:00"

    def _send(self, *payments, user=None, sent=None):
        return self.round.with_user(user or self.user_collector)._take_all(list(payments), sent or self._now())

    def _prepared(self, **ago):
        """Let the phone have received its numbers so long ago."""
        self.env.cr.execute(
            "UPDATE kdc_receipt_range SET create_date = %s WHERE id = %s",
            (fields.Datetime.now() - timedelta(**ago), self.range.id),
        )
        self.range.invalidate_recordset()

    def _receipts(self):
        return self.env["kdc.receipt"].search([("taken_on", "!=", False)], order="id")


@tagged("post_install", "-at_install")
class TestDoorRound(DoorCommon):
    """What a phone without network takes and sends later: once, in full, under its own number."""

    # -- what the phone is given -------------------------------------------------------------------

    def test_the_list_of_the_own_areas(self):
        found = self.round._download(PHONE)
        self.assertEqual([row["number"] for row in found["accounts"]], [self.account_a.number])
        [row] = found["accounts"]
        self.assertEqual([charge["open"] for charge in row["charges"]], [44_160, 44_000, 173_650, 44_000])
        self.assertEqual(row["codes"], [self.old_a.kdc_reference, self.new_a.kdc_reference])
        self.assertEqual((row["payer"], row["advance"]), (self.household_a.head_id.name, 0))
        self.assertNotIn("phone", row)
        self.assertEqual(found["ranges"], [self.numbers])
        self.assertEqual((self.numbers["next"], self.numbers["last"]), (1, 5))

    def test_a_former_payers_debt_is_not_on_the_phone(self):
        """Nor is it paid by who pays today; a paper that names those bills pays them, whoever pays by now."""
        before = self.round._download(PHONE)["accounts"][0]["charges"]
        former, bill = self._change_payer(self.account_a)
        [row] = self.round._download(PHONE)["accounts"]
        self.assertEqual((row["name"], row["codes"]), ("Đỗ Thị Mới", [bill.kdc_reference]))
        self.assertEqual([charge["open"] for charge in row["charges"]], [50_000])
        shown = [*([*charge["key"], charge["open"]] for charge in before[:2]), 0]
        today, paper = self._send(
            self._payment(60_000, shown=[[*row["charges"][0]["key"], 50_000], 10_000]), self._payment(shown=shown)
        )
        self.assertEqual((today["state"], today["advance"], paper["message"]), ("done", 10_000, ""))
        self.assertEqual((bill.payment_state, self.old_a.payment_state), ("paid", "paid"))
        self.assertEqual(self._receipts().partner_id, self.account_a.partner_id | former)
        self.assertFalse(today["charges"] or paper["charges"])
        for strange in ([["x"]], "x", [[self.new_b.id, "NUOC", 1], 0], [[self.old_a.id, 1], [bill.id, 1], 0]):
            with self.subTest(shown=strange):
                self.assertEqual(self.round._debt(self.account_a, strange), self.account_a._kdc_debt())

    def test_what_a_former_payer_handed_over_too_much_is_theirs(self):
        """Paid elsewhere while it lay on the phone, or in advance only: never money of who came after."""
        shown = [[self.old_a.id, "NUOC", 44_160], [self.old_a.id, "RAC", 44_000], 0]
        self.assertEqual(self.round._download(PHONE)["accounts"][0]["debtor"], self.account_a.partner_id.id)
        self._take(self.user_collector_2, self.account_a, OLD_TOTAL + NEW_TOTAL)
        former, bill = self._change_payer(self.account_a)
        answer, ahead, strange = self._send(
            self._payment(OLD_TOTAL, shown=shown), self._payment(7_000, shown=[7_000], debtor=former.id),
            self._payment(1_000, shown=[1_000], debtor=self.account_b.partner_id.id),
        )  # fmt: skip
        self.assertEqual([one["state"] for one in (answer, ahead, strange)], ["done"] * 3)
        self.assertRegex(answer["message"], f"88.160.*{former.name}")
        self.assertEqual(self._receipts().mapped("partner_id"), former | self.account_a.partner_id)
        self.assertEqual((self.account_a._kdc_advance(former), bill.amount_residual), (OLD_TOTAL + 7_000, 49_000))
        self.assertIn("95.160", self.account_a.former_words)
        self.assertFalse(any(receipt._kdc_readers() for receipt in self._receipts()[:2]))
        # At the counter nothing more is taken for who owes nothing.
        with self.assertRaisesRegex(UserError, "look the customer up"):
            self._counter(self.user_collector_2).get_owed(self.account_a.id, former.id)

    def test_no_list_without_an_open_session(self):
        found = self.env["kdc.door.round"].with_user(self.user_collector_2)._download("phone-000002")
        self.assertFalse(found["session"] or found["accounts"] or found["ranges"])
        with self.assertRaises(UserError):
            self.env["kdc.door.round"].with_user(self.user_collector_2)._reserve("phone-000002", "", "request-1")

    def test_queries_do_not_grow_with_the_accounts(self):
        counts = []
        for user in (self.user_collector, self.user_collector_2):
            self._counter(user)
            round_ = self.env["kdc.door.round"].with_user(user)
            round_._download(PHONE)
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            round_._download(PHONE)
            counts.append(self.cr.sql_log_count - before)
        self.assertLessEqual(counts[1] - counts[0], 3)

    def test_asking_twice_for_numbers_takes_them_once(self):
        self.assertEqual(self.round._reserve(PHONE, "", "request-1"), self.numbers)
        further = self.round._reserve(PHONE, "", "request-2")
        self.assertEqual((further["next"], further["last"]), (6, 10))
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.range.copy({"first_number": 11, "last_number": 15})

    def test_the_counter_goes_on_after_the_numbers_of_the_phone(self):
        receipt = self._take(self.user_collector_2, self.account_b, 1_000)
        self.assertEqual(receipt.number, 6)

    # -- what the phone sends ----------------------------------------------------------------------

    def test_a_payment_keeps_its_number_and_pays_the_oldest_first(self):
        shown = [[self.old_a.id, "NUOC", 44_160], [self.old_a.id, "RAC", 44_000], [self.new_a.id, "NUOC", 11_840], 0]
        [answer] = self._send(self._payment(100_000, 3, shown=shown))
        receipt = self._receipts()
        self.assertEqual((answer["state"], answer["name"], answer["message"]), ("done", receipt.name, ""))
        self.assertEqual((receipt.number, receipt.session_id, receipt.range_id), (3, self.drawer, self.range))
        self.assertEqual((self.old_a.payment_state, self.new_a.payment_state), ("paid", "partial"))
        self.assertEqual([charge["open"] for charge in answer["charges"]], [161_810, 44_000])
        self.assertEqual((receipt.print_count, receipt.note), (1, ""))
        self.assertEqual(self.drawer.cash_total, 100_000)

    def test_sent_again_it_is_taken_once(self):
        payment = self._payment()
        answers = [*self._send(payment), *self._send(payment, payment), *self._send(payment)]
        self.assertEqual({answer["state"] for answer in answers}, {"done"})
        self.assertEqual(len({answer["name"] for answer in answers}), 1)
        self.assertEqual(len(self._receipts()), 1)

    def test_a_part_of_a_parcel_that_fails_holds_up_nothing(self):
        good, bad = self._payment(), self._payment(-5)
        self.assertEqual([answer["state"] for answer in self._send(bad, good)], ["refused", "done"])
        self.assertEqual(len(self._receipts()), 1)

    @mute_logger("odoo.addons.kdc_utilities.models.kdc_door_round")
    def test_a_payment_that_nobody_foresaw_holds_up_nothing(self):
        """The phone sends the oldest first: what fails each time must not keep those behind it from being sent."""
        poisoned, good = self._payment(payer="An\x00"), self._payment()
        self.assertEqual([answer["state"] for answer in self._send(poisoned, good)], ["refused", "done"])
        self.assertEqual(len(self._receipts()), 1)

    def test_the_same_payment_from_two_sides_at_once(self):
        """The database itself takes a key once, should two requests get past the search."""
        payment = self._payment()
        self._send(payment)
        receipt = self._receipts()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            receipt.copy({"number": 4, "client_key": payment["key"]})

    def test_paid_elsewhere_meanwhile(self):
        shown = [[self.old_a.id, "NUOC", 44_160], [self.old_a.id, "RAC", 44_000], 0]
        self._take(self.user_collector_2, self.account_a, OLD_TOTAL + NEW_TOTAL)
        [answer] = self._send(self._payment(OLD_TOTAL, shown=shown))
        receipt = self._receipts()
        self.assertEqual((answer["state"], receipt.amount, receipt.advance), ("done", OLD_TOTAL, OLD_TOTAL))
        self.assertIn("88.160", answer["message"])
        self.assertEqual(answer["message"], receipt.note)
        self.assertEqual(self.account_a._kdc_advance(), OLD_TOTAL)

    def test_paid_in_part_elsewhere_meanwhile(self):
        shown = [[self.old_a.id, "NUOC", 44_160], [self.old_a.id, "RAC", 44_000], 0]
        self._take(self.user_collector_2, self.account_a, 44_160)
        [answer] = self._send(self._payment(OLD_TOTAL, shown=shown))
        self.assertTrue(answer["message"])
        self.assertEqual((self._receipts().advance, self.account_a._kdc_advance()), (0, 0))

    def test_two_phones_of_one_collector(self):
        """Each has its own numbers; both belong to the one drawer, which waits for both."""
        other = self.round._reserve("phone-000002", "Máy thứ hai", "request-9")
        self._send(self._payment(1_000, 1))
        self._send(self._payment(2_000, other["next"], range=other["id"]))
        self.assertEqual(self._receipts().mapped("number"), [1, 6])
        self.assertEqual(self.drawer.cash_total, 3_000)
        self.round._give_back(PHONE)
        with self.assertRaisesRegex(UserError, "Máy thứ hai"):
            self.drawer.with_user(self.user_collector).action_close()
        self.round._give_back("phone-000002")
        self.drawer.with_user(self.user_collector).write({"counted_cash": 503_000})
        self.drawer.with_user(self.user_collector).action_close()

    def test_the_list_tells_the_next_number(self):
        self._send(self._payment(1_000, 2))
        [found] = self.round._download(PHONE)["ranges"]
        self.assertEqual(found["next"], 3)

    # -- the clock of the phone --------------------------------------------------------------------

    def test_a_wrong_clock_is_put_right(self):
        """Ten years ahead, taken two minutes before sending: it was taken two minutes ago."""
        self._prepared(hours=2)
        self._send(self._payment(taken=self._now(days=3650, minutes=-2)), sent=self._now(days=3650))
        receipt = self._receipts()
        ago = fields.Datetime.now() - receipt.taken_on
        self.assertLess(abs(ago - timedelta(minutes=2)), timedelta(minutes=1))
        self.assertEqual(receipt.date, today_here(self.range))

    def test_no_receipt_before_the_numbers_or_in_the_future(self):
        start = self.range.create_date.replace(microsecond=0)
        for shift in (-400, 400):
            self._send(self._payment(1_000, taken=self._now(days=shift)))
        for receipt in self._receipts():
            self.assertGreaterEqual(receipt.taken_on, start)
            self.assertLessEqual(receipt.taken_on, fields.Datetime.now())

    def test_a_time_that_is_none_loses_nothing(self):
        for taken, sent in (("x", self._now()), (None, None), (self._now(), 5), ("9999-12-31T23:59:59+00:00", None)):
            [answer] = self._send(self._payment(1_000, taken=taken), sent=sent)
            self.assertEqual(answer["state"], "done")

    def test_a_closed_day_gets_no_receipt(self):
        """Taken yesterday, sent after the books of yesterday were closed: it is booked today."""
        today = today_here(self.range)
        self._prepared(days=3)
        self.company.fiscalyear_lock_date = today - timedelta(days=1)
        self._send(self._payment(1_000, taken=self._now(days=-2)))
        self.assertEqual(self._receipts().date, today)

    # -- numbers -----------------------------------------------------------------------------------

    def test_a_number_that_cannot_be_kept_costs_no_money(self):
        """Another year, outside the range, used already by a copied memory, or nonsense: the next one of the desk."""
        self._send(self._payment(1_000, 1))
        for number in (1, 9, 10**12, "2", True):
            [answer] = self._send(self._payment(1_000) | {"number": number})
            self.assertEqual(answer["state"], "done")
            self.assertTrue(answer["message"])
        self.assertEqual(self._receipts().mapped("number"), [1, 6, 7, 8, 9, 10])
        self.assertEqual(self.range.held_count, 4)

    def test_the_range_of_somebody_else_gives_no_number(self):
        self._counter(self.user_collector_2)
        [answer] = self._send(self._payment(1_000, 2), user=self.user_collector_2)
        self.assertEqual(answer["state"], "done")
        self.assertEqual(self._receipts().number, 6)
        self.assertFalse(self.range.receipt_ids)

    def test_given_back_numbers_stay_on_record(self):
        self._send(self._payment(1_000, 2))
        self.assertEqual(self.round._give_back(PHONE), 4)
        self.assertEqual(sorted(self.range.unused_ids.mapped("number")), [1, 3, 4, 5])
        self.assertEqual((self.range.state, self.range.ended_by_id), ("ended", self.user_collector))
        self.assertEqual(self.round._give_back(PHONE), 0, "Giving back twice records nothing twice.")
        for record in (self.range, self.range.unused_ids[0]):
            with self.assertRaises(UserError):
                record.unlink()

    def test_a_drawer_waits_for_its_phones(self):
        session = self.drawer.with_user(self.user_collector)
        session.counted_cash = 500_000
        with self.assertRaisesRegex(UserError, "Máy của cô Bé"):
            session.action_close()
        self.round._give_back(PHONE)
        session.action_close()
        self.assertEqual((session.state, session.phone_count), ("closed", 0))

    # -- a lost phone ------------------------------------------------------------------------------

    def _lose(self, user=None, reason="Rơi xuống sông"):
        self.range.with_user(user or self.user_accountant)._end_by_office(reason)

    def test_the_office_ends_the_numbers_of_a_lost_phone(self):
        self._lose()
        self.assertEqual((self.range.state, self.range.unused_count), ("ended", 5))
        self.assertEqual(set(self.range.unused_ids.mapped("reason")), {"Rơi xuống sông"})
        with self.assertRaises(UserError):
            self._lose()

    def test_who_ends_numbers(self):
        for user in (self.user_collector, self.user_collector_2, self.user_auditor):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._lose(user)
        with self.assertRaises(UserError):
            self._lose(reason="  ")
        self.user_collector.group_ids |= self.env.ref("kdc_utilities.group_accountant")
        with self.assertRaises(UserError):
            self._lose(self.user_collector)
        self.assertEqual(self.range.state, "active")

    def test_the_dialogue_of_the_office(self):
        action = self.range.with_user(self.user_approver).action_end()
        wizard = self.env[action["res_model"]].with_user(self.user_approver)
        wizard.with_context(**action["context"]).create({"reason": "Hỏng máy"}).action_confirm()
        self.assertEqual(self.range.state, "ended")

    def test_a_lost_phone_that_turns_up_keeps_its_papers(self):
        """The payer holds a paper with number 2: the receipt has it, and the record of the number points to it."""
        self._lose()
        [answer] = self._send(self._payment(1_000, 2))
        receipt = self._receipts()
        self.assertEqual((answer["state"], receipt.number, receipt.session_id), ("done", 2, self.drawer))
        unused = self.range.unused_ids.filtered(lambda unused: unused.number == 2)
        self.assertEqual(unused.receipt_id, receipt)
        self.assertEqual(self.range.unused_count, 4)

    def test_a_session_closed_meanwhile(self):
        """The money goes into the collector's next drawer; without one it waits on the phone."""
        self._lose()
        session = self.drawer.with_user(self.user_collector)
        session.counted_cash = 500_000
        session.action_close()
        payment = self._payment(1_000, 2)
        [answer] = self._send(payment)
        self.assertEqual(answer["state"], "refused")
        self.assertFalse(self._receipts())
        self._counter(self.user_collector)
        [answer] = self._send(payment)
        self.assertEqual(answer["state"], "done")
        self.assertNotEqual(self._receipts().session_id, self.drawer)
        self.assertEqual(self._receipts().number, 2)

    # -- who and what ------------------------------------------------------------------------------

    def test_accounts_of_other_areas_are_not_found(self):
        for account in (self.account_b.id, 10**9, 0, -1, "1", True, None, 2**40):
            [answer] = self._send(self._payment(1_000) | {"account": account})
            self.assertEqual(answer["state"], "refused", account)
        self.assertFalse(self._receipts())

    def test_the_key_of_somebody_else(self):
        payment = self._payment(1_000, account=self.account_a)
        self._send(payment)
        self._counter(self.user_collector_2)
        [answer] = self._send(payment, user=self.user_collector_2)
        self.assertEqual(answer["state"], "refused")
        self.assertNotIn("name", answer)

    def test_a_receipt_cancelled_meanwhile_is_not_taken_again(self):
        payment = self._payment(1_000)
        self._send(payment)
        self._receipts().with_user(self.user_accountant)._cancel("Thu nhầm hộ")
        [answer] = self._send(payment)
        self.assertIn("Thu nhầm hộ", answer["message"])
        self.assertEqual(len(self._receipts()), 1)

    def test_hostile_payments(self):
        for change in (
            {"key": ""}, {"key": None}, {"key": "a b c d e f"}, {"key": 5}, {"amount": 0}, {"amount": -1},
            {"amount": 1.5}, {"amount": "1000"}, {"amount": True}, {"amount": None}, {"amount": 10**10},
        ):  # fmt: skip
            with self.subTest(change=change):
                [answer] = self._send(self._payment() | change)
                self.assertEqual(answer["state"], "refused")
                self.assertTrue(answer["message"])
        self.assertEqual([answer["state"] for answer in self._send("x", None, 5)], ["refused"] * 3)
        for payments in ("x", None, [self._payment()] * 21):
            with self.assertRaises(UserError):
                self.round._take_all(payments, self._now())
        self.assertFalse(self._receipts())
        for change in (
            {"range": "1"}, {"range": 2**40}, {"payer": ["x"]}, {"payer": ""}, {"shown": {"a": 1}}, {"shown": []},
            {"shown": [[1]]}, {"prints": "3"}, {"prints": 10**9}, {"payer": "x" * 500},
        ):  # fmt: skip
            with self.subTest(change=change):
                [answer] = self._send(self._payment(1_000) | change)
                self.assertEqual(answer["state"], "done")


@tagged("post_install", "-at_install")
class TestDoorRoundHttp(DoorCommon, HttpCase):
    """The page and its addresses."""

    def _call(self, path, login="kdc_collector", **params):
        self.authenticate(login, login)
        return self.make_jsonrpc_request(f"/kdc/doors/{path}", params, timeout=300)

    def test_page_and_worker(self):
        self.authenticate("kdc_collector", "kdc_collector")
        page = self.url_open("/kdc/doors")
        self.assertEqual(page.status_code, 200)
        self.assertLess(len(page.content), 60_000)
        self.assertNotIn(self.household_a.name, page.text, "The page that stays on the phone names nobody.")
        worker = self.url_open("/kdc/doors/sw.js")
        self.assertEqual(worker.headers["Service-Worker-Allowed"], "/kdc/doors")

    def test_only_collectors_find_it(self):
        for login in ("kdc_portal_a", "kdc_staff", "kdc_auditor", "kdc_approver"):
            self.authenticate(login, login)
            with self.subTest(login=login), mute_logger("odoo.http"):
                self.assertEqual(self.url_open("/kdc/doors").status_code, 404)
                for path, params in (
                    ("open", {"opening_float": 0}), ("list", {"device": PHONE}), ("end", {"device": PHONE}),
                    ("numbers", {"device": PHONE, "name": "", "key": "request-1"}),
                    ("send", {"payments": [], "sent": ""}),
                ):  # fmt: skip
                    with self.assertRaises(JsonRpcException):
                        self._call(path, login, **params)

    def test_a_list_that_was_cut_says_of_how_many(self):
        every = self._call("list", device=PHONE)
        self.assertEqual(every["total"], len(every["accounts"]))
        self.patch(kdc_door_round, "LIST_LIMIT", len(every["accounts"]))
        self.env["kdc.customer.account"].create({
            "partner_id": self.account_b.partner_id.id, "dwelling_id": self.account_a.dwelling_id.id,
            "company_id": self.company.id, "date_from": "2026-01-01",
        })  # fmt: skip
        found = self._call("list", device=PHONE)
        self.assertEqual((len(found["accounts"]), found["total"]), (len(every["accounts"]), every["total"] + 1))
        self.assertIn('data-say="part"', self.url_open("/kdc/doors").text)

    def test_a_day_on_the_way(self):
        """List, numbers, a payment, the answer lost and sent again, the end of the round."""
        [row] = self._call("list", device=PHONE)["accounts"]
        numbers = self._call("numbers", device=PHONE, name="Android", key="request-1")
        self.assertEqual(numbers["id"], self.range.id)
        payment = self._payment(row["charges"][0]["open"], numbers["next"])
        for _lost in range(3):
            [answer] = self._call("send", payments=[payment], sent=self._now())
            self.assertEqual((answer["state"], answer["message"]), ("done", ""))
        self.assertEqual(len(self._receipts()), 1)
        self.assertEqual(self._call("end", device=PHONE), 4)
        self.env.invalidate_all()
        self.assertEqual(self.drawer.phone_count, 0)

    def test_a_session_is_opened_on_the_way(self):
        self._call("open", "kdc_collector_2", opening_float=200_000)
        session = self.env["kdc.cash.session"].with_user(self.user_collector_2)._current()
        self.assertEqual(session.opening_float, 200_000)
        found = self._call("list", "kdc_collector_2", device=PHONE)
        self.assertEqual(found["session"], session.id)
        self.assertFalse(found["ranges"], "The numbers of a phone are those of its collector.")

    def test_keys_that_are_none(self):
        for device in ("", None, "x y", 5, "x" * 65):
            with self.subTest(device=device), self.assertRaises(JsonRpcException), mute_logger("odoo.http"):
                self._call("list", device=device)


@tagged("post_install", "-at_install")
class TestNumbersOverTheYear(DoorCommon):
    """Numbers belong to the year of their book."""

    def test_numbers_of_last_year_serve_no_receipt_of_this(self):
        self.range.year -= 1
        self.env["kdc.receipt.book"].search([("year", "=", self.range.year + 1)]).year -= 1
        [answer] = self._send(self._payment(1_000, 2))
        self.assertEqual((answer["state"], self._receipts().number), ("done", 1))
        self.assertTrue(answer["message"])
