import base64
import io
from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from pypdf import PdfReader

from ..models import kdc_bill_print
from ..report.layout import LazyStory
from .common import PERIOD, UtilitiesCommon
from .test_pdf_documents import pdf_text
from .test_portal_bills import noise


@tagged("post_install", "-at_install")
class TestDelivery(UtilitiesCommon):
    """Every issued bill goes out once, by the way its account says, and the log tells what became of it."""

    def _issued(self, photo_of=None):
        self._read_month()
        if photo_of:
            photo_of.reading_ids.filtered(lambda row: row.date == date(2026, 10, 25)).photo = base64.b64encode(
                noise(640, 480)
            )
        return self._issue(self._run())

    def _log(self, account):
        rows = self.env["kdc.bill.delivery"].search([("account_id", "=", account.id)])
        return {row.channel: row.state for row in rows}

    def test_issued_bills_go_out(self):
        bills = self._issued()
        self.assertEqual(self._log(self.account_a), {"notice": "sent"}, "They use the residents' pages")
        notices = self.env["kdc.notification"].sudo().search([("partner_id", "=", self.user_portal_a.partner_id.id)])
        bill = bills.filtered(lambda move: move.kdc_account_id == self.account_a)
        self.assertEqual(notices.url, f"/my/bills/{bill.id}")
        self.assertIn("10/2026", notices.title)
        run = bills.kdc_run_id
        self.assertEqual(run.delivery_count, 2)
        run._job_deliver()
        self.assertEqual(run.delivery_count, 2, "Nothing goes out twice")

    def test_as_the_account_wishes(self):
        self.account_a.delivery_channel = "paper"
        self.account_b.delivery_channel = "email"
        self.household_b.partner_id.email = "ho.b@example.com"
        bills = self._issued()
        self.assertEqual(self._log(self.account_a), {"notice": "sent", "paper": "waiting"})
        self.assertEqual(self._log(self.account_b)["email"], "waiting", "The mail server has not answered yet")
        record = self.env["kdc.bill.delivery"].search([("channel", "=", "email")])
        mail = record.mail_id
        self.assertEqual(mail.email_to, "ho.b@example.com")
        self.assertEqual((mail.model, mail.res_id), ("account.move", record.move_id.id))
        self.assertIn(self.account_b.number, mail.body_html)
        mail._postprocess_sent_message([], [], failure_reason="550 no such user", failure_type="mail_email_invalid")
        self.assertEqual((record.state, record.reason), ("failed", "The e-mail address is not valid"))
        record.with_user(self.user_accountant).action_again()
        record.mail_id._postprocess_sent_message([], ["ho.b@example.com"])
        self.assertEqual((record.state, bool(record.sent_on)), ("sent", True))
        paper = self.env["kdc.bill.delivery"].search([("channel", "=", "paper")])
        with self.assertRaises(AccessError):
            paper.with_user(self.user_approver).action_handed_over()
        with self.assertRaises(UserError):
            record.with_user(self.user_accountant).action_handed_over()
        paper.with_user(self.user_accountant).action_handed_over()
        self.assertEqual(paper.state, "sent")
        self.assertEqual(bills.kdc_run_id.delivery_failed_count, 0)

    def test_who_has_no_page_of_the_bill_gets_it_with_the_photo_of_the_reading(self):
        self.account_b.delivery_channel = "email"
        self.household_b.partner_id.email = "ho.b@example.com"
        self.patch(type(self.account_b), "_kdc_bill_readers", lambda accounts: accounts.env["res.users"])
        self._issued(photo_of=self.meter_b)
        sent = self.env["kdc.bill.delivery"].search([("channel", "=", "email"), ("account_id", "=", self.account_b.id)])
        self.assertIn(b"/Subtype /Image", sent.mail_id.attachment_ids.raw)

    def test_text_leaves_through_the_gateway(self):
        self.account_b.delivery_channel = "text"
        self.household_b.partner_id.phone = "+84905123456"
        self._issued()
        text = self.env["kdc.text.message"].sudo().search([("number", "=", "+84905123456")])
        self.assertIn("10/2026", text.body)
        self.assertNotIn("44.160", text.body, "No amount in a text")

    def test_wish_that_cannot_be_met_becomes_paper(self):
        (self.household_b.partner_id | self.household_b.head_id.partner_id).email = False
        self.account_b.delivery_channel = "email"
        self._issued()
        row = self.env["kdc.bill.delivery"].search([("account_id", "=", self.account_b.id), ("channel", "=", "paper")])
        self.assertTrue(row.reason)

    def test_switched_off(self):
        self.company.kdc_deliver_on_issue = False
        self._issued()
        self.assertFalse(self.env["kdc.bill.delivery"].search([]))

    def test_owner_of_a_shop_sees_its_bill(self):
        shop = self.env["res.partner"].create({"name": "Tạp hóa Cô Ba", "is_company": True, "email": "ba@example.com"})
        self.account_b.write({"household_id": False, "partner_id": shop.id})
        self.account_b.connection_ids.persons = 1
        self.assertEqual(self.account_b._kdc_bill_channels(), [("email", "ba@example.com", False)])
        self.account_b.viewer_ids = self.user_portal_a.partner_id
        self.assertEqual(self.account_b._kdc_bill_channels(), [("notice", False, False)])
        self._issued()
        self.assertEqual(self._log(self.account_b), {"notice": "sent"})


@tagged("post_install", "-at_install")
class TestPrint(UtilitiesCommon):
    """The bills of an area as one file in the order of the walk, made part by part."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._read_month()
        cls.dwelling_a.route_sequence, cls.dwelling_b.route_sequence = 20, 10
        cls.bills = cls._issue_all()

    @classmethod
    def _issue_all(cls):
        run = cls.env["kdc.billing.run"].create({"period": PERIOD, "user_id": cls.user_accountant.id})
        run.action_compute()
        run.line_ids._issue()
        return run.line_ids.move_id

    def _print(self, **vals):
        return (
            self.env["kdc.bill.print"]
            .with_user(self.user_accountant)
            .with_context(queue_job__no_delay=True)
            .create({"period": date(2026, 10, 15), **vals})
        )

    def test_one_file(self):
        job = self._print()
        self.assertEqual(job.period, PERIOD)
        job.action_make()
        self.assertEqual((job.state, job.done, job.total), ("ready", 2, 2))
        pages = PdfReader(io.BytesIO(job.sudo().file and self._content(job))).pages
        self.assertEqual(len(pages), 2)

    def test_photos_of_the_readings_where_they_are_asked_for(self):
        """Nothing else shows them to who does not use the residents' pages; each stands on its own bill."""
        self.meter_a.reading_ids.sorted("date")[-1:].photo = base64.b64encode(noise(1600, 1200))
        for photos, shown in ((False, [0, 0]), (True, [0, 1])):
            job = self._print(photos=photos)
            job.action_make()
            pages = PdfReader(io.BytesIO(self._content(job))).pages
            self.assertEqual(sorted(len(page.images) for page in pages), shown)

    def _content(self, job):
        return job.env["ir.attachment"].sudo().search(
            [("res_model", "=", "kdc.bill.print"), ("res_id", "=", job.id), ("res_field", "=", "file")]
        ).raw  # fmt: skip

    def test_parts_and_order(self):
        self.patch(kdc_bill_print, "PART", 1)
        self.patch(kdc_bill_print, "AT_ONCE", 0)
        same_area = self.account_a.area_id == self.account_b.area_id
        job = self._print()
        job.action_make()
        self.assertEqual((job.state, job.done), ("ready", 2))
        self.assertFalse(job._parts(), "Parts are not left behind")
        pages = PdfReader(io.BytesIO(self._content(job))).pages
        self.assertEqual(len(pages), 2)
        b_first = same_area or self.account_b.area_id.name < self.account_a.area_id.name
        first = self.account_b if b_first else self.account_a
        self.assertIn(first.number, pages[0].extract_text())

    def test_area_and_unpaid(self):
        job = self._print(area_ids=self.account_a.area_id.ids, unpaid_only=True)
        job.action_make()
        self.assertEqual(job.order, self.bills.filtered(lambda bill: bill.kdc_account_id == self.account_a).ids)
        empty = self._print(period=date(2020, 1, 1))
        with self.assertRaises(UserError):
            empty.action_make()

    def test_list_for_the_walk(self):
        job = self._print(content="list")
        job.action_make()
        text = pdf_text(self._content(job))
        for account in self.account_a + self.account_b:
            self.assertIn(account.number, text)
            self.assertIn(account.partner_id.name, text)

    def test_only_who_gets_paper(self):
        self.account_b.delivery_channel = "paper"
        self.env["kdc.bill.delivery"].sudo()._prepare(self.bills)
        job = self._print(paper_only=True)
        job.action_make()
        self.assertEqual(self.env["account.move"].browse(job.order).kdc_account_id, self.account_b)

    def test_story_is_made_when_needed(self):
        made = []
        story = LazyStory(made.append(number) or [number] for number in range(3))
        self.assertTrue(len(story))
        self.assertEqual((story[0], made), (0, [0]))
        del story[0]
        self.assertEqual((len(story), made), (1, [0, 1]))
