import logging
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..engine import residence, text
from ..engine.format import fmt
from ..tools.actions import form_of
from ..tools.attempts import undo_and_log
from ..tools.guarded_date import GuardedDate
from ..tools.local_day import today_here

_logger = logging.getLogger(__name__)

KINDS = [
    ("permanent", "Permanent residence"),
    ("temporary", "Temporary residence"),
    ("stay", "Overnight stay"),
    ("absence", "Temporary absence"),
]
#: How long before its end a temporary residence is spoken of.
REMIND_DAYS = 30


def _no_overlap(kind):
    """Return the definition: one person has one valid record of this kind on any day."""
    return (
        "EXCLUDE USING gist (int4range(resident_id, resident_id, '[]') WITH &&, daterange(date_from, date_to, '[]') "
        f"WITH &&) WHERE (kind = '{kind}' AND cancelled IS NOT TRUE AND resident_id IS NOT NULL)"
    )


class KdcResidence(models.Model):
    """How somebody lives at a place: thường trú, tạm trú, lưu trú, tạm vắng (Luật Cư trú 68/2020/QH15).

    The ward's helper note. Whether the police have it in the register of residence is a field of its own, unknown by
    default. Records are never deleted; one that was wrong is cancelled with a reason.
    """

    _name = "kdc.residence"
    _description = "Residence"
    _inherit = ["kdc.guarded.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "date_from DESC, id DESC"
    _check_company_auto = True
    _guarded_fields = frozenset({"birth_date"})
    _log_subject = "birth_date"

    kind = fields.Selection(KINDS, required=True, default="temporary", index=True, tracking=True)
    resident_id = fields.Many2one(
        "kdc.resident", string="Person in the register", index="btree_not_null", ondelete="restrict",
        check_company=True, context={"active_test": False},
    )  # fmt: skip
    person_name = fields.Char(
        string="Name of the person",
        compute="_compute_person_name",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        help="Guests and tenants need not be in the ward's register.",
    )
    search_key = fields.Char(compute="_compute_search_key", store=True, index="trigram")
    birth_date = GuardedDate(help="Of a guest or tenant who is not in the register.")
    birth_display = fields.Char(
        string="Born", compute="_compute_birth_display", compute_sudo=True, help="The year only; the day stays hidden."
    )
    paper_kind = fields.Selection(
        [("cccd", "Identity card"), ("passport", "Passport"), ("birth", "Birth certificate"), ("other", "Other paper")],
        string="Paper",
    )
    paper_last = fields.Char(
        string="Last 4 characters",
        size=4,
        help="Enough to recognise the paper. The full number belongs into the notice to the police, not in here.",
    )
    date_from = fields.Date(string="From", required=True, default=today_here, index=True, tracking=True)
    date_to = fields.Date(string="Until (last day)", index=True, tracking=True)
    household_id = fields.Many2one(
        "kdc.household",
        compute="_compute_household_id",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        help="Where the person lives or stays; of guests and tenants the household that lodges them.",
    )
    dwelling_id = fields.Many2one(
        "kdc.dwelling",
        compute="_compute_dwelling_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    area_id = fields.Many2one(related="dwelling_id.area_id", store=True, index=True, string="Residential group")
    company_id = fields.Many2one(related="dwelling_id.company_id", store=True, index=True, string="Ward office")
    reason = fields.Char()
    place = fields.Char(string="Home or destination", help="Where the person is at home, or where an absent one is.")
    police_registered = fields.Selection(
        [("unknown", "Unknown"), ("yes", "Yes"), ("no", "No")],
        string="Registered with the police",
        required=True,
        default="unknown",
        tracking=True,
    )
    source = fields.Selection(
        [
            ("declared", "Told by the household"),
            ("portal", "Entered by the household itself"),
            ("paper", "Paper seen"),
            ("police", "List of the police"),
            ("visit", "Visit"),
            ("event", "Civil event"),
        ],
        required=True,
        default="declared",
    )
    checked_on = fields.Date(string="Last checked on", default=today_here, tracking=True)
    announced_at = fields.Datetime(string="Notified at", default=fields.Datetime.now, readonly=True)
    after_eleven = fields.Boolean(string="Arrives after 23:00")
    on_time = fields.Boolean(compute="_compute_on_time", store=True, string="Notified in time")
    event_id = fields.Many2one("kdc.civil.event", readonly=True, index="btree_not_null", ondelete="restrict")
    cancelled = fields.Boolean(readonly=True, copy=False, tracking=True)
    reminded_of = fields.Date(readonly=True, copy=False, help="The last day of which the person was reminded.")
    cancel_reason = fields.Char(string="Reason of the cancellation", copy=False, tracking=True)
    ended_by_archive = fields.Boolean(
        readonly=True, copy=False, help="Ended or cancelled because the person or the household was archived."
    )
    date_to_before = fields.Date(readonly=True, copy=False, help="The last day before it was ended by archiving.")
    status = fields.Selection(
        [
            ("coming", "Not yet"),
            ("current", "In force"),
            ("expiring", "Ends soon"),
            ("ended", "Ended"),
            ("cancelled", "Cancelled"),
        ],
        compute="_compute_status",
    )

    _dates_ordered = models.Constraint("CHECK (date_to >= date_from)", "The last day lies before the first.")
    _temporary_two_years = models.Constraint(
        "CHECK (kind <> 'temporary' OR (date_to IS NOT NULL AND date_to < date_from + interval '2 years'))",
        "A temporary residence needs a last day and lasts two years at most (Law on Residence, article 27). "
        "Extend it with a new record.",
    )
    _stay_days = models.Constraint(
        "CHECK (kind <> 'stay' OR (date_to IS NOT NULL AND date_to - date_from < 30))",
        "An overnight stay needs a last day and is shorter than 30 days. From 30 days on it is a temporary residence.",
    )
    _cancel_reasoned = models.Constraint(
        "CHECK (cancelled IS NOT TRUE OR cancel_reason IS NOT NULL)", "Cancelling needs a reason."
    )
    _person_known = models.Constraint(
        "CHECK (kind NOT IN ('permanent', 'absence') OR resident_id IS NOT NULL)",
        "Only people of the register have a permanent residence or are absent.",
    )
    _permanent_once = models.Constraint(
        _no_overlap("permanent"), "This person already has a permanent residence on these days."
    )
    _temporary_once = models.Constraint(
        _no_overlap("temporary"), "This person already has a temporary residence on these days."
    )
    _stay_once = models.Constraint(_no_overlap("stay"), "This person already stays somewhere on these days.")
    _absence_once = models.Constraint(_no_overlap("absence"), "This person is already absent on these days.")

    # ---------------------------------------------------------------- computes
    @api.depends("resident_id.name")
    def _compute_person_name(self):
        for record in self:
            record.person_name = record.resident_id.name or record.person_name

    @api.depends("person_name")
    def _compute_search_key(self):
        for record in self:
            record.search_key = text.fold(record.person_name or "")

    @api.depends("birth_date")
    def _compute_birth_display(self):
        for record in self:
            record.birth_display = record.birth_date.strftime("**/**/%Y") if record.birth_date else ""

    @api.depends("resident_id")
    def _compute_household_id(self):
        for record in self:
            record.household_id = record.resident_id.household_id or record.household_id

    @api.depends("household_id")
    def _compute_dwelling_id(self):
        for record in self:
            record.dwelling_id = record.household_id.dwelling_id or record.dwelling_id

    @api.depends("kind", "person_name")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for record in self:
            record.display_name = f"{kinds.get(record.kind, '')} · {record.person_name or ''}"

    @api.depends("kind", "date_from", "announced_at", "after_eleven")
    def _compute_on_time(self):
        for record in self:
            local = fields.Datetime.context_timestamp(
                record.with_context(tz="Asia/Ho_Chi_Minh"), record.announced_at or fields.Datetime.now()
            ).replace(tzinfo=None)
            record.on_time = record.kind == "stay" and residence.is_on_time(
                record.date_from, local, record.after_eleven
            )

    @api.depends("date_from", "date_to", "cancelled", "kind")
    def _compute_status(self):
        today = today_here(self)
        soon = today + timedelta(days=REMIND_DAYS)
        for record in self:
            if record.cancelled:
                record.status = "cancelled"
            elif record.date_to and record.date_to < today:
                record.status = "ended"
            elif record.date_from and record.date_from > today:
                record.status = "coming"
            elif record.kind == "temporary" and record.date_to and record.date_to <= soon:
                record.status = "expiring"
            else:
                record.status = "current"

    @api.model
    def _search_display_name(self, operator, value):
        if isinstance(value, str) and operator in ("ilike", "like", "=ilike", "=like"):
            return [("search_key", operator, text.fold(value) or value)]
        return super()._search_display_name(operator, value)

    @api.onchange("kind", "date_from")
    def _onchange_date_from(self):
        """Propose the longest temporary residence, and one night for a guest."""
        if self.kind == "temporary" and self.date_from:
            self.date_to = residence.temporary_until_max(self.date_from)
        elif self.kind == "stay":
            self.date_to = self.date_from
        elif self.kind == "permanent":
            self.date_to = False

    # -------------------------------------------------------------------- CRUD
    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("person_name"):
                vals["person_name"] = text.normalize(vals["person_name"])
        records = super().create(vals_list)
        records._check_places()
        return records

    def write(self, vals):
        if not self.env.su:
            if {"cancelled", "announced_at", "event_id"} & vals.keys():
                raise UserError(self.env._("Use the button to cancel a residence."))
            if any(record.cancelled for record in self):
                raise UserError(self.env._("A cancelled residence stays as it is. Record a new one."))
        result = super().write(vals)
        if {"resident_id", "household_id", "dwelling_id"} & vals.keys():
            self._check_places()
        return result

    def _check_places(self):
        """Let nobody name people or houses beyond the own areas, whose name the record would then show."""
        if not self.env.su:
            for records in (self.resident_id, self.household_id, self.dwelling_id):
                records.check_access("read")

    @api.ondelete(at_uninstall=False)
    def _unlink_except_recorded(self):
        raise UserError(self.env._("A residence is never deleted. Cancel it and say why."))

    def copy_data(self, default=None):
        raise UserError(self.env._("A residence cannot be duplicated. Extend it."))

    # ----------------------------------------------------------------- actions
    def action_ask_cancel(self):
        """Ask why the record is cancelled."""
        self.ensure_one()
        form = self.env.ref("kdc_residents.kdc_residence_view_form_cancel")
        return form_of(self, self.env._("Cancel the record"), views=[(form.id, "form")], target="new")

    def action_cancel(self):
        """Take back a wrong record; the reason stands in the form that asks for it."""
        self.check_access("write")
        for record in self:
            if not record.cancel_reason:
                raise UserError(self.env._("Write the reason of the cancellation first."))
            # sudo: the flag is written by this step alone; the right to write was checked above.
            record.sudo().cancelled = True
            record.flush_recordset(["cancelled"])  # the exclusion constraints look at the table
            record.activity_unlink(["kdc_residents.mail_activity_residence"])

    def action_checked(self):
        """Note that the record was compared with the facts today."""
        self.checked_on = today_here(self)

    def action_extend(self):
        """Open a further temporary residence that begins the day after this one."""
        self.ensure_one()
        if self.kind != "temporary":
            raise UserError(self.env._("Only a temporary residence is extended."))
        start = self.date_to + timedelta(days=1)
        self.activity_unlink(["kdc_residents.mail_activity_residence"])
        context = {
            "default_kind": "temporary",
            "default_resident_id": self.resident_id.id,
            "default_person_name": self.person_name,
            "default_household_id": self.household_id.id,
            "default_dwelling_id": self.dwelling_id.id,
            "default_place": self.place,
            "default_date_from": start,
            "default_date_to": residence.temporary_until_max(start),
        }
        return form_of(self.browse(), self.env._("Extend the temporary residence"), context=context)

    # ---------------------------------------------------------------- business
    @api.model
    def _announce(self, household, kind, vals, dwelling=None):
        """Record what a household says about its guests or tenants.

        :param household: the household that lodges them, in sudo; the caller has checked that it is the reader's own
        :param kind: ``stay`` or ``temporary``
        :param vals: person_name, birth_date, paper_kind, paper_last, date_from, date_to, reason, place, after_eleven
        :param dwelling: where, when it is not the household's own; the caller has checked that a member owns it
        :return: the record, in sudo
        """
        record = household.env["kdc.residence"].create(
            {
                **vals,
                "kind": kind,
                "household_id": household.id,
                "dwelling_id": (dwelling or household.dwelling_id).id,
                "source": "portal",
                "checked_on": False,
            }
        )
        record.message_post(body=self.env._("Entered by %(name)s on the residents' pages.", name=self.env.user.name))
        return record

    @api.model
    def _end_with_archive(self, domain, day, reason, void=False):
        """End what is in force of people or households that leave the register; what had not begun is cancelled.

        :param domain: whose records
        :param day: their last day
        :param void: they never belonged into the register, so these records never held either
        """
        # sudo: follows from archiving, which was checked; the mark is no field of a form.
        live = self.sudo().search([*domain, ("cancelled", "=", False), "|", ("date_to", "=", False),
                                   ("date_to", ">=" if void else ">", day)])  # fmt: skip
        for record in live:
            cancel = void or record.date_from > day
            end = {"cancelled": True, "cancel_reason": reason} if cancel else {"date_to": day}
            record.write({"ended_by_archive": True, "date_to_before": record.date_to, **end})
        live.flush_recordset()  # the exclusion constraints look at the table
        live.activity_unlink(["kdc_residents.mail_activity_residence"])

    @api.model
    def _return_from_archive(self, domain):
        """Bring back what :meth:`_end_with_archive` ended, where person and household are both in the register again.

        What was recorded since for the same days holds; then the old record stays ended.
        """
        # sudo: follows from bringing back the person or household, which was checked.
        for record in self.sudo().search([*domain, ("ended_by_archive", "=", True)]):
            if any(owner and not owner.active for owner in (record.resident_id, record.household_id)):
                continue
            until = record.date_to_before
            since = self.sudo().search_count([  # sudo: as above
                ("id", "!=", record.id), ("resident_id", "=", record.resident_id.id), ("kind", "=", record.kind),
                ("cancelled", "=", False), ("date_from", "<=", until or date.max),
                "|", ("date_to", "=", False), ("date_to", ">=", record.date_from),
            ], limit=1)  # fmt: skip
            back = {} if record.resident_id and since else {
                "date_to": until, "cancelled": False, "cancel_reason": False
            }  # fmt: skip
            record.write({"ended_by_archive": False, "date_to_before": False, **back})
            record.flush_recordset()

    @api.model
    def _expiring_domain(self, today=None):
        """Return the domain of temporary residences that end soon and have no successor of the same person."""
        today = today or today_here(self)
        return [
            ("kind", "=", "temporary"),
            ("cancelled", "=", False),
            ("date_to", ">=", today),
            ("date_to", "<=", today + relativedelta(days=REMIND_DAYS)),
        ]

    @api.model
    def _cron_remind(self):
        """Tell the office and the person, once, that a temporary residence ends within a month."""
        records = self.search(self._expiring_domain() + [("activity_ids", "=", False)])
        # The activity goes when the officer ticks it off; that is no reason to tell the person again.
        records = records.filtered(lambda record: record.reminded_of != record.date_to)
        officers = self.env.ref("kdc_residents.group_officer").all_user_ids.filtered(lambda user: not user.share)
        for record in records - self._extended(records):
            with undo_and_log(self.env.cr, _logger, "Nobody was reminded of residence %s", record.id):
                record._remind(officers)

    def _remind(self, officers):
        """Put the end of this residence on the desk of one of ``officers``, and tell the person."""
        self.ensure_one()
        self.reminded_of = self.date_to
        candidates = officers.filtered(lambda user: self.company_id in user.company_ids)
        responsible = self.create_uid if self.create_uid in candidates else candidates[:1]
        self.activity_schedule(
            "kdc_residents.mail_activity_residence",
            date_deadline=self.date_to,
            user_id=responsible.id or self.env.uid,
            note=self.env._("Ask whether %(name)s stays, goes or extends.", name=self.person_name),
        )
        partner = self.resident_id.partner_id or self.household_id.partner_id
        record = self.with_context(lang=partner.lang or self.company_id.partner_id.lang)
        self.env["kdc.notification"]._notify(
            partner,
            record.env._("Temporary residence ends on %(date)s", date=fmt.date(record.date_to)),
            record.env._(
                "The temporary residence of %(name)s ends. Please extend it with the ward police (in person or "
                "through VNeID) before that day.",
                name=record.person_name,
            ),
            "/my/residence",
        )

    @api.model
    def _extended(self, records):
        """Return those of ``records`` whose person already has a later temporary residence."""
        if not records:
            return records
        rows = self.env.execute_query(
            SQL(
                """
                SELECT old.id FROM kdc_residence old JOIN kdc_residence later
                    ON later.resident_id = old.resident_id AND later.kind = 'temporary' AND later.cancelled IS NOT TRUE
                   AND later.date_from > old.date_to
                 WHERE old.id IN %s
                """,
                tuple(records.ids),
            )
        )
        return self.browse(row[0] for row in rows)
