from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from odoo import fields
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_utilities.models import kdc_dunning_run
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .collection_common import NEW_TOTAL, OLD_TOTAL, CollectionCommon
from .test_pdf_documents import pdf_text


class DunningCommon(CollectionCommon):
    """The ward's usual three reminders; the days are counted from when the older bill was due."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.due = max((cls.old_bills | cls.new_bills).mapped("invoice_date_due"))
        cls.levels = cls.env["kdc.dunning.level"].search([("company_id", "=", cls.company.id)])
        cls.first, cls.second, cls.third = cls.levels
        cls.second.minimum = cls.third.minimum = 0

    def _run(self, days, **vals):
        """Prepare the reminders of the day that is so many days after the bills were due, on that day."""
        runs = self.env["kdc.dunning.run"].with_user(self.user_accountant)
        day = self.due + timedelta(days=days)
        with freeze_time(f"{day} 03:00:00"):
            run = runs.create({"date": day, **vals})
            run.action_compute()
        return run

    def _send(self, run, day=None):
        with freeze_time(f"{day or run.date} 04:00:00"):
            run.with_user(self.user_approver).with_context(queue_job__no_delay=True).action_approve()
        return run

    def _line(self, run, account):
        return run.line_ids.filtered(lambda line: line.account_id == account)


@tagged("post_install", "-at_install")
class TestDunning(DunningCommon):
    """Who is reminded, of what, how often: and of what nobody ever is."""

    def test_up_the_ladder_and_never_twice(self):
        self.assertFalse(self._run(4).line_ids, "Nothing is that late.")
        run = self._run(5)
        line = self._line(run, self.account_a)
        self.assertEqual((line.level_id, line.amount), (self.first, OLD_TOTAL + NEW_TOTAL))
        self.assertEqual(len(line.debt_ids), 4, "Water and waste of two months.")
        self._send(run)
        self.assertFalse(self._run(29).line_ids, "The second level begins after 30 days.")
        again = self._run(30)
        self.assertEqual(set(again.line_ids.mapped("channel")), {"letter"})
        self._send(again)
        self.assertFalse(self._run(59).line_ids)
        visits = self._send(self._run(60))
        self.assertEqual(set(visits.line_ids.mapped("channel")), {"visit"})
        self.assertFalse(self._run(400).line_ids, "There is no further level.")
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            debt = run.sudo().line_ids.debt_ids[:1]
            debt.copy({"line_id": visits.line_ids[:1].id, "rank": debt.rank, "live": True})

    def test_two_people(self):
        run = self._run(5)
        with self.assertRaises(UserError):
            run.with_user(self.user_accountant).sudo(False).action_approve()
        with self.assertRaises(AccessError):
            run.write({"state": "sent"})
        with self.assertRaises(AccessError):
            run.with_user(self.user_approver).write({"date": "2030-01-01"})
        self._send(run)
        self.assertEqual((run.state, run.approved_by_id), ("sent", self.user_approver))
        for step in (run.action_compute, run.action_withdraw, run.unlink):
            with self.assertRaises(UserError):
                step()
        mixed = self.env["res.users"].browse(self.user_accountant.id)
        mixed.group_ids |= self.env.ref("kdc_utilities.group_approver")
        own = self._run(60, level_ids=[])
        if own.line_ids:
            with self.assertRaises(UserError):
                own.with_user(mixed).action_approve()

    def test_second_look(self):
        run = self._run(5)
        line = self._line(run, self.account_b)
        line.with_user(self.user_approver).action_leave_out()
        self.assertEqual(run.line_count, 1)
        self._send(run)
        self.assertFalse(line.debt_ids.filtered("live"))
        self.assertEqual(self._line(self._run(6), self.account_b).level_id, self.first, "It had no reminder yet.")
        with self.assertRaises(UserError):
            line.with_user(self.user_accountant).action_take_back_in()

    def test_what_was_settled_since_is_left_out(self):
        run = self._run(5)
        self._take(self.user_collector_2, self.account_b, OLD_TOTAL + NEW_TOTAL)
        self._take(self.user_collector, self.account_a, OLD_TOTAL, key="d" * 16)
        self._send(run)
        self.assertEqual(self._line(run, self.account_b).state, "left_out")
        self.assertEqual(self._line(run, self.account_a).amount, NEW_TOTAL)
        self.assertEqual(self._line(run, self.account_a).debt_ids.move_id, self.new_a)

    def test_what_was_settled_on_a_later_day_is_left_out(self):
        run = self._run(5)
        with freeze_time(f"{run.date + timedelta(days=2)} 03:00:00"):
            self._take(self.user_collector_2, self.account_b, OLD_TOTAL + NEW_TOTAL)
            self.env["kdc.debt.contact"].with_user(self.user_collector).create(
                {"account_id": self.account_a.id, "result": "promised", "promise_date": run.date + timedelta(days=9)}
            )
        with self.assertRaises(UserError, msg="Both have settled or promised."):
            self._send(run, run.date + timedelta(days=3))

    def test_no_reminders_of_days_to_come(self):
        tomorrow = fields.Date.context_today(self.env.user) + timedelta(days=1)
        with self.assertRaises(UserError):
            self.env["kdc.dunning.run"].with_user(self.user_accountant).create({"date": tomorrow})

    def test_defaults_of_the_context_decide_nothing(self):
        runs = self.env["kdc.dunning.run"].with_user(self.user_accountant)
        sly = runs.with_context(default_state="waiting", default_live=True)
        with freeze_time(f"{self.due + timedelta(days=5)} 03:00:00"):
            run = sly.create({"date": self.due + timedelta(days=5)})
            run.action_compute()
        self.assertEqual((run.state, set(run.line_ids.mapped("state"))), ("draft", {"draft"}))
        self.assertFalse(any(run.line_ids.debt_ids.mapped("live")))

    def test_a_long_run_mails_everybody_once(self):
        self.first.channel = "email"
        (self.account_a | self.account_b).partner_id.email = "ho@example.com"
        run = self._run(5)
        self.assertEqual(set(run.line_ids.mapped("channel")), {"email"})
        with patch.object(kdc_dunning_run, "BATCH", 1):
            self._send(run)
        mails = self.env["mail.mail"].search([("model", "=", "kdc.dunning.line"), ("res_id", "in", run.line_ids.ids)])
        self.assertEqual(len(mails), len(run.line_ids))

    def test_an_email_that_did_not_leave_is_sent_again_or_becomes_a_letter(self):
        self.first.channel = "email"
        (self.account_a | self.account_b).partner_id.email = "ho@example.com"
        run = self._send(self._run(5))
        lines = run.line_ids
        lines.mail_id.sudo()._postprocess_sent_message([], [], failure_type="mail_smtp")
        self.assertEqual(set(lines.mapped("state")), {"failed"})
        [card] = [
            card for card in self.env["kdc.home"].with_user(self.user_accountant)._home_cards()
            if card["key"] == "reminders_failed"
        ]  # fmt: skip
        self.assertEqual(lines.search(card["domain"]), lines)
        again, by_letter = lines
        for step in ("action_again", "action_by_letter"):
            for user in (self.user_collector, self.user_auditor):
                with self.assertRaises(AccessError):
                    getattr(again.with_user(user), step)()
        accountant = again.with_user(self.user_accountant).with_context(queue_job__no_delay=True)
        first_mail = again.mail_id
        accountant.action_again()
        self.assertEqual((again.state, again.reason), ("waiting", False))
        self.assertTrue(again.mail_id and again.mail_id != first_mail)
        with self.assertRaises(UserError):
            accountant.action_again()
        by_letter.with_user(self.user_accountant).action_by_letter()
        self.assertEqual((by_letter.state, by_letter.channel, by_letter.address), (
            "waiting", "letter", by_letter.account_id.dwelling_id.name,
        ))  # fmt: skip
        self.assertIn("mail server", by_letter.reason, "The paper says why it is one.")
        by_letter.with_user(self.user_accountant).action_handed_over()
        self.assertEqual(by_letter.state, "sent")

    def test_who_paid_since_is_not_reminded_again(self):
        self.first.channel = "email"
        (self.account_a | self.account_b).partner_id.email = "ho@example.com"
        run = self._send(self._run(5))
        lines = run.line_ids
        lines.mail_id.sudo()._postprocess_sent_message([], [], failure_type="mail_smtp")
        self._take(self.user_collector_2, self.account_b, OLD_TOTAL + NEW_TOTAL)
        self._take(self.user_collector, self.account_a, OLD_TOTAL, key="d" * 16)
        failed = lines.with_user(self.user_accountant).with_context(queue_job__no_delay=True)
        with freeze_time(f"{run.date + timedelta(days=1)} 04:00:00"):
            paid = failed.filtered(lambda line: line.account_id == self.account_b)
            self.assertEqual(paid.action_again()["tag"], "display_notification")
            part = failed.filtered(lambda line: line.account_id == self.account_a)
            part.action_again()
        self.assertEqual((paid.state, paid.debt_ids.filtered("live")), ("left_out", paid.debt_ids.browse()))
        self.assertEqual((part.state, part.amount, part.debt_ids.move_id), ("waiting", NEW_TOTAL, self.new_a))
        self.assertIn("217.650", part.mail_id.body_html)
        part.mail_id.sudo()._postprocess_sent_message([], [], failure_type="mail_smtp")
        self._take(self.user_collector, self.account_a, NEW_TOTAL, key="e" * 16)
        with freeze_time(f"{run.date + timedelta(days=2)} 04:00:00"):
            self.assertEqual(part.action_by_letter()["tag"], "display_notification")
        self.assertEqual(part.state, "left_out")

    def test_who_paid_while_the_sending_stood_still_is_not_reminded(self):
        run = self._run(5)
        with freeze_time(f"{run.date} 04:00:00"):
            run.with_user(self.user_approver).action_approve()
        self.assertEqual(set(run.line_ids.mapped("state")), {"waiting"})
        self._take(self.user_collector_2, self.account_b, OLD_TOTAL + NEW_TOTAL)
        with freeze_time(f"{run.date + timedelta(days=1)} 04:00:00"):
            run.sudo()._job_send()
        self.assertEqual(self._line(run, self.account_b).state, "left_out")
        self.assertEqual(self._line(run, self.account_a).state, "sent")

    def test_the_day_is_that_of_the_ward(self):
        """Approved at one in the morning by somebody without a time zone: yesterday's promise is over."""
        run = self._run(5)
        with freeze_time(f"{run.date} 03:00:00"):
            self.env["kdc.debt.contact"].with_user(self.user_collector).create(
                {"account_id": self.account_a.id, "result": "promised", "promise_date": run.date}
            )
        self.user_approver.tz = False
        with freeze_time(f"{run.date} 18:00:00"):
            run.with_user(self.user_approver).with_context(queue_job__no_delay=True).action_approve()
        self.assertEqual(self._line(run, self.account_a).state, "sent")

    def test_stopped_sending_is_told(self):
        run = self._run(5)
        with freeze_time(f"{run.date} 04:00:00"):
            run.with_user(self.user_approver).action_approve()
        job = self.env["queue.job"].search([("identity_key", "=like", f"kdc.dunning.run-{run.id}-%")])
        job.with_context(_job_edit_sentinel=job.EDIT_SENTINEL).write({"state": "failed", "exc_message": "Mất điện"})
        activity = run.sudo().activity_ids
        self.assertEqual(activity.user_id, self.user_accountant)
        self.assertIn("Việc chạy nền", activity.summary, "The runner of jobs has no language.")

    def test_a_promise_has_an_end(self):
        contacts = self.env["kdc.debt.contact"].with_user(self.user_collector)
        today = fields.Date.context_today(self.env.user)
        promise = {"account_id": self.account_a.id, "result": "promised"}
        for wrong in ({"promise_date": today + timedelta(days=91)}, {"date": today + timedelta(days=1)}):
            with self.assertRaises(UserError):
                contacts.create({**promise, "promise_date": today + timedelta(days=2), **wrong})
        contacts.create({**promise, "promise_date": today + timedelta(days=30)})
        self.assertIn(self.account_a, contacts._promised(self.company, today))
        contacts.create({"account_id": self.account_a.id, "result": "not_home"})
        self.assertIn(self.account_a, contacts._promised(self.company, today))
        contacts.create({"account_id": self.account_a.id, "result": "refuses"})
        self.assertNotIn(self.account_a, contacts._promised(self.company, today))
        self.account_a.invalidate_recordset(["promise_date"])
        self.assertFalse(self.account_a.promise_date)

    def test_never_of_contributions_disputes_or_promises(self):
        waste = self.services.filtered(lambda service: service.code == "RAC")
        waste.product_id.property_account_income_id = self.company._kdc_setup_liability(self.company._kdc_gift_fund())
        waste.money_kind = "dong_gop"
        charge = next(c.code for s in self.new_a._kdc_bill().sections if s.service == "NUOC" for c in s.charges)
        dispute = self.env["kdc.bill.dispute"]._open(
            self.new_a, self.resident_a.partner_id, "NUOC", charge, "Đồng hồ chạy sai"
        )
        line = self._line(self._run(5), self.account_a)
        self.assertEqual(line.debt_ids.mapped("service_id.code"), ["NUOC"])
        self.assertEqual(line.debt_ids.move_id, self.old_a)
        dispute.answer = "Chỉ số đúng"
        dispute.action_refuse()
        self.assertEqual(self._line(self._run(5), self.account_a).debt_ids.move_id, self.old_a | self.new_a)
        self.env["kdc.debt.contact"].with_user(self.user_collector).create(
            {"account_id": self.account_a.id, "result": "promised", "promise_date": self.due + timedelta(days=20)}
        )
        self.assertFalse(self._line(self._run(20), self.account_a))
        self.assertTrue(self._line(self._run(21), self.account_a))

    def test_too_little_waits(self):
        self.first.minimum = OLD_TOTAL + NEW_TOTAL + 1
        self.assertFalse(self._run(5).line_ids)
        self.first.minimum = OLD_TOTAL + NEW_TOTAL
        self.assertTrue(self._run(5).line_ids)

    def test_chosen_levels_and_areas_only(self):
        self._send(self._run(5))
        self.assertFalse(self._run(60, level_ids=self.third.ids).line_ids, "The letter comes first.")
        run = self._run(60, area_ids=self.group_a.ids)
        self.assertEqual(run.line_ids.account_id, self.account_a)

    def test_how_it_reaches_people(self):
        """A notice for who uses the pages, the wish of the level where there is an address, else a letter."""
        notices = self.env["kdc.notification"]
        before = notices.search_count([])
        run = self._send(self._run(5))
        self.assertEqual(set(run.line_ids.mapped("state")), {"sent"})
        self.assertGreater(notices.search_count([]), before)
        self.second.channel = "text"
        texts = self._run(30)
        line = self._line(texts, self.account_a)
        number = self.account_a._kdc_text_number()
        expected = ("text", False) if number else ("letter", "No telephone number is known")
        self.assertEqual((line.channel, line.with_context(lang="en_US").reason), expected)
        self.second.channel = "email"
        self.account_a.partner_id.email = "an@example.com"
        self.account_b.partner_id.email = self.household_b.head_id.email = False
        mails = self._send(self._run(31))
        line = self._line(mails, self.account_a)
        self.assertEqual((line.channel, line.address, line.state), ("email", "an@example.com", "waiting"))
        self.assertIn("305.810", line.mail_id.body_html)
        line.mail_id._postprocess_sent_message([], [], failure_type="mail_smtp")
        self.assertEqual(line.state, "failed")
        self.assertEqual(self._line(mails, self.account_b).channel, "letter")
        letters = self._line(mails, self.account_b)
        letters.with_user(self.user_accountant).action_handed_over()
        self.assertEqual(letters.state, "sent")
        with self.assertRaises(UserError):
            line.with_user(self.user_accountant).action_handed_over()

    def test_what_came_of_a_visit(self):
        for days in (5, 30):
            self._send(self._run(days))
        line = self._line(self._send(self._run(60)), self.account_a)
        contacts = self.env["kdc.debt.contact"].with_user(self.user_collector)
        values = {"account_id": self.account_a.id, "line_id": line.id}
        contacts.create({**values, "result": "not_home"})
        self.assertEqual(line.state, "waiting", "Somebody goes there again.")
        day = fields.Date.context_today(self.env.user) + timedelta(days=3)
        contacts.create({**values, "result": "promised", "promise_date": day})
        self.assertEqual(line.state, "sent")
        self.assertEqual(self.account_a.promise_date, day)
        with self.assertRaises(UserError):
            contacts.create({**values, "result": "promised", "promise_date": day - timedelta(days=60)})
        for wrong in ({"result": "promised"}, {"result": "other"}):
            with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
                contacts.create({**values, **wrong})
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            contacts.create({"account_id": self.account_b.id, "result": "refuses"})

    def test_who_paid_before_gets_a_letter_of_their_own(self):
        """Who pays for the account by now is reminded of the own bills only, and hears nothing of the former ones."""
        former, payer = self.account_b.partner_id, self.household_a.partner_id
        run = self._run(5)
        self.account_b.partner_id = payer
        line = self._line(run, self.account_b)
        self.assertNotEqual(line.channel, "letter")
        self._send(run)
        self.assertEqual((line.state, line.amount), ("left_out", OLD_TOTAL + NEW_TOTAL))
        self.assertEqual(self._line(run, self.account_a).state, "sent")
        (letter,) = self._line(self._run(6), self.account_b)
        self.assertEqual((letter.channel, letter.partner_id), ("letter", former))
        self.assertEqual(letter.address, self.household_b.dwelling_id.display_name)
        words = pdf_text(self.env["kdc.dunning.pdf"]._render_letters(letter.sudo()))
        self.assertIn(former.name, words)
        self.assertNotIn(payer.name, words)

    def test_queries_do_not_grow_with_the_ward(self):
        run = self._run(5)
        self.env.invalidate_all()
        with self.assertQueryCount(13):
            debts = run.sudo()._debts()
        self.assertEqual(len(debts), 2)


@tagged("post_install", "-at_install")
class TestDunningPapers(DunningCommon, HttpCase):
    """Letters, the list of visits, and the page on the phone."""

    def setUp(self):
        super().setUp()
        for days in (5, 30):
            self.letters = self._send(self._run(days))
        self.visits = self._send(self._run(60))

    def _get(self, url, login, **data):
        self.authenticate(login, login)
        return self.url_open(url, allow_redirects=False, **data)

    def test_nothing_is_printed_that_nobody_sent(self):
        self.letters.sudo().state = "draft"
        url = self.letters.action_print_letters()["url"]
        self.assertEqual(self._get(url, "kdc_accountant").status_code, 404)

    def test_letters(self):
        url = self.letters.action_print_letters()["url"]
        text = pdf_text(self._get(url, "kdc_accountant").content)
        for words in (
            "THƯ NHẮC NỘP PHÍ", "Nguyễn Văn An", self.account_a.number, "305.810 ₫", "Nước sạch", "Vietcombank",
            self.old_a.kdc_reference, fmt.date(self.old_a.invoice_date_due),
        ):  # fmt: skip
            self.assertIn(words, text)
        with self.assertRaises(UserError):
            self.letters.action_print_visits()

    def test_visits_in_the_order_of_the_walk(self):
        self._take(self.user_collector_2, self.account_b, OLD_TOTAL)
        url = self.visits.action_print_visits()["url"]
        text = pdf_text(self._get(url, "kdc_accountant").content)
        for words in ("305.810 ₫", "217.650 ₫", "0905 123 456", "Trần Phú", "Lê Thánh Tôn"):
            self.assertIn(words, text)
        mine = pdf_text(self._get(url, "kdc_collector").content)
        self.assertIn("Trần Phú", mine)
        self.assertNotIn("Lê Thánh Tôn", mine)
        for login in ("kdc_portal_a", "kdc_staff"):
            self.assertEqual(self._get(url, login).status_code, 404)

    def test_page_on_the_phone(self):
        line = self._line(self.visits, self.account_a)
        page = self._get("/kdc/visits", "kdc_collector")
        self.assertIn(f"/kdc/visits/{line.id}", page.text)
        self.assertLess(len(page.content), 60_000)
        other = self._line(self.visits, self.account_b)
        self.assertNotIn(f"/kdc/visits/{other.id}", page.text)
        self.assertEqual(self._get(f"/kdc/visits/{other.id}", "kdc_collector").status_code, 404)
        self.assertEqual(self._get("/kdc/visits", "kdc_portal_a").status_code, 404)
        url = f"/kdc/visits/{line.id}"
        self.assertIn("305.810", self._get(url, "kdc_collector").text)
        for wrong in ({"result": ""}, {"result": "promised"}, {"result": "promised", "promise_date": "x"},
                      {"result": "other"}, {"result": "promised", "promise_date": "2001-01-01"}):  # fmt: skip
            with self.subTest(wrong):
                self.assertEqual(self._post(url, **wrong).status_code, 422)
        day = fields.Date.context_today(self.env.user) + timedelta(days=4)
        answer = self._post(url, result="promised", promise_date=str(day), note="Chờ lương")
        self.assertEqual((answer.status_code, line.state, line.contact_ids.note), (303, "sent", "Chờ lương"))
        self.assertEqual(line.contact_ids.user_id, self.user_collector)
        self.assertNotIn(url, self._get("/kdc/visits", "kdc_collector").text)

    def _post(self, url, **values):
        self.authenticate("kdc_collector", "kdc_collector")
        page = self.url_open(url)
        token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
        return self.url_open(url, data={"csrf_token": token, **values}, allow_redirects=False)
