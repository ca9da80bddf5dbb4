from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.exceptions import UserError
from odoo.fields import Domain


class KdcFundSpending(models.Model):
    """Money that leaves a fund: what for, to whom, by which decision, with which paper. Never more than it has."""

    _name = "kdc.fund.spending"
    _description = "Spending of a Fund"
    _inherit = ["kdc.paid.out"]
    _order = "date desc, id desc"
    _check_company_auto = True

    name = fields.Char("What for", required=True, tracking=True, help="The residents read it.")
    fund_id = fields.Many2one("kdc.fund", required=True, index=True, ondelete="restrict", check_company=True)
    company_id = fields.Many2one(related="fund_id.company_id", store=True, index=True)
    fund_balance = fields.Monetary("In the fund", related="fund_id.balance")
    payee = fields.Char(required=True, help="Who receives the money.")
    decision = fields.Char("Decision or reason", required=True, help="Who decided to spend it, and when.")
    paper = fields.Binary(attachment=True, copy=False, help="Invoice or receipt: photo (JPG, PNG) or PDF, up to 10 MB.")
    paper_name = fields.Char(copy=False)

    _amount_positive = models.Constraint("CHECK (amount > 0)", "The amount is greater than zero.")
    _approver_is_another = models.Constraint(
        "CHECK (approved_by_id IS NULL OR approved_by_id != requested_by_id)",
        "Whoever prepared this cannot approve it.",
    )
    _posted_by_somebody = models.Constraint(
        "CHECK (state = 'draft' OR (approved_by_id IS NOT NULL AND move_id IS NOT NULL))",
        "Money leaves with the approval of a person.",
    )
    _cancelled_by_second_person = models.Constraint(
        "CHECK (state != 'cancelled' OR (cancel_reason <> '' AND cancelled_by_id != approved_by_id))",
        "A payment is cancelled with a reason and by somebody else than who approved it.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._clean_paper(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._clean_paper(vals))

    @api.model
    def _clean_paper(self, vals):
        if vals.get("paper"):
            return vals | {"paper": self.env["kdc.cash.deposit"]._clean_slip(vals["paper"])}
        return vals

    @api.model
    def _of(self, fund):
        """Return the spendings of a fund that are in the ledger."""
        return self.search([("fund_id", "=", fund.id), ("state", "=", "posted")])

    def _liabilities(self):
        return {self.fund_id.account_id: self.amount}

    def _entry_label(self):
        return f"{self.fund_id.name}: {self.name} – {self.payee}"

    def _lock(self):
        self._hold(self.fund_id)
        return super()._lock()

    def _check_payable(self):
        if not self.paper:
            raise UserError(self.env._("Attach the invoice or receipt of “%s” first: a photo or a PDF.", self.name))
        # What the residents have read has to stay true.
        read = self.fund_id.report_ids.filtered(lambda row: row.state == "published" and row.date_to >= self.date)
        if read:
            raise UserError(
                self.env._(
                    "The residents have read the book of this fund until %s. Nothing was booked: choose a later date, "
                    "or withdraw the report with a reason first.",
                    fmt.date(max(read.mapped("date_to"))),
                )
            )
        sums = self.fund_id._sums(Domain.TRUE)
        balance = sums["in"] - sums["out"]
        if self.amount > balance:
            raise UserError(
                self.env._(
                    "Fund “%(fund)s” has %(balance)s, less than the %(amount)s to spend. Nothing was booked: lower the "
                    "amount, or wait until more has come in.",
                    fund=self.fund_id.name,
                    balance=fmt.vnd(balance),
                    amount=fmt.vnd(self.amount),
                )
            )
        return super()._check_payable()

    def _check_cancel(self):
        """What the residents have read stays until its report is withdrawn."""
        published = self.fund_id.report_ids.filtered(
            lambda report: report.state == "published" and report.date_from <= self.date <= report.date_to
        )
        if published:
            raise UserError(
                self.env._(
                    "This spending is in the published report %s. Withdraw the report with a reason first.",
                    published[0].display_name,
                )
            )
