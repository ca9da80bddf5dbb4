from odoo import api, models


class KdcDemo(models.AbstractModel):
    _inherit = "kdc.demo"

    @api.model
    def _make_charges(self):
        """A one-off charge that was approved, and one that waits for the chief accountant."""
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
