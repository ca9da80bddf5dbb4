import base64
from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.kdc_residents.engine import sheet
from odoo.addons.kdc_residents.engine.format import fmt

HEAD = (
    "STT", "Ngày giao dịch", "Số giao dịch", "Ghi nợ/Debit", "Ghi có/Credit", "Số dư/Balance", "Nội dung/Description",
    "Tên đối ứng", "Tài khoản đối ứng",
)  # fmt: skip


class KdcDemo(models.AbstractModel):
    _inherit = "kdc.demo"

    @api.model
    def _make_transfers(self):
        """Yesterday's statement of the bank: some transfers pay by their code, a few wait for the accountant."""
        company = self.env.ref("base.main_company")
        imports = self.env["kdc.statement.import"].with_user(self._user("ketoan"))
        bills = self._bills_for_transfers(company)
        if len(bills) < 5 or self.env["kdc.bank.statement"].search_count([], limit=1):
            return
        journal = imports._default_journal_id()
        # sudo: which account a bank journal is about is the administrator's to say
        journal.sudo().bank_account_id = journal.bank_account_id or company.kdc_bank_id
        yesterday = fields.Date.context_today(self) - timedelta(days=1)
        content = self._statement_file(company, self._transfers(bills), yesterday)
        with self._at(yesterday, 16, 30):
            wizard = imports.create({"journal_id": journal.id, "file": content, "filename": "saoke.xlsx"})
            wizard.action_check()
            # In one go: what follows needs the transfers.
            wizard.with_context(queue_job__no_delay=True).action_import()

    @api.model
    def _bills_for_transfers(self, company):
        """Return open bills of households that play no part in the story, each of another account."""
        bills = self.env["account.move"].search(
            [
                ("company_id", "=", company.id), ("kdc_account_id", "!=", False), ("state", "=", "posted"),
                ("amount_residual", ">", 0), ("partner_id", "not in", self._main_households()[:6].partner_id.ids),
            ],
            order="id desc",
        )  # fmt: skip
        first = {bill.kdc_account_id: bill for bill in bills}
        return bills.filtered(lambda bill: first[bill.kdc_account_id] == bill)

    @api.model
    def _transfers(self, bills):
        """Return (VND, text, sender, account of the sender) of the statement."""
        amounts = [round(bill.amount_residual) for bill in bills]
        codes = bills.mapped("kdc_reference")
        heads = [bill.kdc_account_id._kdc_usual_payer() for bill in bills]
        return (
            (amounts[0], f"MBVCB.71204411.{codes[0]}.CT tu 0071000512345", heads[0], "0071000512345"),
            (amounts[1], f"tien nuoc thang truoc {codes[1].lower()}", heads[1], "19036611223"),
            (50_000, f"{codes[2][:8]} {codes[2][8:]} tra truoc mot phan", heads[2], "0610188776"),
            (amounts[3], f"{heads[3].upper()} nop tien phi", heads[3], "1023344556"),
            (amounts[4] - 10_000, codes[4].replace("0", "O"), heads[4], "0310020030"),
            (amounts[0], codes[0], heads[0], "0071000512345"),
            (1_500_000, "chuyen tien", "CONG TY TNHH BINH MINH", "1234567890"),
            (-11_000, "Phi quan ly tai khoan thang", "", ""),
        )

    @api.model
    def _statement_file(self, company, transfers, day):
        """Return a statement as the bank exports it, in base64."""
        balance = 82_450_000
        rows = [
            ["SAO KÊ TÀI KHOẢN"], [f"Số tài khoản: {company.kdc_bank_id.acc_number}"],
            [f"Số dư đầu kỳ: {balance:,} VND"], HEAD,
        ]  # fmt: skip
        for number, (amount, text, sender, account) in enumerate(transfers, 1):
            balance += amount
            out, money_in = (f"{-amount:,}", None) if amount < 0 else (None, f"{amount:,}")
            code = f"FT{day:%y%j}9{number:04d}"
            rows.append([number, fmt.date(day), code, out, money_in, f"{balance:,}", text, sender, account])
        return base64.b64encode(sheet.write_xlsx(rows))
