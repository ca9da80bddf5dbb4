from odoo import api, fields, models


class KdcTaxThreshold(models.Model):
    """Turnover of a year up to which a household business owes neither VAT nor personal income tax.

    National law, so shared by all wards. A shop's year is measured by the row in force at the end of the month shown.
    """

    _name = "kdc.tax.threshold"
    _description = "Tax Threshold of Household Businesses"
    _order = "date_from desc"
    _rec_name = "legal_basis"

    date_from = fields.Date("In force from", required=True)
    # not an integer: those end at 2.1 billion đồng in the database
    amount = fields.Float("Turnover of a year (₫)", required=True, digits=(16, 0))
    legal_basis = fields.Char(required=True, help="Number of the decree; the owners of the shops read it.")

    _date_uniq = models.UniqueIndex("(date_from)", "There is a threshold from this day already.")
    _amount_check = models.Constraint("CHECK (amount > 0)", "A threshold is more than 0 đồng.")

    @api.model
    def _kdc_on(self, day):
        """Return the threshold in force on a day; none when no law is entered for it."""
        return self.search([("date_from", "<=", day)], limit=1)
