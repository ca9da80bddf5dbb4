from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

#: A fingerprint, for each account, of what a bill of the month is computed from: its services, the figures of its
#: meters, its parts in shared meters and the figures of these, and the recognised statuses that a tariff gives an
#: exemption for. Made by the database both times, so two of them differ only if something in it does.
USAGE_KEYS = """
    WITH parts AS (
        SELECT c.account_id, s.meter_id, concat_ws(',', 'part', l.id, l.weight, l.quantity, s.total, s.state) AS said
          FROM kdc_meter_share s
          JOIN kdc_meter_share_line l ON l.share_id = s.id
          JOIN kdc_connection c ON c.id = l.connection_id
         WHERE s.period = %(first)s AND c.account_id = ANY(%(accounts)s)
    ), meters AS (
        SELECT id AS meter_id, account_id FROM kdc_meter WHERE account_id = ANY(%(accounts)s)
        UNION ALL SELECT meter_id, account_id FROM parts
    ), said AS (
        SELECT account_id, said FROM parts
        UNION ALL
        SELECT account_id, concat_ws(
                   ',', 'service', id, tariff_id, date_from, COALESCE(date_to::text, '-'), billed_by_provider,
                   COALESCE(persons, 0), COALESCE(quota_households, 0), COALESCE(quota_persons, 0),
                   COALESCE(area_m2, 0), COALESCE(shared_meter_id, 0)
               )
          FROM kdc_connection
         WHERE account_id = ANY(%(accounts)s) AND date_from <= %(last)s AND (date_to IS NULL OR date_to >= %(first)s)
        UNION ALL
        SELECT m.account_id, concat_ws(
                   ',', 'reading', r.id, r.date, r.value, r.event, r.source, r.final_value, r.consumption, r.billable,
                   p.date, p.value, p.source
               )
          FROM meters m
          JOIN kdc_meter_reading r ON r.meter_id = m.meter_id AND r.date BETWEEN %(first)s AND %(last)s
          LEFT JOIN kdc_meter_reading p ON p.id = r.previous_id
        UNION ALL
        SELECT a.id, concat_ws(',', 'status', s.id, s.kind_id, s.date_from, COALESCE(s.date_to::text, '-'))
          FROM kdc_household_status s
          LEFT JOIN kdc_household_membership m ON m.resident_id = s.resident_id
                AND m.date_start <= %(last)s AND (m.date_end IS NULL OR m.date_end > %(first)s)
          JOIN kdc_customer_account a ON a.household_id = COALESCE(s.household_id, m.household_id)
         WHERE a.id = ANY(%(accounts)s) AND s.cancelled IS NOT TRUE
           AND s.date_from <= %(last)s AND (s.date_to IS NULL OR s.date_to >= %(first)s)
           AND EXISTS (SELECT FROM kdc_status_kind_kdc_tariff_relief_rel r WHERE r.kdc_status_kind_id = s.kind_id)
    )
    SELECT account_id, md5(string_agg(said, ';' ORDER BY said)) FROM said GROUP BY account_id
"""

READ_MODELS = (
    "kdc.connection", "kdc.meter", "kdc.meter.reading", "kdc.meter.share", "kdc.meter.share.line",
    "kdc.household.status", "kdc.household.membership", "kdc.tariff.relief",
)  # fmt: skip


class KdcBillingRun(models.Model):
    """What is approved and issued is what meters and services say: an account for which they changed is set apart.

    It is compared figure by figure, not by the time of writing: a reading that was being saved while the run was
    computed is found too. Only the accounts concerned wait; everybody else is billed.
    """

    _inherit = "kdc.billing.run"

    changed_count = fields.Integer(
        "Changed since",
        compute="_compute_changed_count",
        help="Accounts whose readings or services were changed since.",
    )

    def _compute_changed_count(self):
        for run in self:
            looking = run.state in ("computed", "approved") and not run.issue_started_on
            run.changed_count = len(run._changed_lines().account_id) if looking else 0

    def _usage_keys(self, account_ids):
        """Return {account id: fingerprint of what its bill of the month is computed from}."""
        self.ensure_one()
        for name in READ_MODELS:
            self.env[name].flush_model()
        last = fields.Date.end_of(self.period, "month")
        return dict(self.env.execute_query(SQL(USAGE_KEYS, first=self.period, last=last, accounts=list(account_ids))))

    def _changed_lines(self):
        """Return the lines not issued yet whose readings or services were changed since they were computed."""
        domain = [("run_id", "=", self.id), ("state", "in", ("ready", "blocked"))]
        # sudo: all that was computed, wherever who approves may read
        lines = self.env["kdc.billing.run.line"].sudo().search_fetch(domain, ["account_id", "state", "usage_key"])
        return lines._changed(self)

    def _set_changed_apart(self):
        """Leave out the accounts whose readings or services were changed.

        :raise UserError: nothing would be left
        """
        self.ensure_one()
        apart = self._changed_lines().filtered(lambda line: line.state == "ready")
        apart._set_apart()
        if not self.ready_count and apart:
            raise UserError(self.env._("The readings were changed after this run was computed. Compute it again."))
        if not self.ready_count:
            raise UserError(self.env._("There is nothing to issue in this billing run."))
