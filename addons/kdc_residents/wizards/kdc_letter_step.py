from odoo import fields, models


class KdcLetterStep(models.TransientModel):
    """Asks for the words that go with a step: what is missing, or why a letter is refused or cancelled."""

    _name = "kdc.letter.step"
    _description = "Step of a Confirmation Letter"

    letter_id = fields.Many2one("kdc.letter", required=True, ondelete="cascade", readonly=True)
    step = fields.Selection(
        [("ask", "Ask for what is missing"), ("refuse", "Refuse"), ("cancel", "Cancel")], required=True, readonly=True
    )
    text = fields.Text(string="Message to the resident", required=True)

    def action_confirm(self):
        self.ensure_one()
        step = {"ask": self.letter_id._ask, "refuse": self.letter_id._refuse, "cancel": self.letter_id._cancel}
        step[self.step](self.text)
        return {"type": "ir.actions.act_window_close"}
