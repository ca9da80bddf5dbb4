from odoo import api, models
from odoo.tools import SQL

from ..engine import late_fee

#: What settled a bill, and from which day on. Money that the ward had booked for somebody else by mistake counts from
#: the day on which it was handed over, not from the day on which the mistake was mended.
SETTLED = SQL(
    """
    SELECT debit.move_id AS bill_id, COALESCE(receipt.date, credit.date) AS day, part.amount
      FROM account_partial_reconcile part
      JOIN account_move_line debit ON debit.id = part.debit_move_id
      JOIN account_move_line credit ON credit.id = part.credit_move_id
      LEFT JOIN kdc_receipt_reversal moved ON moved.move_id = credit.move_id AND moved.kind = 'move'
      LEFT JOIN kdc_receipt receipt ON receipt.id = moved.receipt_id
    """
)


class AccountMove(models.Model):
    """What was owed on a bill from which day on, for late fees, and what its payer is told about them."""

    _inherit = "account.move"

    def _kdc_late_fee_terms(self):
        """Return in words what a late payment of this bill costs, one sentence per service with a rule."""
        self.ensure_one()
        bill = self._kdc_bill()
        if not bill or not self.invoice_date_due:
            return []
        codes = {section.service for section in bill.sections}
        # sudo: what a late payment costs is public; residents and collectors do not read the rules.
        # Through the ward, whose rules are read once for all the bills of a print.
        rules = self.company_id.sudo().kdc_late_fee_rule_ids.filtered(
            lambda rule: rule.date_from <= self.invoice_date_due and rule.service_id.code in codes
        )
        latest = (found[:1] for found in rules.sorted("date_from", reverse=True).grouped("service_id").values())
        return [rule._word() for rule in latest if not rule.date_to or rule.date_to > self.invoice_date_due]

    def _kdc_paid_on(self):
        """Return {bill: [(day, VND)]} of what was paid, in one query; money paid in advance counts from its own day."""
        rows = self.env.execute_query(
            SQL(
                "SELECT bill_id, day, SUM(amount) FROM (%s) paid WHERE bill_id = ANY(%s) "
                "GROUP BY bill_id, day ORDER BY day",
                self._kdc_settled(), self.ids,
            )
        )  # fmt: skip
        paid = {bill: [] for bill in self}
        for bill_id, day, amount in rows:
            paid[self.browse(bill_id)].append((day, round(amount)))
        return paid

    @api.model
    def _kdc_settled(self):
        """Return the query of what settled which bill from which day on, with what is not in the database yet."""
        self.env["account.partial.reconcile"].flush_model()
        self.env["account.move.line"].flush_model(["move_id", "date"])
        self.env["kdc.receipt.reversal"].flush_model(["move_id", "kind", "receipt_id"])
        self.env["kdc.receipt"].flush_model(["date"])
        return SETTLED

    def _kdc_late_debts(self, ranks, known):
        """Return {(bill, service code): engine debt} of bills of households.

        :param ranks: {service code: rank}, the order in which payments serve the services of a bill
        :param known: {(bill, service code): (last day charged, VND charged)}
        """
        paid, frozen, doubted = self._kdc_paid_on(), self._kdc_frozen_days(), self._kdc_accepted_disputes()
        receipts = self._kdc_withdrawn_receipts()
        debts = {}
        for bill in self:
            explained = bill._kdc_bill()
            due = bill.invoice_date_due
            parts = bill._kdc_parts(ranks) if explained and due else ()
            for section in explained.sections if parts else ():
                key = (bill, section.service)
                fees = sum(charge.total for charge in section.charges if charge.kind == "late_fee")
                balances, receipted = late_fee.principal(
                    parts, section.service, due, paid[bill], receipts.get(bill, ()), fees, doubted.get(key, ())
                )
                charged_to, charged = known.get(key, (None, 0))
                debts[key] = late_fee.Debt(due, balances, tuple(frozen.get(bill, ())), charged_to, charged, receipted)
        return debts

    def button_cancel(self):
        """A late fee on a bill that is cancelled is withdrawn while it waits; on a bill already, it is waived there."""
        result = super().button_cancel()
        # sudo: charges follow the bill they are for, whoever may cancel it.
        fees = self.env["kdc.charge"].sudo().search(
            [("kind", "=", "late_fee"), ("corrects_move_id", "in", self.filtered("kdc_account_id").ids),
             ("state", "in", ("draft", "approved"))]
        )  # fmt: skip
        fees.filtered(lambda fee: not fee.billed).write({"state": "withdrawn"})
        return result
