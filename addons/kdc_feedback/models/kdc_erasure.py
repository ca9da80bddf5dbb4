from odoo import models


class KdcResident(models.Model):
    _inherit = "kdc.resident"

    def _kdc_kept(self):
        """Keep feedback as the story of what the ward did; who wrote it goes with the name."""
        kept = super()._kdc_kept()
        if self.env["kdc.feedback"].search_count([("partner_id", "=", self.partner_id.id)], limit=1):
            kept.append(
                {
                    "key": "feedback",
                    "what": self.env._("What you reported and what the ward answered"),
                    "why": self.env._("handling of feedback is on record (Decree 20/2008/NĐ-CP); others see no name"),
                }
            )
        return kept

    def _kdc_erase_more(self, keys):
        """Hide the name from everybody but the handlers, at once."""
        self.env["kdc.feedback"].search([("partner_id", "=", self.partner_id.id), ("privacy", "=", "named")]).write(
            {"privacy": "hidden"}
        )
        self.env["kdc.feedback.follower"].search([("partner_id", "=", self.partner_id.id)]).unlink()
        return super()._kdc_erase_more(keys)
