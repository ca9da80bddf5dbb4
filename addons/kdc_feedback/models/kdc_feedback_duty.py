from odoo import api, fields, models
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import ValidationError


class KdcFeedbackDuty(models.Model):
    """Who of a unit takes new feedback in these days."""

    _name = "kdc.feedback.duty"
    _description = "Feedback Duty"
    _order = "date_from desc, id desc"
    _check_company_auto = True

    unit_id = fields.Many2one(
        "kdc.feedback.unit", required=True, index=True, ondelete="cascade", default=lambda self: self._default_unit()
    )
    company_id = fields.Many2one(related="unit_id.company_id", store=True, index=True)
    user_id = fields.Many2one("res.users", string="On duty", required=True, domain="[('share', '=', False)]")
    date_from = fields.Date(string="From", required=True, default=today_here)
    date_to = fields.Date(string="Until", required=True, default=today_here)

    _order_of_dates = models.Constraint("CHECK (date_to >= date_from)", "A duty cannot end before it begins.")
    # The database says it, so that two heads who plan at the same moment do not both get their way.
    _one_at_a_time = models.Constraint(
        "EXCLUDE USING gist (int4range(unit_id, unit_id, '[]') WITH &&, daterange(date_from, date_to, '[]') WITH &&)",
        "Somebody of the unit is already on duty in these days.",
    )

    @api.model
    def _default_unit(self):
        return self.env["kdc.feedback.unit"].search([("leader_id", "=", self.env.uid)], limit=1)

    @api.depends("user_id.name", "date_from", "date_to")
    def _compute_display_name(self):
        for duty in self:
            duty.display_name = duty.user_id.name

    @api.constrains("unit_id", "user_id")
    def _check_member(self):
        for duty in self:
            if duty.user_id not in duty.unit_id._people():
                raise ValidationError(
                    self.env._(
                        "%(user)s does not belong to the unit %(unit)s.", user=duty.user_id.name, unit=duty.unit_id.name
                    )
                )

    @api.model
    def _on_duty(self, unit, day):
        """The person on duty; nobody when the roster says nothing or the person has left."""
        duty = self.search([("unit_id", "=", unit.id), ("date_from", "<=", day), ("date_to", ">=", day)], limit=1)
        return duty.user_id.filtered("active") & unit._people()
