from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .kdc_feedback_clock import URGENCIES

#: Months after which the reporter is forgotten where no category says otherwise.
FORGET_MONTHS = 24


class KdcFeedbackCategory(models.Model):
    """What a feedback is about, in two levels; the second level is what a resident chooses."""

    _name = "kdc.feedback.category"
    _description = "Feedback Category"
    _parent_store = True
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Short and stable; outside systems refer to it.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    parent_id = fields.Many2one("kdc.feedback.category", string="Group", index=True, ondelete="restrict")
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("kdc.feedback.category", "parent_id", string="Categories")
    company_id = fields.Many2one(
        "res.company",
        index=True,
        default=lambda self: not self.env.user.kdc_keeps_shared and self.env.company,
        help="Empty: for every ward.",
    )
    urgency = fields.Selection(URGENCIES, default="normal", required=True)
    hint = fields.Char(translate=True, help="Shown to the resident under the name.")
    notice = fields.Text(translate=True, help="Shown to the resident before sending: a danger, another way, a limit.")
    question_ids = fields.One2many("kdc.feedback.question", "category_id", string="Questions")
    is_public = fields.Boolean(
        string="On the public board",
        default=True,
        help="Received feedback of this category may be read by everybody, without the name of the reporter.",
    )
    is_emergency = fields.Boolean(
        string="Emergency: call instead of sending",
        help="The form stops and shows the number to call.",
    )
    emergency_phone = fields.Char(string="Number to call")
    similar_radius = fields.Integer(
        string="Offer similar ones within (m)",
        default=100,
        help="Before a resident sends, open feedback of this category within so many metres is shown. 0: none.",
    )
    needs_photo_after = fields.Boolean(
        string="Photo of the result required", help="The result can only be given with a photo taken afterwards."
    )

    seal_days = fields.Integer(
        string="Closed to updates after (days)",
        default=90,
        help="So many days after the end the reporter can dispute or add nothing any more. 0: never closed.",
    )
    forget_months = fields.Integer(
        string="Personal data removed after (months)",
        default=FORGET_MONTHS,
        help="So many months after the end nobody can tell any more who reported it. 0: never.",
    )

    _retention_positive = models.Constraint(
        "CHECK (seal_days >= 0 AND forget_months >= 0)", "Days and months of retention are not negative."
    )
    _code_uniq = models.UniqueIndex("(code, COALESCE(company_id, 0))", "This code is used by another category.")
    _emergency_phone_required = models.Constraint(
        "CHECK (NOT is_emergency OR emergency_phone IS NOT NULL)",
        "An emergency category needs the number to call.",
    )

    _similar_radius_positive = models.Constraint(
        "CHECK (similar_radius BETWEEN 0 AND 5000)", "The radius for similar feedback lies between 0 and 5,000 m."
    )

    @api.constrains("parent_id")
    def _check_two_levels(self):
        for category in self:
            if category.parent_id.parent_id or (category.parent_id and category.child_ids):
                raise ValidationError(self.env._("Categories have two levels: a group and its categories."))

    @api.depends("name", "parent_id.name")
    @api.depends_context("kdc_short_category")
    def _compute_display_name(self):
        """Name the group too, except in lists that have no room for it."""
        short = self.env.context.get("kdc_short_category")
        for category in self:
            names = filter(None, (not short and category.parent_id.name, category.name))
            category.display_name = " / ".join(names)

    @api.model
    def _choices(self, company):
        """Groups with their categories, as the forms of residents offer them.

        :returns: list of ``(group, categories)``; a category without a group stands for itself
        """
        found = self.search([("company_id", "in", (company.id, False))])
        return [
            (group, (found.filtered(lambda c, group=group: c.parent_id == group) or group))
            for group in found
            if not group.parent_id
        ]
