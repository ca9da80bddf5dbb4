import base64
from datetime import timedelta
from unittest.mock import patch

from dateutil.relativedelta import relativedelta
from odoo import fields
from odoo.addons.kdc_residents.tests.leaks import picture
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .common import FeedbackCommon


@tagged("post_install", "-at_install")
class TestRetention(FeedbackCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["kdc.feedback"].search([]).write({"anonymised_at": fields.Datetime.now()})
        cls.name = cls.resident_a.name
        cls.now = fields.Datetime.now()
        cls.old = cls._finished(relativedelta(months=25))
        cls.young = cls._finished(relativedelta(months=23))

    @classmethod
    def _finished(cls, age, **vals):
        """Feedback that was confirmed so long ago, with the reporter's name all over it."""
        when = cls.now - age
        case = cls._send(when=when - timedelta(days=2), description=f"{cls.name} says: broken", **vals)
        case._staff_finish(f"Dear {cls.name}, mended", when=when)
        case._log_line("note", body=f"{cls.name} called", when=when)
        case._reporter_confirm(4, f"Thanks, {cls.name}", when=when)
        return case

    def _run(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("kdc_feedback.ir_cron_retention").method_direct_trigger()
        self.env.invalidate_all()

    def test_nothing_happens_by_itself_until_switched_on(self):
        self._run()
        self.assertEqual(self.old.partner_id, self.resident_a.partner_id)

    def test_time_forgets_the_person_and_keeps_the_matter(self):
        log = self.old._log_moderation(
            "text", "x", field_name="name", original_text=self.name, original_image=base64.b64encode(picture())
        )
        self.company.kdc_feedback_forget = True
        self._run()
        self.assertTrue(self.old.anonymised_at)
        self.assertEqual((self.old.privacy, self.old.partner_id.id, self.old.state), ("anonymous", False, "closed"))
        texts = [
            *self.old.read(["name", "description", "location", "search_key", "board_key"])[0].values(),
            *self.old.message_line_ids.mapped("body"),
            *self.old.message_ids.mapped("body"),
            log.original_text,
            *self.env["rating.rating"].search([("res_model", "=", "kdc.feedback"), ("res_id", "=", self.old.id)])
            .mapped("feedback"),
        ]  # fmt: skip
        self.assertNotIn(self.name.lower(), " ".join(map(str, texts)).lower())
        self.assertFalse(log.original_image)
        self.assertIn("mended", " ".join(filter(None, self.old.message_line_ids.mapped("body"))))
        self.assertEqual(self.young.partner_id, self.resident_a.partner_id, "its time has not come")

    def test_the_link_of_a_named_feedback_does_not_act_afterwards(self):
        token = self.old.follow_token
        self.assertEqual(self.env["kdc.feedback"]._by_follow_token(token), self.old)
        self.old._anonymise()
        self.assertFalse(self.env["kdc.feedback"]._by_follow_token(token))

    def test_nothing_leads_back_to_the_reporter(self):
        """Makers of rows, authors of messages and mails, and notices, of a reporter who was signed in."""
        user, when = self.user_portal_a, self.now - relativedelta(months=25)
        partner = user.partner_id
        case, _created = self.env["kdc.feedback"].with_user(user)._submit(
            {
                "company_id": self.company.id, "category_id": self.category.id, "description": "Broken",
                "channel": "portal", "submitted_at": when,
            },
            partner=partner, photos=[picture()],
        )  # fmt: skip
        case._reporter_message("Still broken", [picture()], when=when)
        mail = case.sudo().message_post(
            body="From my phone", subject=f"Mail of {self.name}", message_type="email", author_id=partner.id,
            email_from=f"{self.name} <a@example.com>", attachments=[("letter.txt", b"my letter")],
        )  # fmt: skip
        case.sudo()._staff_finish("Mended", when=when)
        case._reporter_confirm(5, "Good", when=when)
        self.env.flush_all()
        case = case.with_env(self.env)
        rating = self.env["rating.rating"].search([("res_model", "=", case._name), ("res_id", "=", case.id)])
        rows = (case, case.message_line_ids, case.photo_ids, rating, mail.with_env(self.env))
        notices = self.env["kdc.notification"].search([("url", "=", f"/my/feedback/{case.id}")])
        self.assertTrue(notices)
        files = self.env["ir.attachment"].search(
            [("res_model", "=", "kdc.feedback.photo"), ("res_id", "in", case.photo_ids.ids), ("res_field", "!=", False)]
        )
        # The pages let the system make the rows; some were made otherwise, by a mail or a script of the ward.
        for records in (*rows, files):
            query = SQL("UPDATE %s SET create_uid = %s, write_uid = %s WHERE id IN %s",
                        SQL.identifier(records._table), user.id, user.id, tuple(records.ids))  # fmt: skip
            self.env.cr.execute(query)
        self.env.invalidate_all()
        self.assertIn(user, case.photo_ids.create_uid)
        case._anonymise()
        self.env.invalidate_all()
        for records in (*rows, files):
            self.assertNotIn(user, records.create_uid | records.write_uid, records._name)
        self.assertNotIn(partner, case.message_ids.author_id)
        mail = mail.with_env(self.env)
        self.assertFalse(mail.email_from or mail.subject or mail.attachment_ids)
        self.assertFalse(notices.exists())

    def test_one_that_fails_stops_no_other(self):
        self.company.kdc_feedback_forget = True
        second = self._finished(relativedelta(months=30))
        model = self.env.registry["kdc.feedback"]
        anonymise, bad = model._anonymise, self.old.id

        def fail(records):
            if bad in records.ids:
                raise ValueError("cannot be forgotten")
            return anonymise(records)

        with (
            patch.object(model, "_anonymise", fail),
            mute_logger("odoo.addons.kdc_feedback.models.kdc_feedback_retention"),
        ):
            self._run()
        self.assertFalse(self.old.anonymised_at)
        self.assertTrue(second.anonymised_at)

    def test_mails_nobody_gave_a_category_are_forgotten_with_the_notes_to_colleagues(self):
        case = self._send(
            when=self.now - relativedelta(months=26), category_id=False, contact_email="la@nowhere.example",
            channel="email", description=f"{self.name}: abuse", name=f"{self.name}: abuse",
        )  # fmt: skip
        case._staff_refuse(
            self.env.ref("kdc_feedback.refusal_other_authority"), "Not ours", when=self.now - relativedelta(months=25)
        )
        case.message_notify(
            partner_ids=self.user_handler.partner_id.ids, subject=f"About {self.name}", body=f"See {self.name}"
        )
        note = self.env["mail.message"].search(
            [("model", "=", case._name), ("res_id", "=", case.id), ("message_type", "=", "user_notification")]
        )
        wizard = self.env["kdc.feedback.retention"].with_user(self.user_dispatcher).create({})
        line = wizard.line_ids.filtered(lambda one: not one.category_id)
        self.assertEqual((line.count, line.forget_months), (1, 24))
        self.company.kdc_feedback_forget = True
        self._run()
        self.assertTrue(case.anonymised_at)
        self.assertFalse(case.contact_email or case.partner_id)
        for text in (case.name, case.description, note.subject, str(note.body)):
            self.assertNotIn(self.name, text)

    def test_by_hand_a_batch_at_a_time(self):
        self._finished(relativedelta(months=30))
        wizard = self.env["kdc.feedback.retention"].with_user(self.user_dispatcher)
        with patch("odoo.addons.kdc_feedback.wizards.kdc_feedback_retention.CRON_BATCH", 1):
            self.assertEqual(wizard.create({}).action_apply()["res_model"], "kdc.feedback.retention")
            self.assertEqual(wizard.create({}).total, 1)
            self.assertEqual(wizard.create({}).action_apply()["type"], "ir.actions.act_window_close")

    def test_each_category_has_its_time(self):
        self.category.forget_months = 0
        self.company.kdc_feedback_forget = True
        self._run()
        self.assertFalse(self.old.anonymised_at)
        self.category.forget_months = 12
        self._run()
        self.assertTrue(self.young.anonymised_at)

    def test_what_is_open_is_never_touched(self):
        case = self._send(when=self.now - relativedelta(years=5))
        self.company.kdc_feedback_forget = True
        self._run()
        self.assertFalse(case.anonymised_at)

    def test_the_dry_run_shows_and_changes_nothing(self):
        wizard = self.env["kdc.feedback.retention"].with_user(self.user_dispatcher).create({})
        self.assertEqual((wizard.total, wizard.line_ids.category_id), (1, self.category))
        self.assertFalse(self.old.anonymised_at)
        shown = wizard.action_show()["domain"]
        self.assertEqual(self.env["kdc.feedback"].search(shown), self.old)
        wizard.action_apply()
        self.assertTrue(self.old.anonymised_at)
        self.assertFalse(self.young.anonymised_at)
        self.assertFalse(self.env["kdc.feedback.retention"].with_user(self.user_dispatcher).create({}).total)

    def test_closed_to_updates_after_its_days(self):
        self.category.seal_days = 90
        refusal = self.env.ref("kdc_feedback.refusal_other_authority")
        for days, allowed in ((89, {"dispute"}), (91, set())):
            case = self._send(when=self.now - timedelta(days=days + 1))
            case._staff_refuse(refusal, "Not ours", when=self.now - timedelta(days=days))
            with self.subTest(days=days):
                self.assertEqual(case._allowed_for_reporter(), allowed)
        self.category.seal_days = 0
        self.assertEqual(case._allowed_for_reporter(), {"dispute"})

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_only_dispatchers(self):
        for role in ("user_handler", "user_auditor", "user_area_head", "user_officer", "user_portal_a"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                self.env["kdc.feedback.retention"].with_user(getattr(self, role)).create({}).action_apply()
        self.assertFalse(self.old.anonymised_at)
