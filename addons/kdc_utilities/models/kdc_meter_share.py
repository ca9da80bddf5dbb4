from odoo import api, fields, models
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import format_date

from ..engine.money import decimal, plain
from ..engine.share import share

#: What follows from the steps of a sharing; set by hand it would say that somebody checked who did not.
STEP_FIELDS = frozenset({"state", "total", "user_id", "checked_by_id", "checked_on"})


class KdcMeterShare(models.Model):
    """One month of a shared meter: what it measured, and the part of each customer that shares it.

    Computed by one person and checked by another one (also in the database). Only a checked sharing is billed, and
    only while the readings it was made from stand.
    """

    _name = "kdc.meter.share"
    _description = "Sharing of a Meter"
    _inherit = ["mail.thread"]
    _order = "period desc, id desc"
    _rec_name = "meter_id"

    meter_id = fields.Many2one(
        "kdc.meter", string="Shared meter", required=True, ondelete="restrict", index=True,
        domain="[('share_basis', '!=', False)]",
    )  # fmt: skip
    company_id = fields.Many2one(related="meter_id.company_id", store=True, index=True)
    unit = fields.Char(related="meter_id.unit")
    basis = fields.Selection(related="meter_id.share_basis")
    period = fields.Date(
        "Month", required=True, default=lambda self: fields.Date.start_of(today_here(self), "month")
    )
    line_ids = fields.One2many("kdc.meter.share.line", "share_id", string="Parts", readonly=True)
    total = fields.Float("Measured", digits=(16, 3), readonly=True)
    state = fields.Selection(
        [("draft", "To compute"), ("computed", "To be checked"), ("checked", "Checked")],
        required=True,
        default="draft",
        readonly=True,
        tracking=True,
        copy=False,
    )
    user_id = fields.Many2one("res.users", string="Computed by", readonly=True, copy=False)
    checked_by_id = fields.Many2one("res.users", string="Checked by", readonly=True, copy=False, tracking=True)
    checked_on = fields.Datetime(readonly=True, copy=False)

    _meter_period_uniq = models.Constraint(
        "UNIQUE (meter_id, period)", "This shared meter already has its parts of that month."
    )
    _period_first_day = models.Constraint("CHECK (EXTRACT(day FROM period) = 1)", "The month is its first day.")
    _checked_by_another = models.Constraint(
        "CHECK (state != 'checked' OR (checked_by_id IS NOT NULL AND checked_by_id != user_id))",
        "Whoever computed the parts cannot check them.",
    )

    @api.constrains("meter_id")
    def _check_meter(self):
        for record in self:
            if not record.meter_id.share_basis:
                raise ValidationError(self.env._("Say on meter %s how it is shared first.", record.meter_id.serial))

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_steps({name for name, value in vals.items() if value and (name, value) != ("state", "draft")})
        return super().create([self._first_day(vals) for vals in vals_list])

    def write(self, vals):
        self._check_steps(vals.keys())
        if {"meter_id", "period"} & vals.keys() and any(record.state == "checked" for record in self):
            raise UserError(self.env._("These parts are checked. Take the check back before you change them."))
        return super().write(self._first_day(vals))

    @api.model
    def _first_day(self, vals):
        if vals.get("period"):
            vals = vals | {"period": fields.Date.start_of(fields.Date.to_date(vals["period"]), "month")}
        return vals

    def _check_steps(self, names):
        """Nobody sets the state or a check by hand.

        :raise AccessError: one of the fields belongs to a step
        """
        if not self.env.su and STEP_FIELDS & set(names):
            raise AccessError(self.env._("Parts of a shared meter are computed and checked by their steps only."))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_checked(self):
        if any(record.state == "checked" for record in self):
            raise UserError(self.env._("These parts are checked. Take the check back before you change them."))

    # --- Steps -----------------------------------------------------------------------------------

    def _measured(self):
        """Return what the shared meter measured in the month, or None when it was not read."""
        self.ensure_one()
        readings = self.meter_id.reading_ids.filtered(
            lambda row: self.period <= row.date <= fields.Date.end_of(self.period, "month")
        )
        if not readings or any(row.event == "below" for row in readings):
            return None
        return sum((decimal(row.billable, 3) for row in readings), decimal(0, 3))

    def _sharers(self):
        """Connections that share the meter in the month."""
        last = fields.Date.end_of(self.period, "month")
        return self.meter_id.share_connection_ids.filtered(
            lambda row: row.date_from <= last and (not row.date_to or row.date_to >= self.period)
        ).sorted(lambda row: (row.account_id.route_sequence, row.id))

    def action_compute(self):
        """Share out what was measured; may be repeated until it is checked."""
        self.check_access("write")
        for record in self:
            if record.state == "checked":
                raise UserError(self.env._("These parts are checked. Take the check back before you change them."))
            total, sharers = record._measured(), record._sharers()
            if total is None:
                raise UserError(
                    self.env._(
                        "Meter %(serial)s has no settled reading in %(month)s.",
                        serial=record.meter_id.serial,
                        month=record.period.strftime("%m/%Y"),
                    )  # fmt: skip
                )
            weights = [connection._share_weight(record.basis) for connection in sharers]
            try:
                parts = share(total, weights)
            except ValueError as error:
                raise UserError(
                    self.env._(
                        "Nobody shares meter %s by this measure. Enter persons, floor areas or households on the "
                        "services used.",
                        record.meter_id.serial,
                    )  # fmt: skip
                ) from error
            # sudo: parts and steps are written by the steps only; the right on the record was checked above.
            record = record.sudo()
            record.line_ids.unlink()
            self.env["kdc.meter.share.line"].sudo().create(  # sudo: as above
                [
                    {
                        "share_id": record.id,
                        "connection_id": connection.id,
                        "weight": float(weight),
                        "quantity": float(part),
                    }
                    for connection, weight, part in zip(sharers, weights, parts, strict=True)
                ]
            )
            record.write({"state": "computed", "total": float(total), "user_id": self.env.uid})
        return True

    def action_check(self):
        """Confirm as the second person that the parts are right."""
        user = self.env.user
        if not user.has_groups("kdc_utilities.group_approver,kdc_utilities.group_accountant"):
            raise AccessError(self.env._("You are not allowed to check shared meters."))
        for record in self:
            if record.state != "computed":
                raise UserError(self.env._("Compute the parts first."))
            if record.user_id == user:
                raise UserError(self.env._("You computed these parts, so another person has to check them."))
            if record._is_stale():
                raise UserError(record._stale_message())
            # sudo: whoever checks decides but has no right to change the parts.
            record.sudo().write({"state": "checked", "checked_by_id": user.id, "checked_on": fields.Datetime.now()})
        return True

    def action_draft(self):
        """Take a check back, as long as the month is not billed."""
        self.check_access("write")
        billed = self._billed_count()
        if billed:
            raise UserError(self.env._("%s bills were issued with these parts. Cancel them first.", billed))
        # sudo: as in action_compute
        self.sudo().write({"state": "draft", "checked_by_id": False, "checked_on": False})
        return True

    def _billed_count(self):
        """Return how many bills of these months were issued to who shares these meters."""
        return self.env["account.move"].search_count(
            [
                ("kdc_account_id", "in", self.line_ids.connection_id.account_id.ids),
                ("kdc_period", "in", self.mapped("period")),
                ("journal_id", "in", self.meter_id.service_id.journal_id.ids),
                ("state", "=", "posted"),
            ]
        )

    def _is_stale(self):
        """Tell whether the meter's readings, or who shares it, have changed since the parts were computed.

        Who comes or goes after bills were issued with these parts changes nothing about those of the others.
        """
        self.ensure_one()
        measured = self._measured()
        if measured is None or measured != decimal(self.total, 3):
            return True
        return set(self._sharers()) != set(self.line_ids.connection_id) and not self._billed_count()

    def _stale_message(self):
        return self.env._(
            "The readings of meter %(serial)s in %(month)s, or who shares it, were changed. Compute the parts again.",
            serial=self.meter_id.serial,
            month=self.period.strftime("%m/%Y"),
        )

    @api.depends("meter_id.serial", "period")
    def _compute_display_name(self):
        for record in self:
            month = record.period and format_date(self.env, record.period, date_format="MM/y")
            record.display_name = " · ".join(filter(None, [record.meter_id.serial, month]))


class KdcMeterShareLine(models.Model):
    """The part of one customer in a month of a shared meter."""

    _name = "kdc.meter.share.line"
    _description = "Part in a Shared Meter"
    _order = "share_id, id"

    share_id = fields.Many2one("kdc.meter.share", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="share_id.company_id", store=True, index=True)
    connection_id = fields.Many2one("kdc.connection", required=True, ondelete="restrict", index=True)
    account_id = fields.Many2one(related="connection_id.account_id")
    weight = fields.Float("Measure", digits=(16, 2))
    quantity = fields.Float("Part", digits=(16, 3))
    unit = fields.Char(related="share_id.unit")

    _connection_uniq = models.Constraint("UNIQUE (share_id, connection_id)", "A customer has one part in a meter.")

    def _engine_share(self):
        """What the bill prints of the part, see ``engine.tariff.Reading.share``."""
        self.ensure_one()
        return {
            "basis": self.share_id.basis,
            "total": plain(decimal(self.share_id.total, 3)),
            "weight": plain(decimal(self.weight, 2)),
            "weights": plain(sum((decimal(line.weight, 2) for line in self.share_id.line_ids), decimal(0, 2))),
        }
