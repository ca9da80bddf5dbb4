import re

from odoo import api, fields, models
from odoo.addons.kdc_residents.engine import vietqr
from odoo.exceptions import AccessError, ValidationError

#: Where the buyers' money goes.
BANK_FIELDS = frozenset({"bank_bin", "bank_number", "bank_holder", "bank_account"})


class KdcShop(models.Model):
    """How a shop takes orders and money: outside its hours, and on its own bank account."""

    _inherit = "kdc.shop"

    outside_hours = fields.Selection(
        [("queue", "Take orders and answer when open"), ("refuse", "Take no orders")],
        "While closed",
        default="queue",
        required=True,
    )
    bank_bin = fields.Selection(
        lambda self: sorted(vietqr.BANKS.items(), key=lambda bank: bank[1].lower()), "Bank", tracking=True
    )
    bank_number = fields.Char("Account number", tracking=True)
    bank_holder = fields.Char("Account holder", tracking=True)
    bank_account = fields.Char(compute="_compute_bank_account", store=True, readonly=False, tracking=True)

    @api.depends("bank_bin", "bank_number", "bank_holder")
    def _compute_bank_account(self):
        """Write the account as a buyer types it; free text stays until bank and number are known."""
        for shop in self:
            if shop.bank_bin and shop.bank_number:
                parts = (f"{vietqr.BANKS[shop.bank_bin]} {shop.bank_number}", shop.bank_holder)
                shop.bank_account = ", ".join(filter(None, parts))
            else:
                shop.bank_account = shop.bank_account or False

    @api.constrains("bank_bin", "bank_number")
    def _check_bank_number(self):
        for shop in self:
            if bool(shop.bank_bin) != bool(shop.bank_number):
                raise ValidationError(self.env._("Please give both the bank and the account number, or neither."))
            if shop.bank_number and not re.fullmatch(r"[A-Za-z0-9]{6,19}", shop.bank_number):
                raise ValidationError(self.env._("A bank account has 6 to 19 letters or digits, without blanks."))

    def write(self, vals):
        """Only the owner changes where buyers pay to, and everybody who runs the shop is told."""
        touched = BANK_FIELDS & vals.keys()
        if touched and not self.env.su:
            raise AccessError(
                self.env._("Only the owner of the shop changes its bank account, on the shop's own page.")
            )
        before = {shop: shop.bank_account for shop in self} if touched else {}
        result = super().write(vals)
        for shop, account in before.items():
            if (shop.bank_account or "") != (account or ""):
                shop._kdc_notify_members(
                    lambda shop: (
                        shop.env._("The bank account of “%s” was changed", shop.name),
                        shop.env._(
                            "Buyers now pay to: %s. If nobody of the shop did this, change your password "
                            "and call the ward.",
                            shop.bank_account or shop.env._("cash only"),
                        ),
                    ),
                    "/my/shop/ordering",
                )
        return result

    def _kdc_closed_text(self):
        """Return the sentence about a shop that is closed this moment ("Closed now, opens at 6:00"), else False."""
        now = self._kdc_opening_now()
        return now["text"] if now and not now["open"] else False
