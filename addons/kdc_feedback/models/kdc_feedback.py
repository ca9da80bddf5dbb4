from odoo import api, fields, models
from odoo.addons.kdc_residents.engine import clock
from odoo.addons.kdc_residents.engine.text import fold
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command, Domain
from odoo.tools import clean_context

from ..engine import states
from .kdc_feedback_clock import URGENCIES

# Only the methods of this model set these, whatever right a caller has on the rest.
PROTECTED_FIELDS = frozenset(
    {
        "number", "state", "submitted_at", "term_start", "received_at", "done_at", "closed_at", "confirm_until",
        "reception_deadline", "handling_deadline", "handling_warning", "escalation_at", "next_deadline",
        "reception_status", "handling_status", "alert_level", "dispute_count", "deferred_until",
        "appealed_from_id", "split_from_id", "incident_id", "quality_state", "quality_user_id", "quality_date",
        "refusal_reason_id", "master_id", "follow_token", "client_key", "unit_id", "paused_hours",
        "is_hidden", "is_public", "api_key_id", "recurrence_id", "board_key", "anonymised_at", "contact_email",
        "sender_hash", "is_unanswered_mail", "routed_by_id", "remind_at", "return_at", "reception_warning",
        "reception_escalation_at", "reception_level", "petition_kind", "private_by_id",
        "promise_limit",
    }
)  # fmt: skip
SUMMARY_LENGTH = 70


class KdcFeedback(models.Model):
    """A feedback of a resident: what is wrong, where, who handles it, and until when it is promised.

    It moves only through :data:`..engine.states.TRANSITIONS`. What the reporter may read lives in
    ``message_line_ids`` (all kinds but ``note``); the chatter is for the staff only.

    This file says what a feedback is; ``kdc_feedback_*.py`` what happens to it: ``sending``, ``steps`` (the state
    machine) with the acts of ``staff`` and ``reporter``, ``deadlines`` (the clocks), ``notices``, and what others
    learn: ``privacy``, ``public``.
    """

    _name = "kdc.feedback"
    _description = "Feedback"
    _inherit = ["portal.mixin", "rating.mixin", "mail.activity.mixin"]
    _order = "is_open desc, next_deadline, id desc"
    _check_company_auto = True
    _rec_names_search = ["number", "name"]

    number = fields.Char(readonly=True, copy=False, index=True)
    name = fields.Char(
        string="Subject", compute="_compute_name", store=True, precompute=True, readonly=False, required=True
    )
    description = fields.Text(required=True)
    category_id = fields.Many2one(
        "kdc.feedback.category",
        index=True,
        ondelete="restrict",
        tracking=True,
        domain="[('is_emergency', '=', False), ('company_id', 'in', (company_id, False))]",
    )
    urgency = fields.Selection(
        URGENCIES,
        compute="_compute_urgency",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
        tracking=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, readonly=True, default=lambda self: self.env.company
    )
    area_id = fields.Many2one(
        "kdc.area",
        index=True,
        ondelete="restrict",
        tracking=True,
        domain="[('company_id', '=', company_id), ('kind', '=', 'group'), ('date_to', '=', False)]",
    )
    dwelling_id = fields.Many2one("kdc.dwelling", index="btree_not_null", ondelete="restrict", check_company=True)
    location = fields.Char(string="Place", help="In the reporter's words: opposite house 12, at the bridge …")
    latitude = fields.Float(
        digits=(9, 6), compute="_compute_position", store=True, precompute=True, readonly=False, aggregator=None
    )
    longitude = fields.Float(
        digits=(9, 6), compute="_compute_position", store=True, precompute=True, readonly=False, aggregator=None
    )

    channel = fields.Selection(
        [
            ("portal", "Portal"),
            ("guest", "Public page, without signing in"),
            ("phone", "Phone"),
            ("counter", "Counter"),
            ("sms", "Text message"),
            ("zalo", "Zalo"),
            ("email", "E-mail"),
            ("social", "Social network"),
            ("meeting", "Residents' meeting"),
            ("open311", "Another system (Open311)"),
        ],
        required=True,
        default="counter",
    )

    state = fields.Selection(
        [
            (states.NEW, "New"),
            (states.RECEIVED, "Received"),
            (states.IN_PROGRESS, "In progress"),
            (states.WAITING, "Waiting for the reporter"),
            (states.DEFERRED, "Deferred"),
            (states.FORWARDED, "With another authority"),
            (states.DONE, "Result given"),
            (states.DISPUTED, "Disputed"),
            (states.CLOSED, "Closed"),
            (states.REFUSED, "Refused"),
            (states.MERGED, "Joined"),
            (states.ROUTED, "Complaint or denunciation"),
        ],
        required=True,
        default=states.NEW,
        readonly=True,
        index=True,
        tracking=True,
        copy=False,
        group_expand=True,
    )
    is_open = fields.Boolean(compute="_compute_is_open", store=True, index=True)
    unit_id = fields.Many2one(
        "kdc.feedback.unit", index=True, readonly=True, ondelete="restrict", tracking=True, check_company=True
    )
    user_id = fields.Many2one(
        "res.users", string="Handler", index=True, tracking=True, copy=False, domain="[('share', '=', False)]"
    )
    refusal_reason_id = fields.Many2one("kdc.feedback.refusal.reason", readonly=True, ondelete="restrict")
    master_id = fields.Many2one("kdc.feedback", string="Joined to", readonly=True, index="btree_not_null")
    joined_ids = fields.One2many("kdc.feedback", "master_id", string="Joined feedback")

    dispute_count = fields.Integer(string="Disputes", readonly=True, copy=False)

    answer_ids = fields.One2many("kdc.feedback.answer", "feedback_id", string="Answers to the questions")
    message_line_ids = fields.One2many("kdc.feedback.message", "feedback_id", string="Conversation")
    photo_ids = fields.One2many("kdc.feedback.photo", "feedback_id", string="Photos")
    pause_ids = fields.One2many("kdc.feedback.pause", "feedback_id", string="Pauses")

    search_key = fields.Char(compute="_compute_search_key", store=True, index="trigram")
    search_text = fields.Char(string="Feedback", compute="_compute_search_text", search="_search_search_text")

    _number_uniq = models.Constraint("UNIQUE (company_id, number)", "This number is already used.")
    _position_on_earth = models.Constraint(
        "CHECK (COALESCE(latitude, 0) BETWEEN -90 AND 90 AND COALESCE(longitude, 0) BETWEEN -180 AND 180)",
        "This position is not on earth.",
    )

    # ------------------------------------------------------------------
    # Constraints
    # ------------------------------------------------------------------

    @api.constrains("category_id")
    def _check_category(self):
        for feedback in self:
            if feedback.category_id.is_emergency:
                raise ValidationError(
                    self.env._(
                        "This is an emergency: call %(phone)s. Feedback is not read fast enough.",
                        phone=feedback.category_id.emergency_phone,
                    )
                )

    @api.constrains("user_id", "unit_id")
    def _check_handler(self):
        for feedback in self:
            # sudo: a handler need not read the groups of a colleague to give the work to him
            feedback = feedback.sudo()
            user = feedback.user_id
            if user - feedback.unit_id._who_may_handle(feedback.company_id):
                raise ValidationError(
                    self.env._(
                        "%(user)s does not belong to the unit %(unit)s. Choose a member of the unit, "
                        "or pass the feedback to another unit first.",
                        user=user.name,
                        unit=feedback.unit_id.name or "–",
                    )
                )

    # ------------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------------

    @api.depends("description")
    def _compute_name(self):
        for feedback in self:
            if not feedback.name and feedback.description:
                feedback.name = feedback._summary(feedback.description)

    @api.depends("category_id")
    def _compute_urgency(self):
        for feedback in self:
            feedback.urgency = feedback.category_id.urgency or feedback.urgency or "normal"

    @api.onchange("category_id")
    def _onchange_category_id(self):
        """A clerk on the telephone sees what is to be asked."""
        asked = self.category_id.question_ids
        self.answer_ids = [
            *[fields.Command.unlink(line.id) for line in self.answer_ids if not line.value],
            *[
                fields.Command.create({"question_id": question.id, "name": question.name})
                for question in asked - self.answer_ids.filtered("value").question_id
            ],
        ]

    @api.depends("dwelling_id")
    def _compute_position(self):
        """A place given as a dwelling lies where the dwelling lies."""
        for feedback in self:
            # sudo: residents read no dwellings; only the point of the place they named is taken
            dwelling = feedback.dwelling_id.sudo()
            feedback.latitude = dwelling.latitude or feedback.latitude
            feedback.longitude = dwelling.longitude or feedback.longitude

    @api.depends("number", "name")
    def _compute_display_name(self):
        for feedback in self:
            feedback.display_name = " ".join(filter(None, (feedback.number, feedback.name)))

    @api.depends("state")
    def _compute_is_open(self):
        for feedback in self:
            feedback.is_open = feedback.state in states.OPEN

    @api.depends("number", "name", "description", "location")
    def _compute_search_key(self):
        for feedback in self:
            parts = (feedback.number, feedback.name, feedback.description, feedback.location)
            feedback.search_key = fold(" ".join(filter(None, parts)))

    def _compute_search_text(self):
        self.search_text = False

    def _search_search_text(self, operator, value):
        """Find without diacritics in number, subject, text and place."""
        if operator != "ilike" or not isinstance(value, str):
            return NotImplemented
        return Domain("search_key", "ilike", fold(value))

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for feedback in self:
            feedback.access_url = f"/my/feedback/{feedback.id}"
        return result

    @api.model
    def _summary(self, text):
        """The first line of a text, cut at a word."""
        line = next((line.strip() for line in text.splitlines() if line.strip()), "")
        if len(line) <= SUMMARY_LENGTH:
            return line
        return line[:SUMMARY_LENGTH].rsplit(" ", 1)[0] + "…"

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_protected(vals)
            self._check_rows(vals)
            company = self._company_of(vals)
            vals["company_id"] = company.id
            submitted_at = fields.Datetime.to_datetime(vals.get("submitted_at")) or fields.Datetime.now()
            vals["submitted_at"] = submitted_at
            vals.setdefault("term_start", submitted_at)
            vals["number"] = self._next_number(company, submitted_at)
            if vals.get("privacy") == "anonymous":
                vals.update(partner_id=False, contact_name=False, contact_phone=False, contact_email=False)
            if not vals.get("unit_id"):
                vals.update(self._assignment_values(company, vals))
        # Neither the sender nor the clerk follows by itself: followers get mails, and a hidden name would be listed.
        # Defaults of the context would pass by the checks of the values; the forms send them as values.
        quiet = self.with_context(
            clean_context(self.env.context),
            mail_create_nosubscribe=True,
            mail_create_nolog=True,
            tracking_disable=True,
        )
        self.browse().check_access("create")
        # sudo: protected fields are set here and nowhere else; rights on the model were checked by check_access
        records = super(KdcFeedback, quiet.sudo()).create(vals_list).with_env(self.env)
        records.check_access("create")
        records._after_create()
        records._note_name_consent()
        return records

    def write(self, vals):
        self._check_protected(vals)
        self._check_sent(vals)
        self._check_name_choice(vals)
        self._check_board_choice(vals)
        result = super().write(vals)
        if "user_id" in vals:
            # sudo: activities of the former handler are not the new one's to write
            self.sudo()._plan_activities()
        if vals.get("privacy") == "named" or (vals.get("partner_id") and "privacy" not in vals):
            self._record_name_consent()
        if {"category_id", "urgency"} & vals.keys():
            # sudo: the promised date follows the category, nobody sets it by hand
            self.sudo().filtered("is_open")._update_deadlines()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_always(self):
        raise UserError(self.env._("Feedback is never deleted. Refuse it with a reason, or join it to another."))

    def _check_protected(self, vals):
        """State, deadlines, number and unit change only through the actions, never by a plain write."""
        if self.env.su:
            return
        forbidden = PROTECTED_FIELDS & vals.keys()
        if forbidden:
            raise AccessError(
                self.env._(
                    "These fields change only through the actions: %(fields)s", fields=", ".join(sorted(forbidden))
                )
            )

    def _check_rows(self, vals):
        """Rows beside a new feedback are made as superuser: only new answers may come with it.

        The web client sends an empty list for every other table of the form.
        """
        if self.env.su:
            return
        for name, commands in vals.items():
            field = self._fields.get(name)
            if not commands or not field or field.type not in ("one2many", "many2many"):
                continue
            if name != "answer_ids" or any(command[0] != Command.CREATE for command in commands):
                raise AccessError(self.env._("New feedback comes with answers only: leave out “%(name)s”.", name=name))

    @api.model
    def _company_of(self, vals):
        """The ward of a new feedback: as given, else of its area or dwelling, else the current one."""
        if vals.get("company_id"):
            return self.env["res.company"].browse(vals["company_id"])
        area = self.env["kdc.area"].browse(vals.get("area_id") or [])
        dwelling = self.env["kdc.dwelling"].browse(vals.get("dwelling_id") or [])
        # sudo: only the ward of a place is read, whoever reports it
        return area.sudo().company_id or dwelling.sudo().company_id or self.env.company

    @api.model
    def _next_number(self, company, submitted_at):
        """Number like ``PA-2026-00012``: one series per ward and year."""
        sequence = company._ensure_feedback_sequence()
        return sequence.next_by_id(sequence_date=clock.to_local(submitted_at).date())

    @api.model
    def _assignment_values(self, company, vals):
        """Unit and handler by the assignment rules, with the receiving unit of the ward as fallback."""
        # sudo: rules and units are configuration; who sends feedback does not read them
        env = self.sudo().env
        rule = env["kdc.feedback.assignment"]._find(
            company,
            env["kdc.feedback.category"].browse(vals.get("category_id") or []),
            env["kdc.area"].browse(vals.get("area_id") or []),
        )
        unit = rule.unit_id or company.sudo().kdc_feedback_unit_id  # sudo: as above
        values = {"unit_id": unit.id}
        # A rule may name somebody who has left the unit since: no reason to lose what a resident sends.
        named = rule.user_id.filtered("active")
        user = (named and named & unit._who_may_handle(company)) or env["kdc.feedback.duty"]._on_duty(
            unit, clock.to_local(vals["submitted_at"]).date()
        )
        if user and not vals.get("user_id"):
            values["user_id"] = user.id
        return values

    def _after_create(self):
        """Start the clocks, open the conversation and give the work to somebody."""
        for feedback in self.sudo():  # sudo: bookkeeping of the system, not an act of the sender
            feedback._log_line("event", "send", when=feedback.submitted_at)
        self.sudo()._update_deadlines()  # sudo: as above
        self.sudo()._plan_activities()  # sudo: as above
        self.sudo().filtered("petition_kind")._tell_missing_holder()  # sudo: as above
