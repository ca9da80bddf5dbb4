from odoo import api, fields, models
from odoo.fields import Domain

#: what an officer may write in braces: the words of the field
PLACEHOLDERS = ("number", "subject", "promised", "unit")


class KdcFeedbackTemplate(models.Model):
    """Words that come up often, for a step and a category; always editable before they go out."""

    _name = "kdc.feedback.template"
    _description = "Feedback Reply Template"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        index=True,
        default=lambda self: not self.env.user.kdc_keeps_shared and self.env.company,
        help="Empty: for every ward.",
    )
    category_id = fields.Many2one(
        "kdc.feedback.category", string="Category or group", ondelete="cascade", help="Empty: every category."
    )
    step = fields.Selection(
        [
            ("reply", "Reply"),
            ("ask", "Ask the reporter"),
            ("finish", "Give the result"),
            ("refuse", "Refuse"),
            ("defer", "Defer"),
        ],
        string="Used to",
        help="Empty: for all of them.",
    )
    body = fields.Text(
        string="Text",
        required=True,
        translate=True,
        help="{number}, {subject}, {promised} and {unit} are replaced by those of the feedback.",
    )

    @api.model
    def _for(self, feedback, step):
        """Templates for a step of these feedbacks, the most exact category first."""
        categories = feedback.category_id | feedback.category_id.parent_id
        found = self.search(
            Domain("step", "in", (step, False))
            & Domain("category_id", "in", (*categories.ids, False))
            & Domain("company_id", "in", (*feedback.company_id.ids, False))
        )
        return found.sorted(lambda template: (not template.category_id.parent_id, not template.category_id))

    def _fill(self, feedback):
        """The text with the words of a feedback; braces that mean nothing stay as they are."""
        self.ensure_one()
        feedback.ensure_one()
        values = {
            "number": feedback.number or "",
            "subject": feedback.name or "",
            "promised": feedback._format_local(feedback.handling_deadline),
            "unit": feedback.unit_id.name or "",
        }
        text = self.body
        for name in PLACEHOLDERS:
            text = text.replace("{%s}" % name, values[name])
        return text
