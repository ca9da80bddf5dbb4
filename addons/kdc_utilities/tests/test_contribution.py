from datetime import timedelta

from odoo import Command, fields
from odoo.addons.kdc_residents.engine import vietqr
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ..engine import reference
from .collection_common import NEW_TOTAL, OLD_TOTAL, CollectionCommon

DEBT = OLD_TOTAL + NEW_TOTAL
PAGE_LIMIT = 60_000


@tagged("post_install", "-at_install")
class TestContribution(CollectionCommon, HttpCase):
    """What is given freely is on a receipt and in the books, and never a debt."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.drive = cls._drive(area_id=cls.group_a.id)
        cls.drive.with_user(cls.user_approver).action_open()
        cls.fund = cls.drive.account_id

    @classmethod
    def _drive(cls, **vals):
        return (
            cls.env["kdc.contribution.drive"]
            .with_user(cls.user_accountant)
            .create(
                {
                    "name": "Bê tông hóa hẻm 12",
                    "purpose": "Đổ bê tông 120 m hẻm",
                    "decision": "Biên bản họp tổ 05/11/2026",
                    "target": 1_000_000,
                    "date_from": fields.Date.context_today(cls.env.user) - timedelta(days=3),
                    **vals,
                }
            )
        )

    def _give(self, amount, gifts, account=None, key="g" * 16):
        counter = self._counter(self.user_collector)
        account = account or self.account_a
        shown = counter.preview(account.id, amount, gifts)
        values = counter.confirm(account.id, amount, key, shown["fingerprint"], None, gifts)
        return self.env["kdc.receipt"].browse(values["id"])

    def _fund_balance(self):
        self.env.flush_all()
        domain = [("account_id", "=", self.fund.id), ("parent_state", "=", "posted")]
        return -self.env["account.move.line"]._read_group(domain, [], ["balance:sum"])[0][0]

    def test_the_fund_comes_by_itself(self):
        """A ward that was set up before there were drives has no such account."""
        self.fund.sudo().code = "338891"
        fund = self._drive(area_id=self.group_b.id).account_id
        self.assertEqual((fund.code, fund.account_type), ("338890", "liability_current"))
        self.assertEqual(fund.company_ids, self.company)
        self.assertEqual(self._drive(area_id=self.group_b.id).account_id, fund)

    # -- at the counter ----------------------------------------------------------------------------

    def test_a_gift_besides_a_bill(self):
        shown = self._counter(self.user_collector).get_owed(self.account_a.id)
        self.assertEqual([drive["id"] for drive in shown["drives"]], self.drive.ids)
        self.assertEqual(shown["total"], DEBT, "A drive adds nothing to what is owed.")
        receipt = self._give(OLD_TOTAL, [[self.drive.id, 50_000]])
        self.assertEqual(receipt.amount, OLD_TOTAL + 50_000)
        gift_line = receipt.line_ids.filtered("contribution_id")
        self.assertEqual((gift_line.amount, gift_line.move_id.id), (50_000, False))
        self.assertEqual(self.old_a.payment_state, "paid")
        self.assertEqual(self.account_a._kdc_advance(), 0)
        self.assertEqual(self._fund_balance(), 50_000)
        self.assertEqual((self.drive.given, self.drive.giver_count, self.drive.progress), (50_000, 1, 5))
        self.assertEqual(receipt.session_id.cash_total, OLD_TOTAL + 50_000)
        self.assertIn("Bê tông hóa hẻm 12", gift_line.name)
        for layout in ("a5", "roll"):
            self.assertTrue(self.env["kdc.receipt.pdf"]._render(receipt, layout, copy=True).startswith(b"%PDF"))

    def test_only_a_gift_leaves_the_debt_alone(self):
        receipt = self._give(0, [[self.drive.id, 20_000]])
        self.assertEqual(receipt.amount, 20_000)
        self.assertEqual(sum(charge.open for charge in self.account_a._kdc_charges()), DEBT)
        self.assertEqual((self.account_a._kdc_advance(), self.account_a.balance), (0, DEBT))
        self.assertEqual(self.account_a._kdc_open_bills(), self.old_a + self.new_a)
        self._give(0, [[self.drive.id, 30_000]], key="h" * 16)
        self.assertEqual((self.drive.given, self.drive.giver_count), (50_000, 1), "A household counts once.")

    def test_what_was_shown_is_booked(self):
        counter = self._counter(self.user_collector)
        shown = counter.preview(self.account_a.id, 1_000, [[self.drive.id, 5_000]])
        self.assertEqual(shown["total"], 6_000)
        for gifts in ([], [[self.drive.id, 5_001]]):
            with self.assertRaises(UserError):
                counter.confirm(self.account_a.id, 1_000, "k" * 12, shown["fingerprint"], None, gifts)
        for gifts in ([[self.drive.id, -1]], [[self.drive.id, 1.5]], [[0, 1_000]], [[self.drive.id, 1]] * 2):
            with self.subTest(gifts=gifts), self.assertRaises(UserError):
                counter.preview(self.account_a.id, 1_000, gifts)
        with self.assertRaises(UserError):
            counter.preview(self.account_a.id, 0, [])

    def test_whose_drives(self):
        """Another group's drive, one that has ended and one in preparation take nothing."""
        counter = self._counter(self.user_collector_2)
        self.assertFalse(counter.get_owed(self.account_b.id)["drives"])
        with self.assertRaises(UserError):
            counter.preview(self.account_b.id, 0, [[self.drive.id, 1_000]])
        ward = self._drive(name="Quỹ của phường", target=0)
        self.assertFalse(counter.get_owed(self.account_b.id)["drives"])
        ward.with_user(self.user_approver).action_open()
        self.assertEqual([drive["id"] for drive in counter.get_owed(self.account_b.id)["drives"]], ward.ids)
        ward.date_to = ward.date_from
        self.assertFalse(counter.get_owed(self.account_b.id)["drives"])
        ward.date_to = False
        ward.with_user(self.user_accountant).action_close()
        self.assertFalse(counter.get_owed(self.account_b.id)["drives"])

    def test_cancelled_receipt_takes_its_gift_back(self):
        receipt = self._give(OLD_TOTAL, [[self.drive.id, 50_000]])
        receipt.with_user(self.user_accountant)._cancel("Nhầm hộ")
        self.env.flush_all()
        gift = receipt.line_ids.contribution_id
        self.assertEqual(gift.state, "cancelled")
        self.assertEqual((self.drive.given, self._fund_balance()), (0, 0))
        self.assertEqual(self.env["kdc.contribution"].search([("state", "=", "cancelled")]), gift)
        self.assertFalse(self.env["kdc.contribution"].search([("state", "=", "given")]))

    def test_the_text_of_the_transfer_finds_the_customer(self):
        text = reference.make_gift_reference(self.account_a.number, self.drive.number)
        self.assertEqual([row["id"] for row in self._counter(self.user_collector).find(text)], self.account_a.ids)

    # -- by transfer -------------------------------------------------------------------------------

    def _transfer(self, user=None, **vals):
        text = reference.make_gift_reference(self.account_a.number, self.drive.number)
        return (
            self.env["kdc.contribution.transfer"]
            .with_user(user or self.user_accountant)
            .create(
                {
                    "drive_id": self.drive.id,
                    "text": f"MBVCB.777 {text} ung ho",
                    "amount": 200_000,
                    "bank_reference": "FT1",
                    **vals,
                }
            )
        )

    def test_transfer(self):
        wizard = self._transfer()
        self.assertEqual(wizard.customer_id, self.account_a)
        self.assertEqual(wizard.giver_name, self.household_a.name)
        wizard.action_record()
        gift = self.drive.contribution_ids
        self.assertEqual((gift.amount, gift.state, gift.customer_id), (200_000, "given", self.account_a))
        self.assertEqual((self._fund_balance(), self.drive.progress), (200_000, 20))
        self.assertEqual(gift.move_id.line_ids.filtered("debit").account_id, wizard.journal_id.default_account_id)
        self.assertEqual(self.account_a._kdc_advance(), 0)
        with self.assertRaises(UserError):
            self._transfer().action_record()
        self._transfer(bank_reference="FT2", text=False, giver_name="Công ty A").action_record()
        self.assertEqual(self.drive.giver_count, 2)
        for vals in ({"amount": 0}, {"journal_id": self.old_a.journal_id.id}):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                self._transfer(bank_reference="FT3", **vals).action_record()

    def test_transfer_is_cancelled_by_somebody_else(self):
        self._transfer().action_record()
        gift = self.drive.contribution_ids
        with self.assertRaises(UserError):
            gift.with_user(self.user_accountant)._cancel("Nhầm")
        with self.assertRaises(UserError):
            gift.with_user(self.user_approver)._cancel(" ")
        with self.assertRaises(UserError):
            gift.move_id.button_draft()
        gift.with_user(self.user_approver)._cancel("Tiền của hóa đơn")
        self.assertEqual((gift.state, self.drive.given, self._fund_balance()), ("cancelled", 0, 0))
        self._transfer().action_record()
        self.assertEqual(self.drive.given, 200_000, "The same transfer may be recorded rightly afterwards.")

    # -- steps and rights --------------------------------------------------------------------------

    def test_opened_by_another_person(self):
        drive = self._drive()
        admin = self._create_user("kdc_both", "kdc_utilities.group_accountant")
        admin.group_ids |= self.env.ref("kdc_utilities.group_approver")
        own = self._drive().with_user(admin)
        own.sudo().requested_by_id = admin
        with self.assertRaises(UserError):
            own.action_open()
        with self.assertRaises(AccessError):
            drive.with_user(self.user_accountant).action_open()
        for vals in ({"state": "open"}, {"approved_by_id": self.user_approver.id}, {"number": 1}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                drive.write(vals)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            drive.sudo().write({"state": "open"})
            self.env.flush_all()

    def test_what_the_residents_read_stays(self):
        for vals in ({"target": 1}, {"decision": "Khác"}, {"account_id": self.fund.sudo().copy({"code": "338891"}).id}):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                self.drive.write(vals)
        self.drive.write({"result": "Đã làm xong", "date_to": "2030-01-01"})
        with self.assertRaises(UserError):
            self.drive.unlink()
        with self.assertRaises(ValidationError):
            self._drive(account_id=self.company.income_account_id.id)

    # -- on the portal -----------------------------------------------------------------------------

    def _get(self, url, login="kdc_portal_a"):
        self.authenticate(login, login)
        return self.url_open(url, allow_redirects=False)

    def test_residents_see_progress_and_their_own_gifts(self):
        self._transfer(amount=123_000).action_record()
        self._transfer(amount=100_000, bank_reference="FT9", text=False, giver_name="Nhà hảo tâm Z").action_record()
        listing, page = self._get("/my/contributions"), self._get(f"/my/contributions/{self.drive.id}")
        for response in (listing, page):
            self.assertEqual(response.status_code, 200)
            for text in ("223.000", "1.000.000", "22%", "123.000", "Bê tông hóa hẻm 12"):
                self.assertIn(text, response.text)
            self.assertNotIn("Nhà hảo tâm Z", response.text)
            self.assertLess(len(response.content), PAGE_LIMIT)
        text = reference.make_gift_reference(self.account_a.number, self.drive.number)
        self.assertIn(text, page.text)
        transfer = vietqr.parse(self.drive._transfer(self.account_a)["payload"])
        self.assertEqual((transfer.amount, transfer.purpose), (None, text))
        self.assertEqual(self._get(f"/my/contributions/{self.drive.id}/qr.png").status_code, 200)
        home = self._get("/my").text
        self.assertIn('href="/my/contributions"', home)
        self.assertNotIn("1.000.000", home, "Nothing is asked for on the home page.")
        self.assertIn('href="/my/contributions"', self._get("/my/bills").text)
        self.assertNotIn("Bê tông", self._get("/my/bills").text)

    def test_nobody_else_reads_it(self):
        self.household_b.dwelling_id.area_id = self.group_b
        for url in ("", "/qr.png"):
            self.assertEqual(self._get(f"/my/contributions/{self.drive.id}{url}", "kdc_portal_b").status_code, 404)
        draft = self._drive(area_id=self.group_a.id)
        self.assertEqual(self._get(f"/my/contributions/{draft.id}").status_code, 404)
        self.assertNotIn("/my/contributions", self._get("/my", "kdc_portal_b").text)
        for model in ("kdc.contribution", "kdc.contribution.drive"):
            with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_model"):
                self.env[model].with_user(self.user_portal_a).search([])

    def test_a_drive_of_the_group_is_read_in_the_group(self):
        """A neighbour of the same group sees the total, not what the others gave."""
        self._transfer(amount=123_000).action_record()
        self.household_b.dwelling_id.area_id = self.group_a
        page = self._get(f"/my/contributions/{self.drive.id}", "kdc_portal_b").text
        self.assertEqual(page.count("123.000"), 1, "Once as the total.")

    def test_batch_of_takings_without_gifts(self):
        """The ordinary payment has no trace of contributions."""
        receipt = self._take(self.user_collector, self.account_a, DEBT)
        self.assertFalse(receipt.line_ids.contribution_id)
        self.assertEqual(len(receipt.payment_id.move_id.line_ids), 3)

    def test_a_receipt_line_is_for_one_thing(self):
        receipt = self._give(0, [[self.drive.id, 20_000]])
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            receipt.sudo().write({"line_ids": [Command.create({"name": "x", "amount": 1})]})
            self.env.flush_all()
