import logging

import psycopg2
from odoo import api, fields, models
from odoo.addons.kdc_residents.tools.locks import lock_or_retry
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

#: Payers whose advance is used in one transaction; meanwhile nobody takes money for their accounts.
BATCH = 50


class KdcBillingRun(models.Model):
    """Pays new bills from what their payers have paid in advance, before anybody is told what is left to pay.

    Where that fails, the bills of this payer alone wait, with the reason; all the others are delivered.
    """

    _inherit = "kdc.billing.run"

    advance_problem_ids = fields.One2many(
        "kdc.billing.run.line", "run_id", string="Advances not used", domain=[("advance_problem", "!=", False)]
    )
    advance_problem_count = fields.Integer("Waiting for their advance", compute="_compute_advance_problem_count")

    @api.depends("line_ids.advance_problem")
    def _compute_advance_problem_count(self):
        groups = self.env["kdc.billing.run.line"]._read_group(
            [("run_id", "in", self.ids), ("advance_problem", "!=", False)], ["run_id"], ["__count"]
        )
        counts = dict(groups)
        for run in self:
            run.advance_problem_count = counts.get(run, 0)

    def action_retry_advances(self):
        """Use the advances that failed again, after the reason was mended; then these bills are delivered."""
        self.check_access("write")
        self._set_aside().advance_problem = False
        for run in self:
            run._go_on_after_issue()
        return True

    def action_deliver_without_advance(self):
        """Deliver what waits as it is: the payers read that it is open, and the advance stays theirs."""
        self.check_access("write")
        for run in self:
            run.message_post(
                body=self.env._("%s bills are delivered though their advance was not used.", run.advance_problem_count)
            )
            run._set_aside().advance_problem = False
            run._enqueue_delivery()
        return True

    def _go_on_after_issue(self, after=0):
        """Queue the next step behind issuing: advances pay first, then the bills are delivered.

        :param after: id of the last payer whose advance was used
        """
        self.ensure_one()
        if self._payers_with_advance(after, 1):
            self.with_delay(
                channel="root.kdc_billing",
                description=self.env._("Advances pay the bills of %s", self.name),
                identity_key=f"kdc.billing.run-{self.id}-advance-{after}",
            )._job_apply_advances(after)
            return
        self._tell_of_advance_problems()
        if self.company_id.kdc_deliver_on_issue:
            self._enqueue_delivery()

    def _tell_of_advance_problems(self):
        """Let the responsible look at the payers that were set aside."""
        if self.advance_problem_count:
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=self.user_id.id,
                summary=self.env._("%s bills wait for the advance of their payers", self.advance_problem_count),
            )

    def _job_apply_advances(self, after=0):
        """Background job: use the advances of the next payers, then go on. Done twice it pays nothing twice."""
        payers = self._payers_with_advance(after, BATCH)
        # sudo: payers may be closed to who runs the job; which of them it is follows from the run.
        accounts = self.env["kdc.customer.account"].sudo().with_context(active_test=False).search(
            [("partner_id", "in", payers), ("company_id", "=", self.company_id.id)]
        )  # fmt: skip
        # Of all accounts: an advance is the payer's, and goes back or over from any of them (kdc.advance.return).
        lock_or_retry(accounts, touch=True)
        self._apply_advances(accounts)
        self._go_on_after_issue(max(payers, default=after))

    def _apply_advances(self, accounts):
        """Use the advances of the payers of these accounts at once, else in halves until who fails stands alone."""
        payers = accounts.partner_id
        try:
            with self.env.cr.savepoint():
                accounts._kdc_apply_payers_advance()
            self._note_advance(payers, False)
            return
        except psycopg2.OperationalError:
            # Somebody else is at it: the whole job runs again.
            raise
        except Exception as error:  # whatever it is, it must not keep the bills of all the others waiting
            self.env.invalidate_all()
            if len(payers) == 1:
                _logger.warning("The advance of partner %s was not used", payers.id, exc_info=True)
                self._note_advance(payers, str(error) or type(error).__name__)
                return
        half = payers[: len(payers) // 2]
        self._apply_advances(accounts.filtered(lambda account: account.partner_id in half))
        self._apply_advances(accounts.filtered(lambda account: account.partner_id not in half))

    def _note_advance(self, payers, problem):
        """Write down why the advances of these payers did not pay their bills of this run, or forget it."""
        # sudo: previews are written by steps only
        lines = self.line_ids.sudo().search(
            [
                ("run_id", "=", self.id), ("move_id.partner_id", "in", payers.ids), ("move_id.state", "=", "posted"),
                ("advance_problem", "=" if problem else "!=", False),
            ]
        )  # fmt: skip
        lines.advance_problem = problem

    def _set_aside(self):
        """Return the lines whose bills nobody is told of yet, since the advance of their payers was not used (sudo)."""
        # sudo: as above
        return self.line_ids.sudo().search([("run_id", "in", self.ids), ("advance_problem", "!=", False)])

    def _payers_with_advance(self, after, limit):
        """Return the ids of payers who owe something of a bill of this run and have money of their own to pay it.

        One query. A bill of who paid for the account before is theirs, and not paid by who pays for it now.

        :param after: only payers with a higher id
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT credit.partner_id
                  FROM account_move_line credit
                  JOIN account_account ledger ON ledger.id = credit.account_id
                       AND ledger.account_type = 'asset_receivable' AND ledger.reconcile
                 WHERE credit.company_id = %(company)s AND credit.parent_state = 'posted'
                   AND credit.reconciled IS NOT TRUE AND credit.amount_residual < 0 AND credit.partner_id > %(after)s
                   AND EXISTS (
                        SELECT FROM account_move bill
                          JOIN kdc_customer_account account ON account.id = bill.kdc_account_id
                               AND account.partner_id = bill.partner_id
                         WHERE bill.kdc_run_id = %(run)s AND bill.partner_id = credit.partner_id
                           AND bill.state = 'posted' AND bill.amount_residual > 0
                       )
                 ORDER BY credit.partner_id
                 LIMIT %(limit)s
                """,
                company=self.company_id.id,
                after=after,
                run=self.id,
                limit=limit,
            )
        )
        return [partner_id for (partner_id,) in rows]
