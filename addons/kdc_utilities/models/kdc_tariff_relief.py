from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine import tariff
from ..engine.money import decimal


class KdcTariffRelief(models.Model):
    """An exemption or rebate of a tariff for households with a social status (U-32).

    The status on the first day of the billed days decides for all of them. Of several reliefs for one component only
    the one worth most applies. Who has the status is asked when a run is computed; when it turns out later that a
    household did not have it, the next run takes the relief back visibly (``kdc.relief.grant``).
    """

    _name = "kdc.tariff.relief"
    _description = "Exemption or Rebate"
    _order = "tariff_id, sequence, id"

    tariff_id = fields.Many2one("kdc.tariff", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="tariff_id.company_id", store=True, index=True)
    service_id = fields.Many2one(related="tariff_id.service_id")
    sequence = fields.Integer(default=10)
    name = fields.Char(
        "Printed as", required=True, help="Stands on the bill. Collectors read it too: name the decision, not the need."
    )
    status_kind_ids = fields.Many2many(
        "kdc.status.kind", string="For households recognised as", required=True, help="One of these is enough."
    )
    kind = fields.Selection(
        [
            ("percent", "Percentage"),
            ("amount", "Amount per month (VND)"),
            ("quantity", "Free quantity"),
        ],
        required=True,
        default="percent",
    )
    value = fields.Float(
        "How much",
        required=True,
        default=100,
        digits=(16, 4),
        help="Percent, VND per month, or units: per month what is measured, else persons, m² or vehicles.",
    )
    component_id = fields.Many2one(
        "kdc.tariff.component",
        domain="[('version_id.tariff_id', '=', tariff_id)]",
        ondelete="restrict",
        help="Empty: all components. It applies to the component of the same code in every version.",
    )
    date_from = fields.Date("From", required=True, help="For bills whose first day lies on or after this date.")
    date_to = fields.Date("Until (last day)")
    decision = fields.Char("Decision number", required=True, help="Printed on every bill with this relief.")

    _dates_ordered = models.Constraint("CHECK (date_to >= date_from)", "The last day lies before the first.")
    _value_positive = models.Constraint(
        "CHECK (value > 0 AND (kind != 'percent' OR value <= 100))", "A percentage is above 0 and at most 100."
    )
    _component_named = models.Constraint(
        "CHECK (kind = 'percent' OR component_id IS NOT NULL)",
        "Say which component an amount or a free quantity is taken off.",
    )

    @api.constrains("component_id", "tariff_id")
    def _check_component(self):
        for relief in self:
            if relief.component_id and relief.component_id.version_id.tariff_id != relief.tariff_id:
                raise ValidationError(
                    self.env._("Component %s belongs to another tariff.", relief.component_id.display_name)
                )

    def _in_force(self, day):
        """Return those in force on a day."""
        return self.filtered(lambda relief: relief.date_from <= day and (not relief.date_to or day <= relief.date_to))

    def _engine_code(self):
        """Return what names this relief in explanations for ever."""
        self.ensure_one()
        return f"R{self.id}"

    def _engine_relief(self):
        self.ensure_one()
        return tariff.Relief(
            code=self._engine_code(),
            name=self.name,
            kind=self.kind,
            value=decimal(self.value, 4),
            component=self.component_id.code or "",
            decision=self.decision,
        )
