from dataclasses import dataclass

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL

from ..engine import relationship
from ..engine.format import fmt
from ..tools.actions import dialogue, form_of
from ..tools.local_day import today_here
from ..tools.locks import lock_or_retry

KINDS = [
    ("birth", "Birth"),
    ("death", "Death"),
    ("move_in", "Moving in"),
    ("move_out", "Moving out"),
    ("missing", "Declared missing"),
    ("absence", "Temporary absence"),
    ("head_change", "Change of head"),
    ("split", "Split of the household"),
    ("merge", "Merging of households"),
    ("transfer", "Transfer to another household"),
]


@dataclass(frozen=True)
class Trait:
    """What a kind of event does to the composition.

    :param leaves: the people concerned end their membership in the household of the event
    :param joins: where they become members: nowhere, the ``household`` of the event, the ``target`` household or a
        ``new`` one
    :param archives: they leave the live register
    """

    leaves: bool = False
    joins: str = ""
    archives: bool = False


TRAITS = {
    "birth": Trait(joins="household"),
    "death": Trait(leaves=True, archives=True),
    "move_in": Trait(joins="household"),
    "move_out": Trait(leaves=True, archives=True),
    "missing": Trait(leaves=True, archives=True),
    "absence": Trait(),
    "head_change": Trait(),
    "split": Trait(leaves=True, joins="new"),
    "merge": Trait(leaves=True, joins="target"),
    "transfer": Trait(leaves=True, joins="target"),
}

#: Written by confirming and cancelling alone, never by a form or over RPC.
STEP_FIELDS = {
    "name",
    "state",
    "confirm_uid",
    "confirm_date",
    "cancel_uid",
    "cancel_date",
    "cancel_reason",
    "new_household_id",
    "dissolved",
    "archived_user_ids",
    "moved_residence_ids",
    "started_ids",
    "ended_ids",
}
#: What may still be added to an event that is confirmed or cancelled.
NOTE_FIELDS = {"note", "message_follower_ids", "message_ids", "activity_ids", "message_main_attachment_id"}


class KdcCivilEvent(models.Model):
    """A birth, a death, a move …: the dated document behind a change in the composition of households (R-04, R-06).

    Confirming changes the memberships in one transaction and remembers which rows it ended and started; cancelling
    takes exactly that back, as long as nothing later stands on it. Nothing is deleted: a cancelled event stays
    readable with its reason, and the rows it had started stay as void rows of no duration.

    It is the ward's own note. It replaces neither the civil status register nor the register of residence.
    """

    _name = "kdc.civil.event"
    _description = "Civil Event"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date DESC, id DESC"
    _check_company_auto = True

    name = fields.Char(string="Number", readonly=True, copy=False, index="trigram")
    kind = fields.Selection(KINDS, required=True, default="move_out", index=True, tracking=True)
    state = fields.Selection(
        [("draft", "Draft"), ("confirmed", "Confirmed"), ("cancelled", "Cancelled")],
        required=True,
        readonly=True,
        default="draft",
        copy=False,
        index=True,
        tracking=True,
    )
    date = fields.Date(
        string="Happened on",
        required=True,
        index=True,
        default=today_here,
        tracking=True,
        help="First day of the new composition. Who leaves is no member from this day on.",
    )
    household_id = fields.Many2one(
        "kdc.household", index=True, ondelete="restrict", check_company=True, context={"active_test": False}
    )
    dwelling_id = fields.Many2one(
        "kdc.dwelling",
        string="Dwelling of the new household",
        ondelete="restrict",
        check_company=True,
        help="For people who move in as a household of their own, and for a household that splits off.",
    )
    target_household_id = fields.Many2one(
        "kdc.household", string="Into household", index="btree_not_null", ondelete="restrict", check_company=True
    )
    new_household_id = fields.Many2one(
        "kdc.household",
        string="New household",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        context={"active_test": False},
    )
    new_head_id = fields.Many2one(
        "kdc.resident",
        string="New head",
        ondelete="restrict",
        check_company=True,
        help="Who heads those who stay, when the head leaves or hands over.",
    )
    line_ids = fields.One2many(
        "kdc.civil.event.line", "event_id", string="People concerned", domain=[("part", "=", "subject")]
    )
    stay_ids = fields.One2many(
        "kdc.civil.event.line", "event_id", string="Relationship to the new head", domain=[("part", "=", "stays")]
    )
    date_to = fields.Date(
        string="Expected back", tracking=True, help="Last day of a temporary absence, if it is known."
    )
    residence_ids = fields.One2many("kdc.residence", "event_id", string="Absences", readonly=True)
    reason = fields.Char(string="Reason or circumstances")
    place = fields.Char(string="From or to where", help="Where people come from, or where they go.")
    paper_number = fields.Char(string="Paper number", help="Birth or death certificate, decision, declaration …")
    paper_date = fields.Date(string="Paper of")
    paper_issuer = fields.Char(string="Issued by")
    note = fields.Text()
    company_id = fields.Many2one(
        "res.company", string="Ward office", compute="_compute_place", store=True, index=True, precompute=True
    )
    area_id = fields.Many2one(
        "kdc.area", string="Residential group", compute="_compute_place", store=True, index=True, precompute=True
    )
    target_area_id = fields.Many2one(
        related="target_household_id.area_id", store=True, index="btree_not_null", string="Into residential group"
    )
    person_count = fields.Integer(string="Persons", compute="_compute_person_count", store=True)
    people = fields.Char(compute="_compute_people")
    confirm_uid = fields.Many2one("res.users", string="Confirmed by", readonly=True, copy=False)
    confirm_date = fields.Datetime(string="Confirmed at", readonly=True, copy=False)
    cancel_uid = fields.Many2one("res.users", string="Cancelled by", readonly=True, copy=False)
    cancel_date = fields.Datetime(string="Cancelled at", readonly=True, copy=False)
    cancel_reason = fields.Char(string="Reason of the cancellation", readonly=True, copy=False, tracking=True)
    dissolved = fields.Boolean(readonly=True, copy=False, help="Nobody was left; the household was archived.")
    archived_user_ids = fields.Many2many(
        "res.users", readonly=True, copy=False, groups="base.group_system", context={"active_test": False}
    )
    moved_residence_ids = fields.Many2many(
        "kdc.residence",
        readonly=True,
        copy=False,
        help="Records of the same dwelling that went to the other household.",
    )
    started_ids = fields.One2many(
        "kdc.household.membership", "start_event_id", string="Memberships begun", readonly=True
    )
    ended_ids = fields.One2many("kdc.household.membership", "end_event_id", string="Memberships ended", readonly=True)
    # What the form needs to know about its kind.
    member_ids = fields.Many2many("kdc.resident", compute="_compute_members", string="Present members of the household")
    staying_ids = fields.Many2many("kdc.resident", compute="_compute_members", string="Members who stay")
    leaves = fields.Boolean(compute="_compute_members")
    from_members = fields.Boolean(compute="_compute_members")
    joins = fields.Char(compute="_compute_members")
    needs_new_head = fields.Boolean(compute="_compute_members")

    _name_uniq = models.UniqueIndex("(company_id, name) WHERE name IS NOT NULL", "Another event has this number.")
    _confirmed_numbered = models.Constraint(
        "CHECK (state <> 'confirmed' OR name IS NOT NULL)", "A confirmed event has a number."
    )
    _cancel_reasoned = models.Constraint(
        "CHECK (state <> 'cancelled' OR cancel_reason IS NOT NULL)", "Cancelling an event needs a reason."
    )
    _place_known = models.Constraint(
        "CHECK (household_id IS NOT NULL OR (kind = 'move_in' AND dwelling_id IS NOT NULL))",
        "Choose the household. People who move in as a household of their own need a dwelling.",
    )
    _target_known = models.Constraint(
        "CHECK (kind NOT IN ('merge', 'transfer') OR target_household_id IS NOT NULL)",
        "Choose the household the people go to.",
    )
    _dates_ordered = models.Constraint("CHECK (date_to >= date)", "The day of return lies before the day of leaving.")
    _target_other = models.Constraint(
        "CHECK (target_household_id <> household_id)", "People cannot go to the household they already belong to."
    )

    def init(self):
        """Keep the law of the states where no program can go round it: nothing is deleted, nothing goes back."""
        self.env.cr.execute(
            SQL("""
            CREATE OR REPLACE FUNCTION kdc_civil_event_guard() RETURNS trigger AS $$
            BEGIN
                IF TG_OP = 'DELETE' THEN
                    RAISE EXCEPTION USING MESSAGE = 'a civil event is never deleted', ERRCODE = 'check_violation',
                          CONSTRAINT = 'kdc_civil_event_kept';
                END IF;
                IF OLD.state <> NEW.state AND NOT (OLD.state = 'draft' OR NEW.state = 'cancelled') THEN
                    RAISE EXCEPTION USING MESSAGE = 'a civil event does not go back from ' || OLD.state,
                          ERRCODE = 'check_violation', CONSTRAINT = 'kdc_civil_event_forward';
                END IF;
                RETURN NEW;
            END $$ LANGUAGE plpgsql;
            DROP TRIGGER IF EXISTS kdc_civil_event_guard ON kdc_civil_event;
            CREATE TRIGGER kdc_civil_event_guard BEFORE DELETE OR UPDATE OF state ON kdc_civil_event
                FOR EACH ROW EXECUTE FUNCTION kdc_civil_event_guard();
            """)
        )

    # ---------------------------------------------------------------- computes
    @api.depends("household_id.area_id", "household_id.company_id", "dwelling_id")
    def _compute_place(self):
        for event in self:
            place = event.household_id or event.dwelling_id
            event.company_id = place.company_id or self.env.company
            event.area_id = place.area_id

    @api.depends("kind", "line_ids")
    def _compute_person_count(self):
        for event in self:
            event.person_count = 1 if event.kind == "head_change" else len(event.line_ids)

    @api.depends("kind", "name", "people")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for event in self:
            parts = (event.name or self.env._("Draft"), kinds.get(event.kind), event.people)
            event.display_name = " · ".join(part for part in parts if part)

    @api.depends("line_ids.resident_id", "line_ids.name", "new_head_id", "kind")
    def _compute_people(self):
        for event in self:
            names = [line.resident_id.name or line.name for line in event.line_ids]
            if event.kind == "head_change":
                names = [event.new_head_id.name]
            names = [name for name in names if name]
            event.people = ", ".join(names[:3]) + (" +%s" % (len(names) - 3) if len(names) > 3 else "")

    @api.depends("kind", "household_id.membership_ids.date_end", "line_ids.resident_id", "dwelling_id")
    def _compute_members(self):
        for event in self:
            trait = TRAITS.get(event.kind, Trait())
            event.from_members = trait.leaves or event.kind == "absence"
            members = event.household_id._live_memberships().resident_id
            leaving = event.line_ids.resident_id & members if trait.leaves else members.browse()
            event.member_ids = members
            event.staying_ids = members - leaving - (event.household_id.head_id if not trait.leaves else leaving)
            event.leaves = trait.leaves
            event.joins = "new" if event.kind == "move_in" and not event.household_id else trait.joins
            event.needs_new_head = event.kind == "head_change" or bool(
                event.household_id.head_id in leaving and members - leaving
            )

    # ---------------------------------------------------------------- onchange
    @api.onchange("kind", "household_id")
    def _onchange_kind(self):
        """Merging concerns everybody; other kinds only those who still belong to the household."""
        if self.kind == "merge":
            chosen = {line.resident_id.id: line.role for line in self.line_ids}
            everybody = self.household_id._live_memberships().resident_id
            self.line_ids = [Command.clear()] + [
                Command.create({"part": "subject", "resident_id": person.id, "role": chosen.get(person.id)})
                for person in everybody
            ]
        elif self.leaves or self.kind == "absence":
            # In a form that is not saved yet the members are stand-ins of the people.
            present = self.member_ids._origin
            self.line_ids = self.line_ids.filtered(lambda line: line.resident_id._origin in present)
        elif self.kind == "birth" and not self.line_ids:
            self.line_ids = [Command.create({"part": "subject", "role": "child"})]

    @api.onchange("kind", "household_id", "new_head_id", "line_ids")
    def _onchange_new_head(self):
        """Say anew how everybody who stays is related to the new head, where the old relationship tells."""
        if not self.needs_new_head:
            self.new_head_id = False
        self.stay_ids = [Command.clear()] + [
            Command.create({"part": "stays", "resident_id": row.resident_id.id, "role": role})
            for row, role in self._proposed_roles()
        ]

    def _proposed_roles(self):
        """Return ``(membership, role to the new head or False)`` for every member who stays, but the new head."""
        rows = self.household_id._live_memberships()
        new = rows.filtered(lambda row: row.resident_id == self.new_head_id)
        if not (self.needs_new_head and new):
            return []
        leaving = self.line_ids.resident_id if self.leaves else self.env["kdc.resident"]
        return [
            # sudo: the sex decides between husband and wife; the form shows no more than the word.
            (row, relationship.turned(row.role, row.sudo().resident_id.sex, new.role) or False)
            for row in rows - new
            if row.resident_id not in leaving
        ]

    # ------------------------------------------------------------- constraints
    @api.constrains("kind", "line_ids", "household_id")
    def _check_people(self):
        for event in self:
            if event.kind != "head_change" and not event.line_ids:
                raise ValidationError(self.env._("Enter at least one person whom this event concerns."))

    # -------------------------------------------------------------------- CRUD
    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su and any(self._step_fields() & vals.keys() for vals in vals_list):
            raise AccessError(self.env._("Number and state of an event follow from its steps."))
        events = super().create(vals_list)
        events._check_places()
        return events

    def write(self, vals):
        if not self.env.su:
            if self._step_fields() & vals.keys():
                raise AccessError(self.env._("Number and state of an event follow from its steps."))
            if vals.keys() - NOTE_FIELDS and any(event.state != "draft" for event in self):
                raise UserError(
                    self.env._("A confirmed event stays as it is. Cancel it with a reason and record a new one.")
                )
        result = super().write(vals)
        if {"household_id", "target_household_id", "new_head_id", "dwelling_id"} & vals.keys():
            self._check_places()
        return result

    @api.model
    def _step_fields(self):
        """Return the names of the fields that confirming and cancelling alone write. Addons add theirs."""
        return STEP_FIELDS

    def _check_places(self):
        """Let nobody name a household or person beyond the own areas, whose name the event would then show."""
        if not self.env.su:
            for records in (self.household_id, self.target_household_id, self.dwelling_id, self.new_head_id):
                records.check_access("read")

    @api.ondelete(at_uninstall=False)
    def _unlink_except_recorded(self):
        raise UserError(self.env._("An event is never deleted. Cancel it and say why; it stays readable."))

    def copy_data(self, default=None):
        raise UserError(self.env._("An event cannot be duplicated."))

    # ----------------------------------------------------------------- actions
    def action_confirm(self):
        """Change the composition, all of it or nothing. For registry officers."""
        if not self.env.user.has_group("kdc_residents.group_officer"):
            raise AccessError(self.env._("Only registry officers confirm events. Yours is saved as a draft for them."))
        self.check_access("write")
        for event in self:
            # sudo: the officer was checked above; steps write what no form may.
            event.sudo()._confirm()
        return self._notice_confirmed()

    def _notice_confirmed(self):
        """Return the notice that leads to the events and to the households that people joined with them."""
        records = [*self, *(self.new_household_id | self.target_household_id)]
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Recorded: %s", ", ".join(["%s"] * len(records))),
                "links": [
                    {"label": record.display_name, "url": f"/odoo/{record._name}/{record.id}"} for record in records
                ],
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    @api.model
    def _action_record(self, context):
        """Return the dialogue that records an event.

        :param context: ``default_`` values
        """
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Record an event"),
            "res_model": self._name,
            "view_mode": "form",
            "views": [(self.env.ref("kdc_residents.kdc_civil_event_view_form_dialog").id, "form")],
            "target": "new",
            "context": context,
        }

    def action_save_draft(self):
        """Close the dialogue; the client has saved the draft."""
        return {"type": "ir.actions.act_window_close"}

    def action_cancel(self):
        """Ask for the reason first."""
        self.ensure_one()
        return dialogue("kdc.civil.event.cancel", self.env._("Cancel the event"), event_id=self.id)

    def _cancel_with_reason(self, reason):
        """Take the event back. For officers; a head of group withdraws drafts of the own areas.

        :raises UserError: later facts stand on this event; the message names them.
        """
        self.ensure_one()
        self.check_access("write")
        if self.state == "confirmed" and not self.env.user.has_group("kdc_residents.group_officer"):
            raise AccessError(self.env._("Only registry officers cancel confirmed events."))
        # sudo: the person was checked above; steps write what no form may.
        self.sudo()._cancel(reason)

    # -------------------------------------------------------------- confirming
    def _lock(self):
        """Let one person at a time change a household; the unique indexes are the last word."""
        lock_or_retry(self)
        lock_or_retry(self.household_id | self.target_household_id | self.new_household_id, allow_referencing=True)
        self.invalidate_recordset(["state"])

    def _confirm(self):
        """Change memberships, people and households as the event says (in sudo)."""
        self.ensure_one()
        self._lock()
        if self.state != "draft":
            raise UserError(self.env._("%(event)s is no draft any more.", event=self.display_name))
        self._check_ready()
        trait = TRAITS[self.kind]
        rows = self.household_id._live_memberships()
        leaving = rows.filtered(lambda row: row.resident_id in self.line_ids.resident_id) if trait.leaves else rows[:0]
        turned_rows, turned_vals = self._role_changes(rows - leaving)
        self.line_ids._freeze_former_roles()
        self._create_new_people()
        self.write({"new_household_id": self._create_household() if self.joins == "new" else False})
        labels = dict(self._fields["kind"]._description_selection(self.env))
        leaving.write({"date_end": self.date, "end_event_id": self.id, "end_reason": labels[self.kind]})
        turned_rows.write({"date_end": self.date, "end_event_id": self.id, "end_reason": labels[self.kind]})
        self.env["kdc.household.membership"].create(turned_vals + self._joining_vals())
        if trait.leaves and trait.joins:
            self._move_residences()
        if trait.archives:
            self._archive_people(labels[self.kind])
        if trait.leaves and not rows - leaving:
            self._dissolve_household(labels[self.kind])
        if self.kind == "absence":
            self._record_absences()
        self.write({
            "name": self._next_name(),
            "state": "confirmed",
            "confirm_uid": self.env.uid,
            "confirm_date": fields.Datetime.now(),
        })  # fmt: skip
        self._after_confirm()
        self._log(self.env._("Recorded: %(event)s, from %(date)s on.", **self._log_values()))

    def _check_ready(self):
        """Say in plain words what is missing before the database would refuse it."""
        if self.date > today_here(self):
            raise UserError(self.env._("The day lies in the future. Confirm the event when it has happened."))
        if not (self.household_id.active or not self.household_id):
            raise UserError(self.env._("%(household)s is archived.", household=self.household_id.name))
        if self.needs_new_head and self.new_head_id not in self.member_ids - (
            self.line_ids.resident_id if self.leaves else self.household_id.head_id
        ):
            raise UserError(
                self.env._(
                    "Choose the new head of %(household)s among those who stay.", household=self.household_id.name
                )
            )
        for line in self.line_ids:
            self._check_line(line)
        if self.kind == "merge" and self.member_ids - self.line_ids.resident_id:
            raise UserError(self.env._("Merging takes all members. Use a transfer for some of them."))
        if self.kind == "split" and not self.member_ids - self.line_ids.resident_id:
            raise UserError(self.env._("Somebody has to stay. When all leave, the household moves, it does not split."))
        heads = self.line_ids.filtered(lambda line: line.role == "head")
        if self.joins == "new" and len(heads) != 1:
            raise UserError(self.env._("The new household needs exactly one head among the people who form it."))
        if self.joins in ("household", "target") and heads:
            destination = self.target_household_id or self.household_id
            if destination.head_id:
                raise UserError(
                    self.env._(
                        "%(household)s already has a head. Choose another relationship.", household=destination.name
                    )
                )

    def _check_line(self, line):
        """Check one person concerned against what the register says today."""
        name = line.resident_id.name or line.name
        if self.leaves or self.kind == "absence":
            row = self.household_id._live_memberships().filtered(lambda m: m.resident_id == line.resident_id)
            if not line.resident_id or not row:
                raise UserError(
                    self.env._("%(name)s is no present member of the household.", name=name or self.env._("Somebody"))
                )
            if row.date_start > self.date:
                raise UserError(
                    self.env._(
                        "%(name)s belongs to this household only since %(date)s, which is later than this event. "
                        "Check the day.",
                        name=name,
                        date=fmt.date(row.date_start),
                    )
                )
        elif line.resident_id.household_id:
            raise UserError(
                self.env._(
                    "%(name)s is a member of %(household)s. Use a transfer.",
                    name=name,
                    household=line.resident_id.household_id.name,
                )
            )
        if self.joins and not line.role:
            raise UserError(self.env._("Say how %(name)s is related to the head.", name=name))

    def _role_changes(self, staying):
        """Return the rows of ``staying`` that end because of the new head, and the values of those that follow."""
        if not self.needs_new_head:
            return staying[:0], []
        chosen = {line.resident_id: line.role for line in self.stay_ids if line.role}
        for row, role in self._proposed_roles():
            chosen.setdefault(row.resident_id, role or "other")
        chosen[self.new_head_id] = "head"
        changed = staying.filtered(lambda row: chosen.get(row.resident_id, row.role) != row.role)
        return changed, [
            self._membership_vals(self.household_id, row.resident_id, chosen[row.resident_id]) for row in changed
        ]

    def _membership_vals(self, household, resident, role):
        return {
            "household_id": household.id,
            "resident_id": resident.id,
            "role": role,
            "date_start": self.date,
            "start_event_id": self.id,
        }

    def _joining_vals(self):
        """Return the values of the memberships that begin for the people concerned, the head first."""
        household = {
            "household": self.household_id,
            "target": self.target_household_id,
            "new": self.new_household_id,
        }.get(self.joins)
        if not household:
            return []
        lines = self.line_ids.sorted(lambda line: (line.role != "head", line.id))
        return [self._membership_vals(household, line.resident_id, line.role) for line in lines]

    def _create_new_people(self):
        """Put newborns and strangers into the register, and call archived people back."""
        for line in self.line_ids:
            if not line.resident_id:
                line.write({
                    "created": True,
                    "resident_id": self.env["kdc.resident"].create({
                        "name": line.name,
                        "sex": line.sex,
                        "birth_date": self.date if self.kind == "birth" else line.birth_date,
                        "company_id": self.company_id.id,
                    }).id,
                    "birth_date": False,
                })  # fmt: skip
            elif not line.resident_id.active:
                line.write(
                    {"recalled_reason": line.resident_id.archive_reason, "recalled_date": line.resident_id.archive_date}
                )
                line.resident_id.action_unarchive()

    def _create_household(self):
        """Return the id of the household that begins with this event."""
        dwelling = self.dwelling_id or self.household_id.dwelling_id
        return self.env["kdc.household"].create({"dwelling_id": dwelling.id, "company_id": self.company_id.id}).id

    def _archive_people(self, reason):
        """Take the people concerned off the live register and close their accounts."""
        residents = self.line_ids.resident_id
        self.archived_user_ids = residents.partner_id.user_ids.filtered("share")
        self.env["kdc.archive"]._archive(residents, reason, self.date)

    def _dissolve_household(self, reason):
        """Archive a household nobody is left in."""
        self.env["kdc.archive"]._archive(self.household_id, reason, self.date)
        self.dissolved = True

    def _move_residences(self):
        """Let residence records follow into the other household when that lives in the same dwelling.

        Those of another dwelling stay where they were recorded. Guests and tenants go along when the whole household
        does.
        """
        other = self.target_household_id or self.new_household_id
        whose = [("resident_id", "in", self.line_ids.resident_id.ids)]
        if self.kind == "merge":
            whose = ["|", ("resident_id", "=", False), *whose]
        moved = self.env["kdc.residence"].search([
            *whose, ("household_id", "=", self.household_id.id), ("dwelling_id", "=", other.dwelling_id.id),
            ("cancelled", "=", False), "|", ("date_to", "=", False), ("date_to", ">=", self.date),
        ])  # fmt: skip
        moved.household_id = other
        self.moved_residence_ids = moved

    def _record_absences(self):
        """Note the people as absent; they stay members of the household (Luật Cư trú, Điều 31)."""
        self.env["kdc.residence"].create([
            {
                "kind": "absence", "resident_id": line.resident_id.id, "household_id": self.household_id.id,
                "date_from": self.date, "date_to": self.date_to, "reason": self.reason, "place": self.place,
                "source": "event", "event_id": self.id,
            }
            for line in self.line_ids
        ])  # fmt: skip

    def _after_confirm(self):
        """Hook for the addons that hold something of the households: accounts, orders, delegations."""

    def _after_cancel(self):
        """Hook: take back what :meth:`_after_confirm` did."""

    def _next_name(self):
        return self.env["ir.sequence"].with_company(self.company_id).next_by_code("kdc.civil.event")

    # -------------------------------------------------------------- cancelling
    def _cancel(self, reason):
        """Withdraw a draft, or undo what confirming did (in sudo)."""
        self._lock()
        if self.state == "cancelled":
            raise UserError(self.env._("%(event)s is already cancelled.", event=self.display_name))
        confirmed = self.state == "confirmed"
        if confirmed:
            self._check_nothing_later()
            self._undo()
        self.write({
            "state": "cancelled",
            "cancel_uid": self.env.uid,
            "cancel_date": fields.Datetime.now(),
            "cancel_reason": reason,
        })  # fmt: skip
        self.line_ids.birth_date = False
        if confirmed:
            self._after_cancel()
            self._log(
                self.env._("Cancelled: %(event)s. The composition of before %(date)s holds.", **self._log_values())
            )

    def _check_nothing_later(self):
        """Refuse to pull away what later facts stand on.

        :raises UserError: names the person or household and the event to cancel first
        """
        for row in self.started_ids:
            if row.date_end and not row.voided:
                self._refuse_cancel(row.resident_id.name, row.end_event_id)
        for resident in self.ended_ids.resident_id:
            later = resident.membership_ids.filtered(lambda m: not m.date_end) - self.started_ids
            if later:
                self._refuse_cancel(resident.name, later.start_event_id)
        others = self.new_household_id._live_memberships() - self.started_ids
        if others:
            self._refuse_cancel(self.new_household_id.name, others.start_event_id[:1])
        for household in self.ended_ids.household_id:
            if not household.active and not self.dissolved:
                last = self.search([("household_id", "=", household.id), ("dissolved", "=", True)], limit=1)
                self._refuse_cancel(household.name, last)
            head = household._live_memberships().filtered(lambda m: m.role == "head") - self.started_ids
            # The steps note full seconds, the rows their fractions: what is saved and confirmed within one second is
            # not later.
            if (
                head
                and (head.start_event_id.confirm_date or head.create_date).replace(microsecond=0) > self.confirm_date
            ):
                self._refuse_cancel(household.name, head.start_event_id)

    def _refuse_cancel(self, what, later):
        if later:
            raise UserError(
                self.env._(
                    "%(what)s: the register has changed since, by %(later)s. Cancel that event first.",
                    what=what,
                    later=later.display_name,
                )
            )
        raise UserError(
            self.env._(
                "%(what)s: the register has changed since, by hand. Record a new event instead of cancelling this one.",
                what=what,
            )
        )

    def _undo(self):
        """Void what the event started, reopen what it ended, in this order so that nobody is ever in two places."""
        reason = self.env._("Event %(number)s cancelled", number=self.name)
        for row in self.started_ids:
            row.write({"date_end": row.date_start, "voided": True, "end_reason": reason})
        people = self.line_ids.resident_id
        # Who is archived by hand since stays so; the events that archive remember whom they closed out.
        if TRAITS[self.kind].archives:
            people.filtered(lambda resident: not resident.active).action_unarchive()
            self.archived_user_ids.action_unarchive()
        if self.dissolved:
            self.household_id.action_unarchive()
            self._forget_stays(self.household_id, self.date)
        self.ended_ids.write({"date_end": False, "end_event_id": False, "end_reason": False})
        self.residence_ids.write({"cancelled": True, "cancel_reason": reason})
        self.moved_residence_ids.household_id = self.household_id
        for line in self.line_ids:
            back_to = reason if line.created else line.recalled_reason
            if back_to:
                self.env["kdc.archive"]._archive(line.resident_id, back_to, line.recalled_date or self.date)
        self.env["kdc.archive"]._archive(self.new_household_id, reason, self.date)
        self._forget_stays(self.new_household_id)
        self.dissolved = False

    def _forget_stays(self, households, date=None):
        """Delete the notes that these households left their dwelling (on ``date``): they never did.

        Otherwise the dwelling would count as left on that day when it really falls vacant later.
        """
        domain = [("household_id", "in", households.ids)]
        if date:
            domain += [("date_to", "=", date), ("dwelling_id", "in", households.dwelling_id.ids)]
        # sudo: the history is written by the register itself; nobody has a right to change it.
        self.env["kdc.dwelling.stay"].sudo().search(domain).unlink()

    # ----------------------------------------------------------------- history
    def _log_values(self):
        return {"event": self._get_html_link(), "date": fmt.date(self.date)}

    def _log(self, body):
        """Leave ``body`` in the history of every household and person concerned."""
        records = [
            *(self.household_id | self.target_household_id | self.new_household_id),
            *(self.line_ids.resident_id | self.new_head_id),
        ]
        for record in records:
            record.message_post(body=body)

    def action_open_household(self):
        self.ensure_one()
        household = self.new_household_id or self.target_household_id or self.household_id
        return form_of(household)
