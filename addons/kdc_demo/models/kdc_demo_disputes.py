from odoo import api, models


class KdcDemo(models.AbstractModel):
    _inherit = "kdc.demo"

    @api.model
    def _make_disputes(self):
        """Two residents question their newest bill; one has the answer, one still waits."""
        disputes = self.env["kdc.bill.dispute"]
        if disputes.search_count([], limit=1):
            return
        bills = self.env["account.move"].search(
            [("kdc_account_id.household_id", "in", self._main_households()[2:5].ids), ("state", "=", "posted")],
            order="kdc_period desc, id",
        )
        newest = bills.filtered(lambda bill: bill.kdc_period == bills[:1].kdc_period)[:2]
        texts = ("Nhà tôi chỉ còn hai người từ tháng trước, sao vẫn tính như cũ?", "Chỉ số nước hình như ghi nhầm.")
        for bill, text in zip(newest, texts, strict=False):
            section = bill._kdc_bill().sections[-1 if text is texts[0] else 0]
            head = bill.kdc_account_id.household_id.head_id.partner_id
            disputes |= disputes._open(bill, head, section.service, section.charges[0].code, text)
        answered = disputes[:1].with_user(self._user("ketoan"))
        if answered:
            answered.answer = "Phường tính theo số người trong sổ hộ. Ông/Bà báo giảm nhân khẩu thì tháng sau tính lại."
            answered.action_refuse()
