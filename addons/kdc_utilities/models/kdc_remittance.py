from decimal import Decimal

from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..engine.share import share
from ..engine.words import amount_in_words
from ..report.book import Book, Column, Row
from .approval_paid_out import KdcPaidOut

#: Movements by which money for a provider came in.
CAME_IN = ("collected", "applied")


class KdcRemittance(models.Model):
    """What was collected for a provider and is handed over to it: the list (bảng kê) of a period and its payment.

    Collected is what the payments say they were for, service by service. The ward owes the provider's liability
    accounts as a whole: collected and not yet remitted, and still owed by the customers; the document shows that this
    is what the ledger says. (Decree 254/2026, article 7: the provider invoices, the collector remits in full.)
    """

    _name = "kdc.remittance"
    _description = "Remittance to a Provider"
    _inherit = ["kdc.paid.out", "kdc.book"]
    _order = "date_to desc, id desc"
    _check_company_auto = True
    _step_fields = KdcPaidOut._step_fields | {"content"}

    company_id = fields.Many2one(required=True, default=lambda self: self.env.company)
    provider_id = fields.Many2one(
        "res.partner", required=True, ondelete="restrict", index=True, domain="[('id', 'in', provider_ids)]"
    )
    provider_ids = fields.Many2many("res.partner", string="Providers", compute="_compute_provider_ids")
    date_from = fields.Date("Collected from", required=True, default=lambda self: self._last_month()[0])
    date_to = fields.Date("Collected until", required=True, default=lambda self: self._last_month()[1])
    amount = fields.Monetary("To pay now", compute="_compute_amount", store=True, readonly=False, precompute=True)
    collected_before = fields.Monetary(compute="_compute_sums", compute_sudo=True)
    collected = fields.Monetary("Collected in the period", compute="_compute_sums", compute_sudo=True)
    remitted = fields.Monetary("Remitted so far", compute="_compute_sums", compute_sudo=True)
    due = fields.Monetary("Still to remit", compute="_compute_sums", compute_sudo=True)
    open_amount = fields.Monetary(
        "Owed by the customers", compute="_compute_sums", compute_sudo=True, help="Billed, not collected yet: today."
    )
    liability = fields.Monetary(
        "Owed to the provider in the books", compute="_compute_sums", compute_sudo=True, help="Today."
    )
    gap = fields.Monetary(
        "Does not fit", compute="_compute_sums", compute_sudo=True,
        help="Entries made by hand on the provider's accounts, or debts written off.",
    )  # fmt: skip
    content = fields.Json(readonly=True, copy=False, help="What was listed when it was paid, in VND.")

    _amount_positive = models.Constraint("CHECK (amount > 0)", "The amount is greater than zero.")
    _dates = models.Constraint("CHECK (date_to >= date_from)", "The period ends before it begins.")
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

    @api.model
    def _last_month(self):
        today = today_here(self)
        start = fields.Date.subtract(fields.Date.start_of(today, "month"), months=1)
        return start, fields.Date.end_of(start, "month")

    @api.depends("company_id")
    def _compute_provider_ids(self):
        for remittance in self:
            remittance.provider_ids = remittance._services_of(remittance.company_id).provider_id

    @api.depends("provider_id", "date_from", "date_to")
    def _compute_display_name(self):
        for remittance in self:
            start, end = fmt.date(remittance.date_from), fmt.date(remittance.date_to)
            remittance.display_name = f"{remittance.provider_id.name or ''} · {start} – {end}"

    @api.depends("provider_id", "date_to", "company_id")
    def _compute_amount(self):
        for remittance in self:
            remittance.amount = max(remittance._sums()["due"], 0)

    @api.depends("provider_id", "date_from", "date_to", "company_id", "state", "amount")
    def _compute_sums(self):
        for remittance in self:
            for name, amount in remittance._sums().items():
                remittance[name] = amount

    # -- sums ----------------------------------------------------------------------------------------

    @api.model
    def _services_of(self, company, provider=None):
        """Return the services collected for providers, also those that ended (sudo: names and accounts only)."""
        # sudo: approvers and auditors do not read the accounts of products
        services = self.env["kdc.service"].sudo().with_context(active_test=False).with_company(company)
        domain = Domain("company_id", "=", company.id) & Domain("money_kind", "=", "thu_ho")
        return services.search(domain & (Domain("provider_id", "=", provider.id) if provider else Domain.TRUE))

    def _accounts(self):
        """Return the liability accounts of the provider (sudo)."""
        return self._accounts_of(self._services_of(self.company_id, self.provider_id))

    @api.model
    def _accounts_of(self, services):
        """Return the liability accounts that services are credited to (sudo)."""
        components = (
            self.env["kdc.tariff.component"]
            .sudo()  # sudo: which account it is is no secret to who books on it
            .search(
                [("version_id.tariff_id.service_id", "in", services.ids), ("product_id", "!=", False)]
            )
        )
        accounts = self.env["account.account"].sudo()  # sudo: as above
        for service in services:
            own = components.filtered(lambda row, service=service: row.version_id.tariff_id.service_id == service)
            for product in service.product_id | service.late_fee_product_id | own.product_id:
                accounts |= service._income_account(product)
        return accounts.filtered(lambda account: account.internal_group == "liability").sorted("code")

    def _movements(self):
        """Return (model, domain) of the movements of the provider's services."""
        services = self._services_of(self.company_id, self.provider_id)
        # sudo: what the customers of a provider paid, without their names
        movements = self.env["kdc.fee.movement"].sudo().with_context(allowed_company_ids=self.company_id.ids)
        return movements, Domain("company_id", "=", self.company_id.id) & Domain("service_id", "in", services.ids)

    def _sums(self):
        """Return the amounts of this document, in VND."""
        self.ensure_one()
        names = ("collected_before", "collected", "remitted", "due", "open_amount", "liability", "gap")
        if not self.provider_id or not self.date_from or not self.date_to:
            return dict.fromkeys(names, 0)
        movements, domain = self._movements()
        came_in = domain & Domain("kind", "in", CAME_IN)

        def total(where):
            return round(movements._read_group(where, [], ["amount:sum"])[0][0] or 0)

        before = -total(came_in & Domain("date", "<", self.date_from))
        within = -total(came_in & Domain("date", ">=", self.date_from) & Domain("date", "<=", self.date_to))
        remitted = self._remitted()
        liability = sum(self._balances().values())
        collected_until_now, open_amount = -total(came_in), total(domain)
        return {
            "collected_before": before,
            "collected": within,
            "remitted": remitted,
            "due": before + within - remitted,
            "open_amount": open_amount,
            "liability": liability,
            "gap": liability - open_amount - collected_until_now + remitted,
        }

    def _remitted(self):
        """Return the VND of all approved remittances to the provider."""
        remittances = self.env["kdc.remittance"].sudo()  # sudo: a sum for whoever may read this document
        return round(remittances._read_group(self._remitted_domain(), [], ["amount:sum"])[0][0] or 0)

    def _remitted_domain(self):
        return [
            ("company_id", "=", self.company_id.id),
            ("provider_id", "=", self.provider_id.id),
            ("state", "=", "posted"),
        ]

    def _balances(self):
        """Return {account: VND owed} of the provider's accounts in the ledger (sudo)."""
        accounts = self._accounts()
        items = self.env["account.move.line"].sudo()  # sudo: as in _remitted
        groups = items._read_group(self._ledger_domain(accounts), ["account_id"], ["balance:sum"])
        found = {account.id: -round(balance) for account, balance in groups}
        return {account: found.get(account.id, 0) for account in accounts}

    def _ledger_domain(self, accounts):
        return [
            ("account_id", "in", accounts.ids), ("company_id", "=", self.company_id.id),
            ("parent_state", "=", "posted"),
        ]  # fmt: skip

    # -- paying --------------------------------------------------------------------------------------

    def write(self, vals):
        if vals.get("state") == "posted":
            vals = vals | {"content": self._list_now()}
        return super().write(vals)

    def _liabilities(self):
        """Divide the amount over the provider's accounts as they stand: when all is paid, each of them is zero."""
        balances = {account: max(balance, 0) for account, balance in self._balances().items()}
        weights = [Decimal(balance) for balance in balances.values()]
        return {
            account: int(part)
            for account, part in zip(balances, share(Decimal(round(self.amount)), weights, places=0), strict=True)
        }

    def _entry_label(self):
        return self.env._(
            "Remittance to %(provider)s, collected %(start)s to %(end)s",
            provider=self.provider_id.name, start=fmt.date(self.date_from), end=fmt.date(self.date_to),
        )  # fmt: skip

    def _lock(self):
        self._hold(self._services_of(self.company_id, self.provider_id))
        return super()._lock()

    def _check_payable(self):
        sums = self._sums()
        if self.amount > sums["due"]:
            raise UserError(
                self.env._(
                    "%(due)s are collected for %(provider)s and not remitted yet, less than the %(amount)s to pay. "
                    "Nothing was booked: lower the amount or choose a longer period.",
                    due=fmt.vnd(sums["due"]),
                    provider=self.provider_id.name,
                    amount=fmt.vnd(self.amount),
                )
            )
        if self.amount > sum(max(balance, 0) for balance in self._balances().values()):
            raise UserError(
                self.env._("The books owe %s less than that. Look for entries made by hand.", self.provider_id.name)
            )
        return super()._check_payable()

    # -- list ------------------------------------------------------------------------------------------

    def _list_now(self):
        """Return the list as it was paid, or as it stands: rows by service and month, and the sums (VND)."""
        self.ensure_one()
        if self.content:
            return self.content
        movements, domain = self._movements()
        groups = movements._read_group(
            domain & Domain("kind", "in", CAME_IN) & Domain("date", ">=", self.date_from)
            & Domain("date", "<=", self.date_to),
            ["service_id", "period:month"], ["account_id:count_distinct", "amount:sum"],
        )  # fmt: skip
        rows = [
            [service.name, fields.Date.to_string(period) if period else "", count, -round(amount)]
            for service, period, count, amount in groups
            if round(amount)
        ]
        return {"rows": rows, **self._sums()}

    def _book(self):
        remittance = self.sudo()  # sudo: the caller has found that the reader may see this document
        content = remittance._list_now()
        rows = [
            Row((number, service, fmt.period(fields.Date.to_date(period)) if period else "", customers, amount))
            for number, (service, period, customers, amount) in enumerate(content["rows"], 1)
        ]
        paid = round(remittance.amount)
        sums = (
            (self.env._("Collected in the period"), content["collected"]),
            (self.env._("Collected before"), content["collected_before"]),
            (self.env._("Remitted before"), content["remitted"]),
            (self.env._("Paid with this list"), paid),
            (self.env._("Still to remit"), content["due"] - paid),
        )
        rows += [Row((None, words, None, None, amount), bold=True) for words, amount in sums]
        words = amount_in_words(paid, remittance.company_id.kdc_zero_tens_word or "linh")
        return Book(
            company=remittance.company_id,
            title=self.env._("LIST OF MONEY COLLECTED FOR A PROVIDER"),
            about=(
                remittance.provider_id.name,
                self.env._(
                    "From %(start)s to %(end)s", start=fmt.date(remittance.date_from), end=fmt.date(remittance.date_to)
                ),
            ),
            columns=(
                Column(self.env._("No."), 0.5), Column(self.env._("Service"), 3.4),
                Column(self.env._("Month billed"), 1.6), Column(self.env._("Customers"), 1),
                Column(self.env._("Amount"), 1.8, "vnd"),
            ),
            rows=rows,
            notes=(self.env._("Paid, in words: %s", words),),
            signers=(
                (self.env._("Prepared by"), remittance.requested_by_id.name),
                (self.env._("Approved by"), remittance.approved_by_id.name or ""), (self.env._("For the provider"), ""),
            ),
            sign_hint=self.env._("(signature, full name)"),
            file_name=f"bang-ke-thu-ho-{remittance.date_from:%Y%m%d}-{remittance.date_to:%Y%m%d}",
        )  # fmt: skip

    def action_open_amount(self, column):
        """Open what an amount is the sum of: movements of fees, earlier remittances, or items of the ledger.

        :param column: name of the field
        """
        self.ensure_one()
        model, domain = self._behind(column)
        return {
            "type": "ir.actions.act_window",
            "name": self._behind_words(column),
            "res_model": model,
            "views": [(False, "list"), (False, "pivot" if model != "kdc.remittance" else "form")],
            "domain": list(domain),
        }

    def _behind(self, column):
        """Return (model, domain) of what a column adds up."""
        if column == "remitted":
            return self._name, self._remitted_domain()
        if column == "liability":
            return "account.move.line", self._ledger_domain(self._accounts())
        _movements, domain = self._movements()
        came_in = domain & Domain("kind", "in", CAME_IN)
        within = Domain("date", "<=", self.date_to)
        return "kdc.fee.movement", {
            "collected_before": came_in & Domain("date", "<", self.date_from),
            "collected": came_in & Domain("date", ">=", self.date_from) & within,
            "due": came_in & within,
            "open_amount": domain,
        }[column]

    def _behind_words(self, column):
        """Return the heading of what a column adds up; what is due is the list less what was remitted."""
        if column == "due":
            return self.env._(
                "%(provider)s: collected until %(day)s; %(remitted)s of it were remitted",
                provider=self.provider_id.name,
                day=fmt.date(self.date_to),
                remitted=fmt.vnd(self.remitted),
            )
        return f"{self._fields[column]._description_string(self.env)} · {self.provider_id.name}"
