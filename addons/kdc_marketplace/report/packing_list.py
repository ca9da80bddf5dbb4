"""The packing list of an order window: what the producer needs in all, and who gets what."""

from odoo.addons.kdc_residents.engine import pdf
from odoo.addons.kdc_residents.engine.format import fmt
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.platypus import Spacer

from .packing_slip import everything

MARGIN = 15 * mm
WIDTH = A4[0] - 2 * MARGIN


def packing_list(window, orders):
    """Return the PDF.

    :param window: kdc.shop.window
    :param orders: its orders to pack, in sudo
    """
    env = orders.env
    title = env._("Packing list for %s", fmt.date(window.handover_date))
    rows = [
        [
            order.name,
            order.partner_id.name,
            ", ".join(filter(None, (order.kdc_handover_place, order.kdc_handover_address))),
            order._kdc_summary(),
            fmt.vnd(order.amount_total, symbol=False),
        ]
        for order in orders.sorted(lambda order: (order.kdc_handover_place or "", order.name))
    ]
    story = [
        pdf.paragraph(title, "title"),
        pdf.paragraph(", ".join(filter(None, (window.shop_id.name, window.name))), "center"),
        Spacer(1, 4 * mm),
        *everything(orders, WIDTH),
        Spacer(1, 6 * mm),
        pdf.paragraph(env._("Who gets what"), "heading"),
        pdf.amounts(
            [env._("Order"), env._("Buyer"), env._("Hand-over"), env._("Goods"), env._("Total (₫)")],
            rows,
            [WIDTH * share for share in (0.16, 0.18, 0.24, 0.28, 0.14)],
            total=[env._("Total"), "", "", "", fmt.vnd(sum(orders.mapped("amount_total")), symbol=False)],
            amount_columns=(4,),
        ),
    ]
    return pdf.build(story, title=title, author=window.shop_id.name, footer=window.shop_id.name, margin=MARGIN)
