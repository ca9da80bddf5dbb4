from odoo import api, fields, models

from ..engine import vietqr


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

    kdc_late_fee_rule_ids = fields.One2many("kdc.late.fee.rule", "company_id", string="Late fees")

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

    @api.model
    def _kdc_gift_fund(self):
        """Return code and name of the account that new drives for contributions propose."""
        return {"code": "338890", "name": "Đóng góp tự nguyện của cư dân"}

    def _kdc_setup_cash_desks(self):
        """Let differences of the cash desks await their resolution instead of becoming expense or income at once.

        The Vietnamese chart has 1381 for shortages and 3381 for surpluses that await it. Desks for which the
        accountant chose other accounts keep them.
        """
        desks = self.env["account.journal"].search([("type", "=", "cash"), ("company_id", "=", self.id)])
        for field, default, code in (
            ("loss_account_id", self.default_cash_difference_expense_account_id, "13811"),
            ("profit_account_id", self.default_cash_difference_income_account_id, "33811"),
        ):
            account = self.env["account.account"].search(
                [("company_ids", "in", self.ids), ("code", "=", code)], limit=1
            )
            if account:
                desks.filtered_domain([(field, "in", [False, *default.ids])]).write({field: account.id})


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    kdc_bank_id = fields.Many2one(related="company_id.kdc_bank_id", readonly=False)
    kdc_zero_tens_word = fields.Selection(related="company_id.kdc_zero_tens_word", readonly=False, required=True)
