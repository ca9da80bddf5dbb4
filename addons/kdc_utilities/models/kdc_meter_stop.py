from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date


class KdcMeter(models.Model):
    """A meter on the wall outlives its customers: it stops for one and goes on for the next, at the same figure."""

    _inherit = "kdc.meter"

    stopped = fields.Boolean(
        "Stopped with its customer",
        readonly=True,
        copy=False,
        help="The customer left; the meter still hangs there and goes on for the next customer.",
    )
    goes_on_from_id = fields.Many2one(
        "kdc.meter", string="Counted before for", readonly=True, copy=False, ondelete="restrict"
    )

    def _last_reading(self):
        self.ensure_one()
        return self.reading_ids.sorted(lambda row: (row.date, row.id))[-1:]

    def _stop(self, day, value, estimated, reason):
        """Write the last reading of a customer who leaves and take no more readings for them.

        :raise UserError: the meter was read after that day
        """
        self.ensure_one()
        later = self.reading_ids.filtered(lambda row: row.date > day).sorted("date")
        if later:
            raise UserError(
                self.env._(
                    "Meter %(serial)s already has a reading of %(date)s, after the last day. Choose that day as the "
                    "last one, or delete the reading.",
                    serial=self.serial,
                    date=format_date(self.env, later[-1].date),
                )
            )
        # On top of the reading of the month, as for a change of the meter.
        source = "estimate" if estimated else "officer"
        vals = {"value": value, "source": source, "reason": reason, "is_change": True}
        same_day = self.reading_ids.filtered(lambda row: row.date == day)
        if not same_day:
            event = "normal" if self.reading_ids else "initial"
            vals |= {"meter_id": self.id, "date": day, "event": event}
            self.reading_ids.create(vals | {"before_stop": {"created": True}})
        elif same_day.value != value:
            same_day._stand_in(vals)
        self.write({"state": "removed", "date_removed": day, "active": False, "stopped": True})
        # Out of the unique index before the next customer's meter of the same number comes.
        self.flush_recordset(["state"])

    def _resume(self, day):
        """Take :meth:`_stop` back."""
        meters = self.filtered(lambda meter: meter.stopped and meter.date_removed == day)
        meters.write({"state": "in_use", "date_removed": False, "active": True, "stopped": False})
        for row in meters.reading_ids.filtered(lambda row: row.date == day):
            before = row.before_stop or {}
            if before.get("created"):
                row.unlink()
            elif before:
                row._give_back(before)

    def _go_on(self, connection, day, value=None):
        """Let a stopped meter count for the next customer.

        :param connection: the new customer's ``kdc.connection``
        :param value: the figure on the first day; the last one read by default
        :return: the meter of the new customer
        :raise UserError: the figure is lower than the last one read
        """
        self.ensure_one()
        last = self._last_reading()
        if value is None:
            value = last.value
        if value < last.value:
            raise UserError(
                self.env._(
                    "Meter %(serial)s stopped at %(last)s and cannot begin at a lower figure.",
                    serial=self.serial,
                    last=f"{last.value:g}",
                )
            )
        meter = self.copy(
            {
                "serial": self.serial,
                "connection_id": connection.id,
                "goes_on_from_id": self.id,
                "state": "in_use",
                "active": True,
                "date_removed": False,
                "stopped": False,
            }
        )
        self.env["kdc.meter.reading"].create(
            {
                "meter_id": meter.id,
                "date": day,
                "value": value,
                "event": "initial",
                "is_change": True,
                "source": "officer",
                "reason": self.env._("Counts on from the customer before"),
            }
        )
        # Who takes part in this meter takes part in it for the new customer.
        self.share_connection_ids.shared_meter_id = meter
        return meter
