from odoo import models

from ..engine import tariff
from ..engine.tariff import Bill


class AccountMove(models.Model):
    """A bill can be computed again, by anybody who may read it, with the engine that made it."""

    _inherit = "account.move"

    def _kdc_recompute(self):
        """Price this bill again from what it says was used, by the prices that are in the tables now.

        Nothing is written. Prices of past dates do not change, so a difference means that somebody corrected one.

        :return: dict with ``equal``, ``total`` (VND now), ``rows`` (dicts ``name``, ``billed``, ``now`` of the services
            that differ), ``unknown`` (names of services whose tariff is gone or cannot price the bill any more) and
            ``true_ups`` (how estimates of earlier bills were set right, in words)
        """
        self.ensure_one()
        vat_table = self.env["kdc.vat.rate"]._engine_table()
        bill = self._kdc_bill()
        sections, rows, unknown = bill.sections, [], []
        again = []
        for section in sections:
            priced = self._kdc_recompute_section(section, vat_table)
            if priced is None:
                unknown.append(section.name)
                continue
            again.append(priced)
            if priced.charges != section.charges:
                rows.append({"name": section.name, "billed": section.total, "now": priced.total})
        return {
            "equal": not rows and not unknown,
            "total": Bill(tuple(again)).total,
            "rows": rows,
            "unknown": unknown,
            "true_ups": self._kdc_word_true_ups(bill),
        }

    def _kdc_recompute_section(self, section, vat_table):
        """Return a section priced again, or None when no tariff can."""
        if all(charge.kind in tariff.FOREIGN_KINDS for charge in section.charges):
            return section
        found = self._kdc_tariff_of(section)
        try:
            return tariff.recompute(section, found._engine_plan(), vat_table) if found else None
        except tariff.TariffError:
            return None

    def _kdc_tariff_of(self, section):
        """Return the tariff of a section; bills of the first layout do not name it, their connection does."""
        if section.tariff:
            return self.env["kdc.tariff"].with_context(active_test=False).search(
                [
                    ("company_id", "=", self.company_id.id),
                    ("service_id.code", "=", section.service),
                    ("code", "=", section.tariff),
                ],
                limit=1,
            )
        return self._kdc_connection_of(section).tariff_id

    def _kdc_connection_of(self, section):
        """Return the service used behind a section, as it is today."""
        return self.env["kdc.connection"].search(
            [
                ("account_id", "=", self.kdc_account_id.id),
                ("service_id.code", "=", section.service),
                ("date_from", "<=", section.date_to),
            ],
            order="date_from desc",
            limit=1,
        )
