from odoo import api, fields, models
from odoo.exceptions import ValidationError


class KdcFeedbackAssignment(models.Model):
    """Which unit gets what: by category, by area, or both. The most exact line wins."""

    _name = "kdc.feedback.assignment"
    _description = "Feedback Assignment Rule"
    _order = "sequence, id"
    _check_company_auto = True

    sequence = fields.Integer(default=10)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    category_id = fields.Many2one(
        "kdc.feedback.category", string="Category or group", ondelete="cascade", help="Empty: every category."
    )
    area_id = fields.Many2one("kdc.area", ondelete="cascade", help="Empty: every area of the ward.")
    unit_id = fields.Many2one("kdc.feedback.unit", required=True, check_company=True, ondelete="cascade")
    user_id = fields.Many2one(
        "res.users",
        string="Handler on duty",
        domain="[('share', '=', False)]",
        help="Empty: who is on duty in the unit; when nobody is, the head of the unit is told.",
    )

    _rule_uniq = models.UniqueIndex(
        "(company_id, COALESCE(category_id, 0), COALESCE(area_id, 0))",
        "This category and area already have a unit.",
    )

    @api.constrains("user_id", "unit_id")
    def _check_user(self):
        for rule in self:
            if rule.user_id - rule.unit_id._who_may_handle(rule.company_id):
                raise ValidationError(
                    self.env._(
                        "%(user)s does not belong to the unit %(unit)s. Choose a member of the unit.",
                        user=rule.user_id.name,
                        unit=rule.unit_id.name,
                    )
                )

    def _without_strangers(self):
        """Take out whoever may not handle what the rule gives away."""
        for rule in self:
            rule.user_id &= rule.unit_id._who_may_handle(rule.company_id)

    @api.depends("unit_id.name", "category_id.name")
    def _compute_display_name(self):
        for line in self:
            line.display_name = " → ".join(filter(None, (line.category_id.display_name, line.unit_id.name)))

    @api.model
    def _find(self, company, category, area):
        """The rule for a feedback: exact category before its group before any, own area before any.

        :returns: a record, possibly empty
        """
        categories = [category.id, category.parent_id.id, False]
        areas = [area.id, area.parent_id.id, False]
        lines = self.search(
            [
                ("company_id", "=", company.id),
                ("category_id", "in", categories),
                ("area_id", "in", areas),
                ("unit_id.active", "=", True),
            ]
        )
        return lines.sorted(
            lambda line: (categories.index(line.category_id.id), areas.index(line.area_id.id), line.sequence)
        )[:1]
