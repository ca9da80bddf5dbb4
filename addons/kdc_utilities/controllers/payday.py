"""A resident chooses the day of the month on which to be reminded of what is open."""

from odoo import http
from odoo.http import request
from psycopg2 import IntegrityError

from ..engine.payday import LAST_DAY
from .statements import Statements

#: VND: a higher limit is a slip of the finger.
HIGHEST = 10**9


class PaydayReminders(Statements):
    """``/my/bills/reminder``: for customer accounts whose bills the reader sees, and only for the reader."""

    @http.route("/my/bills/reminder", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def resident_payday(self, **_kwargs):
        """Show the choice for each customer account."""
        return self._light_render("kdc_utilities.portal_payday", self._payday_page())

    @http.route(
        "/my/bills/reminder/<int:account_id>", type="http", auth="user", website=True, sitemap=False, methods=["POST"]
    )
    def resident_payday_choose(self, account_id, day="", limit="", by_email="", **_kwargs):
        """Turn the reminder on or change it."""
        account = self._payday_account(account_id)
        errors, day_number, amount = {}, self._whole(day), self._whole(limit) if limit.strip() else 0
        if day_number is None or not 1 <= day_number <= LAST_DAY:
            errors["day"] = request.env._("Please choose a day from 1 to 31.")
        if amount is None or amount > HIGHEST:
            errors["limit"] = request.env._("Please type the limit in đồng, for example 500000, or leave it empty.")
        if not errors:
            try:
                with request.env.cr.savepoint():
                    # sudo: residents have no right on reminders; account and person are the reader's own.
                    request.env["kdc.payday.reminder"].sudo()._choose(
                        # sudo: as above
                        request.env.user.partner_id.sudo(), account, day_number, amount, bool(by_email)
                    )
            except IntegrityError:
                errors["day"] = request.env._("Your choice was received a moment ago. Please look at it first.")
        if errors:
            typed = {"day": day, "limit": limit, "by_email": bool(by_email)}
            return self._light_invalid("kdc_utilities.portal_payday", self._payday_page(account, typed, errors))
        self._light_flash(request.env._("Your reminder is on."))
        return self._light_redirect("/my/bills/reminder")

    @http.route(
        "/my/bills/reminder/<int:account_id>/off", type="http", auth="user", website=True, sitemap=False,
        methods=["POST"],
    )  # fmt: skip
    def resident_payday_off(self, account_id, **_kwargs):
        """Turn the reminder off."""
        self._payday_reminders(self._payday_account(account_id)).unlink()
        self._light_flash(request.env._("The reminder is off. Bills are still announced as before."))
        return self._light_redirect("/my/bills/reminder")

    # -- whose -------------------------------------------------------------------------------------

    def _payday_accounts(self, household):
        """Return the customer accounts whose bills the reader sees and that are not closed (sudo)."""
        return self._seen_accounts(household).filtered("active")

    def _payday_account(self, account_id):
        """Return one of these accounts; any other number does not exist."""
        account = self._payday_accounts(self._bills_household()).filtered(lambda found: found.id == account_id)
        if not account:
            raise request.not_found()
        return account

    def _payday_reminders(self, accounts):
        """Return the reader's own reminders for these accounts (sudo)."""
        # sudo: residents have no right on reminders; only the reader's own are searched.
        return request.env["kdc.payday.reminder"].sudo().search(
            [("account_id", "in", accounts.ids), ("partner_id", "=", request.env.user.partner_id.id)]
        )  # fmt: skip

    def _payday_page(self, failed=None, typed=None, errors=None):
        """Return what the page shows; of the account that was sent, what was typed stays."""
        accounts = self._payday_accounts(self._bills_household())
        if not accounts:
            raise request.not_found()
        reminders = {reminder.account_id: reminder for reminder in self._payday_reminders(accounts)}
        email = request.env.user.partner_id.email
        rows = []
        for account in accounts:
            reminder = reminders.get(account, request.env["kdc.payday.reminder"])
            chosen = {
                "day": str(reminder.day or ""), "limit": round(reminder.limit) or "",
                "by_email": reminder.by_email if reminder else bool(email),
            }  # fmt: skip
            rows.append({
                "account": account, "reminder": reminder, **(typed if account == failed else chosen),
                "errors": errors if account == failed else {},
            })  # fmt: skip
        return {"rows": rows, "days": [str(day) for day in range(1, LAST_DAY + 1)], "email": email}

    @staticmethod
    def _whole(text):
        """Return the whole number that somebody typed with or without points, or None."""
        digits = text.translate(str.maketrans("", "", " .,₫đ\u00a0"))
        return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 12 else None
