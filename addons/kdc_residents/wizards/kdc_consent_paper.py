from odoo import fields, models


class KdcConsentPaper(models.TransientModel):
    """An officer records what a person signed on paper; the paper itself stays in the files of the office."""

    _name = "kdc.consent.paper"
    _description = "Record a consent on paper"

    resident_id = fields.Many2one("kdc.resident", required=True, readonly=True)
    purpose_id = fields.Many2one("kdc.consent.purpose", required=True)
    text = fields.Text(related="purpose_id.current_version_id.text")
    action = fields.Selection([("given", "Agrees"), ("withdrawn", "Withdraws")], required=True, default="given")
    reference = fields.Char(
        string="Number of the scan or paper", required=True, help="Under which the signed paper is found again."
    )

    def action_confirm(self):
        """Add the line and tell the person, who may not have expected it."""
        self.ensure_one()
        resident = self.resident_id
        resident.check_access("write")
        done = self.env["kdc.consent"]._record(
            resident, self.purpose_id.code, self.action, "paper", reference=self.reference.strip()
        )
        if done:
            # sudo: language of the person
            partner = resident.sudo().partner_id
            env = self.with_context(lang=partner.lang or "vi_VN").env
            given = self.action == "given"
            title = env._("The ward recorded your consent") if given else env._("The ward recorded your withdrawal")
            name = self.purpose_id.with_env(env).name
            self.env["kdc.notification"]._notify(partner, title, name, "/my/household/consents")
        return {"type": "ir.actions.act_window_close"}
