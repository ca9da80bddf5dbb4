from odoo import models


class MailMail(models.Model):
    """Tells the log of deliveries whether a bill left."""

    _inherit = "mail.mail"

    def _postprocess_sent_message(self, success_pids, success_emails, failure_reason=False, failure_type=None):
        """Write into the log of deliveries whether a bill left."""
        # sudo: the queue of mails runs as the system and the log is written by its steps only.
        for record in self.env["kdc.bill.delivery"].sudo().search([("mail_id", "in", self.ids)]):
            if failure_type or failure_reason or record.mail_id.state == "exception":
                reason = failure_reason or record.mail_id.failure_reason or failure_type
                record.write({"state": "failed", "reason": reason})
            else:
                record._mark_sent()
        return super()._postprocess_sent_message(
            success_pids, success_emails, failure_reason=failure_reason, failure_type=failure_type
        )
