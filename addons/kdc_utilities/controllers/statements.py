"""Statements of account and final settlements: the resident's own, and for the staff any account they may see."""

from datetime import date

from odoo import http
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import UserError
from odoo.http import request

from .documents import StaffDocuments


class Statements(StaffDocuments):
    @http.route("/my/bills/statement", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def resident_statement(self, since="", until="", account="", **_kwargs):
        """Show what was billed and paid in a period, this year unless another one is chosen."""
        accounts, payer = self._statement_accounts()
        account = self._statement_account(accounts, account)
        page = {"accounts": accounts, "account": account}
        days = self._statement_days(since, until)
        if not days:
            return self._light_invalid(
                "kdc_utilities.portal_statement",
                page
                | {
                    "since": since,
                    "until": until,
                    "statement": None,
                    "error": request.env._("Choose a first and a last day, the first one not after the last one."),
                },
            )
        return self._light_render(
            "kdc_utilities.portal_statement",
            page
            | {"since": days[0], "until": days[1], "statement": account._kdc_statement(*days, payer), "error": None},
        )

    @http.route("/my/bills/statement/pdf", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def resident_statement_pdf(self, since="", until="", account="", **_kwargs):
        """Give the same as PDF."""
        accounts, payer = self._statement_accounts()
        account = self._statement_account(accounts, account)
        days = self._statement_days(since, until)
        if not days:
            raise request.not_found()
        return self._statement_pdf(account, *days, payer)

    @http.route("/kdc/accounts/<int:account_id>/statement", type="http", auth="user", methods=["GET"])
    def staff_statement_pdf(self, account_id, since="", until="", **_kwargs):
        """Give the statement of an account that the reader may see."""
        account = self._records("kdc.customer.account", str(account_id), [("active", "in", (True, False))])
        days = self._statement_days(since, until)
        if not days or not request.env.user.has_groups(
            "kdc_utilities.group_accountant,kdc_utilities.group_collector,kdc_utilities.group_approver,"
            "kdc_residents.group_auditor"
        ):
            raise request.not_found()
        # sudo: found with the reader's own rules; entries, receipts and names are printed.
        return self._statement_pdf(account.sudo(), *days)

    @http.route("/kdc/accounts/<int:account_id>/settlement", type="http", auth="user", methods=["GET"])
    def staff_settlement_pdf(self, account_id, **_kwargs):
        """Give the final settlement of a closed account that the reader may see."""
        account = self._records(
            "kdc.customer.account", str(account_id), [("state", "=", "closed"), ("active", "in", (True, False))]
        )
        if not request.env.user.has_groups(
            "kdc_utilities.group_accountant,kdc_utilities.group_approver,kdc_residents.group_auditor"
        ):
            raise request.not_found()
        # sudo: found with the reader's own rules; bills, readings and names are printed.
        account = account.sudo()
        try:
            content = request.env["kdc.settlement.pdf"]._render(account)
        except UserError:
            raise request.not_found() from None
        return self._pdf(content, f"quyet-toan-{account.number}")

    def _statement_pdf(self, account, since, until, payer=None):
        content = request.env["kdc.payer.statement.pdf"]._render(account, since, until, payer)
        return self._pdf(content, f"sao-ke-{account.number}-{since:%Y%m%d}-{until:%Y%m%d}")

    def _statement_accounts(self):
        """Return the accounts (sudo) of which the reader may choose one, and the payer if a former one.

        Who pays for none any more has the one for which they paid last, as its former payer; else each is of its payer.
        """
        household = self._bills_household()
        seen = self._one_of_each_payer(household, self._seen_accounts(household))
        return (seen, None) if seen else (self._former_account(household), self._bill_payers(household))

    def _one_of_each_payer(self, household, seen):
        """Return an account (sudo) of each payer whose statement the reader may see, the own payer's first.

        A statement is about the payer with all their accounts. Whoever was named on some of them only sees those bills,
        not the rest.
        """
        own, first = self._bill_payers(household), seen.browse()
        for payer, accounts in seen.grouped(lambda account: account.partner_id.commercial_partner_id).items():
            if payer <= own or not seen.search_count(
                [("partner_id", "child_of", payer.ids), ("id", "not in", accounts.ids)], limit=1
            ):
                first |= accounts[0]
        return first.sorted(lambda account: (account.partner_id.commercial_partner_id not in own, account.id))

    def _advances(self, household, accounts):
        """An advance is the payer's, of all their accounts: shown to whom their statement is shown."""
        payers = self._one_of_each_payer(household, accounts).partner_id.commercial_partner_id
        return super()._advances(
            household, accounts.filtered(lambda account: account.partner_id.commercial_partner_id in payers)
        ) + self._former_advances(household, accounts)

    def _former_advances(self, household, accounts):
        """Return what is left of the money of a reader who pays for no account any more, as ``_advances`` does."""
        payer = self._bill_payers(household)
        if accounts.partner_id.commercial_partner_id & payer:
            return []
        account = self._former_account(household)
        found = account._kdc_former_advances().get(account.id, {}) if account else {}
        amount = sum(left for contact, left in found.items() if contact.commercial_partner_id == payer)
        return [{"whose": payer.name if accounts else "", "amount": amount, "former": True}] if amount else []

    def _former_account(self, household):
        """Return the account (sudo) for which the reader paid last, see ``_kdc_last_account``; may be empty."""
        payer = self._bill_payers(household)
        return request.env["kdc.customer.account"]._kdc_last_account(payer)

    def _statement_account(self, accounts, chosen):
        """Return the account that was chosen among ``accounts``, the first one by default.

        :raise werkzeug.exceptions.NotFound: there is no such one
        """
        account = accounts.filtered(lambda found: str(found.id) == chosen) if chosen else accounts[:1]
        if not account:
            raise request.not_found()
        return account

    def _statement_days(self, since, until):
        """Return first and last day, this year so far where none is given; None when they make no period."""
        today = today_here(request.env.user)
        try:
            first = date.fromisoformat(since) if since else today.replace(month=1, day=1)
            last = date.fromisoformat(until) if until else today
        except ValueError:
            return None
        return (first, last) if date(2000, 1, 1) <= first <= last <= date(2999, 12, 31) else None

    def _bills_page(self, household, accounts):
        """Offer the statement where there is an account to make it of."""
        return super()._bills_page(household, accounts) | {
            "has_statement": bool(self._one_of_each_payer(household, accounts) or self._former_account(household)),
            "plans": self._plans(accounts),
        }

    def _plans(self, accounts):
        """Return the running instalment plans of these accounts (sudo)."""
        # sudo: residents have no right on plans; dates and amounts of their own are shown
        plans = request.env["kdc.instalment.plan"].sudo()
        return plans.search([("account_id", "in", accounts.ids), ("state", "=", "running")])
