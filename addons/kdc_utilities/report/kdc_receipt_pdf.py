import io

from odoo import models
from odoo.addons.kdc_residents.engine.format import fmt
from reportlab.lib.pagesizes import A5, landscape
from reportlab.lib.units import mm
from reportlab.platypus import PageBreak, SimpleDocTemplate, Spacer, Table
from reportlab.platypus.flowables import HRFlowable

from .layout import FRAME_PADDING, GREY, PLAIN, RULE, VOID, labelled, place_of, signatures, stamp, styles, text

PAGE = landscape(A5)
MARGIN = 11 * mm
WIDTH = PAGE[0] - 2 * MARGIN
ROLL_WIDTH = 80 * mm
ROLL_MARGIN = 4 * mm
#: Lines listed one by one on A5; beyond that they are put together by service.
LISTED_LINES = 6


class KdcReceiptPdf(models.AbstractModel):
    """The printed "phiếu thu": A5 across, or a roll of 80 mm. Prints after the first are marked as copies.

    It confirms that money was taken and says that it replaces neither invoice nor official receipt.
    """

    _name = "kdc.receipt.pdf"
    _description = "Receipt as PDF"

    def _render(self, receipts, layout="a5", copy=None):
        """Return the bytes of one PDF.

        :param layout: ``a5`` or ``roll``
        :param copy: None counts a print and marks repeats; True marks a copy without counting (portal)
        """
        receipts = receipts.with_context(lang="vi_VN", tz="Asia/Ho_Chi_Minh")
        report = self.with_context(**receipts.env.context)
        pages = [(receipt, receipt._count_print() if copy is None else copy) for receipt in receipts]
        return report._roll(pages) if layout == "roll" else report._a5(pages)

    def _void_word(self, receipt):
        return self.env._("CANCELLED") if receipt.state == "cancelled" else self.env._("WITHDRAWN")

    def _void_rows(self, receipt, style):
        """Return when, by whom and why the receipt was undone, as one paragraph, or nothing."""
        if receipt.state == "posted":
            return []
        label = self.env._("Cancelled") if receipt.state == "cancelled" else self.env._("Withdrawn later")
        words = f"{fmt.datetime(receipt.date_cancelled)}, {receipt.cancelled_by_id.name}: {receipt.cancel_reason}"
        return [labelled(label, words, style["base"])]

    # -- A5 ----------------------------------------------------------------------------------------

    def _a5(self, pages):
        style = styles(size=9.5)
        story = []
        for receipt, copy in pages:
            story += [*self._sheet(receipt, copy, style), PageBreak()]
        order = [receipt for receipt, _copy in pages]

        def decorate(canvas, document):
            receipt = order[min(document.page, len(order)) - 1]
            if receipt.state != "posted":
                stamp(canvas, self._void_word(receipt), PAGE[0] / 2, PAGE[1] / 2, VOID, size=54)

        output = io.BytesIO()
        SimpleDocTemplate(
            output,
            pagesize=PAGE,
            leftMargin=MARGIN - FRAME_PADDING,
            rightMargin=MARGIN - FRAME_PADDING,
            topMargin=10 * mm - FRAME_PADDING,
            bottomMargin=8 * mm - FRAME_PADDING,
            title=self.env._("Receipt %s", order[0].name) if len(order) == 1 else self.env._("Receipts"),
            author=order[0].company_id.name,
            lang="vi",
        ).build(story, onFirstPage=decorate, onLaterPages=decorate)
        return output.getvalue()

    def _sheet(self, receipt, copy, style):
        company = receipt.company_id
        head = Table(
            [
                [
                    [text(company.name.upper(), style["bold"]), text(place_of(company), style["small"])],
                    [
                        text(self.env._("No.: %s", receipt.name), style["bold_right"]),
                        *([text(self._copy_words(receipt), style["right"])] if copy else []),
                    ],
                ]
            ],
            colWidths=[WIDTH * 0.58, WIDTH * 0.42],
            style=[*PLAIN, ("LINEBELOW", (0, 0), (-1, -1), 0.6, RULE), ("BOTTOMPADDING", (0, 0), (-1, -1), 4)],
        )
        account = receipt.account_id
        rows = [
            labelled(self.env._("Paid by"), receipt.payer_name, style["base"]),
            labelled(self.env._("Address"), account.dwelling_id.display_name or account.area_id.name, style["base"]),
            labelled(
                self.env._("Customer account"),
                f"{account.number} – {receipt.partner_id.name}",
                style["base"],
            ),
            text(self.env._("For:"), style["base"]),
            self._listed(receipt, style),
            labelled(self.env._("Amount"), fmt.vnd(receipt.amount), style["base"]),
            labelled(self.env._("In words"), receipt.amount_words, style["base"]),
            *(labelled(self.env._("Paid in"), words, style["base"]) for words in self._way_words(receipt)),
        ]
        if receipt.gateway_number:
            rows.append(labelled(*self._online_words(receipt), style["base"]))
        rows += self._void_rows(receipt, style)
        return [
            head,
            Spacer(0, 2 * mm),
            text(self._title(receipt), style["title"]),
            text(self.env._("(confirmation of money received)"), style["small_center"]),
            text(self._long_date(receipt.date), style["center"]),
            Spacer(0, 2 * mm),
            *(part for row in rows for part in (row, Spacer(0, 0.9 * mm))),
            Spacer(0, 1.5 * mm),
            self._signatures(receipt, style),
            Spacer(0, 2 * mm),
            *(text(words, style["small_center"]) for words in self._gift_words(receipt)),
            *self._kind_rows(receipt, style),
            text(
                self.env._(
                    "This paper confirms money received. It replaces neither an invoice nor an official receipt "
                    "of the tax authority."
                ),
                style["small_center"],
            ),
        ]

    def _listed(self, receipt, style):
        """Return what was paid for, as a small table; the advance last."""
        lines = receipt.line_ids
        items = [(self._line_name(line), line.amount) for line in lines]
        if len(items) > LISTED_LINES:
            items = [
                self._together(name, parts) if parts.move_id else (name, sum(parts.mapped("amount")))
                for name, parts in lines.grouped("name").items()
            ]
        if len(items) > LISTED_LINES:
            rest = items[LISTED_LINES - 1 :]
            items = items[: LISTED_LINES - 1]
            items.append((self.env._("and %s further items", len(rest)), sum(amount for _name, amount in rest)))
        if receipt.advance:
            items.append((self.env._("Advance for the next bills"), receipt.advance))
        return Table(
            [[text(name, style["base"]), text(fmt.vnd(amount), style["right"])] for name, amount in items],
            colWidths=[WIDTH - 45 * mm, 33 * mm],
            hAlign="RIGHT",
            style=[
                ("TOPPADDING", (0, 0), (-1, -1), 0.6),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 0.6),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 0),
                ("LINEBELOW", (0, 0), (-1, -1), 0.25, RULE),
            ],
        )

    def _line_name(self, line):
        """Return what a line was paid for; a gift has no month."""
        return f"{line.name} – {fmt.period(line.period).lower()}" if line.period else line.name

    def _way_words(self, receipt):
        """Return what was cash, transfer, card and rounding as one text, or nothing when all was cash to the đồng."""
        ways = [
            (self.env._("cash %s"), receipt.cash_amount),
            (self.env._("transfer %s"), receipt.transfer_amount),
            (self.env._("card %s"), receipt.card_amount),
            (self.env._("cash rounding %s"), receipt.rounding),
        ]
        if receipt._in_journal() == receipt.amount and not receipt.rounding:
            return []
        return ["; ".join(words % fmt.vnd(amount) for words, amount in ways if amount)]

    def _gift_words(self, receipt):
        """Return the sentence that belongs on a receipt with a gift, or nothing."""
        if not receipt.line_ids.contribution_id:
            return []
        return [self.env._("The contribution is voluntary; it settles no fee and no debt.")]

    def _kind_rows(self, receipt, style):
        """Return whose money each part is, as one paragraph, or nothing for an advance alone."""
        kinds = receipt._kind_sentences()
        return [text(" ".join(kinds), style["small_center"])] if kinds else []

    def _together(self, name, lines):
        """Return one item for all months of a service."""
        periods = sorted(lines.mapped("period"))
        words = self.env._(
            "%(service)s – from %(start)s to %(end)s (%(count)s months)",
            service=name,
            start=f"{periods[0]:%m/%Y}",
            end=f"{periods[-1]:%m/%Y}",
            count=len(set(periods)),
        )
        return words, sum(lines.mapped("amount"))

    def _signatures(self, receipt, style):
        slots = [
            (self.env._("Head of the unit"), ""),
            (self.env._("Chief accountant"), ""),
            (self.env._("Person paying"), receipt.payer_name),
            (self.env._("Collector"), "" if receipt.gateway_number else receipt.user_id.name),
        ]
        return signatures(slots, self.env._("(signature, full name)"), WIDTH, style)

    # -- roll --------------------------------------------------------------------------------------

    def _roll(self, pages):
        """Return receipts for a thermal printer: 80 mm wide, each page as long as its text."""
        style = styles(size=8.5)
        width = ROLL_WIDTH - 2 * ROLL_MARGIN
        stories = [self._strip(receipt, copy, style, width) for receipt, copy in pages]
        height = (
            max(
                sum(part.wrap(width, 10**4)[1] + part.getSpaceBefore() + part.getSpaceAfter() for part in story)
                for story in stories
            )
            + 2 * ROLL_MARGIN
            + 2 * mm
        )
        output = io.BytesIO()
        SimpleDocTemplate(
            output,
            pagesize=(ROLL_WIDTH, height),
            leftMargin=ROLL_MARGIN - FRAME_PADDING,
            rightMargin=ROLL_MARGIN - FRAME_PADDING,
            topMargin=ROLL_MARGIN - FRAME_PADDING,
            bottomMargin=ROLL_MARGIN - FRAME_PADDING,
            title=self.env._("Receipts"),
            lang="vi",
        ).build([part for story in stories for part in [*story, PageBreak()]])
        return output.getvalue()

    def _strip(self, receipt, copy, style, width):
        rule = HRFlowable(width="100%", thickness=0.5, color=GREY, spaceBefore=3, spaceAfter=3, dash=(2, 2))
        items = [
            (f"{line.name} {line.period:%m/%Y}" if line.period else line.name, line.amount) for line in receipt.line_ids
        ]
        if receipt.advance:
            items.append((self.env._("Advance for the next bills"), receipt.advance))
        table = Table(
            [[text(name, style["base"]), text(fmt.vnd(amount, symbol=False), style["right"])] for name, amount in items]
            + [[text(self.env._("TOTAL"), style["total"]), text(fmt.vnd(receipt.amount), style["total_right"])]],
            colWidths=[width - 30 * mm, 30 * mm],
            style=PLAIN,
        )
        marks = [self._void_word(receipt)] if receipt.state != "posted" else []
        marks += [self._copy_words(receipt)] if copy else []
        return [
            text(receipt.company_id.name.upper(), style["bold_center"]),
            text(self._title(receipt), style["title"]),
            *(text(mark, style["bold_center"]) for mark in marks),
            text(self.env._("No.: %s", receipt.name), style["center"]),
            text(fmt.datetime(receipt.create_date), style["center"]),
            rule,
            labelled(self.env._("Paid by"), receipt.payer_name, style["base"]),
            labelled(
                self.env._("Customer account"),
                f"{receipt.account_id.number} – {receipt.partner_id.name}",
                style["base"],
            ),
            rule,
            table,
            labelled(self.env._("In words"), receipt.amount_words, style["base"]),
            *(labelled(self.env._("Paid in"), words, style["base"]) for words in self._way_words(receipt)),
            rule,
            labelled(*self._collected_words(receipt), style["base"]),
            *self._void_rows(receipt, style),
            *(text(words, style["small_center"]) for words in self._gift_words(receipt)),
            *self._kind_rows(receipt, style),
            text(self.env._("This paper confirms money received. It is not an invoice."), style["small_center"]),
        ]

    # -- parts -------------------------------------------------------------------------------------

    def _title(self, receipt):
        return self.env._("RECEIPT OF AN ONLINE PAYMENT") if receipt.gateway_number else self.env._("CASH RECEIPT")

    def _online_words(self, receipt):
        """Return label and text of how an online payment came."""
        return self.env._("Paid online"), f"{receipt.journal_id.name}, {receipt.gateway_number}"

    def _collected_words(self, receipt):
        """Return label and text of who took the money, or how it came."""
        if receipt.gateway_number:
            return self._online_words(receipt)
        return self.env._("Collector"), receipt.user_id.name

    def _copy_words(self, receipt):
        return self.env._("COPY (print no. %s)", receipt.print_count) if receipt.print_count > 1 else self.env._("COPY")

    def _long_date(self, day):
        return self.env._(
            "Day %(day)s month %(month)s year %(year)s", day=f"{day.day:02d}", month=f"{day.month:02d}", year=day.year
        )
