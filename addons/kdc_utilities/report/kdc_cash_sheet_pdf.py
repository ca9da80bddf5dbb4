
from odoo import models
from odoo.addons.kdc_residents.engine.format import fmt
from reportlab.lib.pagesizes import A5
from reportlab.lib.units import mm
from reportlab.platypus import PageBreak, Spacer, Table

from ..engine.words import amount_in_words
from .layout import BAND, PLAIN, RULE, document, labelled, office, signatures, styles, text

MARGIN = 11 * mm
WIDTH = A5[0] - 2 * MARGIN


class KdcCashSheetPdf(models.AbstractModel):
    """The count sheet of a cash session, which goes with the money: A5 upright.

    Printed while the session is open it has empty fields, to be filled in by hand while counting.
    """

    _name = "kdc.cash.sheet.pdf"
    _description = "Count Sheet as PDF"

    def _render(self, sessions):
        """Return the bytes of one PDF with a page per session."""
        sessions = sessions.with_context(lang="vi_VN", tz="Asia/Ho_Chi_Minh")
        report = self.with_context(**sessions.env.context)
        style = styles(size=9)
        story = [part for session in sessions for part in [*report._sheet(session, style), PageBreak()]]
        author = sessions[0].company_id.name
        return document(story, report.env._("Count sheet"), author, A5, MARGIN, top=10 * mm, bottom=8 * mm)

    def _sheet(self, session, style):
        company = session.company_id
        closed = session.state != "open"
        parts = [
            *office(company, style),
            Spacer(0, 3 * mm),
            text(self.env._("CASH COUNT AND LIST OF NOTES"), style["title"]),
            text(session.name, style["center"]),
            Spacer(0, 2 * mm),
            labelled(self.env._("Collector"), session.user_id.name, style["base"]),
            labelled(self.env._("Cash desk"), session.journal_id.name, style["base"]),
            labelled(self.env._("Opened"), fmt.datetime(session.date_opened), style["base"]),
            labelled(
                self.env._("Counted on"),
                fmt.datetime(session.date_closed) if closed else self.env._("not counted yet"),
                style["base"],
            ),
            Spacer(0, 2 * mm),
            self._amounts(session, style, closed),
            Spacer(0, 2.5 * mm),
        ]
        if not closed or session.counted_by_notes:
            parts += [self._notes(session, style), Spacer(0, 2.5 * mm)]
        if closed:
            parts.append(labelled(self.env._("In words"), self._in_words(session), style["base"]))
        if session.difference and closed:
            parts.append(
                labelled(self.env._("Reason for the difference"), session.difference_reason, style["base"]),
            )
        return [*parts, Spacer(0, 3 * mm), self._signatures(session, style)]

    def _in_words(self, session):
        return amount_in_words(round(session.counted_cash), zero_tens=session.company_id.kdc_zero_tens_word or "linh")

    def _amounts(self, session, style, closed):
        """Return what should be in the drawer, and what is."""
        rows = [
            (self.env._("Float"), session.opening_float),
            (self.env._("Receipts (%s)", session.receipt_count), session.cash_total),
            *([(self.env._("Paid out of the drawer"), -session.paid_out)] if session.paid_out else []),
            (self.env._("Expected in the drawer"), session.expected_cash),
        ]
        if closed:
            rows += [(self.env._("Counted"), session.counted_cash), (self.env._("Difference"), session.difference)]
        return Table(
            [[text(name, style["base"]), text(fmt.vnd(amount), style["bold_right"])] for name, amount in rows],
            colWidths=[WIDTH * 0.6, WIDTH * 0.4],
            style=[*PLAIN, ("LINEBELOW", (0, 0), (-1, -1), 0.25, RULE)],
        )

    def _notes(self, session, style):
        """Return the list of notes; the pieces stay empty where nobody counted yet."""
        rows = [[self.env._("Denomination"), self.env._("Pieces"), self.env._("Subtotal")]]
        for line in session.count_ids:
            subtotal = fmt.vnd(line.subtotal) if line.pieces else ""
            rows.append([fmt.vnd(line.denomination), line.pieces or "", subtotal])
        total = fmt.vnd(session.counted_cash) if session.counted_by_notes else ""
        rows.append([self.env._("Total"), "", total])
        last = len(rows) - 1
        return Table(
            [
                [text(cell, style["bold_right" if number in (0, last) else "right"]) for cell in row]
                for number, row in enumerate(rows)
            ],
            colWidths=[WIDTH / 3] * 3,
            style=[
                ("GRID", (0, 0), (-1, -1), 0.3, RULE),
                ("BACKGROUND", (0, 0), (-1, 0), BAND),
                ("TOPPADDING", (0, 0), (-1, -1), 1.5),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
            ],
        )

    def _signatures(self, session, style):
        slots = [
            (self.env._("Collector"), session.user_id.name),
            (self.env._("Person counting with"), session.countersigned_by_id.name),
            (self.env._("Chief accountant"), ""),
        ]
        return signatures(slots, self.env._("(signature, full name)"), WIDTH, style)
