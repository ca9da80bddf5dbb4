from datetime import date
from decimal import Decimal

from dateutil.relativedelta import relativedelta
from odoo import models
from odoo.tools import SQL


class AccountMove(models.Model):
    """The chart on a bill: what was used of each metered service in the last months."""

    _inherit = "account.move"

    def _kdc_consumption(self, months=12):
        """Return the consumption of the last months per metered service, oldest month first.

        :return: list of dicts ``name``, ``unit``, ``bars``; a bar has ``period``, ``quantity`` (None when
            there was neither a bill nor a reading of an earlier time), ``percent`` of the highest and ``current``
        """
        self.ensure_one()
        if not self.kdc_period or not self.kdc_account_id:
            return []
        used = self._kdc_used(months)[self]
        periods = [self.kdc_period - relativedelta(months=back) for back in range(months - 1, -1, -1)]
        sections = self.kdc_explanation["sections"] if self.kdc_explanation else []
        services = {section["service"]: section for section in sections if section["service"] in used}
        return [
            {"name": section["name"], "unit": section["unit"], "bars": self._kdc_bars(periods, used[code])}
            for code, section in services.items()
        ]

    def _kdc_used(self, months):
        """Return {bill: {service: {month: quantity}}} of the metered services in the months up to each bill.

        One query for all bills, and another one where months are missing; the database takes the few figures out of
        the explanations. What somebody used who paid for the account before is theirs.
        """
        self.env["account.move"].flush_model(
            ["kdc_explanation", "kdc_account_id", "kdc_period", "journal_id", "partner_id", "state"]
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT bill.id, earlier.kdc_period, section->>'service', section->>'quantity',
                       CASE WHEN earlier.kdc_explanation ? 'true_ups' THEN
                            ARRAY[section->>'date_from', section->>'date_to'] END
                  FROM account_move bill
                  JOIN account_move earlier ON earlier.kdc_account_id = bill.kdc_account_id
                       AND earlier.partner_id = bill.partner_id
                       AND earlier.journal_id = bill.journal_id AND earlier.state = 'posted'
                       AND earlier.move_type = 'out_invoice' AND earlier.kdc_period <= bill.kdc_period
                       AND earlier.kdc_period > bill.kdc_period - make_interval(months => %(months)s)
                 CROSS JOIN jsonb_array_elements(earlier.kdc_explanation->'sections') section
                 WHERE bill.id = ANY(%(ids)s) AND jsonb_array_length(section->'readings') > 0
                 ORDER BY earlier.kdc_period
                """,
                months=months,
                ids=self.ids,
            )
        )
        used = {bill: {} for bill in self}
        for bill_id, period, service, quantity, stretch in rows:
            # A service may be on a bill twice, as after a change of its tariff within the month.
            by_month = used[self.browse(bill_id)].setdefault(service, {})
            if stretch and stretch[0] < period.isoformat():
                by_month |= self._kdc_share_out(Decimal(quantity), *map(date.fromisoformat, stretch))
            else:
                by_month[period] = by_month.get(period, Decimal(0)) + Decimal(quantity)
        short = self.filtered(lambda bill: any(len(by_month) < months for by_month in used[bill].values()))
        for bill_id, service, period, quantity in short._kdc_read_before_billed(months):
            used[self.browse(bill_id)].get(service, {}).setdefault(period, Decimal(quantity))
        return used

    def _kdc_read_before_billed(self, months):
        """Return (bill id, service, month, quantity) by the readings of the months before an account's first bill.

        They were billed elsewhere, as the books began later. Nothing is told where somebody else paid for the account
        before, nor of meters that several share: whose use it was is on bills only. One query for all bills.
        """
        if not self:
            return []
        names = {
            "kdc.meter.reading": ["meter_id", "date", "event", "billable"],
            "kdc.meter": ["connection_id", "share_basis"],
            "kdc.connection": ["account_id", "service_id", "shared_meter_id"],
            "kdc.service": ["code", "journal_id"],
        }
        for model, fields in names.items():
            self.env[model].flush_model(fields)
        return self.env.execute_query(
            SQL(
                """
                SELECT bill.id, service.code, date_trunc('month', reading.date)::date, sum(reading.billable)::text
                  FROM account_move bill
                 CROSS JOIN LATERAL (
                       SELECT bool_and(partner_id = bill.partner_id) AS alone,
                              min(kdc_period) FILTER (
                                  WHERE journal_id = bill.journal_id AND state = 'posted' AND move_type = 'out_invoice'
                              ) AS period
                         FROM account_move
                        WHERE kdc_account_id = bill.kdc_account_id AND kdc_period <= bill.kdc_period
                       ) billed
                  JOIN kdc_connection connection ON connection.account_id = bill.kdc_account_id
                       AND connection.shared_meter_id IS NULL
                  JOIN kdc_service service ON service.id = connection.service_id
                       AND service.journal_id = bill.journal_id
                  JOIN kdc_meter meter ON meter.connection_id = connection.id AND meter.share_basis IS NULL
                  JOIN kdc_meter_reading reading ON reading.meter_id = meter.id
                       AND reading.date < billed.period
                       AND reading.date >= bill.kdc_period - make_interval(months => %(back)s)
                       AND reading.event NOT IN ('initial', 'below')
                 WHERE bill.id = ANY(%(ids)s) AND billed.alone
                 GROUP BY 1, 2, 3
                """,
                back=months - 1,
                ids=self.ids,
            )
        )

    def _kdc_bars(self, periods: list[date], used: dict[date, Decimal]):
        highest = max(used.values()) or Decimal(1)
        return [
            {
                "period": period,
                "quantity": used.get(period),
                "percent": round(used[period] * 100 / highest) if period in used else 0,
                "current": period == self.kdc_period,
            }
            for period in periods
        ]
