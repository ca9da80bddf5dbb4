from odoo import api, fields, models
from odoo.addons.kdc_residents.engine import vietqr
from odoo.exceptions import AccessError

#: What `_compute_kdc_sold_by` keeps.
SOLD_BY = frozenset(
    {"kdc_shop_id", "kdc_shop_name", "kdc_seller_line", "kdc_bank_bin", "kdc_bank_number", "kdc_bank_account"}
)


class SaleOrder(models.Model):
    """Who sold, as it was on the day of the order: name, seller and the account to pay to.

    A shop may change its name, its papers or its bank later; what a buyer agreed to stays readable, and an order that
    is still to be paid never sends the money to an account its buyer was not shown. The fields are computed from the
    shop alone and not from what it says about itself, so Odoo computes them once, when the order gets its shop.
    """

    _inherit = "sale.order"

    kdc_shop_name = fields.Char("Name of the shop on the order", compute="_compute_kdc_sold_by", store=True, copy=False)
    kdc_seller_line = fields.Char(
        "Seller", compute="_compute_kdc_sold_by", store=True, copy=False, help="As the law asks: name, tax code, place."
    )
    kdc_bank_bin = fields.Char("Bank of the order", compute="_compute_kdc_sold_by", store=True, copy=False)
    kdc_bank_number = fields.Char("Account number of the order", compute="_compute_kdc_sold_by", store=True, copy=False)
    kdc_bank_account = fields.Char("Account to pay to", compute="_compute_kdc_sold_by", store=True, copy=False)

    @api.depends("kdc_shop_id")
    def _compute_kdc_sold_by(self):
        for order in self:
            shop = order.kdc_shop_id
            order.kdc_shop_name = shop.name
            order.kdc_seller_line = shop and shop._kdc_seller_line()
            order.kdc_bank_bin = shop.bank_bin
            order.kdc_bank_number = shop.bank_number
            order.kdc_bank_account = shop.bank_account

    def write(self, vals):
        """Nobody changes afterwards who sold and where the buyer pays to."""
        if not self.env.su and SOLD_BY & vals.keys() and any(order.kdc_shop_id for order in self):
            raise AccessError(self.env._("An order keeps the seller and the account it was made with."))
        return super().write(vals)

    def _kdc_transfer(self, purpose):
        """Return what to transfer to the shop of this order; None for an order without a whole bank account."""
        self.ensure_one()
        if not (self.kdc_bank_bin and self.kdc_bank_number):
            return None
        return vietqr.Transfer(self.kdc_bank_bin, self.kdc_bank_number, round(self.amount_total), purpose)
