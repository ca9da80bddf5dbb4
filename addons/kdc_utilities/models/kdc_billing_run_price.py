from odoo import fields, models

from ..engine import tariff
from .run_context import RunContext


class KdcBillingRun(models.Model):
    """What a run bills, and the preview line of each account (for the dry run, see kdc_billing_run_compute.py)."""

    _inherit = "kdc.billing.run"

    def _connection_domain(self):
        """Connections to bill: in force in the month, of the chosen services and areas."""
        self.ensure_one()
        last = fields.Date.end_of(self.period, "month")
        domain = [
            ("company_id", "=", self.company_id.id),
            ("account_id.active", "=", True),
            ("service_id.active", "=", True),
            ("billed_by_provider", "=", False),
            ("date_from", "<=", last),
            "|", ("date_to", "=", False), ("date_to", ">=", self.period),
        ]  # fmt: skip
        if self.account_id:
            domain.append(("account_id", "=", self.account_id.id))
        if self.area_ids:
            domain.append(("area_id", "child_of", self.area_ids.ids))
        if self.service_ids:
            # All the services of a journal are on one bill, so choosing one brings its companions.
            domain.append(("service_id.journal_id", "in", self.service_ids.journal_id.ids))
        return domain

    def _compute_part(self, account_ids):
        """Create the preview lines of some accounts. The number of queries does not depend on how many they are.

        :param account_ids: set of ids of customer accounts
        :return: how many of them had their bill already, counted by journal
        """
        billed = self._billed_keys(account_ids)
        domain = [*self._connection_domain(), ("account_id", "in", list(account_ids))]
        connections = self.env["kdc.connection"].search(domain)
        waiting = self._waiting_charges(account_ids)
        groups = connections.grouped(lambda connection: (connection.account_id, connection.service_id.journal_id))
        for charge in waiting.sudo(False):
            groups.setdefault((charge.account_id, charge.service_id.journal_id), connections.browse())
        context = RunContext(self, connections, waiting)
        pending = {key: members for key, members in groups.items() if (key[0].id, key[1].id) not in billed}
        vals_list = [
            self._line_vals(account, journal, members, context) for (account, journal), members in pending.items()
        ]
        # An account that uses nothing this month (no vehicle parked) gets no bill of zero, nor does one for which there
        # is nothing but money to give back, which waits.
        vals_list = [vals for vals in vals_list if vals["state"] == "blocked" or vals["explanation"]["sections"]]
        keys = self._usage_keys(account_ids)
        for vals in vals_list:
            vals["usage_key"] = keys.get(vals["account_id"])
        self.env["kdc.billing.run.line"]._insert_previews(self, vals_list)
        return len(groups) - len(pending)

    def _waiting_charges(self, account_ids=None):
        """Approved one-off charges and corrections of the selection, or of some accounts of it, in sudo."""
        # sudo: approved by another person; the run prints them, and may not change them.
        charges = self.env["kdc.charge"].sudo()
        if self._more_final_bills_follow():
            return charges
        domain = charges._waiting_domain(self.company_id, self.period)
        if self.account_id:
            domain.append(("account_id", "=", self.account_id.id))
        if self.area_ids:
            domain.append(("account_id.area_id", "child_of", self.area_ids.ids))
        if self.service_ids:
            domain.append(("service_id.journal_id", "in", self.service_ids.journal_id.ids))
        if account_ids is not None:
            domain.append(("account_id", "in", list(account_ids)))
        return charges.search(domain, order="id")

    def _more_final_bills_follow(self):
        """Whether this is not the last month of a customer who left.

        The months of a final bill are computed together, before any of them is issued. What concerns earlier bills
        (charges, exemptions taken back) comes on the last of them, once.
        """
        last_day = self.account_id.date_to
        return bool(last_day) and self.period < fields.Date.start_of(last_day, "month")

    def _billed_keys(self, account_ids):
        """(account, journal) pairs that already have a bill of this month which is not cancelled."""
        groups = self.env["account.move"]._read_group(
            [
                ("company_id", "=", self.company_id.id),
                ("kdc_period", "=", self.period),
                ("kdc_account_id", "in", list(account_ids)),
                ("move_type", "=", "out_invoice"),
                ("state", "!=", "cancel"),
            ],
            ["kdc_account_id", "journal_id"],
        )
        return {(account.id, journal.id) for account, journal in groups}

    def _line_vals(self, account, journal, connections, context):
        """Values of one preview line: the engine's sections and what is odd about them."""
        sections, issues = [], []
        for connection in connections:
            try:
                priced, found = context.sections(connection)
            except tariff.TariffError as error:
                issues.append(context.issue(error.code, connection, blocking=True, **error.params))
                continue
            issues += found
            sections += priced
        sections, true_ups, found = context.with_corrections(account, journal, sections)
        issues += found
        follows = [issue for issue in issues if issue["code"] == "reading_follows"]
        if not sections:
            # Nothing else is to be billed either: this waits for the reading.
            for issue in follows:
                issue |= {"code": "missing_reading", "blocking": True}
        pending = tuple(issue["service"] for issue in follows)
        explanation = tariff.Bill(tuple(sections), pending, true_ups).to_dict(context.priced)
        previous = context.previous_totals.get((account.id, journal.id), 0)
        blocking = any(issue["blocking"] for issue in issues)
        return {
            "account_id": account.id,
            "journal_id": journal.id,
            "explanation": explanation,
            "amount_untaxed": explanation["net"],
            "amount_tax": explanation["vat"],
            "amount_total": explanation["total"],
            "previous_total": previous,
            "issues": issues or None,
            "severity": self._severity(issues, follows),
            "state": "blocked" if blocking else "ready",
        }

    def _severity(self, issues, follows):
        """Return how a line is listed; meters not read (``follows``) would hide what is odd among them."""
        if any(issue["blocking"] for issue in issues):
            return "blocking"
        if len(issues) > len(follows):
            return "warning"
        return "unread" if follows else "none"
