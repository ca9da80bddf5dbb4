from odoo import fields, models


class KdcDwellingStay(models.Model):
    """A household that lived in a dwelling until a day, then moved or was archived.

    Who lives there now is ``kdc.household.dwelling_id``; only past stays are kept here, see ``kdc.dwelling.area``.
    """

    _name = "kdc.dwelling.stay"
    _description = "Former Household of a Dwelling"
    _order = "date_to DESC, id DESC"
    _rec_name = "household_id"

    dwelling_id = fields.Many2one("kdc.dwelling", required=True, index=True, ondelete="cascade")
    household_id = fields.Many2one("kdc.household", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="dwelling_id.company_id", store=True, index=True)
    area_id = fields.Many2one(
        related="dwelling_id.area_id", store=True, index=True, string="Residential group of the dwelling"
    )
    date_from = fields.Date(string="From", help="Empty: since before the register began.")
    date_to = fields.Date(string="Until", required=True, help="First day on which the household no longer lived there.")

    _dates_ordered = models.Constraint(
        "CHECK (date_from IS NULL OR date_to >= date_from)", "A household cannot leave before it moves in."
    )
