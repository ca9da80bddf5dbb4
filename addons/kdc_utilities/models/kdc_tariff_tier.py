from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt

from ..engine import tariff
from ..engine.money import decimal


class KdcTariffTier(models.Model):
    """Price up to a limit. The limit counts units (m³, kWh) or, for household size, persons; it is inclusive."""

    _name = "kdc.tariff.tier"
    _description = "Tariff Tier"
    _order = "component_id, sequence, id"

    component_id = fields.Many2one("kdc.tariff.component", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="component_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    upper = fields.Float("Up to", digits=(16, 3), help="Inclusive. 0 = no limit.")
    price = fields.Float("Price (VND)", required=True, digits=(16, 4))

    _upper_uniq = models.Constraint("UNIQUE (component_id, upper)", "Two tiers have the same limit.")
    _values_positive = models.Constraint("CHECK (upper >= 0 AND price >= 0)", "Limits and prices cannot be negative.")

    @api.model_create_multi
    def create(self, vals_list):
        tiers = super().create(vals_list)
        tiers.component_id.version_id._check_no_bill_made_with()
        return tiers

    def write(self, vals):
        if vals.keys() & {"component_id", "upper", "price"}:
            self.component_id.version_id._check_no_bill_made_with()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_billed(self):
        self.component_id.version_id._check_no_bill_made_with()

    @api.depends("upper", "price")
    @api.depends_context("lang")
    def _compute_display_name(self):
        """Say limit and price, for the list of a tariff's components."""
        for tier in self:
            price = fmt.number(tier.price, 4)
            tier.display_name = (
                f"≤ {fmt.number(tier.upper)}: {price}" if tier.upper else self.env._("the rest: %s", price)
            )

    def _engine_tier(self):
        self.ensure_one()
        return tariff.Tier(decimal(self.upper, 3) if self.upper else None, decimal(self.price, 4))
