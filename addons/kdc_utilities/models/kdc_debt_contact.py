from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import UserError

#: How far ahead a promise holds reminders back; who needs longer is offered instalments.
PROMISE_DAYS = 90


class KdcDebtContact(models.Model):
    """A visit or call about a debt, and what came of it. A promised day holds the next reminder back."""

    _name = "kdc.debt.contact"
    _description = "Visit or Call About a Debt"
    _order = "date desc, id desc"
    _rec_name = "account_id"

    account_id = fields.Many2one("kdc.customer.account", "Customer", required=True, index=True, ondelete="restrict")
    line_id = fields.Many2one("kdc.dunning.line", "Reminder", index="btree_not_null", ondelete="restrict")
    company_id = fields.Many2one(related="account_id.company_id", store=True, index=True)
    area_id = fields.Many2one("kdc.area", compute="_compute_area_id", store=True, index=True, ondelete="restrict")
    way = fields.Selection(
        [("visit", "Visit"), ("call", "Call"), ("office", "At the office")],
        "Kind of contact",
        required=True,
        default="visit",
    )
    date = fields.Date(required=True, default=today_here)
    user_id = fields.Many2one("res.users", "Noted by", required=True, readonly=True, default=lambda self: self.env.user)
    result = fields.Selection(
        [
            ("not_home", "Nobody at home"),
            ("promised", "Promises to pay"),
            ("paid", "Has paid"),
            ("hardship", "In difficulty, asks for instalments"),
            ("disputes", "Says the bill is wrong"),
            ("refuses", "Refuses"),
            ("moved", "Has moved away"),
            ("other", "Other"),
        ],
        required=True,
    )
    promise_date = fields.Date("Promised for")
    note = fields.Char()

    _promise_has_its_day = models.Constraint(
        "CHECK ((result = 'promised') = (promise_date IS NOT NULL))", "A promise names the day; nothing else does."
    )
    _other_says_what = models.Constraint("CHECK (result != 'other' OR note IS NOT NULL)", "Write what came of it.")

    @api.depends("account_id")
    def _compute_area_id(self):
        """Not a related field: when areas are merged later, what is done keeps the area it was done in."""
        for contact in self:
            contact.area_id = contact.account_id.area_id

    @api.constrains("promise_date", "date")
    def _check_promise_date(self):
        today = today_here(self)
        for contact in self:
            if contact.date > today:
                raise UserError(self.env._("A visit or call is noted after it was made. Check its day."))
            if contact.promise_date and contact.promise_date < contact.date:
                raise UserError(self.env._("The promised day lies before the visit."))
            if contact.promise_date and contact.promise_date > contact.date + timedelta(days=PROMISE_DAYS):
                raise UserError(
                    self.env._(
                        "A promise reaches at most %s days ahead. Check the day; who needs longer pays by instalments.",
                        PROMISE_DAYS,
                    )
                )

    @api.constrains("line_id", "account_id")
    def _check_line(self):
        for contact in self:
            if contact.line_id and contact.line_id.account_id != contact.account_id:
                raise UserError(self.env._("This reminder is about another customer."))

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if not self.env.su:
                vals["user_id"] = self.env.uid
            if vals.get("result") != "promised":
                vals["promise_date"] = False
        contacts = super().create(vals_list)
        # Nobody at home: somebody goes there again. Everything else is the end of this visit.
        # sudo: the state of a reminder is written by its steps; who notes the visit sees the customer.
        ended = contacts.filtered(lambda contact: contact.result != "not_home").sudo().line_id
        ended.filtered(lambda line: line.channel == "visit" and line.state == "waiting")._mark_sent()
        return contacts

    @api.model
    def _promised(self, company, day):
        """Return the accounts that promised to pay by ``day`` or later, and of which nothing else was noted since."""
        # sudo: whoever prepares reminders must know of promises noted by others.
        promises = self.sudo().search([("company_id", "=", company.id), ("promise_date", ">=", day)])
        standing = promises & self.sudo()._latest(promises.account_id)  # sudo: as above
        return self.env["kdc.customer.account"].browse(standing.account_id.ids)

    @api.model
    def _latest(self, accounts):
        """Return the last visit or call noted of each account at which somebody was met."""
        groups = self._read_group(
            [("account_id", "in", accounts.ids), ("result", "!=", "not_home")], ["account_id"], ["id:max"]
        )
        return self.browse(last for _account, last in groups)


class KdcCustomerAccount(models.Model):
    _inherit = "kdc.customer.account"

    contact_ids = fields.One2many("kdc.debt.contact", "account_id", string="Visits and calls", readonly=True)
    promise_date = fields.Date(
        "Promised to pay by", compute="_compute_promise_date", help="Until then no reminder goes out."
    )

    def _compute_promise_date(self):
        today = today_here(self)
        last = self.env["kdc.debt.contact"]._latest(self)
        days = {
            contact.account_id.id: contact.promise_date
            for contact in last
            if contact.promise_date and contact.promise_date >= today
        }
        for account in self:
            account.promise_date = days.get(account.id, False)

    def action_note_contact(self):
        """Ask what came of a call or visit."""
        self.ensure_one()
        return self._contact_dialogue()

    def _contact_dialogue(self, line=None):
        return self._wizard("kdc.debt.contact", self.env._("Note a visit or call")) | {
            "context": {
                "default_account_id": self.id,
                "default_line_id": line and line.id,
                "default_way": "visit" if line else "call",
            }
        }
