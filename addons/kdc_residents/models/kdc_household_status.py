from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine.format import fmt
from ..tools.local_day import today_here


def _no_overlap(field):
    """Return the definition: a household or person has one valid decision of a kind on any day."""
    return (
        f"EXCLUDE USING gist (int4range({field}, {field}, '[]') WITH &&, int4range(kind_id, kind_id, '[]') WITH &&, "
        f"daterange(date_from, date_to, '[]') WITH &&) WHERE (cancelled IS NOT TRUE AND {field} IS NOT NULL)"
    )


class KdcHouseholdStatus(models.Model):
    """A dated decision that a household is poor, a person is disabled … (R-17).

    Sensitive (NĐ 356/2025, Điều 4): only the group for social affairs reads it; programs ask
    ``household._kdc_has_status`` and learn yes or no. Never deleted: a wrong one is cancelled with its reason.
    """

    _name = "kdc.household.status"
    _description = "Social Status"
    _inherit = ["mail.thread"]
    _order = "date_from DESC, id DESC"
    _check_company_auto = True

    kind_id = fields.Many2one("kdc.status.kind", string="Recognised as", required=True, index=True, ondelete="restrict")
    scope = fields.Selection(related="kind_id.scope")
    household_id = fields.Many2one(
        "kdc.household", index="btree_not_null", ondelete="restrict", check_company=True,
        context={"active_test": False},
    )  # fmt: skip
    resident_id = fields.Many2one(
        "kdc.resident", string="Person", index="btree_not_null", ondelete="restrict", check_company=True,
        context={"active_test": False},
    )  # fmt: skip
    company_id = fields.Many2one(
        "res.company", string="Ward office", compute="_compute_place", store=True, index=True, precompute=True
    )
    area_id = fields.Many2one(
        "kdc.area", string="Residential group", compute="_compute_place", store=True, index=True, precompute=True
    )
    date_from = fields.Date(string="From", required=True, tracking=True)
    date_to = fields.Date(string="Until (last day)", tracking=True, help="Empty: until further notice.")
    decision_number = fields.Char(required=True, tracking=True)
    decision_date = fields.Date(string="Decision of")
    issuer = fields.Char(string="Issued by", required=True, help="Body that decided, for example UBND phường.")
    note = fields.Text()
    cancelled = fields.Boolean(readonly=True, copy=False, tracking=True)
    cancel_reason = fields.Char(string="Reason of the cancellation", copy=False, tracking=True)
    state = fields.Selection(
        [("coming", "Not yet"), ("current", "In force"), ("ended", "Ended"), ("cancelled", "Cancelled")],
        compute="_compute_state",
    )

    _one_holder = models.Constraint(
        "CHECK (num_nonnulls(household_id, resident_id) = 1)",
        "A status belongs either to a household or to a person.",
    )
    _dates_ordered = models.Constraint("CHECK (date_to >= date_from)", "The last day lies before the first.")
    _cancel_reasoned = models.Constraint(
        "CHECK (cancelled IS NOT TRUE OR cancel_reason IS NOT NULL)", "Cancelling needs a reason."
    )
    _household_once = models.Constraint(
        _no_overlap("household_id"), "This household already has this status on these days."
    )
    _resident_once = models.Constraint(_no_overlap("resident_id"), "This person already has this status on these days.")

    # ---------------------------------------------------------------- computes
    @api.depends("household_id.area_id", "household_id.company_id", "resident_id.area_id", "resident_id.company_id")
    def _compute_place(self):
        for status in self:
            holder = status.household_id or status.resident_id
            status.company_id = holder.company_id or self.env.company
            status.area_id = holder.area_id

    @api.depends("kind_id.name", "household_id.name", "resident_id.name")
    def _compute_display_name(self):
        for status in self:
            holder = status.household_id.name or status.resident_id.name or ""
            status.display_name = f"{status.kind_id.name or ''} · {holder}"

    @api.depends("date_from", "date_to", "cancelled")
    def _compute_state(self):
        today = today_here(self)
        for status in self:
            if status.cancelled:
                status.state = "cancelled"
            elif status.date_to and status.date_to < today:
                status.state = "ended"
            elif status.date_from and status.date_from > today:
                status.state = "coming"
            else:
                status.state = "current"

    @api.onchange("kind_id")
    def _onchange_kind_id(self):
        """What is decided for a household is not noted on a person, and the other way round."""
        if self.scope == "person":
            self.household_id = False
        elif self.scope == "household":
            self.resident_id = False

    # -------------------------------------------------------------------- CRUD
    def write(self, vals):
        if not self.env.su:
            if "cancelled" in vals:
                raise UserError(self.env._("Use the button to cancel a status."))
            if any(status.cancelled for status in self):
                raise UserError(self.env._("A cancelled status stays as it is. Record a new one."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_recorded(self):
        raise UserError(self.env._("A status is never deleted. Cancel it and say why."))

    def copy_data(self, default=None):
        raise UserError(self.env._("A status cannot be duplicated: each has its own decision."))

    def action_cancel(self):
        """Take back a status that was recorded by mistake; the reason stands in the form."""
        self.check_access("write")
        for status in self:
            if not status.cancel_reason:
                raise UserError(self.env._("Write the reason of the cancellation first."))
            # sudo: the flag is written by this step alone; the right to write was checked above.
            status.sudo().cancelled = True
            status.flush_recordset(["cancelled"])  # the exclusion constraints look at the table

    # ---------------------------------------------------------------- business
    @api.model
    def _valid(self, households, codes, date):
        """Return the statuses of these households, and of people who are or were members, valid on ``date``."""
        return self.search(
            [
                ("kind_id.code", "in", list(codes)),
                ("cancelled", "=", False),
                ("date_from", "<=", date),
                "|",
                ("date_to", "=", False),
                ("date_to", ">=", date),
                "|",
                ("household_id", "in", households.ids),
                ("resident_id.membership_ids.household_id", "in", households.ids),
            ]
        )

    def _in_words(self):
        """Return this status as it stands in a letter of the ward, in Vietnamese."""
        self.ensure_one()
        status = self.with_context(lang="vi_VN")
        person = f"{status.resident_id.name}: " if status.resident_id else ""
        words = f"{person}{status.kind_id.name}, theo Quyết định số {status.decision_number}"
        if status.decision_date:
            words += f" ngày {fmt.date(status.decision_date)}"
        return f"{words} của {status.issuer}"

    @api.model
    def _holders(self, households, codes, date):
        """Return those of ``households`` that have, or a member of which has, one of the statuses on ``date``.

        :param codes: codes of ``kdc.status.kind``
        :param date: a day, past or present
        """
        # sudo: who asks learns yes or no for a fee, not which decision or whose.
        valid = self.sudo()._valid(households, codes, date)
        holders = set(valid.household_id.ids)
        holders |= {
            membership.household_id.id
            for membership in valid.resident_id.membership_ids
            if membership.date_start <= date and (not membership.date_end or date < membership.date_end)
        }
        return households.filtered(lambda household: household.id in holders)
