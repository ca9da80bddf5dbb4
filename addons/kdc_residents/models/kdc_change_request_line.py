from collections import namedtuple

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..engine import correction, phone
from ..tools.actions import dialogue
from ..tools.locks import lock_or_retry
from .kdc_household_membership import ROLES

#: Who reads the values: those who decide on them.
DECIDING = "kdc_residents.group_officer"
#: Marks the reading of a form; an object, so that no caller from outside can send it.
_ON_THE_FORM = object()
#: Where a correction is written: model, field, how it is typed (see ``engine/correction.py``), whether it may be empty.
Target = namedtuple("Target", "model field kind required")
TARGETS = {
    "name": Target("kdc.resident", "name", "name", True),
    "birth_date": Target("kdc.resident", "birth_date", "date", False),
    "sex": Target("kdc.resident", "sex", "choice", False),
    "phone": Target("kdc.resident", "phone", "phone", False),
    "occupation": Target("kdc.resident", "function", "text", False),
    "role": Target("kdc.household.membership", "role", "choice", True),
    "house_number": Target("kdc.dwelling", "house_number", "text", False),
    "alley": Target("kdc.dwelling", "alley", "text", False),
    "street": Target("kdc.dwelling", "street", "text", False),
}


class KdcChangeRequestLine(models.Model):
    """One field that a resident wants corrected: as it was, as it should be, and what was decided."""

    _name = "kdc.change.request.line"
    _description = "Requested correction of one field"
    _inherit = ["kdc.guarded.mixin"]
    _order = "request_id, id"

    request_id = fields.Many2one("kdc.change.request", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="request_id.company_id", store=True)
    area_id = fields.Many2one(related="request_id.area_id", store=True)
    field = fields.Selection(
        [
            ("name", "Full name"),
            ("birth_date", "Date of birth"),
            ("sex", "Sex"),
            ("phone", "Phone"),
            ("occupation", "Occupation"),
            ("role", "Relationship to head"),
            ("house_number", "House number"),
            ("alley", "Alley"),
            ("street", "Street"),
        ],
        string="What",
        required=True,
    )
    target_model = fields.Char(required=True)
    target_id = fields.Many2oneReference(model_field="target_model", required=True)
    old_value = fields.Char(groups=DECIDING, help="Canonical value at the time of the request.")
    new_value = fields.Char(groups=DECIDING)
    old_display = fields.Char(string="Recorded", compute="_compute_displays", groups=DECIDING)
    new_display = fields.Char(string="Should be", compute="_compute_displays", groups=DECIDING)
    current_display = fields.Char(string="Recorded now", compute="_compute_current", compute_sudo=True, groups=DECIDING)
    is_stale = fields.Boolean(
        compute="_compute_current", compute_sudo=True, help="The record was changed after the request was made."
    )
    conflict_count = fields.Integer(string="Competing requests", compute="_compute_conflict_count")
    state = fields.Selection(
        [
            ("pending", "Waiting"),
            ("accepted", "Taken over"),
            ("refused", "Refused"),
            ("withdrawn", "Withdrawn"),
        ],
        required=True,
        default="pending",
        index=True,
    )
    refuse_reason = fields.Char(string="Reason of the refusal")
    decided_by = fields.Many2one("res.users", readonly=True)
    decided_date = fields.Datetime(string="Decided on", readonly=True)

    _once_per_request = models.UniqueIndex("(request_id, field)", "A request names each field once.")
    _pending_idx = models.Index("(target_model, target_id, field) WHERE state = 'pending'")
    _refusal_reasoned = models.Constraint(
        "CHECK ((state = 'refused') = (refuse_reason IS NOT NULL))", "A refusal has a reason."
    )

    # Dates of birth are among them: they are shown to who decides, and do not leave in lists and files.
    _guarded_fields = frozenset({"old_value", "new_value", "old_display", "new_display", "current_display"})

    def _guarded_residents(self):
        return self.request_id.resident_id

    def _guarded(self, names):
        return set() if self.env.context.get("kdc_deciding") is _ON_THE_FORM else super()._guarded(names)

    def web_read(self, specification):
        """Show both values to the officer who decides, and note the look (R-20)."""
        lines = self
        if self._guarded(specification) and self.env.user.has_group(DECIDING):
            self.env["kdc.access.log"]._log_opening(self._guarded_residents())
            lines = self.with_context(kdc_deciding=_ON_THE_FORM)
        return super(KdcChangeRequestLine, lines).web_read(specification)

    web_read._readonly = False

    # ------------------------------------------------------------- the field
    @api.model
    def _choices(self, key):
        """Return the (key, label) pairs a resident can choose from, in the reader's language."""
        if key == "role":
            labels = dict(self.env["kdc.household.membership"]._fields["role"]._description_selection(self.env))
            return [(role, labels[role]) for role, _label in ROLES if role != "head"]
        if key == "sex":
            return self.env["kdc.resident"]._fields["sex"]._description_selection(self.env)
        return []

    @api.model
    def _record_for(self, resident, key):
        """Return the record that holds ``key`` of ``resident``; empty when there is none to correct.

        The role of a head is none: another head is chosen with papers at the office.
        """
        model = TARGETS[key].model
        if model == "kdc.resident":
            return resident
        if model == "kdc.dwelling":
            return resident.household_id.dwelling_id
        return resident.membership_ids.filtered(lambda m: not m.date_end and m.role != "head")[:1]

    @api.model
    def _canonical_of(self, record, key):
        """Return the canonical text of what ``record`` holds now."""
        value = record[TARGETS[key].field]
        if TARGETS[key].kind == "date":
            return correction.date_text(value, record.birth_year_only)
        return value or ""

    @api.model
    def _show(self, key, value):
        """Return a canonical value as people read it."""
        if not value:
            return self.env._("(nothing)")
        kind = TARGETS[key].kind
        if kind == "date":
            return correction.date_display(value)
        if kind == "phone":
            return phone.display(value)
        if kind == "choice":
            return dict(self._choices(key)).get(value, value)
        return value

    @api.model
    def _vals_for(self, resident, key, value):
        """Return the values of a line that asks for ``value``."""
        record = self._record_for(resident, key)
        return {
            "field": key,
            "target_model": record._name,
            "target_id": record.id,
            "old_value": self._canonical_of(record, key),
            "new_value": value,
        }

    def _target(self):
        """Return the record to correct, with the rights of the current user."""
        self.ensure_one()
        return self.env[self.target_model].browse(self.target_id).exists()

    # -------------------------------------------------------------- computes
    @api.depends("field")
    def _compute_display_name(self):
        labels = dict(self._fields["field"]._description_selection(self.env))
        for line in self:
            line.display_name = labels.get(line.field, "")

    @api.depends("field", "old_value", "new_value")
    @api.depends_context("lang")
    def _compute_displays(self):
        for line in self:
            line.old_display = self._show(line.field, line.old_value)
            line.new_display = self._show(line.field, line.new_value)

    @api.depends("state", "target_id", "old_value")
    @api.depends_context("lang")
    def _compute_current(self):
        for line in self:
            # sudo: who may read the request may compare it with the one field it is about.
            target = line.sudo()._target()
            current = self._canonical_of(target, line.field) if target else ""
            line.current_display = self._show(line.field, current)
            line.is_stale = line.state == "pending" and current != (line.old_value or "")

    @api.depends("state", "target_id", "field")
    def _compute_conflict_count(self):
        """Count the other pending lines on the same field of the same record: one query for the batch."""
        waiting = self.filtered(lambda line: line.state == "pending")
        (self - waiting).conflict_count = 0
        groups = (
            # sudo: a competing request counts wherever it was made; only its number is told.
            self.sudo()._read_group(
                [("state", "=", "pending"), ("target_id", "in", waiting.mapped("target_id"))],
                ["target_model", "target_id", "field"],
                ["__count"],
            )
            if waiting
            else []
        )
        counts = {tuple(group): count for *group, count in groups}
        for line in waiting:
            line.conflict_count = counts.get((line.target_model, line.target_id, line.field), 1) - 1

    # -------------------------------------------------------------- officers
    def _check_decidable(self):
        """Check that the current user may decide these lines, and lock them against a second decision.

        :raises UserError: no officer, or decided meanwhile
        """
        if not self.env.user.has_group("kdc_residents.group_officer"):
            raise UserError(self.env._("Only registry officers decide on corrections."))
        self.check_access("read")
        # sudo: officers have no write access on requests; their right to read them was just checked.
        lock_or_retry(self.sudo())
        self.invalidate_recordset(["state"])
        if self.filtered(lambda line: line.state != "pending"):
            raise UserError(self.env._("This correction was decided or withdrawn meanwhile. Please reload the page."))

    def action_accept(self):
        """Write the corrections into the register with the officer's own rights."""
        self._check_decidable()
        for line in self:
            line._check_unopposed()
            line._apply()
        self._note_decision({"state": "accepted"})

    def _check_unopposed(self):
        """Stop before one of two competing corrections is taken over unseen, or a newer value is overwritten."""
        self.ensure_one()
        label = dict(self._fields["field"]._description_selection(self.env))[self.field]
        if self.is_stale:
            raise UserError(
                self.env._(
                    "%(field)s was changed after this request: it now says “%(current)s”. Press “Compare again” and "
                    "look at both values before you decide.",
                    field=label,
                    current=self.current_display,
                )
            )
        if self.conflict_count and not self.env.context.get("kdc_conflict_seen"):
            raise UserError(
                self.env._(
                    "%(field)s: another request for the same field is waiting. Decide these two one by one.",
                    field=label,
                )
            )

    def _apply(self):
        """Write one correction; whatever the register refuses, the officer is told."""
        self.ensure_one()
        record = self._target()
        if not record:
            raise UserError(self.env._("The record this correction is about no longer exists."))
        value = self.new_value or False
        vals = {TARGETS[self.field].field: value}
        if TARGETS[self.field].kind == "date":
            day, year_only = correction.date_value(value)
            vals = {"birth_date": day, "birth_year_only": year_only}
        record.write(vals)
        # The deferred checks of the register speak now, while the officer is looking at this line.
        self.env.flush_all()

    def action_refuse(self):
        """Ask for the reason first: the resident will read it."""
        return dialogue("kdc.change.refuse", self.env._("Refuse the correction"), line_ids=self.ids)

    def _refuse(self, reason):
        """Refuse the lines for a reason that the resident will read."""
        if not (reason or "").strip():
            raise ValidationError(self.env._("Please write the reason of the refusal; the resident will read it."))
        self._check_decidable()
        self._note_decision({"state": "refused", "refuse_reason": reason.strip()})

    def _note_decision(self, vals):
        """Note who decided when, leave a word on the record of the person, and close finished requests."""
        # sudo: officers have no write access on requests; the caller has checked that they may decide these.
        lines = self.sudo()
        lines.write({**vals, "decided_by": self.env.uid, "decided_date": fields.Datetime.now()})
        if vals["state"] == "accepted":
            labels = dict(self._fields["field"]._description_selection(self.env))
            for request in lines.request_id:
                names = ", ".join(labels[line.field] for line in lines if line.request_id == request)
                request.resident_id._message_log(
                    body=self.env._(
                        "Corrected at the resident's request %(number)s: %(fields)s",
                        number=request.number,
                        fields=names,
                    )
                )
        lines.request_id._close()

    def action_refresh(self):
        """Take the value recorded now as the one to compare with."""
        self._check_decidable()
        for line in self.sudo():  # sudo: see _check_decidable
            line.old_value = self._canonical_of(line._target(), line.field)

    def action_open_conflicts(self):
        """Show all waiting requests for the same field of the same record."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_residents.kdc_change_request_action")
        # sudo: the numbers of the requests only; opening them follows the reader's rights.
        rivals = self.sudo().search(
            [
                ("state", "=", "pending"),
                ("target_model", "=", self.target_model),
                ("target_id", "=", self.target_id),
                ("field", "=", self.field),
            ]
        )
        action.update(domain=[("id", "in", rivals.request_id.ids)], context={})
        return action
