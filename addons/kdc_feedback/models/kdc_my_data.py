from odoo import models
from odoo.fields import Domain

from .kdc_feedback_message import STAFF_KINDS


class KdcResident(models.Model):
    _inherit = "kdc.resident"

    def _kdc_my_data(self):
        """Add the feedback sent with the person's name and what was said about it, but for notes of the staff.

        What was sent without a name leads to nobody.
        """
        sections = super()._kdc_my_data()
        feedback = self.env["kdc.feedback"].search([("partner_id", "=", self.partner_id.id)])
        followed = self.env["kdc.feedback.follower"].search([("partner_id", "=", self.partner_id.id)])
        return [
            *sections,
            self._kdc_section(
                "feedback",
                self.env._("Feedback"),
                feedback,
                [
                    "number",
                    "name",
                    "description",
                    "location",
                    "submitted_at",
                    "contact_phone",
                    "contact_email",
                    "privacy",
                    "state",
                    "done_at",
                ],
            ),
            self._kdc_section(
                "feedback_answers",
                self.env._("Answers to questions about your feedback"),
                feedback.answer_ids,
                ["feedback_id", "name", "value"],
            ),
            self._kdc_section(
                "feedback_messages",
                self.env._("What was said about your feedback"),
                feedback.message_line_ids.filtered(lambda line: line.kind not in STAFF_KINDS),
                ["feedback_id", "date", "kind", "action", "body"],
            ),
            self._kdc_section(
                "feedback_forwards",
                self.env._("Authorities your feedback was passed to"),
                feedback.forward_ids,
                ["feedback_id", "body_id", "letter_number", "date_sent", "answer_date", "answer"],
            ),
            self._kdc_section(
                "feedback_bans",
                self.env._("Times in which your feedback was not taken"),
                self._kdc_feedback_bans(),
                ["date_from", "date_to", "reason", "value"],
            ),
            self._kdc_section(
                "feedback_teams", self.env._("Units you work for from outside"), self._kdc_feedback_teams(), ["name"]
            ),
            self._kdc_section("feedback_followed", self.env._("Feedback you follow"), followed, ["number", "date"]),
        ]

    def _kdc_feedback_teams(self):
        """Units whose team outside the person belongs to."""
        everything = self.with_context(active_test=False)
        users = everything.partner_id.user_ids
        return everything.env["kdc.feedback.unit"].search([("outside_user_ids", "in", users.ids)])

    def _kdc_feedback_bans(self):
        """Bans of the person: by account, by the address or a number known of it, or because of own feedback."""
        feedback = self.env["kdc.feedback"].search([("partner_id", "=", self.partner_id.id)])
        contacts = feedback.mapped("contact_email") + feedback.mapped("contact_phone")
        known = {self.partner_id.email_normalized, *contacts} - {False}
        return self.env["kdc.feedback.ban"].search(
            Domain("partner_id", "=", self.partner_id.id)
            | Domain("value", "in", sorted(known))
            | Domain("feedback_id", "in", feedback.ids)
        )
