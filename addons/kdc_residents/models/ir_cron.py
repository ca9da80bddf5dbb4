from odoo import models


class IrCron(models.Model):
    _inherit = "ir.cron"

    def _callback(self, cron_name, server_action_id):
        """Let jobs speak Vietnamese: Odoo runs them without a language, so each text they write would be English."""
        job = self.with_context(lang=self.env["res.lang"]._get_code("vi_VN") or self.env.user.lang)
        return super(IrCron, job)._callback(cron_name, server_action_id)
