from datetime import timedelta

from odoo import api, fields, models

from ..engine import places, story
from .kdc_demo_time import HANOI


class KdcDemo(models.AbstractModel):
    _inherit = "kdc.demo"

    @api.model
    def _make_recurring(self):
        """The same drain blocked three times: mended each time within a day, and found by the nightly job."""
        company = self._company(places.WARDS[0].code)
        households = self._main_households()
        household = households[story.RECURRING_PLACE % len(households)]
        today = fields.Datetime.now().astimezone(HANOI).date()
        dispatcher = self._user("tiepnhan")
        for text, days in story.RECURRING:
            day = today - timedelta(days=days)
            with self._at(day, 8, 10):
                feedback, _created = self.env["kdc.feedback"]._submit(
                    {
                        "description": text,
                        "category_id": self.env.ref("kdc_feedback.category_drain_blocked").id,
                        "company_id": company.id,
                        "area_id": household.area_id.id,
                        "location": "Miệng cống đầu hẻm",
                        "latitude": household.dwelling_id.latitude,
                        "longitude": household.dwelling_id.longitude,
                        "privacy": "hidden",
                        "channel": "portal",
                    },
                    partner=household.head_id.partner_id,
                )
            with self._at(day, 9, 5):
                feedback.with_user(dispatcher)._staff_receive()
            with self._at(day, 15, 40):
                feedback.with_user(self._user("xuly"))._staff_finish(
                    "Đã nạo vét miệng cống, nước rút.", photos=self._photos("mended")
                )
            with self._at(day + timedelta(days=1), 10, 0):
                feedback._reporter_confirm(4)
        self.env["kdc.feedback.recurrence"]._find(company, fields.Datetime.now())
