import base64
from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.pdf import register_fonts
from odoo.fields import Domain
from reportlab.lib.pagesizes import A5
from reportlab.pdfgen.canvas import Canvas


class KdcDemo(models.AbstractModel):
    _inherit = "kdc.demo"

    @api.model
    def _make_books(self):
        """A fund that paid for lights and was published, a spending to approve, last month remitted to the provider."""
        funds = self.env["kdc.fund"].with_user(self._user("ketoan"))
        drive = self.env["kdc.contribution.drive"].search([("state", "=", "closed")], order="id", limit=1)
        if not drive or funds.search_count([], limit=1):
            return
        today = fields.Date.context_today(self)
        company = drive.company_id
        bank = self.env["account.journal"].search([("type", "=", "bank"), ("company_id", "=", company.id)], limit=1)
        fund = funds.create({
            "name": "Quỹ đóng góp của cư dân", "company_id": company.id, "account_id": drive.account_id.id,
            "purpose": "Giữ tiền các đợt vận động và chỉ chi cho đúng mục đích của từng đợt.",
            "decision": "Biên bản họp tổ dân phố, 92% số hộ tán thành",
        })  # fmt: skip
        # A small community has given less: half of it in full ten thousands, at most what six lights cost.
        cost = min(2_850_000, round(fund._sums(Domain.TRUE)["in"]) // 20_000 * 10_000)
        with self._at(today - timedelta(days=35)):
            lights = self._spend(fund, bank, "Mua và lắp đèn LED", cost, "Cửa hàng điện Minh Phát")
            lights.with_user(self._user("ketoantruong")).action_approve()
        self._spend(fund, bank, "Quà Tết cho 2 hộ nghèo", 600_000, "Siêu thị Nha Trang")
        report = self.env["kdc.fund.report"].browse(fund.action_report()["res_id"]).with_user(self._user("ketoan"))
        report.note = "Chứng từ gốc xem tại nhà sinh hoạt cộng đồng."
        report.with_user(self._user("ketoantruong")).action_approve()
        self._remit(company, bank)
        self._ask_to_withdraw(company)
        self._ask_to_cancel(company)

    @api.model
    def _ask_to_withdraw(self, company):
        """A receipt of a counted drawer was for the neighbours: the chief accountant finds it waiting."""
        receipt = self.env["kdc.receipt"].search(
            [("company_id", "=", company.id), ("state", "=", "posted"), ("session_state", "=", "countersigned"),
             ("advance", "=", 0), ("line_ids.contribution_id", "=", False), ("transfer_amount", "=", 0),
             ("card_amount", "=", 0)], limit=1,
        )  # fmt: skip
        right = receipt.account_id.search(
            [("area_id", "=", receipt.area_id.id), ("id", "!=", receipt.account_id.id), ("household_id", "!=", False)],
            order="id", limit=1,
        )  # fmt: skip
        if right:
            self.env["kdc.receipt.reversal"].with_user(self._user("ketoan")).create({
                "receipt_id": receipt.id, "kind": "move", "target_account_id": right.id,
                "reason": "Người nộp đọc nhầm mã khách hàng, tiền là của hộ bên cạnh.",
            })  # fmt: skip

    @api.model
    def _ask_to_cancel(self, company):
        """A bill with a misread meter: the chief accountant finds its cancellation waiting, too."""
        bill = self.env["account.move"].search(
            [("company_id", "=", company.id), ("kdc_account_id.household_id", "!=", False), ("state", "=", "posted"),
             ("payment_state", "=", "not_paid")], order="kdc_period desc, id desc", limit=1,
        )  # fmt: skip
        if bill:
            self.env["kdc.bill.cancellation"].with_user(self._user("ketoan")).create({
                "move_id": bill.id, "reason": "Đọc nhầm số trên đồng hồ nước, lập lại hóa đơn sau khi sửa chỉ số.",
            })  # fmt: skip

    @api.model
    def _spend(self, fund, bank, name, amount, payee):
        """Return a spending with its paper, prepared by the accountant."""
        return self.env["kdc.fund.spending"].with_user(self._user("ketoan")).create({
            "fund_id": fund.id, "name": name, "amount": amount, "payee": payee, "journal_id": bank.id,
            "date": fields.Date.context_today(self),
            "decision": "Ban công tác Mặt trận và tổ trưởng thống nhất",
            "paper": self._demo_invoice(name, payee), "paper_name": "hoa-don.pdf",
        })  # fmt: skip

    @api.model
    def _demo_invoice(self, name, payee):
        """Return a one-page PDF in the place of a shop's invoice."""
        register_fonts()
        canvas = Canvas("", pagesize=A5, invariant=1)
        canvas.setFont("KDC", 14)
        canvas.drawString(40, A5[1] - 60, payee)
        canvas.drawString(40, A5[1] - 90, name)
        return base64.b64encode(canvas.getpdfdata())

    @api.model
    def _remit(self, company, bank):
        """Hand over to the first provider what was collected for it until the end of last month."""
        provider = (
            self.env["kdc.service"]
            .search([("company_id", "=", company.id), ("money_kind", "=", "thu_ho")], order="sequence, id", limit=1)
            .provider_id
        )
        first, last = self.env["kdc.remittance"]._last_month()
        vals = {
            "provider_id": provider.id, "company_id": company.id, "journal_id": bank.id, "date_from": first,
            "date_to": last,
        }  # fmt: skip
        due = self.env["kdc.remittance"].new(vals)._sums()["due"]
        if due > 0:
            remittance = self.env["kdc.remittance"].with_user(self._user("ketoan")).create(vals | {"amount": due})
            remittance.with_user(self._user("ketoantruong")).action_approve()
