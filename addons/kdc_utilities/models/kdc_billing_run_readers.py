from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

#: The first reading of each run that a person entered or corrected: of the month, of an account that is to be billed
#: (or of the meter it shares), of a service of the run. One month of a ward has many readings, a person a part of them.
OWN_READINGS = """
    SELECT run.id, MIN(reading.id)
      FROM kdc_billing_run run
      JOIN kdc_meter_reading reading
        ON reading.company_id = run.company_id AND reading.date >= run.period
       AND reading.date < run.period + INTERVAL '1 month'
     WHERE run.id = ANY(%(runs)s)
       AND (%(user)s IN (reading.user_id, reading.create_uid) OR EXISTS (
               SELECT FROM kdc_meter_reading_former former
                WHERE former.reading_id = reading.id AND %(user)s IN (former.user_id, former.create_uid)))
       AND (EXISTS (
               SELECT FROM kdc_billing_run_line line
                WHERE line.run_id = run.id AND line.account_id = reading.account_id
                  AND line.state NOT IN ('excluded', 'blocked'))
            OR EXISTS (
               SELECT FROM kdc_meter_share share
                 JOIN kdc_meter_share_line part ON part.share_id = share.id
                 JOIN kdc_connection supply ON supply.id = part.connection_id
                 JOIN kdc_billing_run_line line ON line.run_id = run.id AND line.account_id = supply.account_id
                WHERE share.meter_id = reading.meter_id AND share.period = run.period
                  AND line.state NOT IN ('excluded', 'blocked')))
       AND (NOT EXISTS (SELECT FROM %(services)s chosen WHERE chosen.%(run)s = run.id)
            OR EXISTS (
               SELECT FROM %(services)s chosen
                WHERE chosen.%(run)s = run.id AND chosen.%(service)s = reading.service_id))
     GROUP BY run.id
"""


class KdcBillingRun(models.Model):
    """Who enters a reading does not approve what is billed by it (separation of duties, A-03)."""

    _inherit = "kdc.billing.run"

    def _own_readings(self):
        """Return {run: a reading it bills that the current user entered or corrected}, without the other runs."""
        for name in ("kdc.billing.run", "kdc.billing.run.line", "kdc.meter.reading", "kdc.meter.reading.former",
                     "kdc.meter.share", "kdc.meter.share.line"):  # fmt: skip
            self.env[name].flush_model()
        services = self._fields["service_ids"]
        found = self.env.execute_query(SQL(
            OWN_READINGS,
            runs=self.ids,
            user=self.env.uid,
            services=SQL.identifier(services.relation),
            run=SQL.identifier(services.column1),
            service=SQL.identifier(services.column2),
        ))  # fmt: skip
        return {self.browse(run): self.env["kdc.meter.reading"].browse(reading) for run, reading in found}

    def _compute_can_approve(self):
        result = super()._compute_can_approve()
        mine = self.filtered("can_approve")._own_readings() if any(self.mapped("can_approve")) else {}
        for run in mine:
            run.can_approve = False
        return result

    @api.model
    def _search_can_approve(self, operator, value):
        """What the home page counts: computed runs are few."""
        if operator != "in":
            return NotImplemented
        runs = self.search([("state", "=", "computed")])
        return [("id", "in" if True in value else "not in", runs.filtered("can_approve").ids)]

    def action_approve(self):
        """Refuse before anything is written."""
        for reading in self._own_readings().values():
            # sudo: an approver reads readings of the ward; a run may have been given to one of another area
            reading = reading.sudo()
            raise UserError(
                self.env._(
                    "You entered or corrected readings that this run bills, such as meter %(meter)s on %(day)s, so "
                    "another person has to approve it.",
                    meter=reading.meter_id.serial,
                    day=reading.date.strftime("%d/%m/%Y"),
                )
            )
        return super().action_approve()
