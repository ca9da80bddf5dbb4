from datetime import date

from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.actions import form_of
from odoo.addons.kdc_residents.tools.locks import lock_or_retry

from ..engine.statement import Movement

#: An import is one event: the history of each transfer begins with the first decision of a person.
QUIET = {"tracking_disable": True, "mail_create_nolog": True, "mail_create_nosubscribe": True}
#: Up to so many movements the accountant rather waits than looks at a progress bar.
AT_ONCE = 300
#: Movements of one transaction: few enough that the counter, which may wait for the same bills, hardly notices.
PART = 500
#: What a statement remembers while it is being imported, as it is when nothing is under way.
AT_REST = {"importing_since": False, "rows": False}


class KdcBankStatement(models.Model):
    """Importing a statement: at once when it is short, else part by part in the background.

    Each part is a transaction of its own that writes its transfers and how many are done, and leaves out what is there
    already. So the progress is visible, a kill loses one part at most, and a part done twice finds that it was
    overtaken. Money received meanwhile at the counter is seen by the next part.
    """

    _inherit = "kdc.bank.statement"

    importing_since = fields.Datetime(readonly=True, index="btree_not_null")
    rows = fields.Json(readonly=True, prefetch=False, help="Movements and their keys, until all of them are written.")
    import_total = fields.Integer("Rows to import", readonly=True)
    import_done = fields.Integer("Rows imported", readonly=True)
    import_progress = fields.Float(compute="_compute_import_progress")
    import_state = fields.Selection(
        [("working", "Being imported"), ("stopped", "Stopped halfway")], compute="_compute_import_state"
    )
    import_problem = fields.Char("Why it stopped", compute="_compute_import_state")

    @api.depends("import_done", "import_total")
    def _compute_import_progress(self):
        for statement in self:
            total = statement.import_total
            statement.import_progress = 100 * statement.import_done / total if total else 0

    @api.depends("importing_since", "import_done")
    def _compute_import_state(self):
        """A statement that is being imported has a job that works or waits; else somebody has to know why not."""
        for statement in self:
            statement.import_state = statement.import_problem = False
            if statement.importing_since:
                statement.import_state, statement.import_problem = statement._import_jobs()._kdc_outcome()

    def _import_jobs(self):
        """Return the background jobs of the import that is under way, the newest first."""
        # sudo: jobs are closed to everybody; only whether they work is told, and what stopped the last one.
        return self.env["queue.job"].sudo().search([
            ("identity_key", "=like", f"kdc.bank.statement-{self.id}-%"), ("date_created", ">=", self.importing_since),
        ], order="id desc")  # fmt: skip

    def _begin_import(self, movements):
        """Import the movements of the file (sudo), at once or in the background.

        :param list movements: (key, ``engine.statement.Movement``), also those that an earlier file brought
        """
        self.ensure_one()
        rows = [
            [
                key,
                row.line,
                row.date.isoformat(),
                row.amount,
                row.text,
                row.reference,
                row.payer_name,
                row.payer_account,
            ]
            for key, row in movements
        ]
        self.write({"rows": rows, "importing_since": fields.Datetime.now(), "import_total": len(rows)})
        if len(rows) > AT_ONCE and not self.env.context.get("queue_job__no_delay"):
            self._enqueue_import()
            return
        while self._import_next():
            # Memory does not grow with the file.
            self.env.flush_all()
            self.env.invalidate_all()

    def action_continue_import(self):
        """Go on after the background work stopped; what is imported stays."""
        self.env["kdc.transfer"]._check_job()
        self.check_access("read")
        for statement in self:
            if statement.import_state == "stopped":
                statement.sudo()._enqueue_import()  # sudo: statements are written by steps only; checked above
                statement.invalidate_recordset(["import_state", "import_problem"])
        return True

    def action_give_up_rest(self):
        """End an import that stops each time; what was not imported can come with this file again, or another one."""
        self.env["kdc.transfer"]._check_job()
        self.check_access("read")
        for statement in self.filtered(lambda statement: statement.import_state == "stopped"):
            words = self.env._(
                "Given up after %(done)s of %(total)s movements on %(day)s by %(user)s: %(problem)s",
                done=statement.import_done, total=statement.import_total, day=fmt.datetime(fields.Datetime.now()),
                user=self.env.user.name, problem=statement.import_problem or "",
            )  # fmt: skip
            statement = statement.sudo()  # sudo: statements are written by steps only; checked above
            lock_or_retry(statement, allow_referencing=True)
            statement.write(
                {
                    **AT_REST,
                    "remark": "\n".join(filter(None, (statement.remark, words))),
                    "digest": f"{statement.digest}-{statement.id}",
                }
            )
        return True

    def _enqueue_import(self):
        self.with_delay(
            channel="root.kdc_billing",
            description=self.env._("Import %s", self.name),
            identity_key=f"kdc.bank.statement-{self.id}-{self.import_done}",
        )._job_import(self.import_done)

    def _job_import(self, done):
        """Background job: import the next movements and queue the rest.

        :param done: how many rows come before; if it is not so any more, the job was overtaken and does nothing
        """
        self.ensure_one()
        # sudo: the wizard that queued it has checked job, bank and file.
        statement = self.sudo()
        if not statement.exists() or not statement.importing_since or statement.import_done != done:
            return
        if statement._import_next():
            statement._enqueue_import()
            return
        # sudo: a word to the screen of who asked for it
        self.env.user.sudo()._bus_send(
            "simple_notification",
            {
                "type": "success",
                "title": self.env._("Imported: %s", self.name),
                "message": self.env._(
                    "Matched: %(matched)s. To decide: %(open)s.", matched=self.matched_count, open=self.open_count
                ),
            },
        )

    def _import_next(self):
        """Import the next part.

        :return: whether there are more
        """
        # Two workers with the same part: one of them is told to try again, and finds that it was overtaken.
        lock_or_retry(self, allow_referencing=True)
        rows = self.rows
        part = [
            (key, Movement(line, date.fromisoformat(day), *more))
            for key, line, day, *more in rows[self.import_done : self.import_done + PART]
        ]
        transfers = self.env["kdc.transfer"].with_context(**QUIET)
        fresh = transfers._not_imported(self.journal_id, part)
        if fresh:
            transfers._import(self, fresh, {key for key, *_movement in rows})
        done = self.import_done + len(part)
        self.import_done = done
        if done < len(rows):
            return True
        self.write(AT_REST)
        return False

    def _action_after_import(self):
        """Return what to look at next: what waits for a decision, or how far the import is."""
        if not self.importing_since:
            return self.action_view_open()
        return form_of(self)
