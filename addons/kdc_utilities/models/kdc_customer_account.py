from collections import Counter, defaultdict

from odoo import api, fields, models
from odoo.addons.kdc_residents.engine import text
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import UserError, ValidationError

from ..engine import account_number


class KdcCustomerAccount(models.Model):
    """Who pays for which dwelling: the thing a bill, a payment and a reference are about.

    The number has a check digit and never changes; the debt follows the payer, not the house.
    """

    _name = "kdc.customer.account"
    _description = "Customer Account"
    _inherit = ["mail.thread"]
    _order = "number"
    _rec_names_search = ["number", "search_key"]
    _check_company_auto = True

    number = fields.Char(readonly=True, copy=False, index="trigram", default="/")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    partner_id = fields.Many2one("res.partner", string="Payer", required=True, index=True, ondelete="restrict")
    household_id = fields.Many2one("kdc.household", index=True, ondelete="restrict", check_company=True)
    dwelling_id = fields.Many2one("kdc.dwelling", index=True, ondelete="restrict", check_company=True)
    area_id = fields.Many2one(
        "kdc.area", compute="_compute_area_id", store=True, readonly=False, index=True, ondelete="restrict"
    )
    route_sequence = fields.Integer(related="dwelling_id.route_sequence", store=True)
    date_from = fields.Date("Customer since", default=today_here)
    date_to = fields.Date("Customer until")
    connection_ids = fields.One2many("kdc.connection", "account_id", string="Connections")
    move_ids = fields.One2many("account.move", "kdc_account_id", string="Bills")
    currency_id = fields.Many2one(related="company_id.currency_id")
    balance = fields.Monetary(
        "Owed", compute="_compute_balance", help="Unpaid bills of who pays for this account today."
    )
    advance = fields.Monetary(
        "Paid in advance", compute="_compute_advance", help="Money of the payer beyond what was owed."
    )
    bill_count = fields.Integer(compute="_compute_balance")

    search_key = fields.Char(compute="_compute_search_key", store=True, index="trigram")
    payer_key = fields.Char("Folded name of the payer", compute="_compute_search_key", store=True, index=True)

    _number_uniq = models.Constraint("UNIQUE (company_id, number)", "Another account has this number.")
    _dates = models.Constraint("CHECK (date_to >= date_from)", "The account ends before it begins.")

    @api.depends("dwelling_id.area_id", "household_id.area_id")
    def _compute_area_id(self):
        for account in self:
            account.area_id = account.dwelling_id.area_id or account.household_id.area_id or account.area_id

    @api.depends("number", "partner_id.name")
    def _compute_display_name(self):
        for account in self:
            account.display_name = " · ".join(filter(None, (account.number, account.partner_id.name)))

    @api.depends("number", "partner_id.name", "dwelling_id.name")
    def _compute_search_key(self):
        for account in self:
            account.payer_key = text.fold(account.partner_id.name)
            account.search_key = text.fold(
                " ".join(filter(None, (account.number, account.partner_id.name, account.dwelling_id.name)))
            )

    @api.model
    def _search_display_name(self, operator, value):
        """Find an account by number, payer or address typed with or without diacritics."""
        if isinstance(value, str):
            value = text.fold(value)
        return super()._search_display_name(operator, value)

    def _compute_balance(self):
        groups = self.env["account.move"]._read_group(
            [("kdc_account_id", "in", self.ids), ("state", "=", "posted")],
            ["kdc_account_id", "partner_id"],
            ["amount_residual_signed:sum", "__count"],
        )
        owed = {(account.id, payer.id): residual for account, payer, residual, _count in groups}
        counts = Counter()
        for account, _payer, _residual, count in groups:
            counts[account.id] += count
        for account in self:
            account.balance, account.bill_count = owed.get((account.id, account.partner_id.id), 0), counts[account.id]

    def _compute_advance(self):
        for account in self:
            account.advance = account._kdc_advance()

    @api.onchange("household_id")
    def _onchange_household_id(self):
        if self.household_id:
            self.partner_id = self.household_id.partner_id
            self.dwelling_id = self.household_id.dwelling_id

    @api.constrains("number")
    def _check_number(self):
        for account in self:
            if not account_number.is_valid(account.number or ""):
                raise ValidationError(
                    self.env._("%s is not an account number: its check digit is wrong.", account.number)
                )

    @api.model_create_multi
    def create(self, vals_list):
        missing = defaultdict(list)
        for vals in vals_list:
            if vals.get("number", "/") == "/":
                missing[vals.get("company_id") or self.env.company.id].append(vals)
        for company_id, accounts in missing.items():
            for vals, number in zip(accounts, self._next_numbers(company_id, len(accounts)), strict=True):
                vals["number"] = number
        return super().create(vals_list)

    @api.model
    def _next_numbers(self, company_id, count):
        """Take so many new account numbers, with check digits, from the sequence of the ward or the common one."""
        # sudo: who may open an account may take the next number, but sequences are the administrator's.
        sequence = self.env["ir.sequence"].sudo().search(
            [("code", "=", "kdc.customer.account"), ("company_id", "in", (company_id, False))],
            order="company_id", limit=1,
        )  # fmt: skip
        return [account_number.make(int(number)) for number in sequence._kdc_next_codes(count)]

    @api.ondelete(at_uninstall=False)
    def _unlink_except_billed(self):
        if any(account.bill_count for account in self):
            raise UserError(self.env._("An account with bills cannot be deleted. Archive it instead."))

    def action_view_bills(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_utilities.account_move_bill_action")
        return action | {"domain": [("kdc_account_id", "=", self.id)], "context": {}}
