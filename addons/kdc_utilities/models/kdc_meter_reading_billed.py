from odoo import api, fields, models
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.addons.kdc_residents.tools.locks import lock_or_retry
from odoo.exceptions import UserError, ValidationError

from ..engine.money import decimal
from ..engine.periods import month_end
from .kdc_meter_reading import PLACES


class KdcMeterReading(models.Model):
    """What issued bills counted on, which stays as it was: also the figure before it, from which its use follows."""

    _inherit = "kdc.meter.reading"

    @api.constrains("value", "date", "event", "final_value")
    def _check_not_billed(self):
        billed = self._billed()
        if billed:
            raise ValidationError(billed._billed_message())

    @api.ondelete(at_uninstall=False)
    def _unlink_except_billed(self):
        billed = self._billed()
        if billed:
            raise UserError(billed._billed_message())
        following = (self.search([("previous_id", "in", self.ids)]) - self)._billed()
        if following:
            raise UserError(following._counted_message())

    def _on_bills(self):
        """Readings that issued bills count: those of the ward, or of the provider that billed them."""
        return self.filtered(lambda reading: reading.provider_state == "billed") | self._billed()

    def _billed(self):
        """Readings whose month already has an issued bill, of the same journal, of an account that pays for them."""
        payers = self._payers()
        groups = (
            self.env["account.move"]
            .sudo()  # sudo: whoever reads meters need not see the bills
            ._read_group(
                [
                    ("kdc_account_id", "in", list(set().union(*payers.values()))),
                    ("kdc_period", "in", list({fields.Date.start_of(reading.date, "month") for reading in self})),
                    ("state", "=", "posted"),
                ],
                ["kdc_account_id", "kdc_period:day", "journal_id"],
            )
        )
        billed = {(account.id, period, journal.id) for account, period, journal in groups}
        return self.filtered(
            lambda reading: any(
                (payer, fields.Date.start_of(reading.date, "month"), reading.service_id.journal_id.id) in billed
                for payer in payers[reading]
            )
        )

    def _payers(self):
        """Return {reading: ids of the accounts on whose bills it is}: its own, or those that share its meter."""
        payers = {reading: {reading.account_id.id} for reading in self}
        common = self.filtered("meter_id.share_basis")
        if common:
            # sudo: only who pays for a common meter is asked, not how much
            shares = self.env["kdc.meter.share"].sudo().search([("meter_id", "in", common.meter_id.ids)])
            sharers = {(row.meter_id.id, row.period): set(row.line_ids.account_id.ids) for row in shares}
            for reading in common:
                key = reading.meter_id.id, fields.Date.start_of(reading.date, "month")
                payers[reading] |= sharers.get(key, set())
        return payers

    def _billed_message(self):
        """Say what to do: a bill that others count on from is corrected, the last one may be cancelled too."""
        reading = self[:1]
        if reading._left_out():
            return self.env._(
                "The bill of %(month)s is issued without this reading. Enter what the meter shows now with a day of "
                "the next month, whose bill counts both; or cancel the issued bill first.",
                month=reading.date.strftime("%m/%Y"),
            )
        if reading._counted_later(reading.meter_id, reading.date):
            return self.env._(
                "%s is already on an issued bill, and so is the figure after it. Leave both bills and press "
                "“Correct the bill…” on each: the differences come on the next bill.",
                reading.display_name,
            )
        return self.env._(
            "%s is already on an issued bill. Cancel that bill first, then correct the reading.", reading.display_name
        )

    def _left_out(self):
        """Tell whether the bill of this reading's month says that this service follows with the next one."""
        # sudo: whoever reads meters need not see the bills
        bill = self.env["account.move"].sudo().search([
            ("kdc_account_id", "=", self.account_id.id), ("state", "=", "posted"), ("kdc_explanation", "!=", False),
            ("kdc_period", "=", fields.Date.start_of(self.date, "month")),
            ("journal_id", "=", self.service_id.journal_id.id),
        ], limit=1)  # fmt: skip
        return bool(bill) and self.service_id.name in bill._kdc_bill().pending

    def _counted_message(self):
        return self.env._(
            "%s is on an issued bill that counts on from the figure before it; with another figure before it, the "
            "same use would be billed twice or never. Issue the bills again that were cancelled for this, then press "
            "“Correct the bill…” on those that are wrong: the differences come on the next bill.",
            self[:1].display_name,
        )

    @api.model
    def _counted_later(self, meters, day):
        """Return what issued bills counted on these meters after a day: {reading: (reading before, quantity)}."""
        # sudo: the figures of a meter belong together, also for whoever enters one of them only
        later = self.sudo().search([("meter_id", "in", meters.ids), ("date", ">", day)])
        return {row: (row.previous_id, decimal(row.billable, PLACES)) for row in later._billed()}

    def _followed(self):
        """Return those of these readings behind which an issued bill of a later month counts on."""
        found = self.browse()
        for last, rows in self.grouped(lambda row: month_end(row.date)).items():
            # The figure after one of a meter that was taken down is that of the new meter.
            meters = rows.connection_id.with_context(active_test=False).meter_ids
            connections = {row.connection_id for row in self._counted_later(meters, last)}
            found |= rows.filtered(lambda row, connections=connections: row.connection_id in connections)
        return found

    @api.model
    def _counted_around(self, readings, vals_list):
        """Return :meth:`_counted_later` for where readings are now and where these values put them."""
        days = [*readings.mapped("date"), *(fields.Date.to_date(vals.get("date")) for vals in vals_list)]
        meters = self._meters_around(readings, vals_list)
        return self._counted_later(meters, min(filter(None, days), default=today_here(self)))

    @api.model
    def _meters_around(self, readings, vals_list):
        """Return the meters readings are of now and those these values put them on."""
        return readings.meter_id.browse({
            *readings.meter_id.ids, *(vals["meter_id"] for vals in vals_list if vals.get("meter_id"))
        })  # fmt: skip

    @api.model
    def _hold_bills(self, readings, vals_list):
        """Let no bill be issued meanwhile that counts on these connections, or says that the next one counts it.

        Whoever issues it holds them too, see ``_hold_basis`` of ``kdc.billing.run.line``. The accounts would not do:
        each bill refers to them, so that a reading would stop the issuing of a thousand others.
        """
        # sudo: only locked; whether these may be read is decided by what is written
        lock_or_retry(self._meters_around(readings, vals_list).sudo().connection_id, allow_referencing=True, touch=True)

    @api.model
    def _check_counted(self, counted):
        """Refuse what changes the use on an issued bill from behind: its month is over.

        :param counted: from :meth:`_counted_later`, before something was written
        """
        for row, (previous, quantity) in counted.items():
            if row.previous_id != previous or decimal(row.billable, PLACES) != quantity:
                raise ValidationError(row._counted_message())
