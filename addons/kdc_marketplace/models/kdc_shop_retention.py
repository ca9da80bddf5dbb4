from datetime import timedelta

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.fields import Domain

from ..engine import shop_states
from .kdc_erasure import IDLE, KEPT_YEARS
from .sale_order_seller import SOLD_BY

#: Days for which a refused photo, or the papers of a refused application, stay: time to ask and to apply again.
REFUSED_DAYS = 90
BATCH = 200
#: What a shop tells of who runs it.
SELLER = (
    "phone",
    "address",
    "description",
    "delivery_note",
    "bank_bin",
    "bank_number",
    "bank_holder",
    "bank_account",
    "legal_name",
    "registration_number",
    "registration_date",
    "registration_place",
    "tax_code",
    "seller_number_sealed",
    "seller_number_index",
    "state_reason",
)


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _kdc_forget_contact(self):
        """Forget where the buyer lives and how to reach him; what was sold, and for how much, stays."""
        self.write(dict.fromkeys(("kdc_buyer_phone", "kdc_handover_address", "kdc_buyer_note"), False))


class KdcShop(models.Model):
    """A shop that has ended, and the person who had it."""

    _inherit = "kdc.shop"

    ended_on = fields.Date(
        compute="_compute_ended_on",
        store=True,
        copy=False,
        help="Day on which the shop was closed or its application refused; its papers are deleted some time after.",
    )

    @api.depends("state")
    def _compute_ended_on(self):
        today = today_here(self.env["kdc.shop.paper"])
        for shop in self:
            ended = shop.state in (shop_states.CLOSED, shop_states.REFUSED)
            shop.ended_on = ended and (shop.ended_on or today)

    def _kdc_forgettable(self, since):
        """Return the shops of which no law keeps the seller: never opened, or closed and long without an order.

        :param since: moment (UTC) since when the law keeps orders
        """
        idle = self.filtered(lambda shop: shop.state in IDLE)
        # sudo: whether there are orders
        orders = self.env["sale.order"].sudo()
        sold = orders._read_group([("kdc_shop_id", "in", idle.ids), ("date_order", ">=", since)], ["kdc_shop_id"])
        return idle.filtered(lambda shop: (shop,) not in sold)

    def _kdc_forget_seller(self, partner):
        """Take ``partner``, who had these idle shops, out of them; an application that others go on with is theirs."""
        for shop in self:
            own = shop.member_ids.filtered(lambda member: member.user_id.partner_id == partner)
            if shop.state != shop_states.CLOSED and "owner" in (shop.member_ids - own).mapped("role"):
                own.unlink()
                continue
            # First the people: nobody is left to be told that the bank account goes.
            shop.member_ids.unlink()
            shop.paper_ids.unlink()
            shop.place_ids.unlink()
            name = self.env._("Former shop %s", shop.id)
            shop.with_context(tracking_disable=True).write(
                {**dict.fromkeys(SELLER, False), "name": name, "code": f"gian-hang-cu-{shop.id}"}
            )
            # sudo: what its orders keep of the seller, and the law does not any more
            shop.sudo().order_ids.write({**dict.fromkeys(SOLD_BY - {"kdc_shop_id"}, False), "kdc_shop_name": name})
            # sudo: the old values of all these fields
            shop.sudo().message_ids.tracking_value_ids.unlink()


class KdcShopPaper(models.Model):
    """Photos of certificates and health checks do not stay for ever (Luật 91/2025/QH15, điều 3: no longer than needed).

    What let a shop sell proves so as long as the market keeps the orders; what never let it sell proves nothing.
    """

    _inherit = "kdc.shop.paper"

    @api.model
    def _kdc_outdated_domain(self, today):
        """Domain of the papers that nobody needs any more."""
        refused, kept = today - timedelta(days=REFUSED_DAYS), today - relativedelta(years=KEPT_YEARS)
        return Domain.OR(
            [
                Domain("state", "=", "refused") & Domain("write_date", "<", fields.Datetime.to_datetime(refused)),
                Domain("shop_id.state", "=", shop_states.REFUSED) & Domain("shop_id.ended_on", "<", refused),
                Domain("shop_id.state", "=", shop_states.CLOSED)
                & (Domain("state", "!=", "accepted") | Domain("shop_id.ended_on", "<", kept)),
                Domain("expiry_date", "<", kept),
            ]
        )

    @api.autovacuum
    def _gc_outdated(self):
        """Delete a batch of papers whose time is over, with their photos."""
        outdated = self.search(self._kdc_outdated_domain(today_here(self)), limit=BATCH, order="id")
        outdated.unlink()
        return len(outdated), len(outdated) == BATCH
