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
