from odoo import models


class QueueJob(models.Model):
    _inherit = "queue.job"

    def _message_post_on_failure(self):
        """An e-invoice whose making stopped for good is not made: who is responsible is told and can begin it again."""
        result = super()._message_post_on_failure()
        for job in self.filtered(lambda job: job.model_name == "kdc.einvoice"):
            # The runner of jobs has no language of its own.
            env = job.with_context(lang=job.user_id.lang).env
            for request in job.records.exists():
                request._give_up(env._("Work in the background stopped: %s", job.exc_message or job.name))
        return result
