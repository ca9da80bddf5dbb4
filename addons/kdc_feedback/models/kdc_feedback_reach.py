from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.phone import to_e164

#: What somebody who only left a telephone number is told by a text; that it was received is not worth one.
TEXTED = frozenset(
    {
        "reply", "question", "reminder", "no_answer", "result", "refused", "deferred", "forwarded",
        "authority_answer", "merged", "split", "routed",
        "routed_back", "given_back", "joined_result", "joined_refused", "written_down",
    }
)  # fmt: skip
REACHES = [
    ("account", "Own page"),
    ("mail", "E-mail"),
    ("text", "Text message"),
    ("none", "Cannot be told"),
]


class KdcFeedback(models.Model):
    """Which way the reporter is told: on the own page, by mail, or by a text with the link to follow it."""

    _inherit = "kdc.feedback"

    wants_no_text = fields.Boolean(
        string="No text messages",
        groups="kdc_feedback.group_handler",
        help="A landline, or somebody who does not want them.",
    )
    reporter_reach = fields.Selection(
        REACHES,
        string="Told by",
        compute="_compute_reporter_reach",
        compute_sudo=True,
        groups="kdc_feedback.group_handler",
    )

    @api.depends("partner_id.user_ids.active", "contact_email", "contact_phone", "wants_no_text")
    def _compute_reporter_reach(self):
        for feedback in self:
            if feedback.partner_id.user_ids:
                feedback.reporter_reach = "account"
            elif feedback.contact_email:
                feedback.reporter_reach = "mail"
            elif feedback._text_number():
                feedback.reporter_reach = "text"
            else:
                feedback.reporter_reach = "none"

    def _text_number(self):
        """The number texts go to, E.164; empty when none was left, none is wanted, or what was left is no number."""
        self.ensure_one()
        if self.wants_no_text or not self.contact_phone:
            return ""
        try:
            return to_e164(self.contact_phone)
        except ValueError:
            return ""

    def _text_reporter(self, event, title):
        """Send number, news and link in one short text to whoever left nothing but a number."""
        self.ensure_one()
        if self.reporter_reach == "text" and event in TEXTED:
            self.env["kdc.text.message"]._queue([(self._text_number(), f"{title}: {self._follow_url()}")])
