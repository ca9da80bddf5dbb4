import io
from decimal import Decimal
from itertools import chain

from dateutil.relativedelta import relativedelta
from odoo import models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.engine.pdf import qr_drawing
from reportlab.graphics.shapes import Drawing, Rect, String
from reportlab.lib.pagesizes import A5
from reportlab.lib.units import mm
from reportlab.platypus import Image, KeepTogether, PageBreak, Spacer, Table

from .layout import (
    BAND,
    GREY,
    NORMAL,
    PAID,
    PLAIN,
    RULE,
    LazyStory,
    document,
    labelled,
    mixed,
    place_of,
    styles,
    text,
)

MARGIN = 10 * mm
WIDTH = A5[0] - 2 * MARGIN
QR_SIZE = 33 * mm
#: What stands beside the QR code.
BOX_PADDING = 6
TOTALS_WIDTH = WIDTH - QR_SIZE - 2 * BOX_PADDING
#: The chart stands beside the photos.
MONTHS, CHART_HEIGHT = 12, 17 * mm
PHOTO_BOX = (32 * mm, 22 * mm)


class KdcBillPdf(models.AbstractModel):
    """The printed bill: A5, what was used, how it was priced, in words, and how to pay it.

    Written with reportlab, because there is no wkhtmltopdf on a small server and because a ward's
    month of bills is one file. Always in Vietnamese.
    """

    _name = "kdc.bill.pdf"
    _description = "Bill as PDF"

    def _render(self, bills, photos=False):
        """Return the bytes of one PDF with every bill on its own page.

        The caller has checked that the reader may see the bills.

        :param photos: print the photos of the readings too: on a household's own bill, on a print run where it is asked
        """
        # Official papers are Vietnamese whatever language the clerk's screen has.
        bills = bills.with_context(lang="vi_VN", tz="Asia/Ho_Chi_Minh")
        report = self.with_context(**bills.env.context)
        style = styles()
        used = bills.filtered("kdc_account_id")._kdc_used(MONTHS)
        services = report.env["kdc.service"]._published(bills.company_id)
        accounts = bills._kdc_beside()
        story = LazyStory(
            [
                *report._bill(
                    bill,
                    style,
                    services,
                    used.get(bill, {}),
                    accounts[bill],
                    bill._kdc_reading_photos() if photos else {},
                ),
                PageBreak(),
            ]
            for bill in bills
        )
        title = report.env._("Bill %s", bills[:1].name) if len(bills) == 1 else report.env._("Bills")
        return document(story, title, bills[:1].company_id.name, A5, MARGIN)

    def _bill(self, bill, style, services, used, account, pictures):
        sections = bill._kdc_worded_sections()
        return [
            self._heading(bill, style),
            Spacer(0, 1.5 * mm),
            self._payer(bill, style),
            Spacer(0, 1.5 * mm),
            self._lines(bill, sections, style),
            *self._pending(bill, style),
            Spacer(0, 1 * mm),
            *self._pictures(bill, sections, used, pictures, style),
            KeepTogether(
                [self._payment(bill, account, style), Spacer(0, 1 * mm), *self._footer(bill, sections, services, style)]
            ),
        ]

    def _heading(self, bill, style):
        company = bill.company_id
        place = place_of(company)
        left = [text(company.name.upper(), style["bold"])]
        if place:
            left.append(text(place, style["small"]))
        if company.phone:
            left.append(text(self.env._("Phone: %s", fmt.phone(company.phone)), style["small"]))
        right = [
            text(self.env._("PAYMENT NOTICE"), style["total_right"]),
            text(fmt.period(bill.kdc_period) or bill.name, style["bold_right"]),
            text(f"{self.env._('No.: %s', bill.name)} · {fmt.date(bill.invoice_date)}", style["right"]),
        ]
        return Table(
            [[left, right]],
            colWidths=[WIDTH * 0.5, WIDTH * 0.5],
            style=[*PLAIN, ("LINEBELOW", (0, 0), (-1, -1), 0.6, RULE), ("BOTTOMPADDING", (0, 0), (-1, -1), 3)],
        )

    def _payer(self, bill, style):
        account = bill.kdc_account_id
        left = [labelled(self.env._("Addressed to"), bill.partner_id.name, style["base"])]
        if account.dwelling_id:
            left.append(labelled(self.env._("Address"), account.dwelling_id.display_name, style["base"]))
        right = labelled(self.env._("Customer account"), account.number, style["right"])
        return Table([[left, right]], colWidths=[WIDTH * 0.68, WIDTH * 0.32], style=PLAIN)

    def _lines(self, bill, sections, style):
        """Return the table of services, tiers, VAT; a bill without explanation shows its invoice lines."""
        rows = [
            [
                text(self.env._("Description"), style["bold"]),
                text(self.env._("Quantity"), style["bold_right"]),
                text(self.env._("Unit price"), style["bold_right"]),
                text(self.env._("Amount (₫)"), style["bold_right"]),
            ]
        ]
        heads = []
        for section in sections:
            heads.append(len(rows))
            rows += self._section_rows(section, style)
        if not sections:
            rows += [
                [
                    text(line.name, style["base"]),
                    text(fmt.number(line.quantity), style["right"]),
                    text(fmt.vnd(line.price_unit, symbol=False), style["right"]),
                    text(fmt.vnd(line.price_subtotal, symbol=False), style["right"]),
                ]
                for line in bill.invoice_line_ids
            ]
        return Table(
            rows,
            colWidths=[WIDTH - 56 * mm, 17 * mm, 17 * mm, 22 * mm],
            repeatRows=1,
            style=[
                ("BACKGROUND", (0, 0), (-1, 0), BAND),
                ("LINEABOVE", (0, 0), (-1, 0), 0.6, RULE),
                ("LINEBELOW", (0, 0), (-1, 0), 0.6, RULE),
                ("LINEBELOW", (0, -1), (-1, -1), 0.6, RULE),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                # Else an empty cell is as high as a line of the largest text.
                ("LEADING", (0, 0), (-1, -1), 1),
                ("LEFTPADDING", (0, 0), (-1, -1), 3),
                ("RIGHTPADDING", (0, 0), (-1, -1), 3),
                ("TOPPADDING", (0, 0), (-1, -1), 0.3),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 0.9),
                *(("LINEABOVE", (0, row), (-1, row), 0.3, RULE) for row in heads[1:]),
            ],
        )

    def _pending(self, bill, style):
        engine_bill = bill._kdc_bill()
        words = [bill._kdc_word_pending(engine_bill), *bill._kdc_word_true_ups(engine_bill)]
        return [text(sentence, style["small"]) for sentence in words if sentence]

    def _section_rows(self, section, style):
        """Return the rows of a service as they are drawn."""
        dates = f" ({fmt.date(section['date_from'])} – {fmt.date(section['date_to'])})"
        [(name, *figures), *cells] = self._section_cells(section)
        rows = [[mixed(style["base"], (name, True), (dates, False)), *self._figures(figures, style, "bold_right")]]
        notes = len(section["readings"]) + bool(section["quota"])
        for number, (words, *figures) in enumerate(cells):
            rows.append([text(words, style["small" if number < notes else "base"]), *self._figures(figures, style)])
        return rows

    def _figures(self, cells, style, amount="right"):
        """Return quantity, unit price and amount as they are drawn."""
        names = ("right", "right", amount)
        return [cell and text(cell, style[name]) for cell, name in zip(cells, names, strict=True)]

    def _section_cells(self, section):
        """Return what the paper says of a service: rows of (words, quantity, unit price, amount).

        First the service with its total, then its readings and quota, then the lines of the engine's explanation.
        """
        used = self._quantity(section["quantity"], section["unit"]) if section["readings"] else ""
        return [
            (section["name"], used, "", fmt.vnd(section["total"], symbol=False)),
            *(
                (self._sentences(self._reading(reading, section["unit"]), notes), "", "", "")
                for reading, notes in zip(section["readings"], section["notes"], strict=True)
            ),
            *((words, "", "", "") for words in [section["quota"]] if words),
            *chain.from_iterable(self._charge_cells(charge) for charge in section["charges"]),
        ]

    def _charge_cells(self, charge):
        for line in charge["lines"]:
            yield (
                line["prefix"] + line["text"],
                fmt.number(line["quantity"]),
                fmt.vnd(line["price"], symbol=False),
                fmt.vnd(line["amount"], symbol=False),
            )
        if charge["vat_rate"] is not None:
            label = (
                self.env._("of which VAT %s%%", fmt.number(charge["vat_rate"]))
                if charge["price_includes_vat"]
                else self.env._("VAT at %s%%", fmt.number(charge["vat_rate"]))
            )
            yield label, "", "", fmt.vnd(charge["vat"], symbol=False)

    def _sentences(self, reading, notes):
        """Return what a reading says and what is special about it, one sentence after the other."""
        stop = "." if notes and not reading.endswith(":") else ""
        return " ".join([reading + stop, *notes])

    def _quantity(self, quantity, unit):
        return f"{fmt.number(quantity)} {unit}"

    def _reading(self, reading, unit):
        if reading.event == "initial":
            return self.env._("Meter %(serial)s:", serial=reading.serial)
        return self.env._(
            "Meter %(serial)s: from %(previous)s to %(current)s, used %(used)s",
            serial=reading.serial,
            previous=fmt.number(reading.previous_value),
            current=fmt.number(reading.value),
            used=self._quantity(reading.consumption, unit),
        )

    def _pictures(self, bill, sections, used, photos, style):
        """Return the chart and the photos of the readings side by side, or nothing."""
        cells = self._photos(sections, photos, style)
        width = WIDTH - len(cells) * (PHOTO_BOX[0] + 3 * mm)
        chart = self._chart(bill, sections, used, width - 3 * mm) if width > WIDTH / 4 else None
        if chart is None and not cells:
            return []
        row = [chart or "", *cells]
        return [
            Table([row], colWidths=[width, *([PHOTO_BOX[0] + 3 * mm] * len(cells))], style=PLAIN),
            Spacer(0, 1 * mm),
        ]

    def _chart(self, bill, sections, used, width):
        """Return the use of the last twelve months as bars, side by side for up to two services, or None."""
        charted = {part["service"]: part for part in sections if len(used.get(part["service"], ())) > 1}
        shown = list(charted.values())[:2]
        if not shown:
            return None
        drawing = Drawing(width, CHART_HEIGHT)
        room = drawing.width / len(shown)
        for place, section in enumerate(shown):
            self._draw_bars(drawing, place * room, room - 2 * mm, bill, section, used[section["service"]])
        return drawing

    def _draw_bars(self, drawing, left, width, bill, section, used):
        step, highest = width / MONTHS, max(*used.values(), Decimal(1))
        title = self.env._("%(service)s, 12 months (%(unit)s)", service=section["name"], unit=section["unit"])
        drawing.add(String(left, CHART_HEIGHT - 6, title, fontName=NORMAL, fontSize=6, fillColor=GREY))
        for back in range(MONTHS):
            period = bill.kdc_period - relativedelta(months=back)
            x = left + (MONTHS - 1 - back) * step
            if period in used:
                height = float(used[period] / highest) * (CHART_HEIGHT - 20)
                color = PAID if not back else RULE
                drawing.add(Rect(x, 6, step * 0.75, max(height, 0.4), fillColor=color, strokeColor=None))
                label = fmt.number(used[period], 0)
                middle = x + step * 0.375
                drawing.add(String(middle, 7.5 + height, label, fontName=NORMAL, fontSize=4.5, textAnchor="middle"))
            month = String(x + step * 0.375, 0, str(period.month), fontName=NORMAL, fontSize=4.5, textAnchor="middle")
            month.fillColor = GREY
            drawing.add(month)

    def _photos(self, sections, pictures, style):
        """Return the photos of up to three readings, each with its meter and day."""
        cells = []
        for section in sections:
            for reading in section["readings"]:
                if reading.reading_id in pictures:
                    image = Image(io.BytesIO(pictures[reading.reading_id]), *PHOTO_BOX, kind="proportional")
                    words = self.env._("Meter %(serial)s, %(day)s", serial=reading.serial, day=fmt.date(reading.date))
                    cells.append([image, text(words, style["small_center"])])
        return cells[:3]

    def _totals(self, bill, account, style):
        """Return the sums, and what the account owes or has paid beside this bill."""
        rows = [(self.env._("TOTAL"), bill.amount_total, "total")]
        if bill.amount_tax:
            rows = [
                (self.env._("Before tax"), bill.amount_untaxed, ""),
                (self.env._("VAT"), bill.amount_tax, ""),
                *rows,
            ]
        paid = bill.amount_total - bill.amount_residual
        if 0 < paid < bill.amount_total:
            rows += [
                (self.env._("Paid"), paid, ""),
                (self.env._("Still to pay"), bill.amount_residual, "bold"),
            ]
        owed, advance = account
        if owed:
            rows.append((self.env._("Also open on other bills, not in this amount"), owed, ""))
        if advance:
            rows.append((self.env._("Paid in advance"), advance, ""))
        return Table(
            [
                [text(label, style[kind or "base"]), text(fmt.vnd(amount), style[f"{kind}_right" if kind else "right"])]
                for label, amount, kind in rows
            ],
            colWidths=[TOTALS_WIDTH - 34 * mm, 34 * mm],
            style=PLAIN,
        )

    def _payment(self, bill, account, style):
        """Return the box with the totals, and beside them the QR code or the word that all is paid."""
        settled = {"paid": self.env._("PAID"), "written_off": self.env._("WRITTEN OFF")}.get(bill._kdc_bill_state())
        words = [
            self._totals(bill, account, style),
            labelled(self.env._("In words"), bill._kdc_amount_words(), style["base"]),
        ]
        payload = None
        if settled:
            words.append(text(settled, style["stamp"]))
        else:
            payload = bill._kdc_vietqr()
            words += self._ways_to_pay(bill, payload, style)
        return Table(
            [[qr_drawing(payload, QR_SIZE) if payload else "", words]],
            colWidths=[WIDTH - TOTALS_WIDTH - BOX_PADDING, TOTALS_WIDTH + BOX_PADDING],
            style=[
                ("BOX", (0, 0), (-1, -1), 0.8, PAID if settled else RULE),
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
                ("LEFTPADDING", (0, 0), (-1, -1), 3),
                ("RIGHTPADDING", (0, 0), (-1, -1), 3),
                ("TOPPADDING", (0, 0), (-1, -1), 2),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
            ],
        )

    def _ways_to_pay(self, bill, payload, style):
        """Return until when, and what a payer types into a transfer or does instead."""
        bank = bill._kdc_bank()
        words = [labelled(self.env._("Please pay before"), fmt.date(bill.invoice_date_due), style["base"])]
        if bank:
            # A word inside an f-string is not found by the search for translatable terms.
            number = self.env._("Account number")
            words += [
                mixed(
                    style["base"],
                    (f"{number}: ", False),
                    (bank["account"], True),
                    (f" – {bank['bank']}", False),
                ),
                labelled(self.env._("Account holder"), bank["holder"], style["base"]),
            ]
        words.append(labelled(self.env._("Transfer text"), bill.kdc_reference or bill.name, style["base"]))
        if payload:
            words.append(
                text(self.env._("Scan with your banking app: account, amount and text are filled in."), style["small"])
            )
        words.append(
            text(
                self.env._("Or pay in cash at the ward office or to the collector, against a receipt."), style["small"]
            )
        )
        return words

    def _footer(self, bill, sections, services, style):
        """Return the legal basis of every price, which the law wants published with the fee, and whose money it is."""
        known = {
            section["service"]: services[bill.company_id.id, section["service"]]
            for section in sections
            if (bill.company_id.id, section["service"]) in services
        }
        bases = []
        for section in sections:
            service = known.get(section["service"])
            found = section["decisions"] or [service and service.legal_basis]
            bases += [basis for basis in found if basis and basis not in bases]
        rows = [text(self.env._("Legal basis: %s", "; ".join(bases)), style["small"])] if bases else []
        names = {section["service"]: section["name"] for section in sections}
        kinds = self.env["kdc.service"]._document_sentences(names, known)
        if bill._kdc_bill_state() not in ("paid", "written_off", "cancelled"):
            for term in bill._kdc_late_fee_terms():
                rows.append(text(self.env._("When it is paid late: %s", term), style["small"]))
        for plan in bill._kdc_instalment_plan().filtered("next_date"):
            words = self.env._(
                "Paid by instalments; the next one: %(amount)s by %(day)s.",
                amount=fmt.vnd(plan.next_amount),
                day=fmt.date(plan.next_date),
            )
            rows.append(text(words, style["small"]))
        # One paragraph: a bill of three services with photos fits one page, with some lines to spare.
        notice = self.env._("This notice is not an invoice and not a receipt.")
        rows.append(text(" ".join([*kinds, notice]), style["small"]))
        return rows
