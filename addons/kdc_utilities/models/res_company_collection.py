from odoo import Command, api, fields, models
from odoo.addons.kdc_residents.engine import vietqr
from odoo.exceptions import UserError


class ResCompany(models.Model):
    _inherit = "res.company"

    kdc_bank_id = fields.Many2one(
        "res.partner.bank",
        string="Bank account for fees",
        ondelete="restrict",
        domain="[('partner_id', '=', partner_id)]",
        help="Transfers by VietQR go here. Its bank needs the 6-digit NAPAS number as identifier code.",
    )
    kdc_zero_tens_word = fields.Selection(
        [("linh", "linh (một trăm linh năm)"), ("lẻ", "lẻ (một trăm lẻ năm)")],
        string="Empty tens in words",
        required=True,
        default="linh",
    )
    kdc_deliver_on_issue = fields.Boolean(
        "Tell payers when bills are issued", default=True, help="On the residents' pages, by e-mail or text message."
    )

    kdc_cash_rounding = fields.Selection(
        [("0", "Not rounded"), ("500", "To 500 ₫"), ("1000", "To 1.000 ₫")],
        string="Cash rounding", required=True, default="0",
        help="Cash that settles all that is owed is rounded to the smallest note. The bills are paid to the đồng; the "
        "difference is booked on an account of its own.",
    )  # fmt: skip
    kdc_rounding_account_id = fields.Many2one(
        "account.account", "Account of the cash rounding", ondelete="restrict",
        domain="[('company_ids', 'parent_of', id)]",
        help="Gains and losses of the rounding; made on first use when none is chosen.",
    )  # fmt: skip
    kdc_phone_numbers = fields.Integer(
        "Receipt numbers for a phone", required=True, default=50,
        help="How many receipt numbers a phone gets at once for collecting without network. Numbers that come back "
        "unused are recorded as such.",
    )  # fmt: skip

    kdc_late_fee_rule_ids = fields.One2many(
        "kdc.late.fee.rule", "company_id", string="Late fees",
        groups="kdc_utilities.group_accountant,kdc_utilities.group_approver,kdc_residents.group_auditor",
    )  # fmt: skip

    _kdc_phone_numbers_some = models.Constraint(
        "CHECK (kdc_phone_numbers BETWEEN 1 AND 1000)", "A phone gets between 1 and 1,000 receipt numbers at once."
    )

    def _kdc_transfer_bank(self):
        """Return where transfers to the ward go: ``bin``, ``bank``, ``account``, ``holder``; None without a bank."""
        self.ensure_one()
        bank = self.kdc_bank_id
        if not bank:
            return None
        account = bank.proxy_value if bank.proxy_type == "bank_acc" and bank.proxy_value else bank.sanitized_acc_number
        return {
            "bin": bank.bank_bic or "",
            "bank": bank.bank_name or vietqr.BANKS.get(bank.bank_bic or "", ""),
            "account": account or "",
            "holder": bank.acc_holder_name or self.name,
        }

    def _kdc_transfer_account(self):
        """Return the ledger account of the bank that receives the transfers.

        A transfer that was seen at the counter is booked there at once; when the statement comes, the import finds that
        entry by its amount and asks whether it is this movement.
        """
        self.ensure_one()
        banks = self.env["account.journal"].search([("type", "=", "bank"), ("company_id", "=", self.id)])
        chosen = banks.filtered(lambda journal: journal.bank_account_id == self.kdc_bank_id and self.kdc_bank_id)
        account = (chosen or banks)[:1].default_account_id
        if not account:
            raise UserError(self.env._("%s has no bank journal yet. Ask the accountant to create one.", self.name))
        return account

    def _kdc_rounding_account(self):
        """Return the account of the cash rounding, made on first use."""
        self.ensure_one()
        if not self.kdc_rounding_account_id:
            self.kdc_rounding_account_id = self.env["account.account"].with_company(self).create({
                "code": "711890", "name": "Chênh lệch làm tròn tiền mặt", "account_type": "income_other",
                "company_ids": [Command.set(self.ids)],
            })  # fmt: skip
        return self.kdc_rounding_account_id

    @api.model
    def _kdc_gift_fund(self):
        """Return code and name of the account that new drives for contributions propose."""
        return {"code": "338890", "name": "Đóng góp tự nguyện của cư dân"}

    def _kdc_setup_cash_desks(self):
        """Let differences of the cash desks await their resolution instead of becoming expense or income at once.

        The Vietnamese chart has 1381 for shortages and 3381 for surpluses that await it; other charts get them. Desks
        for which the accountant chose other accounts keep them.
        """
        accounts = self.env["account.account"].with_company(self)
        desks = self.env["account.journal"].search([("type", "=", "cash"), ("company_id", "=", self.id)])
        for field, default, code, name, kind in (
            ("loss_account_id", self.default_cash_difference_expense_account_id, "13811",
             "Tài sản thiếu chờ xử lý", "asset_current"),
            ("profit_account_id", self.default_cash_difference_income_account_id, "33811",
             "Tài sản thừa chờ giải quyết", "liability_current"),
        ):  # fmt: skip
            to_set = desks.filtered_domain([(field, "in", [False, *default.ids])])
            if to_set:
                account = accounts.search([("company_ids", "in", self.ids), ("code", "=", code)], limit=1)
                to_set.write({
                    field: account.id or accounts.create({
                        "code": code, "name": name, "account_type": kind, "company_ids": [Command.set(self.ids)],
                    }).id,
                })  # fmt: skip


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    kdc_bank_id = fields.Many2one(related="company_id.kdc_bank_id", readonly=False)
    kdc_zero_tens_word = fields.Selection(related="company_id.kdc_zero_tens_word", readonly=False, required=True)
    kdc_phone_numbers = fields.Integer(related="company_id.kdc_phone_numbers", readonly=False, required=True)
    kdc_cash_rounding = fields.Selection(related="company_id.kdc_cash_rounding", readonly=False, required=True)
    kdc_rounding_account_id = fields.Many2one(related="company_id.kdc_rounding_account_id", readonly=False)
