
from odoo import models
from odoo.addons.kdc_residents.engine import phone
from odoo.addons.kdc_residents.engine.format import fmt
from reportlab.lib.pagesizes import A5
from reportlab.lib.units import mm
from reportlab.platypus import PageBreak, Spacer

from .layout import LazyStory, document, labelled, list_table, office, signatures, styles, text

MARGIN = 11 * mm
WIDTH = A5[0] - 2 * MARGIN
LETTER_COLUMNS = [20 * mm, WIDTH - 84 * mm, 28 * mm, 36 * mm]
#: Address, customer, telephone, owed, days, and room to write what came of the visit.
VISIT_COLUMNS = [8 * mm, 42 * mm, 38 * mm, 24 * mm, 24 * mm, 12 * mm, 38 * mm]


class KdcDunningPdf(models.AbstractModel):
    """Reminders on paper: a letter (A5) per customer, and the list for whoever goes from door to door (A4)."""

    _name = "kdc.dunning.pdf"
    _description = "Reminders as PDF"

    def _in_vietnamese(self, lines):
        """Official papers are Vietnamese whatever language the clerk's screen has."""
        lines = lines.with_context(lang="vi_VN", tz="Asia/Ho_Chi_Minh")
        return self.with_context(**lines.env.context), lines

    # -- letters ---------------------------------------------------------------------------------------

    def _render_letters(self, lines):
        """Return the bytes of one PDF with a letter per reminder.

        :param lines: in sudo, in walking order; the caller has checked that the reader may see them
        """
        report, lines = self._in_vietnamese(lines)
        style = styles(size=9.5)
        story = LazyStory([*report._letter(line, style), PageBreak()] for line in lines)
        author = lines[:1].company_id.name
        return document(story, report.env._("Reminders"), author, A5, MARGIN, top=10 * mm, bottom=8 * mm)

    def _letter(self, line, style):
        company, account = line.company_id, line.account_id
        asked = self.env._(
            "The fees below are overdue. Please pay %(amount)s to the collector of your residential group, at the ward "
            "office, or by transfer with the payment code of the bill.",
            amount=fmt.vnd(line.amount),
        )
        # A former payer is written to by name and where they live now, as far as that is known.
        receiver, address = account._kdc_usual_payer(), account.dwelling_id.display_name or account.area_id.name
        if line._to_former_payer():
            receiver, address = line.partner_id.name, line.address or "–"
        parts = [
            *office(company, style),
            Spacer(0, 4 * mm),
            text(line.level_id.name.upper(), style["title"]),
            text(self.env._("On %s", fmt.date(line.run_id.date)), style["center"]),
            Spacer(0, 3 * mm),
            labelled(self.env._("To"), receiver, style["base"]),
            labelled(self.env._("Customer account"), f"{account.number} – {line.partner_id.name}", style["base"]),
            labelled(self.env._("Address"), address, style["base"]),
            Spacer(0, 2 * mm),
            text(asked, style["base"]),
            Spacer(0, 2 * mm),
            self._debts(line, style),
            Spacer(0, 2 * mm),
            *self._transfer(line, style),
        ]
        parts += [text(words, style["base"]) for words in (line.level_id.text or "").splitlines() if words]
        return [
            *parts,
            Spacer(0, 2 * mm),
            text(
                self.env._(
                    "If you think that a bill is wrong, tell the accountant of the ward: what is in question is not "
                    "asked for until you have an answer."
                ),
                style["small"],
            ),
            Spacer(0, 4 * mm),
            signatures(
                [(self.env._("Received by"), ""), (self.env._("Accountant"), line.run_id.requested_by_id.name)],
                self.env._("(signature, full name)"), WIDTH, style,
            ),
        ]  # fmt: skip

    def _debts(self, line, style):
        head = [
            text(self.env._("Month"), style["bold"]),
            text(self.env._("For"), style["bold"]),
            text(self.env._("Due date"), style["bold"]),
            text(self.env._("Amount"), style["bold_right"]),
        ]
        rows = [
            [
                text(f"{debt.period:%m/%Y}" if debt.period else "", style["base"]),
                text(debt.service_id.name or debt.move_id.name, style["base"]),
                text(fmt.date(debt.date_due), style["base"]),
                text(fmt.vnd(debt.amount), style["right"]),
            ]
            for debt in line.debt_ids
        ]
        total = ["", text(self.env._("Total"), style["bold"]), "", text(fmt.vnd(line.amount), style["bold_right"])]
        return list_table(head, [*rows, total], LETTER_COLUMNS)

    def _transfer(self, line, style):
        """Return where a transfer goes, with the codes of the bills, oldest first."""
        bank = line.company_id._kdc_transfer_bank()
        codes = [bill.kdc_reference for bill in line.debt_ids.move_id if bill.kdc_reference]
        if not bank or not codes:
            return []
        return [
            labelled(self.env._("Bank"), f"{bank['bank']} – {bank['account']} – {bank['holder']}", style["base"]),
            labelled(self.env._("Transfer text"), " ".join(codes[:3]), style["base"]),
            Spacer(0, 2 * mm),
        ]

    # -- visits ----------------------------------------------------------------------------------------

    def _render_visits(self, lines):
        """Return the bytes of the list of visits; a new page for every area, in walking order."""
        report, lines = self._in_vietnamese(lines)
        style, story = styles(8.5), []
        for area, group in lines.grouped("area_id").items():
            story += report._area(area, group.sorted(lambda line: (line.route_sequence, line.account_id.number)), style)
        return document(story, report.env._("Visits about debts"), lines[:1].company_id.name)

    def _area(self, area, lines, style):
        title = self.env._("%(area)s: %(count)s visits about debts", area=area.display_name or "–", count=len(lines))
        head = [
            text(self.env._("No."), style["bold"]),
            text(self.env._("Address"), style["bold"]),
            text(self.env._("Customer"), style["bold"]),
            text(self.env._("Telephone"), style["bold"]),
            text(self.env._("Open now"), style["bold_right"]),
            text(self.env._("Days overdue"), style["bold_right"]),
            text(self.env._("Result, promised day, signature"), style["bold"]),
        ]
        rows = [self._visit_row(number, line, style) for number, line in enumerate(lines, 1)]
        results = dict(self.env["kdc.debt.contact"]._fields["result"]._description_selection(self.env))
        return [
            text(title, style["total"]),
            text(fmt.date(lines[:1].run_id.date), style["base"]),
            text(self.env._("Results: %s", "; ".join(results.values())), style["small"]),
            Spacer(0, 2 * mm),
            list_table(head, rows, VISIT_COLUMNS),
            Spacer(0, 2 * mm),
            text(self.env._("Together: %s", fmt.vnd(sum(lines.mapped("still_open")))), style["bold"]),
            PageBreak(),
        ]

    def _visit_row(self, number, line, style):
        account = line.account_id
        contact = account.partner_id.phone or account.household_id.head_id.phone
        return [
            text(number, style["base"]),
            text(account.dwelling_id.name, style["base"]),
            text(f"{account._kdc_usual_payer()} ({account.number})", style["base"]),
            text(phone.display(contact or ""), style["base"]),
            text(fmt.vnd(line.still_open), style["right"]),
            text(line.days, style["right"]),
            [text("", style["base"]), Spacer(0, 7 * mm)],
        ]
