from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.actions import dialogue
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..engine import meter as meter_engine
from ..engine.money import decimal

#: What a step of the register is worth, and where it begins anew.
REGISTER_FIELDS = frozenset({"digits", "multiplier"})


class KdcMeter(models.Model):
    """A meter on a connection. A replaced meter keeps its readings; the new one begins with an initial reading.

    Measuring instruments have to be verified again before a date (Law on Measurement 2011, art. 20; Circular
    23/2013/TT-BKHCN with its amendments): what the ward does with readings after it is a setting of the company.
    """

    _name = "kdc.meter"
    _description = "Meter"
    _order = "area_id, route_sequence, account_id, serial"
    _rec_name = "serial"
    _rec_names_search = ["serial", "account_id.number", "partner_id.name"]
    _check_company_auto = True

    serial = fields.Char(required=True, index="trigram")
    active = fields.Boolean(default=True)
    connection_id = fields.Many2one(
        "kdc.connection",
        required=True,
        ondelete="restrict",
        index=True,
        check_company=True,
        domain="[('metered', '=', True)]",
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True, index=True)
    account_id = fields.Many2one(related="connection_id.account_id", store=True, index=True)
    partner_id = fields.Many2one(related="account_id.partner_id", store=True)
    service_id = fields.Many2one(related="connection_id.service_id", store=True, index=True)
    area_id = fields.Many2one(related="account_id.area_id", store=True, index=True)
    dwelling_id = fields.Many2one(related="account_id.dwelling_id")
    address = fields.Char(related="dwelling_id.name", string="Address")
    route_sequence = fields.Integer(related="account_id.route_sequence", store=True)
    unit = fields.Char(related="service_id.unit")
    digits = fields.Integer(default=5, help="Whole digits of the register: 5 means it rolls over at 99999.")
    multiplier = fields.Float(digits=(10, 3), default=1.0, help="Units per step of the register.")
    location = fields.Char(help="Where to find it: by the gate, in the yard, floor 2.")
    date_install = fields.Date("Installed on")
    date_commission = fields.Date("In service since", help="When the supply through it began, if later than installed.")
    seal_number = fields.Char("Seal")
    date_sealed = fields.Date("Sealed on")
    date_verified = fields.Date("Last verified on")
    date_verification = fields.Date("Verify before", index="btree_not_null")
    verification_state = fields.Selection(
        [("ok", "Valid"), ("due", "Due soon"), ("past", "Past")],
        string="Verification",
        compute="_compute_verification_state",
        search="_search_verification_state",
    )
    date_removed = fields.Date("Removed on")
    state = fields.Selection(
        [("in_use", "In use"), ("faulty", "Faulty"), ("removed", "Removed")],
        required=True,
        default="in_use",
        index=True,
        help="A faulty meter stays on the wall and its use is estimated; a removed one takes no more readings.",
    )
    replaces_id = fields.Many2one("kdc.meter", readonly=True, copy=False, ondelete="restrict", index="btree_not_null")
    replaced_by_ids = fields.One2many("kdc.meter", "replaces_id", string="Replaced by", readonly=True)
    share_basis = fields.Selection(
        [
            ("household", "By households"),
            ("person", "By persons"),
            ("area", "By floor area"),
            ("equal", "In equal parts"),
        ],
        string="Shared",
        help="For a common meter: how its use is shared out. Its own customer gets no bill for it.",
    )
    share_connection_ids = fields.One2many("kdc.connection", "shared_meter_id", string="Shared by")
    reading_ids = fields.One2many("kdc.meter.reading", "meter_id", string="Readings")

    # Entry of a month, one row per meter (see kdc.reading.entry): the reading of the period in the context.
    previous_value = fields.Float(compute="_compute_entry", digits=(16, 3))
    previous_date = fields.Date(compute="_compute_entry")
    lowest_value = fields.Float(
        compute="_compute_entry", digits=(16, 3),
        help="What the register shows at least: the figure before or, where that was estimated, the last one read.",
    )  # fmt: skip
    entry_reading_id = fields.Many2one("kdc.meter.reading", compute="_compute_entry")
    entry_value = fields.Float(
        "New figure", compute="_compute_entry", inverse="_inverse_entry_value", digits=(16, 3), readonly=False
    )
    entry_done = fields.Boolean("Read", compute="_compute_entry", search="_search_entry_done")
    entry_consumption = fields.Float("Used", compute="_compute_entry", digits=(16, 3))
    entry_expected = fields.Char(
        "Expected", compute="_compute_entry", help="Where the new figure should be, from the use of the months before."
    )
    entry_warning = fields.Char("Look at this", compute="_compute_entry")

    # A meter taken down may be put up elsewhere, and one on the wall goes on for the next customer.
    _serial_in_use_uniq = models.UniqueIndex(
        "(company_id, service_id, serial) WHERE state != 'removed'",
        "Another meter of this service has this serial number.",
    )
    _register = models.Constraint(
        "CHECK (digits BETWEEN 1 AND 12 AND multiplier > 0)",
        "A register has 1 to 12 digits and its multiplier is above zero.",
    )
    _dates = models.Constraint("CHECK (date_removed >= date_install)", "The meter was removed before it was installed.")
    _commission = models.Constraint(
        "CHECK (date_commission >= date_install AND date_commission <= date_removed)",
        "A meter begins to serve after it was installed and before it is removed.",
    )
    _removed_on = models.Constraint(
        "CHECK (state != 'removed' OR date_removed IS NOT NULL)", "Say on which day the meter was removed."
    )
    _replaces_uniq = models.UniqueIndex(
        "(replaces_id) WHERE replaces_id IS NOT NULL", "This meter was already replaced by another one."
    )

    @api.depends("serial", "account_id.display_name")
    @api.depends_context("kdc_short_meter")
    def _compute_display_name(self):
        """Add the customer, unless the context says that the screen already shows the customer beside the meter."""
        for meter in self:
            if self.env.context.get("kdc_short_meter"):
                meter.display_name = meter.serial
            else:
                meter.display_name = f"{meter.serial} ({meter.account_id.display_name})"

    @api.depends("date_verification")
    def _compute_verification_state(self):
        today = today_here(self)
        for meter in self:
            day = meter.date_verification
            # sudo: a setting of the ward, for whoever sees the meter
            notice = fields.Date.add(today, days=meter.company_id.sudo().kdc_verification_days)
            meter.verification_state = day and ("past" if day < today else "due" if day <= notice else "ok")

    def _search_verification_state(self, operator, value):
        """Meters by the state of their verification; removed ones need none."""
        if operator != "in":
            return NotImplemented
        today = today_here(self)
        # sudo: a setting of each ward, for whoever sees its meters
        companies = self.env["res.company"].sudo()._read_group([], ["kdc_verification_days"], ["id:array_agg"])
        later = Domain.OR(
            Domain("company_id", "in", ids) & Domain("date_verification", ">", fields.Date.add(today, days=days))
            for days, ids in companies
        )
        in_use = Domain("state", "!=", "removed")
        domains = {
            "past": in_use & Domain("date_verification", "<", today),
            "due": in_use & Domain("date_verification", ">=", today) & ~later,
            "ok": later,
            False: Domain("date_verification", "=", False),
        }
        return Domain.OR(domains[state] for state in value if state in domains)

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._clean_serial(vals) for vals in vals_list])

    def write(self, vals):
        if "connection_id" in vals:
            self._check_stays(vals["connection_id"])
        if REGISTER_FIELDS & vals.keys():
            self._check_register(vals)
        return super().write(self._clean_serial(vals))

    def _check_register(self, vals):
        """What a register counts follows from its digits and its multiplier: bills are not counted anew from behind."""
        changed = self.filtered(lambda meter: any(meter[name] != vals[name] for name in REGISTER_FIELDS & vals.keys()))
        billed = changed.reading_ids._on_bills()
        if billed:
            raise UserError(
                self.env._(
                    "Figures of meter %(serial)s are on issued bills, which count with %(digits)s digits × "
                    "%(multiplier)s. Let a meter with the right ones go on from a day: “Change the meter…”. What was "
                    "billed wrong is put right on the bill: “Correct the bill…”.",
                    serial=billed[0].meter_id.serial,
                    digits=billed[0].meter_id.digits,
                    multiplier=fmt.number(billed[0].meter_id.multiplier),
                )
            )

    def _check_stays(self, connection_id):
        """A meter that was read stays where it was read: its readings are on somebody's bills."""
        for meter in self:
            if meter.reading_ids and meter.connection_id.id != connection_id:
                raise UserError(self.env._("Meter %s has readings and stays with its customer.", meter.serial))

    @api.model
    def _clean_serial(self, vals):
        """Spaces typed or pasted around a serial number would make it another meter."""
        if isinstance(vals.get("serial"), str):
            vals = vals | {"serial": " ".join(vals["serial"].split())}
        return vals

    def _entry_period(self):
        """Return the month being entered as (first day, last day, date of new readings)."""
        day = fields.Date.to_date(self.env.context.get("kdc_reading_date")) or today_here(self)
        first = fields.Date.start_of(day, "month")
        return first, fields.Date.end_of(first, "month"), day

    @api.depends("reading_ids.value", "reading_ids.date", "reading_ids.event")
    @api.depends_context("kdc_reading_date")
    def _compute_entry(self):
        """One row of the entry list: the figure before, the figure of this month and what is odd about it."""
        first, last, _day = self._entry_period()
        readings = self.env["kdc.meter.reading"].search(
            [("meter_id", "in", self.ids), ("date", "<=", last)], order="date desc, id desc"
        )
        by_meter = readings.grouped("meter_id")
        for meter in self:
            rows = by_meter.get(meter._origin, readings.browse())
            current = rows.filtered(lambda row: row.date >= first and not row.is_change)[:1]
            # What a change of the meter left behind in this month, or its first figure, is where the counting begins.
            previous = (rows - current).filtered(
                lambda row: row.date < first or row.is_change or row.event == "initial"
            )[:1]
            meter.entry_reading_id = current
            meter.entry_done = bool(current)
            meter.entry_value = current.value
            meter.entry_consumption = current.consumption
            meter.previous_value = previous.value
            meter.lowest_value = previous._really_read().value
            meter.previous_date = previous.date
            meter.entry_expected = meter._expected_text(previous, rows - current)
            meter.entry_warning = current._warning_text() if current else False

    def _expected_text(self, previous, earlier):
        """Word the range the next figure should be in, or nothing while too little is known.

        :param earlier: the readings before, newest first
        """
        history = [decimal(row.consumption, 3) for row in earlier if row.event != "initial"]
        figure = decimal(previous.value, 3) if previous else None
        found = meter_engine.expected(figure, history, decimal(self.multiplier, 3))
        return found and f"{fmt.number(found[0])} – {fmt.number(found[1])}"

    def _search_entry_done(self, operator, value):
        """Meters with a reading in the month being entered."""
        if operator != "in":
            return NotImplemented
        first, last, _day = self._entry_period()
        done = [("reading_ids", "any", [("date", ">=", first), ("date", "<=", last), ("is_change", "=", False)])]
        if True in value and False in value:
            return []
        return done if True in value else ["!", *done]

    def _inverse_entry_value(self):
        """Write the figure typed in the entry list as the reading of the month."""
        _first, _last, day = self._entry_period()
        for meter in self:
            meter.env["kdc.meter.reading"]._record(meter, day, meter.entry_value, source="officer")

    @api.ondelete(at_uninstall=False)
    def _unlink_except_read(self):
        if self.reading_ids:
            raise UserError(self.env._("A meter with readings cannot be deleted. Archive it instead."))

    def _estimate(self, period):
        """Write an estimate as the reading of a month, from the average use of the last six.

        :param period: first day of the month
        :return: the reading; it keeps its source ``estimate`` until somebody reads the meter
        :raise UserError: nothing to estimate from
        """
        self.ensure_one()
        last_day = min(fields.Date.end_of(period, "month"), today_here(self))
        earlier = self.reading_ids.filtered(lambda row: row.date < period).sorted("date", reverse=True)
        history = [decimal(row.consumption, 3) for row in earlier if row.event != "initial"]
        if not history:
            raise UserError(
                self.env._("Meter %s has no earlier use to estimate from. Please have it read.", self.serial)
            )
        previous = self.reading_ids.filtered(lambda row: row.date < last_day).sorted("date")[-1]
        months = (period.year - previous.date.year) * 12 + period.month - previous.date.month
        value = meter_engine.estimate(decimal(previous.value, 3), history, max(months, 1), decimal(self.multiplier, 3))
        return self.env["kdc.meter.reading"].create(
            {
                "meter_id": self.id,
                "date": last_day,
                "value": float(value),
                "source": "estimate",
                "reason": self.env._("Average of %s earlier readings", len(history[: meter_engine.HISTORY])),
            }
        )

    def action_change(self):
        """Replace the meter, reset its register or note that it rolled over."""
        self.ensure_one()
        day = self.env.context.get("kdc_reading_date") or today_here(self)
        return dialogue("kdc.meter.change", self.env._("Change the meter"), meter_id=self.id, date=day)
