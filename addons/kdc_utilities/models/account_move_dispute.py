from collections import Counter
from datetime import date

from odoo import fields, models
from odoo.addons.kdc_residents.engine.format import fmt

from ..engine import tariff


class AccountMove(models.Model):
    """A disputed bill: shown as such, and without penalty until it is answered."""

    _inherit = "account.move"

    kdc_dispute_ids = fields.One2many(
        "kdc.bill.dispute", "move_id", string="Disputed lines", readonly=True,
        groups="kdc_utilities.group_accountant,kdc_utilities.group_approver,kdc_residents.group_auditor",
    )  # fmt: skip
    kdc_disputed = fields.Boolean("Disputed", compute="_compute_kdc_disputed", search="_search_kdc_disputed")

    def _compute_kdc_disputed(self):
        open_bills = self._kdc_with_dispute([("state", "=", "open")])
        for move in self:
            move.kdc_disputed = move in open_bills

    def _search_kdc_disputed(self, operator, value):
        if operator != "in":
            return NotImplemented
        # sudo: whoever reads bills learns which are disputed, not what was said
        return [("id", operator, self.env["kdc.bill.dispute"].sudo().search([("state", "=", "open")]).move_id.ids)]

    def _kdc_disputable(self):
        """Return {(service code, key of the charge): (words, VND)} of the lines of this bill that may be questioned."""
        lines, services = {}, {}
        bill = self._kdc_bill()
        for section in bill.sections if bill else ():
            services.setdefault(section.service, []).append(section)
        for service, sections in services.items():
            charges = tariff.charges_by_key(*sections)
            names = Counter(charge.name for charge in charges.values())
            of_charge = {id(charge): section for section in sections for charge in section.charges}
            for key, charge in charges.items():
                section = of_charge[id(charge)]
                words = section.name if len(charges) == 1 else f"{section.name} – {charge.name}"
                if names[charge.name] > 1:
                    words = f"{words} ({self._kdc_which_charge(charge, section, len(sections) > 1)})"
                lines[service, key] = words, charge.total
        return lines

    def _kdc_which_charge(self, charge, section, several):
        """Return what tells a charge from another one of the same name: where it comes from, its days or its VAT.

        :param several: the service is on the bill for several stretches of days
        """
        if charge.kind in tariff.FOREIGN_KINDS:
            return self._kdc_line_text(charge.lines[0], charge, section)
        if several:
            return f"{fmt.date(section.date_from)} – {fmt.date(section.date_to)}"
        if charge.vat_rate is None:
            return self.env._("without VAT")
        return self.env._("VAT %s %%", fmt.number(charge.vat_rate))

    def _kdc_with_dispute(self, domain):
        # sudo: whoever computes penalties or reads a bill need not read what the resident wrote.
        disputes = self.env["kdc.bill.dispute"].sudo()
        groups = disputes._read_group([("move_id", "in", self.ids), *domain], ["move_id"])
        return self.browse(move.id for (move,) in groups)

    def _kdc_frozen_days(self):
        """Return {bill: [(first, last day)]} on which no penalty runs: a line was in dispute on that day.

        The day it was opened is frozen, the day of the answer is not. Asking again freezes nothing: else a refused
        question would keep the penalty off for ever. (Who is right then owes no penalty either, see below.)
        """
        # sudo: as in _kdc_with_dispute
        disputes = self.env["kdc.bill.dispute"].sudo().search(
            [("move_id", "in", self.ids), ("earlier_id", "=", False)]
        )  # fmt: skip
        frozen = {}
        for dispute in disputes:
            last = fields.Date.subtract(dispute.date_answered, days=1) if dispute.date_answered else date.max
            if dispute.date_opened <= last:
                frozen.setdefault(self.browse(dispute.move_id.id), []).append((dispute.date_opened, last))
        return frozen

    def _kdc_accepted_disputes(self):
        """Return {(bill, service code): [(day, VND)]} of the lines in which the resident was right, since the doubt."""
        disputes = (
            self.env["kdc.bill.dispute"]
            .sudo()  # sudo: as in _kdc_with_dispute
            .search([("move_id", "in", self.ids), ("state", "=", "accepted"), ("charge_code", "not =like", "LATE%")])
        )
        accepted = {}
        for dispute in disputes:
            key = (self.browse(dispute.move_id.id), dispute.service_code)
            since = (dispute.earlier_id or dispute).date_opened
            accepted.setdefault(key, []).append((since, round(dispute.amount)))
        return accepted
