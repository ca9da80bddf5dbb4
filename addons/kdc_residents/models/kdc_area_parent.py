from odoo import fields, models


class KdcAreaParent(models.Model):
    """A ward or commune a residential group belonged to until a day.

    Only what is past is kept here, see ``kdc.dwelling.area``: ``kdc.area.parent_id`` is the present.
    """

    _name = "kdc.area.parent"
    _description = "Former Ward of a Residential Group"
    _order = "area_id, date_to DESC, id DESC"
    _rec_name = "parent_id"

    area_id = fields.Many2one("kdc.area", string="Residential group", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="area_id.company_id", store=True, index="btree_not_null")
    parent_id = fields.Many2one(
        "kdc.area", string="Ward or commune", required=True, index=True, ondelete="restrict"
    )  # fmt: skip
    date_to = fields.Date(string="Until", required=True, help="First day on which it belonged to another ward.")

    _area_day_uniq = models.Constraint(
        "UNIQUE (area_id, date_to)", "A residential group changes its ward at most once a day."
    )
