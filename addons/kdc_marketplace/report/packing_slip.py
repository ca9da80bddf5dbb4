"""Packing slips of a shop on A5: what goes into one bag, and for several orders what has to be prepared in all."""

from collections import defaultdict

from odoo.addons.kdc_residents.engine import pdf
from odoo.addons.kdc_residents.engine.format import fmt
from reportlab.lib.pagesizes import A5
from reportlab.lib.units import mm
from reportlab.platypus import PageBreak, Spacer

MARGIN = 12 * mm
WIDTH = A5[0] - 2 * MARGIN


def packing_slips(orders):
    """Return the PDF: a list of everything to prepare when there are several orders, then one page per order.

    :param orders: sale.order records of one shop, in sudo
    """
    env = orders.env
    story = []
    if len(orders) > 1:
        story += [*everything(orders, WIDTH), PageBreak()]
    for order in orders:
        story += [*_slip(order), PageBreak()]
    return pdf.build(
        story[:-1],
        title=env._("Packing slip"),
        author=orders.kdc_shop_id.name,
        footer=orders.kdc_shop_id.name,
        pagesize=A5,
        margin=MARGIN,
    )


def _goods(orders):
    return orders.order_line.filtered(lambda line: not line.display_type and not line.is_delivery)


def everything(orders, width):
    """Sum the pieces of each listing over all orders; ``width`` of the table in points."""
    env = orders.env
    pieces = defaultdict(int)
    for line in _goods(orders):
        pieces[line.product_id] += line.product_uom_qty
    rows = [
        [product._kdc_label(), f"{fmt.number(count)} {product.kdc_unit or ''}".strip()]
        for product, count in sorted(pieces.items(), key=lambda item: item[0]._kdc_label())
    ]
    return [
        pdf.paragraph(env._("To prepare for %s orders", len(orders)), "title"),
        Spacer(1, 4 * mm),
        pdf.amounts([env._("Goods"), env._("Quantity")], rows, [width * 0.7, width * 0.3]),
    ]


def _slip(order):
    """One page: number, buyer, place, goods, what is still to be paid."""
    env = order.env
    labels = {
        name: dict(order._fields[name]._description_selection(env)) for name in ("kdc_handover", "kdc_payment_way")
    }
    place = ", ".join(filter(None, (order.kdc_handover_place, order.kdc_handover_address)))
    rows = [[line.product_id._kdc_label(), _quantity(line), fmt.vnd(line.price_total)] for line in _goods(order)]
    rows += [[line.name, "", fmt.vnd(line.price_total)] for line in order.order_line if line.is_delivery]
    return [
        pdf.paragraph(order.name, "title"),
        Spacer(1, 3 * mm),
        pdf.key_values(
            [
                (env._("Buyer"), order.partner_id.name),
                (env._("Phone"), fmt.phone(order.kdc_buyer_phone)),
                (labels["kdc_handover"].get(order.kdc_handover), place),
                (env._("Day of the hand-over"), order.kdc_handover_date and fmt.date(order.kdc_handover_date)),
                *_appointments(order),
                (env._("Note of the buyer"), order.kdc_buyer_note),
                (env._("Ordered"), fmt.datetime(order.date_order)),
            ],
            WIDTH,
        ),
        Spacer(1, 3 * mm),
        pdf.amounts(
            [env._("Goods"), env._("Quantity"), env._("Amount")],
            rows,
            [WIDTH * 0.5, WIDTH * 0.22, WIDTH * 0.28],
            total=[env._("Total"), "", fmt.vnd(order.amount_total)],
            amount_columns=(1, 2),
        ),
        Spacer(1, 4 * mm),
        pdf.paragraph(
            env._("Paid on %s", fmt.date(order.kdc_paid_date))
            if order.kdc_paid_date
            else env._("To be paid: %s", labels["kdc_payment_way"].get(order.kdc_payment_way)),
            "strong",
        ),
    ]


def _appointments(order):
    """Return what is to be done when, and where: one pair for each appointment."""
    return [
        (line._kdc_slot_text(), ", ".join(filter(None, (line.product_id._kdc_label(), line.kdc_slot_address))))
        for line in order._kdc_slot_lines().filtered("kdc_slot_start")
    ]


def _quantity(line):
    return f"{fmt.number(line.product_uom_qty)} {line.product_id.kdc_unit or ''}".strip()
