from datetime import datetime, timedelta

from odoo import api, models

from ..engine import places
from .kdc_demo_time import HANOI


class KdcDemo(models.AbstractModel):
    _inherit = "kdc.demo"

    @api.model
    def _make_board(self):
        """Another system that may send feedback, a text a dispatcher redacted, and a resident who follows a subject."""
        company = self._company(places.WARDS[0].code)
        self._make_guest(company)
        self._make_mail(company)
        self.env["kdc.feedback.api.key"].create(
            {"name": "Ứng dụng phản ánh của tỉnh", "contact": "pakn@khanhhoa.example", "company_id": company.id}
        )
        board = self.env["kdc.feedback"]._board(company)
        shown = self.env["kdc.feedback"].search(board, order="submitted_at DESC, id DESC", limit=1)
        if shown:
            shown.with_user(self._user("tiepnhan"))._moderate_texts(
                {"location": shown.area_id.name}, "Người gửi đề nghị không ghi số nhà"
            )
        self.env["kdc.feedback.watch"].create(
            {
                "partner_id": self._user("cudan").partner_id.id,
                "company_id": company.id,
                "category_id": self.env.ref("kdc_feedback.category_light").id,
            }
        )

    @api.model
    def _make_guest(self, company):
        """Let guests send, and one who passed by this week."""
        company.kdc_feedback_guests = True
        now = datetime.now(HANOI) - timedelta(days=2)
        with self._at(now.date(), 9, 40):
            feedback, _created = self.env["kdc.feedback"]._submit(
                {
                    "name": "Ghế đá ở bờ biển bị gãy",
                    "description": "Ghế đá cạnh chòi cứu hộ bị gãy một chân, người già ngồi có thể ngã.",
                    "category_id": self.env.ref("kdc_feedback.category_misc").id,
                    "company_id": company.id,
                    "location": "Công viên bờ biển, cạnh chòi cứu hộ",
                    "privacy": "anonymous",
                    "channel": "guest",
                }
            )
        with self._at(now.date(), 10, 5):
            self._act_receive(feedback, None)

    @api.model
    def _make_mail(self, company):
        """A mail of yesterday from an address nobody knows; the dispatcher has still to look at it."""
        now = datetime.now(HANOI) - timedelta(days=1)
        with self._at(now.date(), 20, 15):
            self.env["kdc.feedback"].create(
                {
                    "name": "Nắp cống kêu to khi xe chạy qua",
                    "description": "Tôi thuê trọ gần chợ Đầm. Nắp cống trước cổng số 3 bị lỏng, xe tải qua kêu rất to.",
                    "company_id": company.id,
                    "channel": "email",
                    "privacy": "hidden",
                    "is_private": True,
                    "contact_name": "Hoài Thương",
                    "contact_email": "hoaithuong@thu.example",
                }
            )
