from odoo import models

from ..engine import states


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

    def _kdc_erase_convenience(self):
        """Erase ended bans first, while the addresses and numbers they hold are still known.

        One in force stays until it ends; else a request for erasure would lift it.
        """
        self._kdc_feedback_bans().filtered(lambda ban: not ban.is_running).unlink()
        return super()._kdc_erase_convenience()

    def _kdc_erase_more(self, keys):
        """Hide the name from everybody but the handlers, at once; whoever has left is taken out of what is finished.

        What the ward still works on keeps its reporter until it ends, without a telephone number of its own.
        """
        feedback = self.env["kdc.feedback"].search([("partner_id", "=", self.partner_id.id)])
        finished = feedback.filtered(lambda case: case.state in states.FINISHED)
        if "register" in keys:
            finished.write({"contact_phone": False, "contact_email": False})
        else:
            finished._anonymise()
            feedback -= finished
            feedback.write({"contact_name": False, "contact_phone": False, "contact_email": False})
        feedback.filtered(lambda case: case.privacy == "named").write({"privacy": "hidden"})
        self.env["kdc.feedback.follower"].search([("partner_id", "=", self.partner_id.id)]).unlink()
        if "register" not in keys:
            for unit in self._kdc_feedback_teams():
                unit.outside_user_ids = unit.outside_user_ids.filtered(lambda user: user.partner_id != self.partner_id)
        return super()._kdc_erase_more(keys)
