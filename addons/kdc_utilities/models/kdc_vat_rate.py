from odoo import fields, models

from ..engine import tariff
from ..engine.money import decimal


class KdcVatRate(models.Model):
    """VAT rate in percent from a date on. National law, so shared by all companies."""

    _name = "kdc.vat.rate"
    _description = "VAT Rate"
    _order = "category_id, date_from desc"

    category_id = fields.Many2one("kdc.vat.category", required=True, ondelete="cascade", index=True)
    date_from = fields.Date("In force from", required=True)
    percent = fields.Float("Rate (%)", required=True, digits=(5, 2))
    legal_basis = fields.Char(required=True)

    _category_date_uniq = models.Constraint(
        "UNIQUE (category_id, date_from)", "This category already has a rate from this date."
    )
    _percent_range = models.Constraint("CHECK (percent >= 0 AND percent <= 100)", "A VAT rate is between 0 and 100 %.")

    def _engine_table(self):
        """Return the whole dated table for the tariff engine."""
        rates = self.search([("date_from", "!=", False)])
        return tariff.VatTable(
            tuple(tariff.VatRate(rate.category_id.code, rate.date_from, decimal(rate.percent, 2)) for rate in rates)
        )
