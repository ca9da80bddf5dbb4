"""The orders of a buyer, on the light layout and for the buyer alone."""

from odoo.addons.kdc_residents.engine.qr import svg_path
from odoo.addons.sale.controllers.portal import CustomerPortal
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.http import request, route

from ..engine import handover, order_states
from .basket import whole_number
from .pages import MAX_PAGE, one_page
from .steps import MarketSteps

PAGE_SIZE = 30
NEWEST = "date_order desc, id desc"
#: What the buyer still waits for, or has to confirm.
UNSETTLED = (*order_states.OPEN, order_states.HANDED_OVER)


class BuyerOrders(MarketSteps):
    def _market_own_order(self, order_id):
        """Return the market order if the current user bought it, in sudo; 404 otherwise."""
        return self._market_order_of(request.env.user.partner_id, order_id)

    def _market_readable_order(self, order_id):
        """Return an order the current user bought or whose buyer, a head of household, shares it; in sudo, else 404."""
        buyers = request.env.user.partner_id | request.env.user._kdc_shared_partners("orders")
        return self._market_order_of(buyers, order_id)

    def _market_order_of(self, buyers, order_id):
        """Return a market order that one of ``buyers`` has placed, in sudo; 404 otherwise."""
        Order = request.env["sale.order"].sudo()  # sudo: who may read is part of the search; pages show named fields
        own = [("id", "=", order_id), ("kdc_shop_id", "!=", False), ("partner_id", "in", buyers.ids)]
        order = Order.search(own, limit=1)
        if not order:
            raise request.not_found()
        return order

    def _market_orders_page(self, page="1"):
        """Show what is still open, then what is settled; the newest first."""
        myself = request.env.user.partner_id
        buyers = myself | request.env.user._kdc_shared_partners("orders")
        Order = request.env["sale.order"].sudo()  # sudo: own orders, and those shared by the head of the household
        own = Domain("kdc_shop_id", "!=", False) & Domain("partner_id", "in", buyers.ids)
        unsettled = Domain("kdc_shop_state", "in", UNSETTLED)
        orders, older = one_page(Order, own & ~unsettled, page, PAGE_SIZE, "/my/orders", NEWEST)
        if whole_number(page, 1, MAX_PAGE) <= 1:
            orders = Order.search(own & unsettled, order=NEWEST) + orders
        labels = dict(orders._fields["kdc_shop_state"]._description_selection(request.env))
        return self._light_render(
            "kdc_marketplace.portal_orders",
            {
                "older": older,
                "credits": bool(myself._kdc_credits()),
                "orders": [
                    {
                        "url": f"/my/orders/{order.id}",
                        "name": order.name,
                        "shop": order.kdc_shop_name,
                        "summary": order._kdc_summary(),
                        "date": order.date_order,
                        "total": order.amount_total,
                        "state": order.kdc_shop_state,
                        "label": labels[order.kdc_shop_state],
                        "buyer": order.partner_id.name if order.partner_id != myself else None,
                    }
                    for order in orders
                ],
            },
        )

    def _market_order_voice(self, order):
        """What the buyer can say about an own order: its review and the way to a report."""
        Review = request.env["kdc.shop.review"].sudo()  # sudo: the review of an own order
        review = Review.search([("order_id", "=", order.id)])
        labels = dict(review._fields["state"]._description_selection(request.env))
        return {
            "review": (review or order._kdc_may_be_reviewed()) and not order._kdc_is_of_the_shop(),
            "until": not review and order._kdc_review_until(),
            "reviewed": bool(review),
            "state": labels.get(review.state),
            "reason": review.reason,
            "answer": review and review._kdc_public_answer(),
        }

    def _market_order_page(self, order, error=None):
        labels = dict(order._fields["kdc_shop_state"]._description_selection(request.env))
        own = order.partner_id == request.env.user.partner_id
        payload = order._kdc_transfer_qr()
        actions = order._kdc_targets(order_states.BUYER) if own else ()
        return self._light_render(
            "kdc_marketplace.portal_order",
            {
                "order": market_order_values(order),
                "label": labels[order.kdc_shop_state],
                "shop": {
                    "name": order.kdc_shop_name,
                    "seller": order.kdc_seller_line,
                    "url": order.kdc_shop_id._kdc_url(),
                    "phone": order.kdc_shop_id.phone,
                    "bank_account": order.kdc_bank_account,
                    "opening_hours": order.kdc_shop_id.opening_hours,
                    "closed": order.kdc_shop_state == order_states.NEW and order.kdc_shop_id._kdc_closed_text(),
                },
                "answer_by": order.kdc_shop_state == order_states.NEW and order.kdc_answer_by,
                "ends": order._kdc_ends_by_itself(),
                "paid": order.kdc_paid_date,
                "give_back": order._kdc_to_give_back(),
                "qr": payload and svg_path(payload),
                "purpose": order._kdc_transfer_purpose(),
                "voice": own and self._market_order_voice(order),
                "can_cancel": order_states.CANCELLED in actions,
                "cancel_until": order._kdc_cancel_until(),
                "can_confirm": order_states.DONE in actions,
                "can_receive": order_states.HANDED_OVER in actions,
                "error": error,
            },
            status=422 if error else 200,
        )

    @route(
        "/my/orders/<int:order_id>/<any(cancel,received):step>",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["POST"],
    )
    def market_order_step(self, order_id, step, reason="", sure="", **_kwargs):
        """Cancel before the shop has accepted, or say that the goods have come, also if the shop has not noted it."""
        order, env = self._market_own_order(order_id), request.env

        def cancel():
            order._kdc_set_state(order_states.CANCELLED, order_states.BUYER, reason.strip()[:200])

        if step == "cancel":
            act, done = cancel, env._("The order was cancelled and the shop was told.")
        else:
            if order.kdc_shop_state in order_states.AGREED and not sure:
                return self._market_order_page(order, env._("Please tick that you have received it."))
            act, done = order._kdc_receive, env._("Thank you. The order is finished.")
        return self._market_step(
            act,
            done,
            f"/my/orders/{order.id}",
            lambda error: self._market_order_page(order, error),
        )


def market_order_values(order):
    """Return what buyer and shop both see of an order."""
    fields = order._fields
    return {
        "id": order.id,
        "name": order.name,
        "date": order.date_order,
        "state": order.kdc_shop_state,
        "state_date": order.kdc_state_date,
        "reason": order.kdc_state_reason,
        "handover": dict(fields["kdc_handover"]._description_selection(order.env)).get(order.kdc_handover),
        "place": order.kdc_handover_place,
        "address": order.kdc_handover_address,
        "handover_date": order.kdc_handover_date,
        "payment": dict(fields["kdc_payment_way"]._description_selection(order.env)).get(order.kdc_payment_way),
        "transfer": order.kdc_payment_way == "transfer",
        "note": order.kdc_buyer_note,
        "appointments": market_slot_values(order),
        "by_slot": order.kdc_handover == handover.APPOINTMENT,
        "fee": round(sum(order.order_line.filtered("is_delivery").mapped("price_total"))),
        "total": order.amount_total,
        "lines": [
            {
                "name": line.product_id._kdc_label(),
                "unit": line.product_id.kdc_unit,
                "quantity": line._get_displayed_quantity(),
                "price": line.price_unit,
                "total": line.price_total,
            }
            for line in order.order_line
            if not line.display_type and not line.is_delivery
        ],
    }


def market_slot_values(order):
    """Return the appointments of an order; where they are only as long as somebody has to go there."""
    open_order = order.kdc_shop_state in order_states.OPEN
    changeable = order.kdc_shop_state in (order_states.NEW, order_states.ACCEPTED)
    return [
        {
            "id": line.id,
            "name": line.product_id.name,
            "text": line._kdc_slot_text(),
            "place": open_order and line.kdc_slot_address,
            "proposed": changeable and line.kdc_slot_proposed,
            "may_move": changeable and bool(line.product_id.product_tmpl_id.kdc_slot_minutes),
            "may_miss": order._kdc_may_be_missed(line),
            "missed": line.kdc_slot_missed,
        }
        for line in order._kdc_slot_lines()
        if line.kdc_slot_start
    ]


class MarketOrderPortal(CustomerPortal):
    """Odoo's own order pages, closed for market orders.

    Odoo opens an order to every member of the household and to whoever has its link. A market order belongs to the
    person who bought.
    """

    def _document_check_access(self, model_name, document_id, access_token=None):
        """Override of `portal`: a link never opens a market order; the buyer signs in."""
        if model_name == "sale.order":
            Order = request.env["sale.order"].sudo()  # sudo: only to know the kind of the order
            if Order.browse(document_id).exists().kdc_shop_id:
                if request.env.user._is_public():
                    raise AccessError(request.env._("Please sign in to see this order."))
                access_token = None
        return super()._document_check_access(model_name, document_id, access_token=access_token)

    @route()
    def portal_my_orders(self, **kwargs):
        if request.env.user._kdc_resident():
            return BuyerOrders()._market_orders_page(kwargs.get("page", "1"))
        return super().portal_my_orders(**kwargs)

    @route()
    def portal_order_page(
        self,
        order_id,
        report_type=None,
        access_token=None,
        message=False,
        download=False,
        payment_amount=None,
        amount_selection=None,
        **kw,
    ):
        Order = request.env["sale.order"].sudo()  # sudo: only to know the kind of the order
        if Order.browse(order_id).exists().kdc_shop_id:
            if request.env.user._is_public():
                return request.redirect(f"/web/login?redirect=/my/orders/{order_id}")
            buyer = BuyerOrders()
            return buyer._market_order_page(buyer._market_readable_order(order_id))
        return super().portal_order_page(
            order_id,
            report_type=report_type,
            access_token=access_token,
            message=message,
            download=download,
            payment_amount=payment_amount,
            amount_selection=amount_selection,
            **kw,
        )
