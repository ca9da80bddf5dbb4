from odoo import fields, models

from ..engine.handover import DELIVERY, PICKUP, Offer


class KdcShop(models.Model):
    """How a shop hands over: its pick-up points and delivery zones."""

    _inherit = "kdc.shop"

    place_ids = fields.One2many("kdc.shop.place", "shop_id", "Pick-up points and delivery zones", copy=False)

    def _kdc_offers(self, area):
        """Return the ways in which a buyer living in ``area`` gets goods of this shop, never empty.

        Without pick-up points goods are fetched at the shop; a shop that delivers without naming zones delivers
        everywhere for nothing.

        :param area: kdc.area of the buyer's household, may be empty
        :rtype: list[Offer]
        """
        self.ensure_one()
        places = self.place_ids.filtered(lambda place: place._kdc_serves(area))
        pickup = [place._kdc_offer() for place in places if place.kind == "pickup"]
        delivery = [place._kdc_offer() for place in places if place.kind == "delivery"]
        if not any(place.kind == "pickup" for place in self.place_ids):
            pickup = [Offer(PICKUP, PICKUP, self.env._("At the shop"), self.address or "")]
        if self.delivers and not any(place.kind == "delivery" for place in self.place_ids):
            delivery = [Offer(DELIVERY, DELIVERY, self.env._("To my house"), self.delivery_note or "")]
        if not self.delivers:
            delivery = []
        return pickup + delivery or [Offer(PICKUP, PICKUP, self.env._("At the shop"), self.address or "")]
