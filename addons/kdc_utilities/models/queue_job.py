from odoo import models

#: Models whose work somebody has to go on with, and the field that names who; none: whoever began it.
RESPONSIBLE = {"kdc.billing.run": "user_id", "kdc.bank.statement": None, "kdc.dunning.run": "requested_by_id"}


class QueueJob(models.Model):
    _inherit = "queue.job"

    def _kdc_outcome(self):
        """Return ``("working", False)`` while one of these jobs works or waits, else ``("stopped", why)``.

        For work done part by part: the newest job comes first, and says what stopped it.
        """
        if any(job.state not in ("done", "failed", "cancelled") for job in self):
            return "working", False
        return "stopped", self.filtered(lambda job: job.state == "failed")[:1].exc_message

    def _message_post_on_failure(self):
        """Work that failed for good becomes an activity of who is responsible: nobody looks at the list of jobs."""
        result = super()._message_post_on_failure()
        for job in self.filtered(lambda job: job.model_name in RESPONSIBLE):
            responsible = RESPONSIBLE[job.model_name]
            for record in job.records.exists():
                user = record[responsible] if responsible else job.user_id
                record.activity_schedule(
                    "mail.mail_activity_data_todo",
                    user_id=user.id,
                    # The runner of jobs has no language of its own.
                    summary=self.with_context(lang=user.lang).env._("Work in the background stopped: %s", job.name),
                )
        return result
