from odoo import models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.tools import split_every
from reportlab.lib.units import mm
from reportlab.platypus import PageBreak, Spacer

from .layout import document, list_table, styles, text

#: Rows that fit on a page when a name or an address takes two lines here and there.
ROWS = 30
COLUMNS = [11 * mm, 60 * mm, 48 * mm, 18 * mm, 24 * mm, 25 * mm]


class KdcBillRoutePdf(models.AbstractModel):
    """The list for the person who walks from door to door: who gets a bill, in walking order, a box to tick."""

    _name = "kdc.bill.route.pdf"
    _description = "List for Handing out Bills as PDF"

    def _render(self, bills):
        """Return the bytes of the list; one line per customer, a new page for every area.

        :param bills: in the order of the walk; the caller has checked that the reader may see them
        """
        # Official papers are Vietnamese whatever language the clerk's screen has.
        bills = bills.with_context(lang="vi_VN", tz="Asia/Ho_Chi_Minh")
        report, style, story = self.with_context(**bills.env.context), styles(8.5), []
        for area, group in bills.grouped(lambda bill: bill.kdc_account_id.area_id).items():
            story += report._area(area, group, style)
        return document(story, report.env._("Bills to hand out"), bills[:1].company_id.name)

    def _area(self, area, bills, style):
        # A bill goes to whom it names, also where somebody else pays for the account by now.
        by_payer = bills.grouped(lambda bill: (bill.kdc_account_id, bill.partner_id))
        rows = list(enumerate(by_payer.values(), 1))
        story = []
        for page, part in enumerate(split_every(ROWS, rows, list)):
            title = self.env._(
                "%(area)s: %(count)s bills to hand out", area=area.display_name or "–", count=len(by_payer)
            )
            story += [
                text(title, style["total"]),
                text(fmt.period(bills[0].kdc_period), style["base"]),
                Spacer(0, 2 * mm),
                self._page(part, style),
            ]
            if (page + 1) * ROWS >= len(rows):
                total = fmt.vnd(sum(bills.mapped("amount_residual")))
                story += [Spacer(0, 2 * mm), text(self.env._("Still to be paid: %s", total), style["bold"])]
            story.append(PageBreak())
        return story

    def _page(self, rows, style):
        head = [
            text(self.env._("No."), style["bold"]),
            text(self.env._("Address"), style["bold"]),
            text(self.env._("Customer"), style["bold"]),
            text(self.env._("Code"), style["bold"]),
            text(self.env._("To be paid"), style["bold_right"]),
            text(self.env._("Handed over"), style["bold_center"]),
        ]
        lines = [self._row(number, bills, style) for number, bills in rows]
        return list_table(head, lines, COLUMNS)

    def _row(self, number, bills, style):
        account = bills.kdc_account_id
        return [
            text(number, style["base"]),
            # Shops and offices have no dwelling: where they are stands with the contact.
            text(account.dwelling_id.name or bills.partner_id.street, style["base"]),
            text(bills.partner_id.name, style["base"]),
            text(account.number, style["base"]),
            text(fmt.vnd(sum(bills.mapped("amount_residual"))), style["right"]),
            "",
        ]
