"""Statements of account and final settlements: the resident's own, and for the staff any account they may see."""

from datetime import date

from odoo import http
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import UserError
from odoo.http import request

from .documents import StaffDocuments


class Statements(StaffDocuments):
    @http.route("/my/bills/statement", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def resident_statement(self, since="", until="", **_kwargs):
        """Show what was billed and paid in a period, this year unless another one is chosen."""
        account = self._statement_account()
        days = self._statement_days(since, until)
        if not days:
            return self._light_invalid(
                "kdc_utilities.portal_statement",
                {
                    "since": since,
                    "until": until,
                    "statement": None,
                    "error": request.env._("Choose a first and a last day, the first one not after the last one."),
                },
            )
        return self._light_render(
            "kdc_utilities.portal_statement",
            {"since": days[0], "until": days[1], "statement": account._kdc_statement(*days), "error": None},
        )

    @http.route("/my/bills/statement/pdf", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def resident_statement_pdf(self, since="", until="", **_kwargs):
        """Give the same as PDF."""
        account = self._statement_account()
        days = self._statement_days(since, until)
        if not days:
            raise request.not_found()
        return self._statement_pdf(account, *days)

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

    def _statement_pdf(self, account, since, until):
        content = request.env["kdc.payer.statement.pdf"]._render(account, since, until)
        return self._pdf(content, f"sao-ke-{account.number}-{since:%Y%m%d}-{until:%Y%m%d}")

    def _statement_account(self):
        """Return an account (sudo) of the payer whose bills the reader sees: a statement is about the payer.

        :raise werkzeug.exceptions.NotFound: there is none, or the household does not share its bills with this member
        """
        household = self._bills_household()
        if household and not request.env.user._kdc_may_see("bills", household):
            raise request.not_found()
        # sudo: residents have no right on accounts; only the own payer's are searched, see _bill_payers
        accounts = request.env["kdc.customer.account"].sudo().with_context(active_test=False)
        account = accounts.search([("partner_id", "child_of", self._bill_payers(household).ids)], limit=1)
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

    def _bills_page(self, household):
        """Offer the statement where there is an account to make it of."""
        payers = self._bill_payers(household)
        # sudo: as in _statement_account
        accounts = request.env["kdc.customer.account"].sudo().with_context(active_test=False)
        found = accounts.search_count([("partner_id", "child_of", payers.ids)], limit=1) if payers else 0
        return super()._bills_page(household) | {"has_statement": bool(found), "plans": self._plans(payers)}

    def _plans(self, payers):
        """Return the running instalment plans of these payers (sudo)."""
        # sudo: residents have no right on plans; dates and amounts of their own are shown
        plans = request.env["kdc.instalment.plan"].sudo()
        return plans.search([("account_id.partner_id", "child_of", payers.ids), ("state", "=", "running")])
