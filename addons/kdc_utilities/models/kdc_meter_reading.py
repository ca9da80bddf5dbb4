import base64
import binascii
import hashlib
from datetime import date

from odoo import api, fields, models
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import format_date

from ..engine import meter as meter_engine
from ..engine.money import decimal
from ..engine.place import distance

PLACES = 3
#: What only the exchange with a provider writes.
PROVIDER_FIELDS = frozenset({"provider_state", "provider_bill", "provider_note"})
#: What the use counted by this reading, and by those after it, follows from.
COUNTED_FIELDS = frozenset({"value", "final_value", "event", "date", "meter_id", "source"})


class KdcMeterReading(models.Model):
    """The figure on a register on a day, with where it came from.

    A figure below the one before is refused unless the event says why (roll-over, replacement):
    a typing error, a roll-over and a new meter are three different things.
    """

    _name = "kdc.meter.reading"
    _description = "Meter Reading"
    _order = "date desc, meter_id, id desc"
    _check_company_auto = True

    meter_id = fields.Many2one("kdc.meter", required=True, ondelete="restrict", index=True, check_company=True)
    company_id = fields.Many2one(related="meter_id.company_id", store=True, index=True)
    connection_id = fields.Many2one(related="meter_id.connection_id", store=True, index=True)
    account_id = fields.Many2one(related="meter_id.account_id", store=True, index=True)
    area_id = fields.Many2one(related="meter_id.area_id", store=True, index=True)
    service_id = fields.Many2one(related="meter_id.service_id", store=True)
    unit = fields.Char(related="meter_id.unit")
    date = fields.Date(required=True, default=today_here, index=True)
    value = fields.Float("Figure", required=True, digits=(16, PLACES))
    event = fields.Selection(
        [
            ("normal", "Normal reading"),
            ("initial", "First reading of the meter"),
            ("rollover", "Register rolled over"),
            ("replacement", "Register replaced or reset"),
            ("below", "Lower than before, to be settled"),
        ],
        required=True,
        default="normal",
    )
    final_value = fields.Float(
        "Last figure of the old register", digits=(16, PLACES), help="Only for a replaced or reset register."
    )
    reason = fields.Char()
    is_change = fields.Boolean(
        "Change of meter",
        readonly=True,
        copy=False,
        help="Made when the meter was changed. The reading of the month comes on top of it.",
    )
    before_stop = fields.Json(
        readonly=True, copy=False,
        help="What the reading said before it became the last one of a customer who left, to take that back.",
    )  # fmt: skip
    source = fields.Selection(
        [
            ("officer", "Entered by staff"),
            ("import", "Spreadsheet"),
            ("phone", "Field round"),
            ("portal", "Resident"),
            ("device", "Device"),
            ("estimate", "Estimate"),
        ],
        required=True,
        default="officer",
    )
    user_id = fields.Many2one("res.users", string="Entered by", default=lambda self: self.env.user, readonly=True)
    photo = fields.Image(max_width=1600, max_height=1600)
    taken_on = fields.Datetime(readonly=True, copy=False, help="When it was read on the spot, on the field round.")
    latitude = fields.Float(digits=(9, 6), readonly=True, copy=False, aggregator=None)
    longitude = fields.Float(digits=(9, 6), readonly=True, copy=False, aggregator=None)
    accuracy = fields.Integer(
        "Accuracy (m)", readonly=True, copy=False, aggregator=None,
        help="Of the place where the phone was when the meter was read. 0: no place was noted.",
    )  # fmt: skip
    distance = fields.Integer(
        "From the house (m)", compute="_compute_distance", aggregator=None,
        help="Between the phone and the dwelling's place on the map. 0: one of the two is not known.",
    )  # fmt: skip
    provider_state = fields.Selection(
        [
            ("sent", "Sent to the provider"),
            ("billed", "Billed by the provider"),
            ("refused", "Refused by the provider"),
        ],
        string="At the provider",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    provider_bill = fields.Char("Bill of the provider", readonly=True, copy=False)
    provider_note = fields.Char("Note of the provider", readonly=True, copy=False)
    client_key = fields.Char(readonly=True, copy=False, help="Key made by the reader's phone, so that it counts once.")
    photo_hash = fields.Char(
        readonly=True, copy=False, index="btree_not_null", help="Tells when one picture is sent for two readings."
    )
    is_late = fields.Boolean(
        "Late", compute="_compute_is_late", store=True, help="Entered or changed after the closing day of its area."
    )
    previous_id = fields.Many2one(
        "kdc.meter.reading", compute="_compute_consumption", store=True, index="btree_not_null"
    )
    previous_value = fields.Float(related="previous_id.value", string="Figure before")
    consumption = fields.Float("Used", compute="_compute_consumption", store=True, digits=(16, PLACES))
    billable = fields.Float(
        "Billed quantity", compute="_compute_consumption", store=True, digits=(16, PLACES),
        help="What the bill counts: the use, less what an earlier estimate was too high.",
    )  # fmt: skip
    carry = fields.Float(
        "Still to be taken off", compute="_compute_consumption", store=True, digits=(16, PLACES),
        help="What earlier estimates were too high and no bill has taken off yet (0 or negative).",
    )  # fmt: skip

    trued_up = fields.Boolean(
        "Estimates set right", readonly=True, copy=False,
        help="The bill of this reading gives back in money what estimates before it charged too much; nothing is left "
        "to be taken off the quantity.",
    )  # fmt: skip

    _meter_date_uniq = models.Constraint("UNIQUE (meter_id, date)", "This meter already has a reading on that day.")
    _client_key_uniq = models.UniqueIndex(
        "(company_id, client_key) WHERE client_key IS NOT NULL", "This reading of a phone was already taken."
    )
    _value_positive = models.Constraint(
        "CHECK (value >= 0 AND final_value >= 0)", "A register cannot show a negative figure."
    )
    _reason_required = models.Constraint(
        "CHECK (event IN ('normal', 'initial') OR reason IS NOT NULL)",
        "Say why the register does not simply count on.",
    )

    @api.depends("latitude", "longitude", "accuracy", "meter_id.dwelling_id.latitude", "meter_id.dwelling_id.longitude")
    def _compute_distance(self):
        for reading in self:
            house = reading.meter_id.dwelling_id
            reading.distance = 0
            if reading.accuracy and (house.latitude or house.longitude):
                reading.distance = distance(reading.latitude, reading.longitude, house.latitude, house.longitude)

    @api.depends("meter_id.serial", "date", "value")
    def _compute_display_name(self):
        for reading in self:
            reading.display_name = f"{reading.meter_id.serial} · {format_date(self.env, reading.date)}"

    @api.depends(
        "value", "date", "event", "final_value", "meter_id", "meter_id.digits", "meter_id.multiplier",
        "meter_id.reading_ids.date", "meter_id.reading_ids.value", "meter_id.reading_ids.source",
        "meter_id.reading_ids.trued_up",
    )  # fmt: skip
    def _compute_consumption(self):
        """Use since the reading before; 0 while the figure is refused (the constraint then says why)."""
        rows = self.search([("meter_id", "in", self.meter_id.ids)], order="date, id").grouped("meter_id")
        # Oldest first: what is carried on comes from the reading before.
        for reading in self.sorted(lambda row: (row.date or fields.Date.today(), row._origin.id)):
            reading.previous_id = rows.get(reading.meter_id._origin, self.browse()).filtered(
                lambda row, date=reading.date, id=reading._origin.id: date and row.date < date and row.id != id
            )[-1:]
            try:
                used = reading._engine_consumption()
            except meter_engine.ReadingError:
                used = decimal(0, PLACES)
            billed, carry = meter_engine.settle(used, decimal(reading._carry_before(), PLACES))
            if reading.trued_up:
                carry = decimal(0, PLACES)
            reading.consumption, reading.billable, reading.carry = float(used), float(billed), float(carry)

    def _carry_before(self):
        """What is still to be taken off when this reading comes; a new meter takes over from the one it replaces."""
        self.ensure_one()
        if self.previous_id:
            return self.previous_id.carry
        return self.meter_id.replaces_id.reading_ids.sorted("date")[-1:].carry

    def _floor(self):
        """The last figure really read, when the one before is an estimate."""
        before = self.previous_id
        return decimal(before._really_read().value, PLACES) if before.source == "estimate" else None

    def _really_read(self):
        """Return this reading or, while it is an estimate, the one before: the register shows no less than that."""
        reading = self
        while reading.source == "estimate" and reading.event == "normal" and reading.previous_id:
            reading = reading.previous_id
        return reading

    @api.depends("date", "value", "source")
    def _compute_is_late(self):
        """A reading entered after its area has closed, by the day it is entered."""
        today = today_here(self)
        closed = self.env["kdc.reading.schedule"]._closing_days(self)
        for reading in self:
            reading.is_late = bool(reading in closed and closed[reading][0] < today)

    def _engine_consumption(self):
        """Ask the engine for the consumption; raises ReadingError for a figure that cannot be true."""
        self.ensure_one()
        previous = self.previous_id
        return meter_engine.consumption(
            decimal(self.value, PLACES),
            decimal(previous.value, PLACES) if previous else None,
            event=self.event,
            digits=self.meter_id.digits,
            multiplier=decimal(self.meter_id.multiplier, PLACES),
            final=decimal(self.final_value, PLACES) if self.event == "replacement" else None,
            floor=self._floor(),
        )

    # --- CRUD ------------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            vals_list = [vals | {"trued_up": False} for vals in vals_list]
        defaults = self.default_get(["date", "meter_id"])  # what a context says counts as well
        said = [defaults | vals for vals in vals_list]
        self._hold_bills(self.browse(), said)
        counted = self._counted_around(self.browse(), said)
        readings = super().create([self._hash_photo(vals) for vals in vals_list])
        self._check_counted(counted)
        return readings

    def write(self, vals):
        if not self.env.su and "trued_up" in vals:
            raise AccessError(self.env._("Estimates are set right by the bill of the next reading, not by hand."))
        if not self.env.su and PROVIDER_FIELDS & vals.keys():
            raise AccessError(self.env._("What the provider answered comes with its spreadsheet, not by hand."))
        if not COUNTED_FIELDS & vals.keys():
            return super().write(self._hash_photo(vals))
        if COUNTED_FIELDS - {"source"} & vals.keys():
            self._send_again()
        if {"date", "meter_id"} & vals.keys():
            # A billed figure does not leave its month either; where it goes is checked after.
            self._check_not_billed()
        self._hold_bills(self, [vals])
        counted = self._counted_around(self, [vals])
        done = super().write(self._hash_photo(vals))
        self._check_counted(counted)
        return done

    def _send_again(self):
        """A figure that changes goes out to the provider once more, unless the provider has billed it."""
        for reading in self.filtered("provider_state"):
            if reading.provider_state == "billed":
                raise UserError(
                    self.env._(
                        "The provider has billed this reading (%s). Ask the provider to correct it.",
                        reading.provider_bill or "–",
                    )
                )
        # sudo: the state of the exchange is written by steps only.
        self.filtered("provider_state").sudo().write({"provider_state": False, "provider_note": False})

    @api.model
    def _hash_photo(self, vals):
        """Note a fingerprint of the picture as it was sent; storing it makes it another file."""
        if "photo" not in vals:
            return vals
        try:
            data = base64.b64decode(vals["photo"] or b"")
        except (binascii.Error, ValueError):
            data = b""
        return vals | {"photo_hash": hashlib.sha256(data).hexdigest() if data else False}

    def _begins_before(self, day):
        """Whether counting begins with this figure, and on an earlier day than ``day``; not for no reading."""
        return self.event == "initial" and self.date < day

    def _corrected_on(self, day):
        """Return which of these readings of one meter a figure of a day corrects: that of the same month, if any.

        What a change of the meter left behind is none, nor what was read on the other side of one: the register shows
        something else since.
        """
        first = fields.Date.start_of(day, "month")
        month = self.filtered(lambda row: first <= row.date <= fields.Date.end_of(first, "month"))
        changes = month.filtered("is_change").mapped("date")
        since = max((change for change in changes if change <= day), default=date.min)
        until = min((change for change in changes if change > day), default=date.max)
        return month.filtered(lambda row: since < row.date < until).sorted("date")[-1:]

    @api.model
    def _record(self, meter, day, value, source, **extra):
        """Set the reading of a meter for the month of ``day``: correct the one there, else create it.

        The first figure of a meter is where counting begins: another one on a later day is use since, and corrects
        nothing. Only residents may send their own first figure once more.

        :return: the reading
        """
        first = fields.Date.start_of(day, "month")
        last = fields.Date.end_of(first, "month")
        existing = self.search([("meter_id", "=", meter.id), ("date", ">=", first), ("date", "<=", last)])
        existing = existing._corrected_on(day)
        if source != "portal" and existing._begins_before(day):
            existing = existing.browse()
            extra |= {"event": "normal"} if extra.get("event") == "initial" else {}
        if not existing and self.search_count([("meter_id", "=", meter.id), ("date", "=", day)]):
            raise ValidationError(
                self.env._(
                    "Meter %s was changed on that day and has its figure. Enter the next reading on another day.",
                    meter.serial,
                )
            )
        vals = {"value": value, "source": source, "user_id": self.env.uid} | extra
        if existing:
            existing.write(vals)
            return existing
        if not meter.reading_ids:
            vals.setdefault("event", "initial")
        return self.create(vals | {"meter_id": meter.id, "date": day})
