from odoo import api, fields, models
from odoo.exceptions import UserError


class KdcDataStep(models.TransientModel):
    """Asks for the words that go with a step; before deleting it shows what goes and what must stay."""

    _name = "kdc.data.step"
    _description = "Step of a request about personal data"

    request_id = fields.Many2one("kdc.data.request", required=True, readonly=True, ondelete="cascade")
    step = fields.Selection(
        [("answer", "Answer"), ("refuse", "Refuse"), ("extend", "Extend"), ("erase", "Delete")],
        required=True,
        readonly=True,
    )
    text = fields.Text(string="Message to the resident")
    kept = fields.Text(string="Must be kept", compute="_compute_kept")
    whole = fields.Boolean(compute="_compute_kept")

    @api.depends("request_id", "step")
    def _compute_kept(self):
        for wizard in self:
            # sudo: what laws keep is looked up in the records of all addons, no value of them is shown
            kept = wizard.request_id.sudo().resident_id._kdc_kept() if wizard.step == "erase" else []
            wizard.kept = "\n".join(f"– {entry['what']}: {entry['why']}" for entry in kept)
            wizard.whole = "register" not in {entry["key"] for entry in kept}

    def action_confirm(self):
        self.ensure_one()
        text = (self.text or "").strip()
        if not text and self.step != "erase":
            raise UserError(self.env._("Write what the resident is to read: the answer, or the reason."))
        request = self.request_id
        steps = {"answer": request._answer, "refuse": request._refuse, "extend": request._extend,
                 "erase": request._erase}  # fmt: skip
        steps[self.step](text)
        return {"type": "ir.actions.act_window_close"}
