from odoo import models


class QueueJob(models.Model):
    _inherit = "queue.job"

    def _message_post_on_failure(self):
        """Work on a billing run that failed for good becomes an activity: nobody looks at the list of jobs."""
        result = super()._message_post_on_failure()
        for job in self.filtered(lambda job: job.model_name == "kdc.billing.run"):
            for run in job.records.exists():
                run.activity_schedule(
                    "mail.mail_activity_data_todo",
                    user_id=run.user_id.id,
                    summary=self.env._("Work in the background stopped: %s", job.name),
                )
        return result
