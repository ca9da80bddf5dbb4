from odoo import models
from odoo.addons.kdc_residents.engine.format import fmt
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.platypus import Spacer

from ..engine.words import amount_in_words
from .layout import document, labelled, list_table, office, signatures, styles, text

WIDTH = A4[0] - 24 * mm
METER_COLUMNS = [WIDTH * part for part in (0.34, 0.22, 0.22, 0.22)]
MONEY_COLUMNS = [WIDTH - 102 * mm, 34 * mm, 34 * mm, 34 * mm]


class KdcSettlementPdf(models.AbstractModel):
    """The paper of somebody who leaves: last figures, final bill, earlier debts, advance, and what is left."""

    _name = "kdc.settlement.pdf"
    _description = "Final Settlement as PDF"

    def _render(self, account):
        """Return the bytes of the PDF.

        :param account: closed, in sudo; the caller has checked that the reader may see it
        """
        account = account.with_context(lang="vi_VN", tz="Asia/Ho_Chi_Minh")
        report, style = self.with_context(**account.env.context), styles(9.5)
        settlement = account._kdc_settlement()
        story = [
            *report._head(account, style),
            *report._meters(account, style),
            report._bills(settlement, style),
            Spacer(0, 3 * mm),
            *report._outcome(account, settlement, style),
            Spacer(0, 6 * mm),
            signatures(
                [
                    (report.env._("Customer"), account._kdc_usual_payer()),
                    (report.env._("Prepared by"), ""),
                    (report.env._("Chief accountant"), ""),
                ],
                report.env._("(signature, full name)"), WIDTH, style,
            ),
        ]  # fmt: skip
        return document(story, report.env._("Final settlement"), account.company_id.name)

    def _head(self, account, style):
        company = account.company_id
        rows = [
            (self.env._("Customer"), account.partner_id.name),
            (self.env._("Customer account"), account.number),
            (self.env._("Address"), account.dwelling_id.display_name or account.area_id.name),
            (self.env._("Last day"), fmt.date(account.date_to)),
            (self.env._("Reason"), account.close_reason),
        ]
        return [
            *office(company, style),
            Spacer(0, 4 * mm),
            text(self.env._("FINAL SETTLEMENT"), style["title"]),
            text(self.env._("Drawn up at %s", fmt.datetime(self.env.cr.now())), style["center"]),
            Spacer(0, 3 * mm),
            *(labelled(label, words, style["base"]) for label, words in rows if words),
            Spacer(0, 3 * mm),
        ]

    def _meters(self, account, style):
        """Return the figures at which the meters stopped; whoever comes next begins there."""
        meters = account.connection_ids.with_context(active_test=False).meter_ids.filtered("stopped")
        if not meters:
            return []
        head = [
            text(self.env._("Meter"), style["bold"]),
            text(self.env._("Figure before"), style["bold_right"]),
            text(self.env._("Last figure"), style["bold_right"]),
            text(self.env._("Read on"), style["bold_right"]),
        ]
        rows = []
        for meter in meters:
            readings = meter.reading_ids.sorted(lambda row: (row.date, row.id))
            rows.append([
                text(f"{meter.service_id.name}: {meter.serial}", style["base"]),
                text(fmt.number(readings[-2:-1].value), style["right"]),
                text(fmt.number(readings[-1:].value), style["bold_right"]),
                text(fmt.date(readings[-1:].date), style["right"]),
            ])  # fmt: skip
        return [list_table(head, rows, METER_COLUMNS), Spacer(0, 3 * mm)]

    def _bills(self, settlement, style):
        head = [
            text(self.env._("Bill"), style["bold"]),
            text(self.env._("Total"), style["bold_right"]),
            text(self.env._("Paid"), style["bold_right"]),
            text(self.env._("Still owed"), style["bold_right"]),
        ]
        given_up = (settlement.earlier | settlement.final)._kdc_written_off()
        rows = []
        for bills, label in (
            (settlement.earlier, self.env._("Bill of %s")),
            (settlement.final, self.env._("Final bill, %s")),
        ):
            for bill in bills:
                paid = bill.amount_total - bill.amount_residual - given_up.get(bill, 0)
                words = label % fmt.period(bill.kdc_period).lower()
                if bill in given_up:
                    words = self.env._("%(bill)s; written off: %(amount)s", bill=words, amount=fmt.vnd(given_up[bill]))
                rows.append([
                    text(words, style["base"]),
                    *(text(fmt.vnd(amount), style["right"]) for amount in (
                        bill.amount_total, paid, bill.amount_residual)),
                ])  # fmt: skip
        owed = text(fmt.vnd(settlement.owed), style["bold_right"])
        total = [text(self.env._("Together"), style["bold"]), "", "", owed]
        return list_table(head, [*rows, total], MONEY_COLUMNS)

    def _outcome(self, account, settlement, style):
        """Return what follows: owed, square, or to be paid back; and that a debt goes with the person."""
        parts = [
            labelled(
                self.env._("Given back without a bill, credit note %s", charge.move_id.name),
                f"{fmt.vnd(charge.move_id.amount_total)} – {charge.name}", style["base"],
            )
            for charge in settlement.credited
        ]  # fmt: skip
        parts.append(labelled(self.env._("Paid in advance"), fmt.vnd(settlement.advance), style["base"]))
        states = dict(self.env["kdc.advance.return"]._fields["state"]._description_selection(self.env))
        for row in settlement.returns:
            kind = dict(row._fields["kind"]._description_selection(self.env))[row.kind]
            parts.append(labelled(kind, f"{fmt.vnd(row.amount)} ({states[row.state].lower()})", style["base"]))
        if settlement.elsewhere:
            label = self.env._("Owed by the same payer on other accounts")
            parts.append(labelled(label, fmt.vnd(settlement.elsewhere), style["base"]))
        if settlement.waiting:
            label = self.env._("Still to be given back from earlier bills, not in these sums")
            parts.append(labelled(label, fmt.vnd(settlement.waiting), style["bold"]))
        parts.append(Spacer(0, 2 * mm))
        zero = account.company_id.kdc_zero_tens_word or "linh"
        if settlement.left > 0:
            parts += [
                labelled(self.env._("The customer still pays"), fmt.vnd(settlement.left), style["total"]),
                labelled(self.env._("In words"), amount_in_words(settlement.left, zero_tens=zero), style["base"]),
                text(
                    self.env._(
                        "This debt stays with the customer, wherever they live. It does not pass to the dwelling or to "
                        "whoever uses it next; it can be paid at any counter of the ward with this account number."
                    ),
                    style["base"],
                ),
            ]
        elif settlement.left < 0:
            parts += [
                labelled(self.env._("The ward pays back"), fmt.vnd(-settlement.left), style["total"]),
                labelled(self.env._("In words"), amount_in_words(-settlement.left, zero_tens=zero), style["base"]),
            ]
        elif settlement.elsewhere:
            words = self.env._("Nothing is left to pay on this account; an advance stays for the other accounts.")
            parts.append(text(words, style["total"]))
        elif not settlement.waiting:
            parts.append(text(self.env._("Neither side owes anything."), style["total"]))
        return parts
