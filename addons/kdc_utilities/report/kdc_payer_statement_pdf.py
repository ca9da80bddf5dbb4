from odoo import models
from odoo.addons.kdc_residents.engine.format import fmt
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.platypus import Spacer

from .layout import document, labelled, list_table, office, signatures, styles, text

WIDTH = A4[0] - 24 * mm
COLUMNS = [24 * mm, WIDTH - 108 * mm, 28 * mm, 28 * mm, 28 * mm]


class KdcPayerStatementPdf(models.AbstractModel):
    """The statement of account on paper: A4, a row for everything that happened, totals that are the ledger's."""

    _name = "kdc.payer.statement.pdf"
    _description = "Statement of Account as PDF"

    def _render(self, account, since, until, payer=None):
        """Return the bytes of the PDF.

        :param account: in sudo; the caller has checked that the reader may see it
        :param payer: somebody who paid for it before; by default who pays for it today
        """
        account = account.with_context(lang="vi_VN", tz="Asia/Ho_Chi_Minh")
        report, style = self.with_context(**account.env.context), styles(9)
        payer = payer or account.partner_id
        statement = account._kdc_statement(since, until, payer)
        story = [
            *report._head(account, payer, since, until, style),
            report._movements(statement, since, until, style),
            Spacer(0, 3 * mm),
            labelled(report._closing_words(statement.closing), fmt.vnd(abs(statement.closing)), style["total"]),
            Spacer(0, 6 * mm),
            signatures(
                [(report.env._("Prepared by"), ""), (report.env._("Chief accountant"), "")],
                report.env._("(signature, full name)"), WIDTH, style,
            ),
        ]  # fmt: skip
        return document(story, report.env._("Statement of account"), account.company_id.name)

    def _head(self, account, payer, since, until, style):
        company = account.company_id
        period = self.env._("From %(since)s to %(until)s", since=fmt.date(since), until=fmt.date(until))
        return [
            *office(company, style),
            Spacer(0, 3 * mm),
            text(self.env._("STATEMENT OF ACCOUNT"), style["title"]),
            text(period, style["center"]),
            Spacer(0, 3 * mm),
            labelled(self.env._("Customer"), payer.name, style["base"]),
            labelled(self.env._("Customer account"), account.number, style["base"]),
            labelled(self.env._("Address"), account.dwelling_id.display_name or account.area_id.name, style["base"]),
            labelled(self.env._("Printed on"), fmt.datetime(self.env.cr.now()), style["base"]),
            Spacer(0, 3 * mm),
        ]

    def _closing_words(self, closing):
        return self.env._("Paid in advance") if closing < 0 else self.env._("To be paid")

    def _movements(self, statement, since, until, style):
        """Return opening balance, rows, sums and closing balance."""
        head = [
            text(self.env._("Date"), style["bold"]),
            text(self.env._("What"), style["bold"]),
            text(self.env._("Billed"), style["bold_right"]),
            text(self.env._("Paid or taken off"), style["bold_right"]),
            text(self.env._("Balance"), style["bold_right"]),
        ]
        opening = self._row(fmt.date(since), self.env._("Owed before"), "", "", statement.opening, style, bold=True)
        rows = [
            self._row(
                fmt.date(row.entry.date), row.entry.text, row.entry.charge or "", row.entry.credit or "", row.balance,
                style,
            )
            for row in statement.rows
        ]  # fmt: skip
        closing = self._row(
            fmt.date(until), self.env._("Sum of the period"), statement.charged, statement.credited, statement.closing,
            style, bold=True,
        )  # fmt: skip
        return list_table(head, [opening, *rows, closing], COLUMNS)

    def _row(self, day, words, charge, credit, balance, style, bold=False):
        base, right = ("bold", "bold_right") if bold else ("base", "right")
        return [
            text(day, style[base]),
            text(words, style[base]),
            *(text(fmt.vnd(amount) if amount != "" else "", style[right]) for amount in (charge, credit, balance)),
        ]
