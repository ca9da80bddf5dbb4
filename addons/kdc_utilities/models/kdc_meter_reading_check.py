from odoo import api, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import ValidationError
from odoo.tools import format_date

from ..engine import meter as meter_engine
from ..engine.money import decimal, plain
from .kdc_meter_reading import PLACES


class KdcMeterReading(models.Model):
    """Which figures a meter can show on a day: what is refused, and what is to be looked at before billing."""

    _inherit = "kdc.meter.reading"

    @api.constrains("value", "date", "event", "final_value", "meter_id")
    def _check_reading(self):
        """Refuse impossible figures, and a figure that makes the next reading impossible."""
        # the day it is at the meter, also for a reader whose account has no time zone
        today = today_here(self)
        rows = self.search([("meter_id", "in", self.meter_id.ids)], order="date, id").grouped("meter_id")
        for reading in self:
            if reading.date > today:
                raise ValidationError(
                    self.env._("%(reading)s: the date is in the future.", reading=reading.display_name)
                )
            reading._check_meter_in_use()
            following = next((row for row in rows[reading.meter_id] if row.date > reading.date), self.browse())
            for row in reading + following:
                try:
                    row._engine_consumption()
                except meter_engine.ReadingError as error:
                    raise ValidationError(row._error_text(error)) from error

    @api.constrains("value", "date", "meter_id")
    def _check_not_late(self):
        """Refuse what comes after the closing day, where the ward wants it so."""
        today = today_here(self)
        # A change of the meter or of the customer happens when it happens.
        rows = self.filtered(lambda reading: not reading.is_change)
        for reading, (close, schedule) in self.env["kdc.reading.schedule"]._closing_days(rows).items():
            if close < today and schedule.late_rule == "refuse":
                raise ValidationError(
                    self.env._(
                        "Readings of %(month)s closed on %(date)s for %(area)s, so this one was not taken. "
                        "The accountant can move the closing day under “Reading days”.",
                        month=reading.date.strftime("%m/%Y"),
                        date=format_date(self.env, close),
                        area=reading.area_id.name or reading.company_id.name,
                    )
                )

    def _check_meter_in_use(self):
        """Refuse readings of a meter that is off the wall or, where the ward wants it so, not verified in time.

        :raise ValidationError: says which day the meter was valid until
        """
        self.ensure_one()
        meter = self.meter_id
        if meter.date_removed and self.date > meter.date_removed:
            raise ValidationError(
                self.env._(
                    "Meter %(serial)s was removed on %(date)s and takes no readings after that day.",
                    serial=meter.serial,
                    date=format_date(self.env, meter.date_removed),
                )  # fmt: skip
            )
        if not meter.active and not meter.date_removed:
            raise ValidationError(
                self.env._("Meter %s is archived and takes no readings. Restore it first.", meter.serial)
            )
        if self._past_verification() and self.company_id.kdc_verification_rule == "refuse":
            raise ValidationError(
                self.env._(
                    "Meter %(serial)s had to be verified before %(date)s. Have it verified or replaced, "
                    "note the new date on the meter, then enter the reading.",
                    serial=meter.serial,
                    date=format_date(self.env, meter.date_verification),
                )  # fmt: skip
            )

    def _past_verification(self):
        """Tell whether the meter's verification had run out on the day of the reading.

        Taking down an unverified meter needs its last figure, so changes of meter are excepted.
        """
        day = self.meter_id.date_verification
        return bool(day and self.date and self.date > day and not self.is_change)

    def _error_text(self, error):
        """Word a ReadingError for the person who typed the figure."""
        self.ensure_one()
        number = {key: plain(value) for key, value in error.params.items() if key != "digits"}
        texts = {
            "negative": lambda: self.env._("a register cannot show a negative figure."),
            "too_many_digits": lambda: self.env._(
                "%(value)s has more digits than this register (%(digits)s). Check the figure.",
                value=number["value"], digits=error.params["digits"],
            ),
            "decreasing": lambda: self.env._(
                "%(value)s is lower than the figure before, %(previous)s. If it is a typing error, correct it. "
                "If the register rolled over or was replaced, use the button “Change the meter…”.",
                value=number["value"], previous=number["previous"],
            ),
            "no_rollover": lambda: self.env._(
                "%(value)s is not lower than the figure before, %(previous)s, so the register did not roll over.",
                value=number["value"], previous=number["previous"],
            ),
            "not_below": lambda: self.env._(
                "%(value)s is not lower than the figure before, %(previous)s.",
                value=number["value"], previous=number["previous"],
            ),
            "final_missing": lambda: self.env._("enter the last figure of the old register."),
            "final_decreasing": lambda: self.env._(
                "the last figure of the old register, %(value)s, is lower than the figure before, %(previous)s.",
                value=number["value"], previous=number["previous"],
            ),
            "no_previous": lambda: self.env._("this is the first reading of the meter: mark it as first reading."),
        }  # fmt: skip
        return self.env._(
            "Meter %(serial)s (%(account)s), %(date)s: %(problem)s",
            serial=self.meter_id.serial,
            account=self.account_id.display_name,
            date=format_date(self.env, self.date),
            problem=texts[error.code](),
        )

    def _warning_text(self):
        """What to look at before billing, or False."""
        self.ensure_one()
        if self.event == "below":
            return self.env._("Lower than before, to be settled")
        history = self.search(
            [("meter_id", "=", self.meter_id.id), ("date", "<", self.date), ("event", "!=", "initial")],
            order="date desc",
            limit=meter_engine.HISTORY,
        )
        found = meter_engine.warning(
            decimal(self.consumption, PLACES),
            [decimal(row.consumption, PLACES) for row in history],
            decimal(self.company_id.kdc_high_use_factor, 2),
        )
        if not found:
            return self.env._("Verification has run out") if self._past_verification() else False
        code, usual = found
        if code == "zero":
            return self.env._("No use; usually %(usual)s", usual=fmt.number(usual))
        return self.env._("Much more than usual (%(usual)s)", usual=fmt.number(usual))
