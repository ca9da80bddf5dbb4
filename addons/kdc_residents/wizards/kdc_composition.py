from odoo import api, fields, models

from ..tools.local_day import today_here


class KdcComposition(models.TransientModel):
    """Shows who belonged to a household on a day of the past (R-02)."""

    _name = "kdc.composition"
    _description = "Composition of a Household on a Day"

    household_id = fields.Many2one(
        "kdc.household", required=True, readonly=True, ondelete="cascade", context={"active_test": False}
    )
    date = fields.Date(string="On", required=True, default=today_here)
    membership_ids = fields.Many2many("kdc.household.membership", compute="_compute_membership_ids")
    member_count = fields.Integer(string="Persons", compute="_compute_membership_ids")

    @api.depends("household_id", "date")
    def _compute_membership_ids(self):
        for wizard in self:
            rows = (
                wizard.household_id._members_on(wizard.date) if wizard.date else wizard.household_id.membership_ids[:0]
            )
            wizard.membership_ids = rows.sorted(lambda row: (row.role_order, row.date_start, row.id))
            wizard.member_count = len(rows)
