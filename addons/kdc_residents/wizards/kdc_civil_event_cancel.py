from odoo import fields, models


class KdcCivilEventCancel(models.TransientModel):
    """Asks why an event is taken back."""

    _name = "kdc.civil.event.cancel"
    _description = "Cancel a Civil Event"

    event_id = fields.Many2one("kdc.civil.event", required=True, readonly=True, ondelete="cascade")
    state = fields.Selection(related="event_id.state")
    reason = fields.Char(required=True)

    def action_confirm(self):
        self.ensure_one()
        self.event_id._cancel_with_reason(self.reason)
        return {"type": "ir.actions.act_window_close"}
