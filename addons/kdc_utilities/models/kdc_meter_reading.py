import base64
import binascii
import hashlib

from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.addons.kdc_residents.tools.locks import lock_or_retry
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import format_date

from ..engine import meter as meter_engine
from ..engine.money import decimal, plain
from ..engine.periods import month_end
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

    @api.model
    def _record(self, meter, day, value, source, **extra):
        """Set the reading of a meter for the month of ``day``: correct the one there, else create it.

        :return: the reading
        """
        first = fields.Date.start_of(day, "month")
        existing = self.search(
            [
                ("meter_id", "=", meter.id),
                ("date", ">=", first),
                ("date", "<=", fields.Date.end_of(first, "month")),
                ("is_change", "=", False),
            ],
            order="date desc",
            limit=1,
        )
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
