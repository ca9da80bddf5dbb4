from odoo import api, fields, models
from odoo.exceptions import UserError

#: Up to so many accounts the accountant rather waits than looks at a progress bar.
AT_ONCE = 200
#: Accounts of one transaction; a large ward is computed in about STEPS parts of at most MOST.
PART, STEPS, MOST = 500, 50, 2000
#: What a run remembers while it is being computed, as it is when nothing is under way.
AT_REST = {"computing_since": False, "compute_order": False, "compute_total": 0, "compute_done": 0}


class KdcBillingRun(models.Model):
    """The dry run: at once for few accounts, else part by part in the background.

    Each part is a transaction of its own that writes the previews of its accounts and how many are done. So the
    progress is visible, a kill loses one part at most, and a part done twice finds that it was overtaken. While
    ``computing_since`` is set the run is a draft: nobody can approve half of it.
    """

    _inherit = "kdc.billing.run"

    computing_since = fields.Datetime(readonly=True, copy=False)
    compute_order = fields.Json(readonly=True, copy=False, help="The accounts to compute, part by part.")
    compute_total = fields.Integer("Accounts to compute", readonly=True, copy=False)
    compute_done = fields.Integer("Accounts computed", readonly=True, copy=False)
    compute_progress = fields.Float(compute="_compute_compute_progress")
    compute_state = fields.Selection(
        [("working", "Being computed"), ("stopped", "Stopped halfway")], compute="_compute_compute_state"
    )
    compute_problem = fields.Char("Why it stopped", compute="_compute_compute_state")

    @api.depends("compute_done", "compute_total")
    def _compute_compute_progress(self):
        for run in self:
            run.compute_progress = 100 * run.compute_done / run.compute_total if run.compute_total else 0

    @api.depends("computing_since", "compute_done")
    def _compute_compute_state(self):
        """A run that is being computed has a job that works or waits; else somebody has to know why not."""
        for run in self:
            run.compute_state = run.compute_problem = False
            if run.computing_since:
                run.compute_state, run.compute_problem = run._compute_jobs()._kdc_outcome()

    def _compute_jobs(self):
        """Return the background jobs of the computing that is under way, the newest first."""
        # sudo: jobs are closed to everybody; only whether they work is told, and what stopped the last one.
        return self.env["queue.job"].sudo().search([
            ("identity_key", "=like", f"{self._compute_key()}-%"),
        ], order="id desc")  # fmt: skip

    def _compute_key(self):
        """Return how the jobs of the computing under way are called; one that was stopped had another name."""
        return f"kdc.billing.run-{self.id}-compute-{int(self.computing_since.timestamp())}"

    # --- Steps -----------------------------------------------------------------------------------

    def action_compute(self):
        """Price every account of the selection without issuing anything."""
        self._check_computable()
        for run in self:
            # sudo: steps are written by the steps only; the right on the run was checked above.
            run.sudo().write(AT_REST | {"computed_on": False})
            run._begin_computing(run._count_accounts())
        return True

    def action_compute_changed(self):
        """Compute only the accounts again whose readings were changed since."""
        self._check_computable()
        for run in self:
            accounts = run._changed_lines().account_id.ids
            if accounts:
                # sudo: as in action_compute
                run.sudo().write(AT_REST | {"compute_order": accounts, "compute_total": len(accounts)})
                run._begin_computing(len(accounts))
        return True

    def action_continue_computing(self):
        """Go on after the background work stopped; what is computed stays."""
        self.check_access("write")
        for run in self:
            if run.compute_state == "stopped":
                run._enqueue_computing()
                run.invalidate_recordset(["compute_state", "compute_problem"])
        return True

    def action_draft(self):
        """Also stops the computing: a part that is at work finds the run changed and is rolled back."""
        super().action_draft()
        self.sudo().write(AT_REST)  # sudo: as in action_compute; the right was checked by super
        return True

    def _check_computable(self):
        self.check_access("write")
        for run in self:
            if run.state not in ("draft", "computed"):
                raise UserError(self.env._("This billing run is approved. Set it back to draft to compute it again."))
            if run.compute_state == "working":
                raise UserError(self.env._("%s is being computed already.", run.name))

    def _count_accounts(self):
        [(count,)] = self.env["kdc.connection"]._read_group(
            self._connection_domain(), [], ["account_id:count_distinct"]
        )
        return count

    def _begin_computing(self, count):
        """Compute at once when it is little, else in the background. Who begins is who prepared the run."""
        # sudo: as in action_compute
        self.sudo().write({"state": "draft", "computing_since": fields.Datetime.now(), "computed_by_id": self.env.uid})
        if count > AT_ONCE and not self.env.context.get("queue_job__no_delay"):
            self._enqueue_computing()
            return
        while self._compute_next():
            # Memory does not grow with the ward.
            self.env.flush_all()
            self.env.invalidate_all()

    def _enqueue_computing(self):
        self.with_delay(
            channel="root.kdc_billing",
            description=self.env._("Compute %s", self.name),
            identity_key=f"{self._compute_key()}-{self.compute_done}",
        )._job_compute(self.compute_done)

    def _job_compute(self, done):
        """Background job: compute the next accounts and queue the rest.

        :param done: how many accounts come before; if it is not so any more, the job was overtaken and does nothing
        """
        self.ensure_one()
        if not self.exists() or not self.computing_since or self.compute_done != done:
            return
        if self._compute_next():
            self._enqueue_computing()
            return
        # sudo: a word to the screen of who asked for it
        self.computed_by_id.sudo()._bus_send(
            "simple_notification",
            {
                "type": "success",
                "title": self.env._("Computed: %s", self.name),
                "message": self.env._(
                    "To issue: %(ready)s. Cannot be billed: %(blocked)s.",
                    ready=self.ready_count,
                    blocked=self.blocked_count,
                ),
            },
        )

    # --- Parts -----------------------------------------------------------------------------------

    def _compute_next(self):
        """Compute the accounts of the next part; the first part also finds out who they are.

        :return: whether there are more
        """
        self.ensure_one()
        run = self.sudo()  # sudo: previews and steps are written by the steps only
        if not run.compute_total:
            self._plan_computing()
        size = min(max(PART, run.compute_total // STEPS), MOST)
        part = (run.compute_order or [])[run.compute_done : run.compute_done + size]
        lines = run.line_ids.search([("run_id", "=", self.id), ("account_id", "in", part)])
        left_out = {(line.account_id, line.journal_id) for line in lines if line.state == "excluded"}
        lines.unlink()
        already_billed = self._compute_part(set(part))
        if left_out:
            # What somebody left out stays so; other readings are no reason to bill it.
            run.line_ids.search([("run_id", "=", self.id), ("account_id", "in", part)]).filtered(
                lambda line: line.state == "ready" and (line.account_id, line.journal_id) in left_out
            ).state = "excluded"
        done = run.compute_done + len(part)
        if not run.computed_on:
            # Those computed again were counted before.
            run.already_billed_count += already_billed
        if done < run.compute_total:
            run.compute_done = done
            return True
        run.write(AT_REST | {"state": "computed", "computed_on": fields.Datetime.now()})
        return False

    def _plan_computing(self):
        """Note which accounts are to be billed, and forget what was computed before."""
        run = self.sudo()  # sudo: as in _compute_next
        run.line_ids.unlink()
        self.env["kdc.outage"]._settle_waiting(self.company_id, self.period)
        groups = self.env["kdc.connection"]._read_group(self._connection_domain(), ["account_id"])
        # Who uses no service any more still owes, or gets, what was approved.
        accounts = dict.fromkeys([account.id for (account,) in groups] + self._waiting_charges().account_id.ids)
        run.write({"compute_order": list(accounts), "compute_total": len(accounts), "already_billed_count": 0})
