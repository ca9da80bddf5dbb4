from odoo import fields, models


class KdcAreaUndo(models.TransientModel):
    """Takes a merger or division of areas back, and asks why."""

    _name = "kdc.area.undo"
    _description = "Take a Merger or Division Back"

    change_id = fields.Many2one("kdc.area.change", required=True, readonly=True, ondelete="cascade")
    name = fields.Char(related="change_id.name")
    date = fields.Date(related="change_id.date")
    dwelling_count = fields.Integer(related="change_id.dwelling_count")
    reason = fields.Char(required=True, help="For example: the wrong group was chosen.")

    def action_confirm(self):
        """Take it back, then show the first of the areas that exist again."""
        self.ensure_one()
        return self.change_id._undo(self.reason)[:1]._action_form()
