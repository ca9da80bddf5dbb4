import logging
import secrets
from collections import defaultdict
from datetime import timedelta

from dateutil.relativedelta import relativedelta
from odoo import SUPERUSER_ID, api, fields, models
from odoo.addons.kdc_residents.tools.attempts import undo_and_log
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine import states
from ..engine.masking import mask
from .kdc_feedback_category import FORGET_MONTHS

_logger = logging.getLogger(__name__)

CRON_BATCH = 100
#: What may name somebody.
TEXTS = ("name", "description", "location", "quality_note")


class KdcFeedback(models.Model):
    """Old feedback: closed to the reporter's further steps first, then without any person (Luật 91/2025/QH15).

    What was wrong and what the ward did stays as its record; who reported it does not.
    """

    _inherit = "kdc.feedback"

    anonymised_at = fields.Datetime(string="Personal data removed on", readonly=True, copy=False)

    _retention_idx = models.Index(
        "(company_id, category_id, done_at) WHERE anonymised_at IS NULL AND is_open IS NOT TRUE"
    )

    # -- closed to updates -----------------------------------------------------------------------------------------
    def _is_sealed(self, now=None):
        """Whether the time to dispute has passed."""
        self.ensure_one()
        # sudo: a setting of the category
        days = self.category_id.sudo().seal_days
        end = self.closed_at or self.done_at
        return self.state in states.FINISHED and bool(end) and bool(days) and end + timedelta(days=days) < (
            now or fields.Datetime.now()
        )  # fmt: skip

    def _allowed_for_reporter(self):
        """Nothing can be added to what is old."""
        return set() if self._is_sealed() else super()._allowed_for_reporter()

    # -- without a person --------------------------------------------------------------------------------------------
    @api.model
    def _retention_domain(self, company, now):
        """Domain of the feedback whose time has passed and that still holds personal data."""
        by_months = defaultdict(list)
        # sudo: the months are a setting
        categories = self.env["kdc.feedback.category"].sudo().with_context(active_test=False)
        for category in categories.search([("company_id", "in", (company.id, False))]):
            if category.forget_months:
                by_months[category.forget_months].append(category.id)
        # mails that were refused or routed out before anybody chose a category
        by_months[FORGET_MONTHS].append(False)
        old = Domain.FALSE
        for months, ids in by_months.items():
            before = now - relativedelta(months=months)
            ended = Domain("closed_at", "<", before) | (
                Domain("closed_at", "=", False) & Domain("done_at", "<", before)
            )
            old |= Domain("category_id", "in", ids) & ended
        return (
            Domain("company_id", "=", company.id)
            & Domain("state", "in", list(states.FINISHED))
            & Domain("anonymised_at", "=", False)
            & old
        )

    def _anonymise(self):
        """Take every person out of these feedbacks, for good: reporter, names in all texts, originals, ratings."""
        # As the system's own user: nobody's name is left as the last writer of a nameless feedback.
        for feedback in self.with_user(SUPERUSER_ID).with_context(tracking_disable=True):
            names = feedback._public_names()
            reporter = feedback.partner_id
            feedback.write(
                {
                    **{name: mask(feedback[name], names) for name in TEXTS},
                    "privacy": "anonymous",
                    "partner_id": False,
                    "contact_name": False,
                    "contact_phone": False,
                    "contact_email": False,
                    "wants_no_text": False,
                    "sender_hash": False,
                    "dwelling_id": False,
                    "client_key": False,
                    # Whoever has the link of a nameless feedback may act: the old, read-only link ends here.
                    "follow_token": secrets.token_urlsafe(16),
                    "access_token": False,
                    "anonymised_at": fields.Datetime.now(),
                    **({"latitude": False, "longitude": False} if feedback.dwelling_id else {}),
                }
            )
            for line in feedback.message_line_ids.filtered("body"):
                line.body = mask(line.body, names)
            feedback.moderation_ids.write(
                dict.fromkeys(
                    ("original_text", "original_image", "original_dwelling_id", "original_latitude",
                     "original_longitude"),
                    False,
                )
            )  # fmt: skip
            for row in feedback.forward_ids:
                # the letter of the other authority names the reporter
                row.write({"answer": mask(row.answer, names), "answer_file": False, "answer_file_name": False})
            for message in feedback._all_messages():
                message.write({name: mask(message[name], names) for name in ("body", "subject") if message[name]})
            ratings = (
                self.env["rating.rating"]
                # sudo: the system keeps the rating, not the person
                .sudo()
                .search(
                    [("res_model", "=", self._name), ("res_id", "=", feedback.id)]
                )
            )
            for rating in ratings:
                rating.write({"partner_id": False, "feedback": mask(rating.feedback, names)})
            for answer in feedback.answer_ids:
                answer.value = mask(answer.value, names)
            # sudo: those with the same matter are forgotten too
            self.env["kdc.feedback.follower"].sudo().search([("feedback_id", "=", feedback.id)]).unlink()
            feedback.message_follower_ids.unlink()
            feedback._drop_uploads()
            feedback._forget_notices()
            feedback._forget_recurring_home()
            feedback._forget_authors(reporter, ratings)
        self.env.flush_all()

    def _all_messages(self):
        """The chatter with the notes sent to single colleagues, which ``message_ids`` leaves out."""
        # sudo: notes are for those they were sent to
        return self.env["mail.message"].sudo().search([("model", "=", self._name), ("res_id", "in", self.ids)])

    def _forget_notices(self):
        """Notices lead from a person to the pages of this feedback."""
        own = [("url", "=", f"/my/feedback/{self.id}")]
        # sudo: whoever they are for, they go
        self.env["kdc.notification"].sudo().search(own).unlink()
        self._told_followers().unlink()
        self._told_watchers().unlink()

    def _forget_authors(self, reporter, ratings):
        """Take out who wrote the mails and made the rows; who of the ward acted stands in the rows' own fields."""
        outside = self._all_messages().filtered(
            lambda message: (
                message.message_type == "email"
                or message.author_id == reporter
                or (message.author_id and message.author_id.partner_share)
            )
        )
        outside.attachment_ids.unlink()
        outside.write(
            dict.fromkeys(
                ("author_id", "email_from", "reply_to", "subject", "incoming_email_to", "incoming_email_cc"), False
            )
        )
        photos = self.photo_ids
        # sudo: the files of the photos
        files = self.env["ir.attachment"].sudo().search(
            [("res_model", "=", photos._name), ("res_id", "in", photos.ids), ("res_field", "!=", False)]
        )  # fmt: skip
        self.env.flush_all()
        for rows in (self, self.message_line_ids, photos, files, self.answer_ids, ratings, outside):
            if rows:
                # The ORM writes neither of these two columns.
                self.env.cr.execute(
                    SQL(
                        "UPDATE %s SET create_uid = %s, write_uid = %s WHERE id IN %s",
                        SQL.identifier(rows._table), SUPERUSER_ID, SUPERUSER_ID, tuple(rows.ids),
                    )
                )  # fmt: skip
                rows.invalidate_recordset(["create_uid", "write_uid"], flush=False)

    @api.model
    def _cron_retention(self):
        """Let time forget, in the wards that have switched it on; a batch at a time.

        One feedback that cannot be changed is logged and tried again the next night; it stops no other.
        """
        progress = self.env["ir.cron"]._commit_progress
        now = fields.Datetime.now()
        for company in self.env["res.company"].search([("kdc_feedback_forget", "=", True)]):
            domain = self._retention_domain(company, now)
            remaining, last = self.search_count(domain), 0
            progress(remaining=remaining)
            while batch := self.search(domain & Domain("id", ">", last), limit=CRON_BATCH, order="id"):
                last = batch[-1].id
                for feedback in batch:
                    with undo_and_log(self.env.cr, _logger, "Feedback %s still holds personal data", feedback.id):
                        feedback._anonymise()
                remaining = max(remaining - len(batch), 0)
                if not progress(len(batch), remaining=remaining):
                    return
