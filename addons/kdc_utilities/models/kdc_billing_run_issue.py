from odoo import api, fields, models

#: What a job is that will still do, or does, its part.
UNDONE = ("wait_dependencies", "pending", "enqueued", "started")


class KdcBillingRun(models.Model):
    """Whether the issuing of a run goes on: who waits for a bar that does not move has to know why."""

    _inherit = "kdc.billing.run"

    issue_state = fields.Selection(
        [("working", "Being issued"), ("stopped", "Stopped halfway")], compute="_compute_issue_state"
    )
    issue_problem = fields.Char("Why issuing stopped", compute="_compute_issue_state")

    @api.depends("state", "issue_started_on", "line_ids.state")
    def _compute_issue_state(self):
        for run in self:
            run.issue_state = run.issue_problem = False
            if run.state == "approved" and run.issue_started_on:
                jobs = run._issue_jobs()
                working = bool(jobs.filtered(lambda job: job.state in UNDONE))
                run.issue_state = "working" if working else "stopped"
                failed = jobs.filtered(lambda job: job.state == "failed")[:1]
                run.issue_problem = failed.exc_message if not working else False

    def _issue_jobs(self):
        """Return the background jobs that issue this run, the newest first."""
        # sudo: jobs are closed to everybody; only whether they work is told, and what stopped the last one.
        return self.env["queue.job"].sudo().search([
            ("identity_key", "=like", f"{self._issue_key()}-%"),
        ], order="id desc")  # fmt: skip

    def _issue_key(self):
        """Return how the jobs that issue this run are called."""
        return f"kdc.billing.run-{self.id}-issue"
