import json
from dataclasses import replace
from hashlib import sha256

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

#: What of a fingerprint is another now, in the order of its parts.
CHANGES = ("readings_changed", "register_changed", "prices_changed", "late_fee_disputed", "payer_changed")
#: Five fingerprints, for each account, of what a bill of the month is computed from: its services, the figures of its
#: meters, its parts in shared meters and the figures of these, and the recognised statuses that a tariff gives an
#: exemption for; the persons and vehicles of its household, where its tariffs ask for them; its prices and exemptions;
#: its late fees that have to wait, since the bill they are for is in dispute; who pays, and whether it is archived.
#: Made by the database both times, so two of them differ only if something in it does.
USAGE_KEYS = """
    WITH parts AS (
        SELECT c.account_id, s.meter_id, concat_ws(',', 'part', l.id, l.weight, l.quantity, s.total, s.state, (
                   SELECT string_agg(one.id::text, '+' ORDER BY one.id) FROM kdc_connection one
                    WHERE one.shared_meter_id = s.meter_id
                      AND one.date_from <= %(last)s AND (one.date_to IS NULL OR one.date_to >= %(first)s)
               )) AS said
          FROM kdc_meter_share s
          JOIN kdc_meter_share_line l ON l.share_id = s.id
          JOIN kdc_connection c ON c.id = l.connection_id
         WHERE s.period = %(first)s AND c.account_id = ANY(%(accounts)s)
    ), meters AS (
        SELECT id AS meter_id, account_id FROM kdc_meter WHERE account_id = ANY(%(accounts)s)
        UNION ALL SELECT meter_id, account_id FROM parts
    ), services AS (
        SELECT c.*, a.household_id, a.date_to AS left_on, GREATEST(c.date_from, %(first)s) AS begins
          FROM kdc_connection c
          JOIN kdc_customer_account a ON a.id = c.account_id
         WHERE c.account_id = ANY(%(accounts)s)
           AND c.date_from <= %(last)s AND (c.date_to IS NULL OR c.date_to >= %(first)s)
    ), statuses AS (
        SELECT a.id AS account_id, s.id, s.kind_id, s.date_from, s.date_to
          FROM kdc_household_status s
          LEFT JOIN kdc_household_membership m ON m.resident_id = s.resident_id
                AND m.date_start <= %(last)s AND (m.date_end IS NULL OR m.date_end > %(first)s)
          JOIN kdc_customer_account a ON a.household_id = COALESCE(s.household_id, m.household_id)
         WHERE a.id = ANY(%(accounts)s) AND s.cancelled IS NOT TRUE
           AND s.date_from <= %(last)s AND (s.date_to IS NULL OR s.date_to >= %(first)s)
    ), said AS (
        SELECT 0 AS part, account_id, said FROM parts
        UNION ALL
        SELECT 0, account_id, concat_ws(
                   ',', 'service', id, tariff_id, date_from, COALESCE(date_to::text, '-'), billed_by_provider,
                   COALESCE(persons, 0), COALESCE(quota_households, 0), COALESCE(quota_persons, 0),
                   COALESCE(area_m2, 0), COALESCE(shared_meter_id, 0)
               )
          FROM services
        UNION ALL
        SELECT 0, m.account_id, concat_ws(
                   ',', 'reading', r.id, r.date, r.value, r.event, r.source, r.final_value, r.consumption, r.billable,
                   p.date, p.value, p.source
               )
          FROM meters m
          JOIN kdc_meter_reading r ON r.meter_id = m.meter_id AND r.date BETWEEN %(first)s AND %(last)s
          LEFT JOIN kdc_meter_reading p ON p.id = r.previous_id
        UNION ALL
        SELECT 0, account_id, concat_ws(',', 'status', id, kind_id, date_from, COALESCE(date_to::text, '-'))
          FROM statuses s
         WHERE EXISTS (SELECT FROM kdc_status_kind_kdc_tariff_relief_rel r WHERE r.kdc_status_kind_id = s.kind_id)
        UNION ALL
        SELECT 1, c.account_id, concat_ws(',', 'persons', CASE asked.limits WHEN '[]' THEN h.present ELSE (
                   SELECT count(*) FROM jsonb_array_elements(asked.limits) one(upper) WHERE upper::numeric < h.present
               ) END)
          FROM services c
          JOIN jsonb_each(%(by_persons)s::jsonb) asked(tariff_id, limits) ON asked.tariff_id::int = c.tariff_id
         CROSS JOIN LATERAL (
                SELECT CASE WHEN c.left_on IS NULL THEN h.member_count ELSE (
                           SELECT count(*) FROM kdc_household_membership m
                            WHERE m.household_id = h.id AND m.voided IS NOT TRUE AND m.date_start <= c.left_on
                              AND (m.date_end IS NULL OR m.date_end > c.left_on)
                       ) END AS present
                  FROM kdc_household h WHERE h.id = c.household_id
               ) h
         WHERE COALESCE(c.persons, 0) = 0
        UNION ALL
        SELECT 1, c.account_id, concat_ws(',', 'vehicles', c.id, v.kind, count(*))
          FROM services c
          JOIN kdc_vehicle v ON v.household_id = c.household_id
               AND v.date_from <= c.begins AND (v.date_to IS NULL OR v.date_to > c.begins)
         WHERE c.tariff_id = ANY(%(by_vehicles)s)
         GROUP BY c.account_id, c.id, v.kind
        UNION ALL
        SELECT 2, c.account_id, p.said
          FROM services c
          JOIN unnest(%(tariffs)s::int[], %(prices)s::text[]) AS p(tariff_id, said) ON p.tariff_id = c.tariff_id
        UNION ALL
        SELECT 2, c.account_id, concat_ws(',', 'relief', s.id, f.id, f.kind, f.value, f.component_id, f.date_from,
                   f.date_to)
          FROM statuses s
          JOIN kdc_status_kind_kdc_tariff_relief_rel r ON r.kdc_status_kind_id = s.kind_id
          JOIN kdc_tariff_relief f ON f.id = r.kdc_tariff_relief_id
          JOIN services c ON c.account_id = s.account_id AND c.tariff_id = f.tariff_id
        UNION ALL
        SELECT 3, fee.account_id, concat_ws(',', 'dispute', fee.id, d.id)
          FROM kdc_bill_dispute d
          JOIN kdc_charge fee ON fee.corrects_move_id = d.move_id AND fee.kind = 'late_fee' AND fee.state = 'approved'
         WHERE d.state = 'open' AND fee.account_id = ANY(%(accounts)s) AND fee.period <= %(last)s
           AND NOT EXISTS (SELECT FROM account_move m WHERE m.id = fee.move_id AND m.state != 'cancel')
        UNION ALL
        SELECT 4, id, concat_ws(',', 'payer', partner_id, active)
          FROM kdc_customer_account
         WHERE id = ANY(%(accounts)s)
    )
    SELECT account_id, concat_ws('-',
               COALESCE(md5(string_agg(said, ';' ORDER BY said) FILTER (WHERE part = 0)), '0'),
               COALESCE(md5(string_agg(said, ';' ORDER BY said) FILTER (WHERE part = 1)), '0'),
               COALESCE(md5(string_agg(said, ';' ORDER BY said) FILTER (WHERE part = 2)), '0'),
               COALESCE(md5(string_agg(said, ';' ORDER BY said) FILTER (WHERE part = 3)), '0'),
               COALESCE(md5(string_agg(said, ';' ORDER BY said) FILTER (WHERE part = 4)), '0')
           )
      FROM said
     GROUP BY account_id
"""

READ_MODELS = (
    "kdc.connection", "kdc.customer.account", "kdc.meter", "kdc.meter.reading", "kdc.meter.share",
    "kdc.meter.share.line", "kdc.household", "kdc.household.status", "kdc.household.membership", "kdc.vehicle",
    "kdc.tariff.relief", "kdc.bill.dispute", "kdc.charge",
)  # fmt: skip


class KdcBillingRun(models.Model):
    """What is approved and issued is what meters, services, register and price tables say: an account for which they
    changed is set apart. So is one with a late fee for a bill that is in dispute since: it waits for the answer; and
    one with another payer, whom nobody approved a bill for, or that was archived.

    It is compared figure by figure, not by the time of writing: a reading that was being saved while the run was
    computed is found too. Only the accounts concerned wait; everybody else is billed.
    """

    _inherit = "kdc.billing.run"

    changed_count = fields.Integer(
        "Changed since",
        compute="_compute_changed_count",
        help="Accounts whose payer, readings, services, persons, vehicles or prices were changed since, or "
        "with a late fee for a bill in dispute since.",
    )

    def _compute_changed_count(self):
        for run in self:
            looking = run.state in ("computed", "approved") and not run.issue_started_on
            run.changed_count = len(run._changed_lines().account_id) if looking else 0

    def _usage_keys(self, account_ids):
        """Return {account id: fingerprints, joined by “-”, of what its bill of the month is computed from}."""
        self.ensure_one()
        for name in READ_MODELS:
            self.env[name].flush_model()
        accounts, last = list(account_ids), fields.Date.end_of(self.period, "month")
        query = SQL(USAGE_KEYS, first=self.period, last=last, accounts=accounts, **self._asked(accounts, last))
        return dict(self.env.execute_query(query))

    def _asked(self, account_ids, last):
        """Return what the query has to know of the tariffs of these accounts.

        :return: dict of the ids of ``tariffs``, fingerprints of their ``prices`` and VAT until the last day as the
            engine gets them, for ``by_persons`` see :meth:`_persons_asked`, ids of those with prices ``by_vehicles``
        """
        # sudo: the fingerprint is the same for whoever computes, approves or issues
        services = self.env["kdc.connection"].sudo()
        used = [("account_id", "in", account_ids), ("date_from", "<=", last)]
        [(tariffs,)] = services._read_group(used, [], ["tariff_id:recordset"])
        rates = [rate for rate in services.env["kdc.vat.rate"]._engine_table().rates if rate.date_from <= last]
        prices, by_persons, by_vehicles = [], {}, []
        for record in tariffs:
            plan = record._engine_plan()
            plan = replace(plan, versions=tuple(version for version in plan.versions if version.date_from <= last))
            components = [component for version in plan.versions for component in version.components]
            taxed, kinds = {component.vat for component in components}, {component.kind for component in components}
            said = repr((plan, [rate for rate in rates if rate.code in taxed]))
            prices.append(sha256(said.encode()).hexdigest())
            if kinds & {"vehicle", "formula"}:
                by_vehicles.append(record.id)
            limits = self._persons_asked(plan, components)
            if limits is not None:
                by_persons[record.id] = limits
        return {
            "tariffs": tariffs.ids, "prices": prices, "by_persons": json.dumps(by_persons), "by_vehicles": by_vehicles,
        }  # fmt: skip

    @api.model
    def _persons_asked(self, plan, components):
        """Return for how many persons a tariff has one price: the limits, [] if each counts, None if nobody does."""
        kinds = {component.kind for component in components}
        if kinds & {"person", "formula"} or (plan.quota_by_persons and kinds & {"tiers", "slabs"}):
            return []
        bands = [component for component in components if component.kind == "band"]
        # Nobody registered is no price at all.
        return sorted({0, *(int(tier.upper or 0) for band in bands for tier in band.tiers)}) if bands else None

    def _changes(self):
        """Return {line not issued yet: codes of what changed since it was computed}, without the others."""
        domain = [("run_id", "=", self.id), ("state", "in", ("ready", "blocked"))]
        # sudo: all that was computed, wherever who approves may read
        lines = self.env["kdc.billing.run.line"].sudo().search_fetch(domain, ["account_id", "state", "usage_key"])
        return lines._changes(self)

    def _changed_lines(self):
        """Return the lines not issued yet for which something was changed since they were computed."""
        return self.env["kdc.billing.run.line"].sudo().union(*self._changes())  # sudo: as above

    def _set_changed_apart(self):
        """Leave out the accounts for which something was changed.

        :raise UserError: nothing would be left
        """
        self.ensure_one()
        changes = {line: codes for line, codes in self._changes().items() if line.state == "ready"}
        self.env["kdc.billing.run.line"]._set_apart(changes)
        if not self.ready_count and changes:
            raise UserError(
                self.env._("What the bills are computed from was changed after this run was. Compute it again.")
            )
        if not self.ready_count:
            raise UserError(self.env._("There is nothing to issue in this billing run."))
