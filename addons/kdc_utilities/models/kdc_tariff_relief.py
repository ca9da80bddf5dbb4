from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.exceptions import UserError, ValidationError

from ..engine import tariff
from ..engine.money import decimal

#: What bills that gave a relief were computed by. What it is called may change for the next ones.
GIVEN_BY = frozenset({"tariff_id", "status_kind_ids", "kind", "value", "component_id", "date_from", "decision"})


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

    def write(self, vals):
        if GIVEN_BY & vals.keys():
            self._check_given_on_no_bill()
        elif vals.get("date_to"):
            self._check_given_on_no_bill(fields.Date.to_date(vals["date_to"]))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_billed(self):
        self._check_given_on_no_bill()

    def _check_given_on_no_bill(self, after=None):
        """Refuse to change what issued bills gave.

        :param after: only bills of days after this one
        :raise UserError: names a bill and says what to do instead
        """
        domain = [("relief_id", "in", self.ids), ("move_id.state", "=", "posted")]
        domain += [("day", ">", after)] if after else []
        # sudo: whoever changes an exemption learns only that there is a bill
        grant = self.env["kdc.relief.grant"].sudo().search(domain, order="day desc", limit=1)
        if grant:
            raise UserError(
                self.env._(
                    "Bill %(bill)s gives “%(relief)s” from %(day)s, so it stays as it is and nothing was changed. For "
                    "another exemption, enter the last day of this one, %(day)s or later, and add a line from the next "
                    "day. If this one was wrong, do the same, and correct the bills that were issued.",
                    bill=grant.move_id.name, relief=grant.relief_id.name, day=fmt.date(grant.day),
                )
            )  # fmt: skip

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
