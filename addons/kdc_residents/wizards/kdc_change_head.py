from odoo import api, fields, models

from ..models.kdc_household_membership import ROLES


class KdcChangeHead(models.TransientModel):
    """Hands a household over to another member; who was the head until then stays readable."""

    _name = "kdc.change.head"
    _description = "Change the Head of a Household"

    household_id = fields.Many2one("kdc.household", required=True, ondelete="cascade", readonly=True)
    member_ids = fields.Many2many("kdc.resident", compute="_compute_member_ids")
    old_head_id = fields.Many2one(related="household_id.head_id", string="Head until now")
    new_head_id = fields.Many2one(
        "kdc.resident", string="New head", required=True, domain="[('id', 'in', member_ids)]", ondelete="cascade"
    )
    old_role = fields.Selection(
        [role for role in ROLES if role[0] != "head"],
        string="Relationship of the former head to the new one",
        required=True,
        default="other",
    )
    date = fields.Date(string="From", required=True, default=fields.Date.context_today)

    @api.depends("household_id")
    def _compute_member_ids(self):
        for wizard in self:
            household = wizard.household_id
            wizard.member_ids = household.live_membership_ids.resident_id - household.head_id

    @api.onchange("new_head_id")
    def _onchange_new_head_id(self):
        """Between husband and wife, parent and child, the relationship simply turns round."""
        turned = {"wife": "husband", "husband": "wife"}
        if self.new_head_id.role == "child":
            self.old_role = "mother" if self.old_head_id.sex == "female" else "father"
        else:
            self.old_role = turned.get(self.new_head_id.role, "other")

    def action_confirm(self):
        self.ensure_one()
        self.household_id._change_head(self.new_head_id, self.date, self.old_role)
        return {"type": "ir.actions.act_window_close"}
