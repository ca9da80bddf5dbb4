from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.clock import to_utc

#: Appointments of the demo: buyer, shop, which of the free times, customers, where the story leaves it.
APPOINTMENTS = (
    ("cudan2", 0, 0, 2, "accepted"),
    ("cudan", 0, 0, 1, "accepted"),
    ("cudan2", 0, 1, 1, "new"),
    ("cudan", 4, 2, 1, "proposed"),
)


class KdcDemo(models.AbstractModel):
    _inherit = "kdc.demo"

    @api.model
    def _make_appointments(self, shops):
        """Let residents book the cooking class and the handyman; one shop keeps an hour free, one proposes another."""
        for login, shop, number, seats, state in APPOINTMENTS:
            self._make_appointment(self._user(login), shops[shop], number, seats, state)
        __, day, found = self._service(shops[0])._kdc_slot_week(shop_side=True)
        self.env["kdc.shop.block"].create({
            "shop_id": shops[0].id,
            "start": to_utc(found[-1].start),
            "stop": to_utc(found[-1].stop),
            "name": "Họp tổ dân phố",
        })  # fmt: skip

    @api.model
    def _service(self, shop):
        return shop.listing_ids.filtered("kdc_slot_minutes")

    @api.model
    def _make_appointment(self, buyer, shop, number, seats, state):
        """Book one of the free times of the next days yesterday evening, and let the shop answer."""
        service = self._service(shop)
        resident = buyer._kdc_resident()
        with self._at(fields.Date.context_today(self) - timedelta(days=1), 19, 30):
            # Free today or tomorrow may be too soon for who looks at the demo
            days, __, __ = service._kdc_slot_week(seats=seats)
            __, __, found = service._kdc_slot_week(days[2][0], seats=seats)
            slot = found[min(number, len(found) - 1)]
            website = self.env["website"].search([("company_id", "=", shop.company_id.id)], limit=1)
            basket = self.env["sale.order"].with_company(shop.company_id).create({
                "partner_id": buyer.partner_id.id,
                "website_id": website.id,
                "company_id": shop.company_id.id,
            })  # fmt: skip
            # sudo: as the shop's own page does after its checks
            basket = basket.with_user(buyer).sudo()
            basket._cart_add(
                product_id=service.product_variant_id.id, quantity=seats, kdc_slot_start=to_utc(slot.start)
            )
            order = basket._kdc_place_orders(
                resident.phone or "0905123456", resident.dwelling_id.name, {shop.id: {"payment_way": "cash"}}
            )
        # Else the demo's new orders would be cancelled before anybody has looked at them.
        order.kdc_answer_by = order._kdc_first_slot()
        with self._at(fields.Date.context_today(self) - timedelta(days=1), 20, 5):
            if state == "accepted":
                order._kdc_set_state("accepted", "shop")
            elif state == "proposed":
                line = order.order_line
                __, __, others = service._kdc_slot_week(slot.start.date(), without=line, shop_side=True)
                order._kdc_propose_slot(line.id, others[-1].start)
