from odoo import models
from odoo.addons.kdc_residents.tools.locks import lock_or_retry
from odoo.tools import SQL

#: Payers whose advance is used in one transaction; meanwhile nobody takes money for their accounts.
BATCH = 50


class KdcBillingRun(models.Model):
    """Pays new bills from what their payers have paid in advance, before anybody is told what is left to pay."""

    _inherit = "kdc.billing.run"

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
        elif self.company_id.kdc_deliver_on_issue:
            self._enqueue_delivery()

    def _job_apply_advances(self, after=0):
        """Background job: use the advances of the next payers, then go on. Done twice it pays nothing twice."""
        payers = self._payers_with_advance(after, BATCH)
        # sudo: payers may be closed to who runs the job; which of them it is follows from the run.
        accounts = self.env["kdc.customer.account"].sudo().with_context(active_test=False).search(
            [("partner_id", "in", payers), ("company_id", "=", self.company_id.id)]
        )  # fmt: skip
        # Of all accounts: an advance is the payer's, and goes back or over from any of them (kdc.advance.return).
        lock_or_retry(accounts, touch=True)
        accounts._kdc_apply_payers_advance()
        self._go_on_after_issue(max(payers, default=after))

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
