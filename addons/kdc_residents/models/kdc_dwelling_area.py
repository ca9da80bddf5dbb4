from odoo import fields, models


class KdcDwellingArea(models.Model):
    """A residential group a dwelling belonged to until a day.

    Only what is past is kept here: ``kdc.dwelling.area_id`` is the present. So a dwelling that never changed its group
    (nearly all of them) costs nothing.
    """

    _name = "kdc.dwelling.area"
    _description = "Former Residential Group of a Dwelling"
    _order = "dwelling_id, date_to DESC, id DESC"
    _rec_name = "area_id"

    dwelling_id = fields.Many2one("kdc.dwelling", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="dwelling_id.company_id", store=True, index=True)
    present_area_id = fields.Many2one(related="dwelling_id.area_id", store=True, index=True, string="Today in")
    area_id = fields.Many2one("kdc.area", string="Residential group", required=True, index=True, ondelete="restrict")
    date_to = fields.Date(string="Until", required=True, help="First day on which it belonged to another group.")

    _dwelling_day_uniq = models.Constraint(
        "UNIQUE (dwelling_id, date_to)", "A dwelling changes its residential group at most once a day."
    )
