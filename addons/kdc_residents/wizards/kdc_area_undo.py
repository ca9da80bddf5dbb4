from odoo import api, fields, models

from ..tools.actions import form_of


class KdcAreaUndo(models.TransientModel):
    """Takes a merger or division of areas back, and asks why and where to put what is new since."""

    _name = "kdc.area.undo"
    _description = "Take a Merger or Division Back"

    change_id = fields.Many2one("kdc.area.change", required=True, readonly=True, ondelete="cascade")
    name = fields.Char(related="change_id.name")
    date = fields.Date(related="change_id.date")
    dwelling_count = fields.Integer(related="change_id.dwelling_count")
    reason = fields.Char(required=True, help="For example: the wrong group was chosen.")
    new_things = fields.Char(string="New since then", compute="_compute_new_things", compute_sudo=True)
    needs_area = fields.Boolean(compute="_compute_new_things", compute_sudo=True)
    old_area_ids = fields.Many2many(
        "kdc.area", string="Areas that exist again", compute="_compute_new_things", compute_sudo=True
    )
    area_id = fields.Many2one(
        "kdc.area",
        string="What is new goes to",
        domain="[('id', 'in', old_area_ids)]",
        ondelete="cascade",
        help="What has a dwelling follows it; this is for the rest.",
    )

    @api.depends("change_id")
    def _compute_new_things(self):
        for wizard in self:
            # sudo: it is counted in every addon, whichever of it this officer may see.
            change = wizard.change_id.sudo()
            new = change._new_since() if change.state == "done" else []
            wizard.old_area_ids = change.succession_ids.predecessor_id
            wizard.new_things = change._new_in_words(new)
            wizard.needs_area = len(wizard.old_area_ids) > 1 and any(change._is_placeless(r) for r, _field in new)

    def action_confirm(self):
        """Take it back, then show the first of the areas that exist again."""
        self.ensure_one()
        return form_of(self.change_id._undo(self.reason, self.area_id)[:1])
