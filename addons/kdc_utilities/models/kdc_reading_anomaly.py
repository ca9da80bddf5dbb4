from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.actions import dialogue
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from ..engine import meter as meter_engine
from ..engine.money import decimal

#: Kinds a reason alone can settle; the others need a figure.
CONFIRMABLE = ("zero", "high", "same_photo", "late", "unverified")


class KdcReadingAnomaly(models.Model):
    """Something about a meter's month that a person has to look at before it is billed.

    ``_check`` finds them anew as often as one likes: what has been settled stays settled while the figure
    stays, what is no longer true disappears.
    """

    _name = "kdc.reading.anomaly"
    _description = "Reading to Check"
    _order = "period desc, state, area_id, route_sequence, id"

    period = fields.Date(required=True, index=True, help="First day of the month.")
    meter_id = fields.Many2one("kdc.meter", required=True, ondelete="cascade", index=True)
    reading_id = fields.Many2one("kdc.meter.reading", ondelete="cascade", index="btree_not_null")
    company_id = fields.Many2one(related="meter_id.company_id", store=True, index=True)
    connection_id = fields.Many2one(related="meter_id.connection_id", store=True, index=True)
    account_id = fields.Many2one(related="meter_id.account_id", store=True)
    area_id = fields.Many2one(related="meter_id.area_id", store=True, index=True)
    route_sequence = fields.Integer(related="meter_id.route_sequence", store=True)
    service_id = fields.Many2one(related="meter_id.service_id", store=True)
    unit = fields.Char(related="service_id.unit")
    address = fields.Char(related="meter_id.address")
    value = fields.Float(related="reading_id.value", string="Figure")
    photo = fields.Image(related="reading_id.photo")
    kind = fields.Selection(
        [
            ("missing", "No reading"),
            ("negative", "Lower than before"),
            ("zero", "No use"),
            ("high", "Much more than usual"),
            ("same_photo", "Same photo as another reading"),
            ("late", "Entered late"),
            ("unverified", "Meter past its verification"),
        ],
        string="What is odd",
        required=True,
    )
    quantity = fields.Float("Used", digits=(16, 3), readonly=True)
    usual = fields.Float("Usually", digits=(16, 3), readonly=True)
    other_reading_id = fields.Many2one("kdc.meter.reading", string="The other reading", ondelete="set null")
    detail = fields.Char(compute="_compute_detail", string="How much")
    state = fields.Selection(
        [
            ("open", "To check"),
            ("reread", "To be read again"),
            ("confirmed", "Confirmed"),
            ("estimated", "Estimated"),
        ],
        required=True,
        default="open",
        index=True,
    )
    reason = fields.Char(readonly=True)
    settled_by_id = fields.Many2one("res.users", string="Settled by", readonly=True)
    settled_on = fields.Datetime(readonly=True)

    _meter_period_kind_uniq = models.Constraint(
        "UNIQUE (meter_id, period, kind)", "The same anomaly of a meter is listed once a month."
    )
    _confirmed_with_reason = models.Constraint(
        "CHECK (state != 'confirmed' OR reason IS NOT NULL)", "Say why the reading is right."
    )

    @api.depends("kind", "quantity", "usual", "unit", "other_reading_id")
    @api.depends_context("lang")
    def _compute_detail(self):
        for anomaly in self:
            anomaly.detail = getattr(anomaly, f"_detail_{anomaly.kind}", lambda: False)()

    def _detail_high(self):
        return self.env._(
            "%(quantity)s, usually %(usual)s", quantity=self._use(self.quantity), usual=self._use(self.usual)
        )

    def _detail_zero(self):
        return self.env._("usually %s", self._use(self.usual))

    def _detail_negative(self):
        reading = self.reading_id
        return self.env._(
            "%(value)s after %(previous)s: %(reason)s",
            value=self._plain(reading.value),
            previous=self._plain(reading.previous_value),
            reason=reading.reason,
        )

    def _detail_same_photo(self):
        return self.other_reading_id.display_name or False

    def _detail_unverified(self):
        return self.env._("valid until %s", format_date(self.env, self.meter_id.date_verification))

    def _use(self, quantity):
        """Write what was used with its unit, which a column of mixed services needs."""
        return f"{self._plain(quantity)} {self.unit}"

    def _plain(self, number):
        return fmt.number(number)

    # --- Finding ---------------------------------------------------------------------------------

    @api.model
    def _check(self, company, period, domain=()):
        """Look through the meters of a month and bring the list up to date.

        The number of queries does not depend on the number of meters.

        :param period: first day of the month
        :param domain: narrows the meters (service, areas)
        :return: the anomalies of these meters in this month
        """
        meters = self.env["kdc.meter"].search(
            [
                ("company_id", "=", company.id),
                ("connection_id.date_from", "<=", fields.Date.end_of(period, "month")),
                "|", ("connection_id.date_to", "=", False), ("connection_id.date_to", ">=", period),
                *domain,
            ]
        )  # fmt: skip
        found = self._find(company, period, meters)
        # sudo: the list is made by looking at the readings only, nobody writes it by hand.
        listed = self.sudo().search([("meter_id", "in", meters.ids), ("period", "=", period)])
        by_key = {(row.meter_id.id, row.kind): row for row in listed}
        new = []
        for key, vals in found.items():
            row = by_key.pop(key, None)
            if row is None:
                new.append(vals | {"meter_id": key[0], "kind": key[1], "period": period})
            else:
                row._refresh(vals)
        stale = listed.browse([row.id for row in by_key.values() if row.state != "estimated"])
        stale.unlink()
        return (listed.exists() | listed.create(new)).with_env(self.env)

    def _refresh(self, vals):
        """Take over what was found now; another figure or another quantity has to be looked at anew."""
        changed = self.reading_id.id != vals.get("reading_id", False) or (
            decimal(self.quantity, 3) != decimal(vals.get("quantity", 0), 3)
        )
        if changed:
            self.write(vals | {"state": "open", "reason": False, "settled_by_id": False, "settled_on": False})

    @api.model
    def _find(self, company, period, meters):
        """Return {(meter id, kind): vals} of what is odd in a month."""
        rows = self.env["kdc.meter.reading"].search_fetch(
            [
                ("meter_id", "in", meters.ids),
                ("date", ">=", fields.Date.subtract(period, months=meter_engine.HISTORY + 1)),
                ("date", "<=", fields.Date.end_of(period, "month")),
            ],
            [
                "meter_id", "date", "value", "event", "source", "consumption", "is_change", "is_late", "photo_hash",
            ],
            order="date desc, id desc",
        )  # fmt: skip
        by_meter = rows.grouped("meter_id")
        twins = self._find_twins(company, rows.filtered(lambda row: row.date >= period))
        factor = decimal(company.kdc_high_use_factor, 2)
        found = {}
        for meter in meters:
            readings = by_meter.get(meter, rows.browse())
            current = readings.filtered(lambda row: row.date >= period)
            for kind, vals in self._find_of_meter(meter, current, readings - current, factor):
                found[meter.id, kind] = vals
            twin = next((row for row in current if row in twins), None)
            if twin:
                found[meter.id, "same_photo"] = {"reading_id": twin.id, "other_reading_id": twins[twin].id}
        return found

    @api.model
    def _find_of_meter(self, meter, current, earlier, factor):
        """Yield (kind, vals) of one meter; both sets of readings newest first."""
        reading = current.filtered(lambda row: not row.is_change)[:1]
        if not reading:
            yield "missing", {}
            return
        vals = {"reading_id": reading.id}
        if any(row.event == "below" for row in current):
            yield "negative", vals
            return
        used = sum((decimal(row.consumption, 3) for row in current), decimal(0, 3))
        history = [decimal(row.consumption, 3) for row in earlier if row.event != "initial"]
        warning = meter_engine.warning(used, history, factor)
        if warning:
            yield warning[0], vals | {"quantity": float(used), "usual": float(warning[1])}
        if reading.is_late:
            yield "late", vals
        if reading._past_verification():
            yield "unverified", vals

    @api.model
    def _find_twins(self, company, readings):
        """Return {reading: another reading with the very same picture}; registers of one meter may share one."""
        hashes = [row.photo_hash for row in readings if row.photo_hash]
        if not hashes:
            return {}
        same = self.env["kdc.meter.reading"].search(
            [("company_id", "=", company.id), ("photo_hash", "in", hashes)], order="id"
        )
        by_hash = same.grouped("photo_hash")
        twins = {}
        for row in readings:
            others = by_hash.get(row.photo_hash, row) - row
            if row.meter_id.zone:
                others = others.filtered(
                    lambda other, row=row: (other.connection_id, other.date) != (row.connection_id, row.date)
                )
            if row.photo_hash and others:
                twins[row] = others[0]
        return twins

    @api.model
    def _confirmed_kinds(self, company, period):
        """Return the set of (connection id, kind) that somebody confirmed: a billing run need not ask again."""
        rows = self.search([("company_id", "=", company.id), ("period", "=", period), ("state", "=", "confirmed")])
        return {(row.connection_id.id, row.kind) for row in rows}

    # --- Settling --------------------------------------------------------------------------------

    def _check_may_settle(self):
        if not self.env.user.has_group("kdc_utilities.group_accountant"):
            raise AccessError(self.env._("The accountant settles what is odd about readings."))
        self.check_access("read")

    def _settle(self, state, reason=False):
        self._check_may_settle()
        # sudo: rows change by their steps only; right and access were checked above.
        self.sudo().write(
            {"state": state, "reason": reason, "settled_by_id": self.env.uid, "settled_on": fields.Datetime.now()}
        )

    def action_confirm(self):
        """Ask for the reason why these readings are right."""
        self._check_may_settle()
        wrong = self.filtered(lambda row: row.kind not in CONFIRMABLE)
        if wrong:
            raise UserError(
                self.env._(
                    "Meter %(serial)s (%(kind)s) cannot simply be confirmed. Correct its figure or estimate it.",
                    serial=wrong[0].meter_id.serial,
                    kind=wrong[0]._fields["kind"].convert_to_export(wrong[0].kind, wrong[0]),
                )
            )
        return dialogue("kdc.reading.anomaly.confirm", self.env._("The reading is right"), anomaly_ids=self.ids)

    def action_reread(self):
        """Send the reader once more: the meter is marked on the field round until its figure changes."""
        self._settle("reread")
        return True

    def action_estimate(self):
        """Fill in the figures that are missing by the average use; marked, and corrected by the next real reading."""
        self._check_may_settle()
        wrong = self.filtered(lambda row: row.kind != "missing")
        if wrong:
            raise UserError(
                self.env._("Only missing readings are estimated. Meter %s has one.", wrong[0].meter_id.serial)
            )
        refused = []
        rows = self.filtered(lambda row: row.state != "estimated")
        for anomaly in rows:
            try:
                with self.env.cr.savepoint():
                    reading = anomaly.meter_id._estimate(anomaly.period)
            except UserError as error:
                refused.append(str(error))
                continue
            anomaly._settle("estimated", reading.reason)
            anomaly.sudo().reading_id = reading  # sudo: as in _settle
        if not refused:
            return True
        if len(refused) == len(rows):
            raise UserError("\n".join(refused))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "title": self.env._("Estimated: %(done)s of %(all)s", done=len(rows) - len(refused), all=len(rows)),
                "message": " ".join(refused),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def action_view_reading(self):
        """Open the reading, or the meter when there is none."""
        self.ensure_one()
        record = self.reading_id or self.meter_id
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
            "target": "new" if self.reading_id else "current",
            "name": record.display_name,
        }
