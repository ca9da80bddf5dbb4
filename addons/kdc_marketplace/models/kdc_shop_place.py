from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine.handover import DELIVERY, PICKUP, Offer

MAX_FEE = 10_000_000  # VND; above that it is a slip of the finger


class KdcShopPlace(models.Model):
    """A pick-up point of a shop, or a zone into which it brings goods (features M-08).

    An order keeps its own copy of place and fee, so that the shop may change or remove places at any time.
    """

    _name = "kdc.shop.place"
    _description = "Pick-up Point or Delivery Zone"
    _order = "shop_id, kind desc, sequence, id"
    _kdc_home = ("company_id", "shop_id")

    shop_id = fields.Many2one("kdc.shop", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="shop_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        [("pickup", "Pick-up point"), ("delivery", "Delivery zone")], default="delivery", required=True
    )
    name = fields.Char(required=True, help="As buyers know it: “Cổng chợ Xóm Mới”, “Tổ 1 đến tổ 3”.")
    note = fields.Char(help="Address of the pick-up point, or when the shop comes.")
    area_ids = fields.Many2many(
        "kdc.area",
        string="Residential groups",
        domain="[('kind', '=', 'group'), ('company_id', '=', company_id)]",
        help="Offered to buyers who live there. Empty: to the whole ward.",
    )
    fee = fields.Integer("Fee (₫)")
    minimum = fields.Integer("Minimum order (₫)", help="Smallest amount of goods for which the shop does it.")
    free_from = fields.Integer("Free from (₫)", help="Amount of goods from which the fee is waived. 0: never.")

    _amounts_check = models.Constraint(
        f"CHECK (LEAST(fee, minimum, free_from) >= 0 AND GREATEST(fee, minimum, free_from) <= {MAX_FEE})",
        "Fee and minimum are amounts between 0 and 10.000.000 ₫.",
    )

    @api.constrains("area_ids", "company_id")
    def _check_area_ids(self):
        for place in self:
            if any(area.company_id != place.company_id for area in place.area_ids):
                raise ValidationError(
                    self.env._("“%s” names a residential group of another ward.", place.name),
                )

    def _kdc_serves(self, area):
        """Whether a buyer who lives in ``area`` may choose this place."""
        self.ensure_one()
        return not self.area_ids or area in self.area_ids

    def _kdc_offer(self):
        self.ensure_one()
        return Offer(
            key=str(self.id),
            kind=DELIVERY if self.kind == "delivery" else PICKUP,
            label=self.name,
            note=self.note or "",
            fee=self.fee,
            minimum=self.minimum,
            free_from=self.free_from,
        )
