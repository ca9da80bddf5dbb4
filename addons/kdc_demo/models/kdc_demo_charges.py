from datetime import timedelta

from odoo import api, fields, models


class KdcDemo(models.AbstractModel):
    _inherit = "kdc.demo"

    @api.model
    def _make_charges(self):
        """A one-off charge that was approved; one, and days without collection, that wait for the chief accountant."""
        charges = self.env["kdc.charge"].with_user(self._user("ketoan"))
        accounts = self._main_households()[7:9].kdc_account_ids
        if charges.search_count([], limit=1) or len(accounts) < 2:
            return
        waste = accounts[0].connection_ids.service_id.filtered(lambda service: service.code == "RAC")
        first, _second = charges.create([
            {
                "account_id": account.id, "service_id": waste.id, "name": name, "amount": amount,
                "decision": "Phiếu yêu cầu của hộ", "reason": "Hộ đăng ký tại phường",
            }
            for account, name, amount in zip(
                accounts, ("Thu gom đồ cồng kềnh theo yêu cầu", "Cấp thêm thùng rác 120 lít"), (150000, 180000),
                strict=True,
            )
        ])  # fmt: skip
        first.with_user(self._user("ketoantruong")).action_approve()
        today = fields.Date.context_today(self)
        self.env["kdc.outage"].with_user(self._user("ketoan")).create({
            "name": "Xe thu gom rác hỏng", "service_id": waste.id, "area_id": accounts[0].area_id.id,
            "date_from": today - timedelta(days=9), "date_to": today - timedelta(days=8),
            "decision": "Biên bản làm việc với đơn vị thu gom", "reason": "Hai ngày không thu gom ở cả tổ dân phố.",
        })  # fmt: skip

    @api.model
    def _make_late_fees(self):
        """A late fee on water by its contract: one group's fees wait for the chief accountant, one was waived."""
        rules = self.env["kdc.late.fee.rule"].with_user(self._user("ketoan"))
        accounts = self._main_households()[:1].kdc_account_ids
        water = accounts.connection_ids.service_id.filtered(lambda service: service.code == "NUOC")
        if not water or rules.search_count([], limit=1):
            return
        today = fields.Date.context_today(self)
        rules.create({
            "service_id": water.id, "legal_basis": "Hợp đồng dịch vụ cấp nước, Điều 7", "percent": 0.03,
            "grace_days": 5, "cap_percent": 8, "date_from": today.replace(month=1, day=1),
            "yearly_limit": 12, "limit_basis": "Số liệu thử: hãy nhập mức và văn bản đang áp dụng",
        })  # fmt: skip
        charges = self.env["kdc.charge"].with_user(self._user("ketoan"))
        vals_list = charges._late_fee_vals(water.company_id, today - timedelta(days=1), accounts.area_id)
        # sudo: as the step that prepares them; by whom stands in the values
        fees = charges.sudo().create(vals_list)
        fees[:1].with_user(self._user("ketoantruong"))._waive("Hộ có người nằm viện, tổ dân phố xác nhận", "")
