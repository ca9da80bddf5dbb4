from datetime import timedelta

from odoo import api, fields, models


class KdcDemo(models.AbstractModel):
    _inherit = "kdc.demo"

    @api.model
    def _make_privacy(self):
        """Residents say what they agree to: on the portal, on paper, and one of them changes her mind."""
        heads = self._main_households().head_id
        if len(heads) < 3:
            return
        consents = self.env["kdc.consent"]
        for login, head in (("cudan", heads[0]), ("cudan2", heads[1])):
            consents.with_user(self._user(login))._record(head, "text_notice", "given", "portal")
        consents.with_user(self._user("cudan2"))._record(heads[1], "text_notice", "withdrawn", "portal")
        officer = consents.with_user(self._user("canbo"))
        officer._record(heads[2], "text_notice", "given", "paper", reference="03/2026/ĐY-TDP")
        self._make_data_requests(heads)

    def _make_data_requests(self, heads):
        """One request waits for the confirmation, one is past the day of the law, one is answered."""
        today = fields.Date.context_today(self)
        story = (
            (heads[0], "object", 1, "Xin không dùng số điện thoại của tôi để mời dự tập huấn."),
            (heads[1], "correct", 15, "Giấy phép lái xe của tôi đã đổi, số cũ còn trong hồ sơ."),
            (heads[2], "delete", 12, "Xin xóa email và nghề nghiệp của tôi."),
        )
        for head, right, days, details in story:
            with self._at(today - timedelta(days=days)):
                record = self.env["kdc.data.request"].create(
                    {
                        "right_id": self.env.ref(f"kdc_residents.data_right_{right}").id,
                        "resident_id": head.id,
                        "requester_id": head.partner_id.id,
                        "company_id": head.company_id.id,
                        "details": details,
                        "channel": "portal",
                    }
                )
                if right != "object":
                    record.action_acknowledge()
                if right == "delete":
                    record._erase("Cảm ơn Ông/Bà đã gửi yêu cầu.")
