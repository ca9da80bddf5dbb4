from odoo import api, fields, models
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import UserError
from odoo.tools import format_date


class KdcMeterChange(models.TransientModel):
    """Change of a meter on one day, in one step: another meter, a reset register, or a register that rolled over.

    Whatever the kind, the old figures up to that day and the new ones after it add up to the use of the month.
    """

    _name = "kdc.meter.change"
    _description = "Change of a Meter"

    meter_id = fields.Many2one("kdc.meter", required=True)
    company_id = fields.Many2one(related="meter_id.company_id")
    account_id = fields.Many2one(related="meter_id.account_id")
    unit = fields.Char(related="meter_id.unit")
    kind = fields.Selection(
        [
            ("replace", "Another meter is put up"),
            ("reset", "The same meter begins anew (repaired, reset)"),
            ("rollover", "The register passed its highest figure"),
        ],
        string="What happened",
        required=True,
        default="replace",
    )
    date = fields.Date("Done on", required=True, default=today_here)
    reason = fields.Char(required=True)
    previous_value = fields.Float("Figure before", compute="_compute_previous", digits=(16, 3))
    previous_date = fields.Date("Read on", compute="_compute_previous")
    final_value = fields.Float(
        "Last figure of the old meter", digits=(16, 3), compute="_compute_final_value", store=True, readonly=False
    )
    initial_value = fields.Float("First figure of the new meter", digits=(16, 3))
    rolled_value = fields.Float("Figure after the roll-over", digits=(16, 3))
    consumption = fields.Float("Used up to this day", compute="_compute_consumption", digits=(16, 3))
    serial = fields.Char("New serial number")
    digits = fields.Integer(compute="_compute_from_meter", store=True, readonly=False)
    multiplier = fields.Float(digits=(10, 3), compute="_compute_from_meter", store=True, readonly=False)
    seal_number = fields.Char("Seal")
    date_verification = fields.Date("Verify before")

    @api.depends("meter_id")
    def _compute_from_meter(self):
        for change in self:
            change.digits = change.meter_id.digits
            change.multiplier = change.meter_id.multiplier

    def _reading_before(self):
        """Return the last reading before the day of the change, maybe empty."""
        self.ensure_one()
        return self.env["kdc.meter.reading"].search(
            [("meter_id", "=", self.meter_id.id), ("date", "<", self.date)], order="date desc", limit=1
        )

    @api.depends("meter_id", "date")
    def _compute_previous(self):
        for change in self:
            reading = change._reading_before() if change.meter_id and change.date else None
            change.previous_value = reading.value if reading else 0
            change.previous_date = reading.date if reading else False

    @api.depends("previous_value")
    def _compute_final_value(self):
        """Begin with the figure before: what is typed counts on from there."""
        for change in self:
            change.final_value = max(change.final_value, change.previous_value)

    @api.depends("kind", "previous_value", "final_value", "rolled_value", "meter_id")
    def _compute_consumption(self):
        """What the form shows while typing; the reading computes it again and refuses what cannot be."""
        for change in self:
            steps = (
                10**change.meter_id.digits - change.previous_value + change.rolled_value
                if change.kind == "rollover"
                else change.final_value - change.previous_value
            )
            change.consumption = steps * change.meter_id.multiplier

    def action_apply(self):
        """Write the readings of the change and, for another meter, take down the old and put up the new one."""
        self.ensure_one()
        self._check_possible()
        meter = getattr(self, f"_apply_{self.kind}")()
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_utilities.kdc_meter_action")
        views = [view for view in action["views"] if view[1] == "form"]
        return action | {"res_id": meter.id, "view_mode": "form", "views": views}

    def _check_possible(self):
        """The change must be the newest thing that happened to the meter.

        :raise UserError: says what stands in the way
        """
        if self.meter_id.state == "removed":
            raise UserError(
                self.env._(
                    "Meter %(serial)s was already removed on %(date)s.",
                    serial=self.meter_id.serial,
                    date=format_date(self.env, self.meter_id.date_removed),
                )  # fmt: skip
            )
        if not self._reading_before():
            raise UserError(
                self.env._("Meter %s has no reading before that day. Enter its first reading.", self.meter_id.serial)
            )
        later = self.env["kdc.meter.reading"].search(
            [("meter_id", "=", self.meter_id.id), ("date", ">=", self.date)], order="date", limit=1
        )
        if later:
            raise UserError(
                self.env._(
                    "Meter %(serial)s already has a reading of %(date)s. Correct or delete that reading first: "
                    "the change has to be the newest one.",
                    serial=self.meter_id.serial,
                    date=format_date(self.env, later.date),
                )  # fmt: skip
            )

    def _apply_replace(self):
        if not (self.serial or "").strip():
            raise UserError(self.env._("Enter the serial number of the new meter."))
        old = self.meter_id
        readings = self.env["kdc.meter.reading"]
        readings.create(self._reading_vals(old) | {"value": self.final_value, "event": "normal", "is_change": True})
        old.write({"state": "removed", "date_removed": self.date, "active": False})
        new = self.env["kdc.meter"].create(
            {
                "serial": self.serial,
                "zone": old.zone,
                "connection_id": old.connection_id.id,
                "replaces_id": old.id,
                "location": old.location,
                "digits": self.digits,
                "multiplier": self.multiplier,
                "date_install": self.date,
                "seal_number": self.seal_number,
                "date_sealed": self.date if self.seal_number else False,
                "date_verification": self.date_verification,
            }
        )
        readings.create(self._reading_vals(new) | {"value": self.initial_value, "event": "initial", "is_change": True})
        return new

    def _apply_reset(self):
        self.env["kdc.meter.reading"].create(
            self._reading_vals(self.meter_id)
            | {
                "value": self.initial_value,
                "final_value": self.final_value,
                "event": "replacement",
                "is_change": True,
            }
        )
        vals = {"state": "in_use"}
        if self.seal_number:
            vals |= {"seal_number": self.seal_number, "date_sealed": self.date}
        if self.date_verification:
            vals |= {"date_verified": self.date, "date_verification": self.date_verification}
        self.meter_id.write(vals)
        return self.meter_id

    def _apply_rollover(self):
        """A roll-over is an ordinary reading of the month that needs its reason."""
        self.env["kdc.meter.reading"].create(
            self._reading_vals(self.meter_id) | {"value": self.rolled_value, "event": "rollover"}
        )
        return self.meter_id

    def _reading_vals(self, meter):
        return {"meter_id": meter.id, "date": self.date, "reason": self.reason, "source": "officer"}
