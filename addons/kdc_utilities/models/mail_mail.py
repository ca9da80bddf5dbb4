from odoo import models

#: Where it is written what reached a payer: both have ``mail_id``, ``state``, ``reason`` and ``_mark_sent``.
LOGS = ("kdc.bill.delivery", "kdc.dunning.line")


class MailMail(models.Model):
    """Tells the logs of deliveries and of reminders whether a bill or a reminder left."""

    _inherit = "mail.mail"

    def _postprocess_sent_message(self, success_pids, success_emails, failure_reason=False, failure_type=None):
        """Write into these logs what became of an e-mail."""
        for log in LOGS:
            # sudo: the queue of mails runs as the system and the logs are written by their steps only.
            for record in self.env[log].sudo().search([("mail_id", "in", self.ids)]):
                if failure_type or failure_reason or record.mail_id.state == "exception":
                    reason = self._kdc_failure_words(failure_type or record.mail_id.failure_type)
                    record.write({"state": "failed", "reason": reason})
                else:
                    record._mark_sent()
        return super()._postprocess_sent_message(
            success_pids, success_emails, failure_reason=failure_reason, failure_type=failure_type
        )

    def _kdc_failure_words(self, failure_type):
        """Return why an e-mail did not leave, for people; the server's own words stay on the mail."""
        words = {
            "mail_email_invalid": self.env._("The e-mail address is not valid"),
            "mail_email_missing": self.env._("No e-mail address is known"),
            "mail_smtp": self.env._("The mail server cannot be reached"),
        }
        return words.get(failure_type, self.env._("The e-mail could not be sent"))
