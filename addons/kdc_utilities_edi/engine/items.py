"""Items of an e-invoice from the charges of a bill. Money is VND; quantities are exact."""

from decimal import Decimal


def quantity_and_price(charge, net: Decimal) -> tuple[Decimal, str, Decimal]:
    """Return (quantity, unit, price before tax) of a charge; one piece at ``net`` where it has several prices.

    :param charge: charge of ``kdc_utilities`` or None; what counts are its ``lines``
    """
    if charge is not None and len(charge.lines) == 1:
        line = charge.lines[0]
        if line.quantity and line.price and Decimal(line.quantity) * Decimal(line.price) == net:
            return Decimal(line.quantity), line.unit, Decimal(line.price)
    return Decimal(1), "", net


def tax_totals(items: list[dict]) -> list[tuple]:
    """Return (rate, net, tax) of the items of each rate, in the order in which rates appear."""
    totals: dict = {}
    for item in items:
        net, tax = totals.get(item["taxPercentage"], (0, 0))
        totals[item["taxPercentage"]] = (net + item["itemTotalAmountWithoutTax"], tax + item["taxAmount"])
    return [(rate, net, tax) for rate, (net, tax) in totals.items()]
