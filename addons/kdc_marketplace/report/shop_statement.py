"""The statement of a shop for one month: PDF for the file, .xlsx for whoever goes on with the figures."""

import io

import xlsxwriter
from odoo.addons.kdc_residents.engine import pdf
from odoo.addons.kdc_residents.engine.clock import to_local
from odoo.addons.kdc_residents.engine.format import fmt
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.platypus import Spacer

MARGIN = 15 * mm
WIDTH = A4[0] - 2 * MARGIN


def _header(env):
    return [
        env._("Handed over on"),
        env._("Order"),
        env._("Goods (₫)"),
        env._("Delivery (₫)"),
        env._("Total (₫)"),
        env._("Paid on"),
    ]


def _rows(orders):
    """One row per order handed over: day, number, goods, delivery fee, total in VND, day the money came."""
    for order in orders:
        fee = round(sum(order.order_line.filtered("is_delivery").mapped("price_total")))
        total = round(order.amount_total)
        paid = order.kdc_paid_date and to_local(order.kdc_paid_date).date()
        yield to_local(order.kdc_handed_over_date).date(), order.name, total - fee, fee, total, paid


def _payment_header(env):
    return [env._("Paid on"), env._("Order"), env._("Amount (₫)")]


def _payments(orders):
    """One row per order whose money came in the month: day, number, amount in VND."""
    for order in orders:
        yield to_local(order.kdc_paid_date).date(), order.name, round(order.amount_total)


def _credit(env, figures):
    """Return (label, amount in VND) of what happened on running accounts; nothing for shops without."""
    lines = [
        (env._("Of it sold on credit"), figures["on_credit"]),
        (env._("Received on running accounts in the month"), figures["credit_received"]),
        (env._("Corrected on running accounts in the month"), figures["credit_corrected"]),
    ]
    return [(label, amount) for label, amount in lines if amount]


def _charge_header(env):
    return [env._("Name of the fee"), env._("How it came about"), env._("Before VAT (₫)"), env._("Bill")]


def _charge_pdf(env, charges):
    """Return the fees of the month as parts of the PDF; none when the shop owes none."""
    if not charges:
        return []
    total = sum(charge["amount"] for charge in charges)
    rows = [
        [charge["name"], charge["how"], fmt.vnd(charge["amount"], symbol=False), charge["bill"]] for charge in charges
    ]
    return [
        Spacer(1, 4 * mm),
        pdf.paragraph(env._("Fees for the month"), "heading"),
        pdf.amounts(
            _charge_header(env),
            rows,
            [WIDTH * share for share in (0.32, 0.3, 0.18, 0.2)],
            total=[env._("Total"), "", fmt.vnd(total, symbol=False), ""],
            amount_columns=(2,),
        ),
    ]


def _write_charges(workbook, title, env, charges, bold, money):
    """Write the fees of the month onto a sheet of their own; none when the shop owes none."""
    if not charges:
        return
    sheet = workbook.add_worksheet(env._("Fees"))
    sheet.set_column(0, 1, 32)
    sheet.set_column(2, 3, 20)
    sheet.write_string(0, 0, title, bold)
    sheet.write_row(2, 0, _charge_header(env), bold)
    for number, charge in enumerate(charges, 3):
        sheet.write_string(number, 0, charge["name"])
        sheet.write_string(number, 1, charge["how"])
        sheet.write_number(number, 2, charge["amount"], money)
        sheet.write_string(number, 3, charge["bill"])
    sheet.write_string(len(charges) + 3, 0, env._("Total"), bold)
    sheet.write_number(len(charges) + 3, 2, sum(charge["amount"] for charge in charges), money)


def _year(env, figures):
    """Return (label, amount in VND) of the year so far, and of the threshold of the law when one is known."""
    lines = [(env._("Turnover since January, this month included"), figures["year"][-1][1])]
    if figures["threshold"]:
        label = env._("Tax-free up to a turnover of the year (%s)", figures["threshold"].legal_basis)
        lines.append((label, round(figures["threshold"].amount)))
    return lines


def _tax(shop, figures):
    """Return what the year means beside the tax threshold, sentence by sentence, as on the screen."""
    words = shop._kdc_tax_words(figures)
    return [words[part] for part in ("label", "hint", "law") if words[part]]


def _title(shop, figures):
    return shop.env._("Statement of the shop, %s", fmt.period(figures["month"]))


def statement_pdf(shop, figures):
    """Return the statement as PDF."""
    env = shop.env
    story = [
        pdf.paragraph(_title(shop, figures), "title"),
        pdf.paragraph(shop.name, "center"),
        Spacer(1, 4 * mm),
        pdf.key_values(
            [
                (env._("Orders handed over in the month"), str(len(figures["orders"]))),
                (env._("Orders refused or cancelled"), str(figures["given_up"])),
                (env._("Goods"), fmt.vnd(figures["goods"])),
                (env._("Delivery fees"), fmt.vnd(figures["fees"])),
                (env._("Total of what was handed over"), fmt.vnd(figures["total"])),
                (env._("Of it not noted as received by the end of the month"), fmt.vnd(figures["open_amount"])),
                (env._("Money received in the month"), fmt.vnd(figures["received"])),
                (
                    env._("Received earlier, to give back for orders given up in the month"),
                    fmt.vnd(figures["given_back"]),
                ),
                *((label, fmt.vnd(amount)) for label, amount in (*_credit(env, figures), *_year(env, figures))),
            ],
            WIDTH,
        ),
        Spacer(1, 4 * mm),
        pdf.paragraph(env._("Orders handed over in the month"), "heading"),
        pdf.amounts(
            _header(env),
            [
                [fmt.date(day), name, *(fmt.vnd(amount, symbol=False) for amount in amounts), fmt.date(paid)]
                for day, name, *amounts, paid in _rows(figures["orders"])
            ],
            [WIDTH * share for share in (0.15, 0.2, 0.18, 0.15, 0.17, 0.15)],
            total=[
                env._("Total"),
                "",
                *(fmt.vnd(figures[name], symbol=False) for name in ("goods", "fees", "total")),
                "",
            ],
            amount_columns=(2, 3, 4),
        ),
        Spacer(1, 4 * mm),
        pdf.paragraph(env._("Money received in the month"), "heading"),
        pdf.amounts(
            _payment_header(env),
            [
                [fmt.date(day), name, fmt.vnd(amount, symbol=False)]
                for day, name, amount in _payments(figures["payments"])
            ],
            [WIDTH * share for share in (0.3, 0.4, 0.3)],
            total=[env._("Total"), "", fmt.vnd(figures["received"], symbol=False)],
            amount_columns=(2,),
        ),
        *_charge_pdf(env, figures["charges"]),
        Spacer(1, 4 * mm),
        pdf.paragraph(env._("The year and the tax threshold"), "heading"),
        *(pdf.paragraph(sentence) for sentence in _tax(shop, figures)),
    ]
    return pdf.build(story, title=_title(shop, figures), author=shop.name, footer=shop.name, margin=MARGIN)


def statement_xlsx(shop, figures):
    """Return the statement as spreadsheet, amounts as numbers and days as dates."""
    output = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    env = shop.env
    with xlsxwriter.Workbook(output, options) as workbook:
        sheet = workbook.add_worksheet(env._("Handed over"))
        bold = workbook.add_format({"bold": True})
        day_format = workbook.add_format({"num_format": "dd/mm/yyyy"})
        money = workbook.add_format({"num_format": "#,##0"})
        sheet.set_column(0, 5, 16)
        sheet.write_string(0, 0, f"{_title(shop, figures)}: {shop.name}", bold)
        sheet.write_row(2, 0, _header(env), bold)
        number = 2
        for number, (day, name, *amounts, paid) in enumerate(_rows(figures["orders"]), 3):
            sheet.write_datetime(number, 0, day, day_format)
            sheet.write_string(number, 1, name)
            sheet.write_row(number, 2, amounts, money)
            if paid:
                sheet.write_datetime(number, 5, paid, day_format)
        sheet.write_string(number + 1, 0, env._("Total"), bold)
        sheet.write_row(number + 1, 2, [figures[name] for name in ("goods", "fees", "total")], money)
        for place, (label, amount) in enumerate(_year(env, figures), number + 3):
            sheet.write_string(place, 0, label)
            sheet.write_number(place, 4, amount, money)
        for line, sentence in enumerate(_tax(shop, figures), place + 2):
            sheet.write_string(line, 0, sentence)
        sheet = workbook.add_worksheet(env._("Money received"))
        sheet.set_column(0, 2, 16)
        sheet.write_string(0, 0, f"{_title(shop, figures)}: {shop.name}", bold)
        sheet.write_row(2, 0, _payment_header(env), bold)
        number = 2
        for number, (day, name, amount) in enumerate(_payments(figures["payments"]), 3):
            sheet.write_datetime(number, 0, day, day_format)
            sheet.write_string(number, 1, name)
            sheet.write_number(number, 2, amount, money)
        sheet.write_string(number + 1, 0, env._("Total"), bold)
        sheet.write_number(number + 1, 2, figures["received"], money)
        sheet.write_string(number + 2, 0, env._("Received earlier, to give back for orders given up in the month"))
        sheet.write_number(number + 2, 2, figures["given_back"], money)
        for place, (label, amount) in enumerate(_credit(env, figures), number + 3):
            sheet.write_string(place, 0, label)
            sheet.write_number(place, 2, amount, money)
        _write_charges(workbook, f"{_title(shop, figures)}: {shop.name}", env, figures["charges"], bold, money)
    return output.getvalue()
