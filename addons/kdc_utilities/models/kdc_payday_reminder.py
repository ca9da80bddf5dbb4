import logging

from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.attempts import undo_and_log
from odoo.addons.kdc_residents.tools.local_day import today_here

from ..engine.payday import LAST_DAY, next_payday

_logger = logging.getLogger(__name__)

#: Reminders looked at in one transaction of the daily work.
BATCH = 500


class KdcPaydayReminder(models.Model):
    """On which day of the month somebody wants to be reminded of what is open on a customer account.

    The ward holds no deposits and no mandates on cards, so nothing is paid by itself: the reminder leads to the page
    with the QR code. It belongs to the person who chose it, and is gone when the person turns it off.
    """

    _name = "kdc.payday.reminder"
    _description = "Reminder on Payday"
    _order = "next_date, id"
    _rec_name = "account_id"

    partner_id = fields.Many2one("res.partner", "Person", required=True, index=True, ondelete="cascade")
    account_id = fields.Many2one("kdc.customer.account", "Customer", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="account_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    day = fields.Integer("Day of the month", required=True)
    limit = fields.Monetary(help="A sum above it is pointed out. Zero: no limit.")
    by_email = fields.Boolean("Also by e-mail")
    next_date = fields.Date("Next reminder", required=True, index=True)
    reminded_on = fields.Date("Reminded last on")

    _person_uniq = models.Constraint(
        "UNIQUE (partner_id, account_id)", "A person has one reminder for a customer account."
    )
    _day_of_month = models.Constraint(f"CHECK (day BETWEEN 1 AND {LAST_DAY})", "A month has the days 1 to 31.")
    _limit_positive = models.Constraint('CHECK ("limit" >= 0)', "A limit is not below zero.")

    @api.model
    def _choose(self, partner, account, day, limit, by_email):
        """Turn the reminder of a person on or change it; the caller has checked that the person sees the bills."""
        reminder = self.search([("partner_id", "=", partner.id), ("account_id", "=", account.id)])
        vals = {
            "day": day, "limit": limit, "by_email": by_email,
            "next_date": next_payday(day, today_here(self), reminder.reminded_on or None),
        }  # fmt: skip
        if reminder:
            reminder.write(vals)
            return reminder
        return self.create({"partner_id": partner.id, "account_id": account.id, **vals})

    # --- The daily work --------------------------------------------------------------------------

    @api.model
    def _cron_remind(self):
        """Remind whose day has come; each transaction takes a batch, in as many queries for many as for one."""
        today, last = today_here(self), 0
        due = [("next_date", "<=", today)]
        while batch := self.search([*due, ("id", ">", last)], limit=BATCH, order="id"):
            last = batch.ids[-1]
            with undo_and_log(self.env.cr, _logger, "Payday reminders could not be sent, each one alone follows"):
                batch.try_lock_for_update()._remind(today)
            for reminder in batch.exists().filtered(lambda r: r.next_date <= today):
                with undo_and_log(self.env.cr, _logger, "Payday reminder %s could not be sent", reminder.id):
                    reminder.try_lock_for_update()._remind(today)
            # What failed waits for tomorrow: it does not remain for today.
            remaining = self.search_count([*due, ("id", ">", last)])
            if not self.env["ir.cron"]._commit_progress(len(batch), remaining=remaining):
                break

    def _remind(self, today):
        """Tell these people what is open, set their next day. Who no longer sees the bills is told and forgotten."""
        readable = self._readable()
        (self - readable)._end()
        bills = readable.account_id._kdc_bills_to_remind_of().grouped("kdc_account_id")
        told = readable.filtered(lambda reminder: reminder.account_id in bills)
        messages = [(reminder, *reminder._words(bills[reminder.account_id], today)) for reminder in told]
        self.env["kdc.notification"]._notify_each(
            [
                {"partner_id": reminder.partner_id.id, "title": title, "body": body, "url": url}
                for reminder, title, body, url in messages
            ]
        )
        told._mail(messages)
        told.reminded_on = today
        for day, reminders in readable.grouped(lambda r: next_payday(r.day, today, r.reminded_on or None)).items():
            reminders.next_date = day

    def _words(self, bills, today):
        """Return title, text and page of a reminder, in Vietnamese as the papers of the ward."""
        self.ensure_one()
        env = self.with_context(lang="vi_VN").env
        total, due = sum(bills.mapped("amount_residual")), min(bills.mapped("invoice_date_due"))
        amount, number = fmt.vnd(total), self.account_id.number
        if due < today:
            body = env._("Account %(number)s, overdue since %(day)s.", number=number, day=fmt.date(due))
        else:
            body = env._("Account %(number)s, to be paid by %(day)s.", number=number, day=fmt.date(due))
        how = env._("The page shows the QR code for your bank.")
        url = f"/my/bills/{bills.id}" if len(bills) == 1 else "/my/bills"
        if self.limit and total > self.limit:
            title = env._("Your payday: %s to pay, more than your limit", amount)
            look = env._(
                "Your limit is %s. Please look at “Why this amount?” before you pay; you may question a line there.",
                fmt.vnd(self.limit),
            )
            return title, f"{body} {look} {how}", url
        return env._("Your payday: %s to pay", amount), f"{body} {how}", url

    def _mail(self, messages):
        """Queue the e-mails of those who want one, as the bills leave (``kdc.bill.delivery``)."""
        vals_list = []
        for reminder, title, body, url in messages:
            if reminder.by_email and reminder.partner_id.email:
                content = self.env["ir.qweb"]._render(
                    "kdc_utilities.payday_email",
                    {"reminder": reminder, "body": body, "url": f"{reminder.get_base_url()}{url}"},
                    lang="vi_VN",
                )
                vals_list.append({
                    "subject": title, "body_html": content, "email_to": reminder.partner_id.email,
                    "email_from": reminder.company_id.email_formatted, "auto_delete": True,
                })  # fmt: skip
        self.env["mail.mail"].create(vals_list)

    def _readable(self):
        """Return those whose person still sees the bills of the account on the residents' pages."""
        pairs = self.env["kdc.customer.account"]._kdc_reading_pairs([(row.partner_id, row.account_id) for row in self])
        return self.filtered(lambda row: (row.partner_id, row.account_id) in pairs)

    def _end(self):
        """Forget these reminders, and say so: whoever counts on being reminded must not find out by a late fee."""
        env = self.with_context(lang="vi_VN").env
        body = env._("You no longer see these bills on your pages. Ask the payer or the ward if you should.")
        self.env["kdc.notification"]._notify_each([
            {
                "partner_id": reminder.partner_id.id,
                "title": env._("Your payday reminder for account %s has ended", reminder.account_id.number),
                "body": body, "url": "/my/notifications",
            }
            for reminder in self
        ])  # fmt: skip
        self.unlink()


class KdcCustomerAccount(models.Model):
    _inherit = "kdc.customer.account"

    def _kdc_bills_to_remind_of(self):
        """Return the payers' open bills of these accounts that nobody questions and no running plan divides (sudo)."""
        bills = self._kdc_own_open_bills()
        return bills.filtered(
            lambda bill: not bill.kdc_disputed and not any(bill.kdc_instalment_debt_ids.mapped("live"))
        )


class KdcResident(models.Model):
    """The choice is the person's own: it is in the copy of one's data and goes when the person asks for deletion."""

    _inherit = "kdc.resident"

    def _kdc_payday_reminders(self):
        return self.env["kdc.payday.reminder"].search([("partner_id", "=", self.partner_id.id)])

    def _kdc_my_data(self):
        return [
            *super()._kdc_my_data(),
            self._kdc_section(
                "payday_reminders",
                self.env._("Reminders on payday"),
                self._kdc_payday_reminders(),
                ["account_id", "day", "limit", "by_email", "reminded_on"],
            ),
        ]

    def _kdc_erase_more(self, keys):
        self._kdc_payday_reminders().unlink()
        return super()._kdc_erase_more(keys)
