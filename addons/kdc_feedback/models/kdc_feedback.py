import base64
import re
import secrets
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.addons.kdc_residents.engine import clock
from odoo.addons.kdc_residents.engine.text import fold
from odoo.exceptions import AccessError, ConcurrencyError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, email_normalize, html2plaintext

from ..engine import states
from .kdc_feedback_clock import URGENCIES

CLOCK_STATUSES = [
    ("running", "In time"),
    ("due_soon", "Due soon"),
    ("overdue", "Overdue"),
    ("paused", "Clock stopped"),
    ("met", "Kept"),
    ("missed", "Missed"),
    ("none", "No clock"),
]
# Only the methods of this model set these, whatever right a caller has on the rest.
PROTECTED_FIELDS = frozenset(
    {
        "number", "state", "submitted_at", "term_start", "received_at", "done_at", "closed_at", "confirm_until",
        "reception_deadline", "handling_deadline", "handling_warning", "escalation_at", "next_deadline",
        "reception_status", "handling_status", "alert_level", "dispute_count", "deferred_until",
        "refusal_reason_id", "master_id", "follow_token", "client_key", "unit_id", "paused_hours",
    }
)  # fmt: skip
TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")
SUMMARY_LENGTH = 70
PAUSE_REASONS = {states.WAITING: "reporter", states.DEFERRED: "deferred"}
CRON_BATCH = 200


class KdcFeedback(models.Model):
    """A feedback of a resident: what is wrong, where, who handles it, and until when it is promised.

    It moves only through :data:`..engine.states.TRANSITIONS`. What the reporter may read lives in
    ``message_line_ids`` (all kinds but ``note``); the chatter is for the staff only.
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
    latitude = fields.Float(digits=(9, 6))
    longitude = fields.Float(digits=(9, 6))

    privacy = fields.Selection(
        [
            ("named", "Name may be shown"),
            ("hidden", "Name hidden from the public"),
            ("anonymous", "No name stored"),
        ],
        required=True,
        default="hidden",
    )
    is_private = fields.Boolean(string="Not for the public board")
    partner_id = fields.Many2one(
        "res.partner",
        string="Reporter",
        index="btree_not_null",
        ondelete="restrict",
        groups="kdc_feedback.group_handler",
    )
    contact_name = fields.Char(
        string="Caller", groups="kdc_feedback.group_handler", help="For a reporter who is no registered resident."
    )
    contact_phone = fields.Char(string="Caller's phone", groups="kdc_feedback.group_handler")
    reporter_name = fields.Char(compute="_compute_reporter_name", compute_sudo=True)
    channel = fields.Selection(
        [
            ("portal", "Portal"),
            ("phone", "Phone"),
            ("counter", "Counter"),
            ("email", "E-mail"),
            ("meeting", "Residents' meeting"),
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

    submitted_at = fields.Datetime(string="Sent", required=True, readonly=True, default=fields.Datetime.now, copy=False)
    term_start = fields.Datetime(
        string="Handling clock since", readonly=True, copy=False, help="Sending, or the last dispute."
    )
    received_at = fields.Datetime(string="Received on", readonly=True, copy=False)
    done_at = fields.Datetime(string="Result given on", readonly=True, copy=False)
    closed_at = fields.Datetime(string="Closed on", readonly=True, copy=False)
    confirm_until = fields.Datetime(string="Silence confirms on", readonly=True, copy=False)
    deferred_until = fields.Date(readonly=True, copy=False)
    reception_deadline = fields.Datetime(string="To be received by", readonly=True, copy=False)
    handling_deadline = fields.Datetime(string="Promised by", readonly=True, copy=False, tracking=True)
    handling_warning = fields.Datetime(string="Due soon from", readonly=True, copy=False)
    escalation_at = fields.Datetime(string="Supervisor told from", readonly=True, copy=False)
    next_deadline = fields.Datetime(string="Next due", readonly=True, copy=False, index=True)
    reception_status = fields.Selection(CLOCK_STATUSES, readonly=True, copy=False, default="running")
    handling_status = fields.Selection(
        CLOCK_STATUSES, string="Clock", readonly=True, copy=False, default="running", index=True
    )
    alert_level = fields.Integer(
        readonly=True, copy=False, help="0 nobody, 1 handler (due soon), 2 head of unit (overdue), 3 supervisor."
    )
    dispute_count = fields.Integer(string="Disputes", readonly=True, copy=False)
    paused_hours = fields.Float(string="Clock stopped for (working hours)", readonly=True, copy=False)

    message_line_ids = fields.One2many("kdc.feedback.message", "feedback_id", string="Conversation")
    photo_ids = fields.One2many("kdc.feedback.photo", "feedback_id", string="Photos")
    pause_ids = fields.One2many("kdc.feedback.pause", "feedback_id", string="Pauses")
    # What is still being written is for those who handle the feedback, not for heads of groups and auditors.
    reply_draft = fields.Text(
        string="Reply to the reporter",
        copy=False,
        groups="kdc_feedback.group_handler",
        help="The reporter reads this text as soon as it is sent.",
    )
    note_draft = fields.Text(
        string="Internal note",
        copy=False,
        groups="kdc_feedback.group_handler",
        help="Only the staff read this text.",
    )

    follow_token = fields.Char(
        readonly=True, copy=False, groups="kdc_feedback.group_handler", default=lambda self: secrets.token_urlsafe(16)
    )
    client_key = fields.Char(readonly=True, copy=False, groups="base.group_system")
    search_key = fields.Char(compute="_compute_search_key", store=True, index="trigram")
    search_text = fields.Char(string="Feedback", compute="_compute_search_text", search="_search_search_text")

    _number_uniq = models.Constraint("UNIQUE (company_id, number)", "This number is already used.")
    _client_key_uniq = models.UniqueIndex(
        "(client_key) WHERE client_key IS NOT NULL", "This feedback was already sent."
    )
    _follow_token_uniq = models.UniqueIndex("(follow_token)", "This link is already used.")
    _open_deadline_idx = models.Index("(company_id, next_deadline) WHERE is_open IS TRUE")
    _anonymous_has_no_name = models.Constraint(
        "CHECK (privacy <> 'anonymous' OR (partner_id IS NULL AND contact_name IS NULL AND contact_phone IS NULL))",
        "Anonymous feedback stores no name and no phone.",
    )
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
            user = feedback.user_id.sudo()
            if not user or user in feedback.unit_id.sudo()._people():  # sudo: same reason, members of the unit
                continue
            if user not in feedback.company_id._feedback_dispatchers():
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

    @api.depends("number", "name")
    def _compute_display_name(self):
        for feedback in self:
            feedback.display_name = " ".join(filter(None, (feedback.number, feedback.name)))

    @api.depends("state")
    def _compute_is_open(self):
        for feedback in self:
            feedback.is_open = feedback.state in states.OPEN

    @api.depends("privacy", "partner_id.name", "contact_name")
    @api.depends_context("uid")
    def _compute_reporter_name(self):
        """The name as this user may read it: whoever does not handle feedback sees no hidden name."""
        may_see = self.env.user.has_group("kdc_feedback.group_handler")
        withdrawn = self.browse() if may_see else self._name_withdrawn()
        for feedback in self:
            if feedback.privacy == "anonymous":
                feedback.reporter_name = self.env._("Anonymous")
            elif not may_see and (feedback.privacy == "hidden" or feedback in withdrawn):
                feedback.reporter_name = self.env._("Name hidden")
            else:
                feedback.reporter_name = feedback.partner_id.name or feedback.contact_name or self.env._("Unknown")

    def _name_withdrawn(self):
        """Return those of residents who no longer agree that their name is shown to the public."""
        # sudo: consents are closed to the public
        named = self.sudo().filtered(lambda feedback: feedback.privacy == "named" and feedback.partner_id)
        residents = named.env["kdc.resident"].search([("partner_id", "in", named.partner_id.ids)])
        hidden = (residents - residents._kdc_with_consent("public_name")).partner_id
        return named.filtered(lambda feedback: feedback.partner_id in hidden).with_env(self.env)

    def _record_name_consent(self):
        """Whoever lets everybody know the name agrees with that to its being shown (Luật 91/2025/QH15, điều 9)."""
        # sudo: nobody writes consents; this one follows from what the reporter chose
        named = self.sudo().filtered(lambda feedback: feedback.privacy == "named" and feedback.partner_id)
        residents = named.env["kdc.resident"].search([("partner_id", "in", named.partner_id.ids)])
        channel = "portal" if self.env.user.share else "spoken"
        self.env["kdc.consent"]._record(residents, "public_name", "given", channel)

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
            company = self._company_of(vals)
            vals["company_id"] = company.id
            submitted_at = fields.Datetime.to_datetime(vals.get("submitted_at")) or fields.Datetime.now()
            vals["submitted_at"] = submitted_at
            vals.setdefault("term_start", submitted_at)
            vals["number"] = self._next_number(company, submitted_at)
            if vals.get("privacy") == "anonymous":
                vals.update(partner_id=False, contact_name=False, contact_phone=False)
            if not vals.get("unit_id"):
                vals.update(self._assignment_values(company, vals))
        # Neither the sender nor the clerk follows by itself: followers get mails, and a hidden name would be listed.
        quiet = self.with_context(mail_create_nosubscribe=True, mail_create_nolog=True, tracking_disable=True)
        # sudo: protected fields are set here and nowhere else; rights on the model were checked by check_access
        self.browse().check_access("create")
        records = super(KdcFeedback, quiet.sudo()).create(vals_list).with_env(self.env)
        records.check_access("create")
        records._after_create()
        records._record_name_consent()
        return records

    def write(self, vals):
        self._check_protected(vals)
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
        values = {"unit_id": (rule.unit_id or company.sudo().kdc_feedback_unit_id).id}  # sudo: as above
        if rule.user_id and not vals.get("user_id"):
            values["user_id"] = rule.user_id.id
        return values

    def _after_create(self):
        """Start the clocks, open the conversation and give the work to somebody."""
        for feedback in self.sudo():  # sudo: bookkeeping of the system, not an act of the sender
            feedback._log_line("event", "send", when=feedback.submitted_at)
        self.sudo()._update_deadlines()  # sudo: as above
        self.sudo()._plan_activities()  # sudo: as above

    # ------------------------------------------------------------------
    # Sending
    # ------------------------------------------------------------------

    @api.model
    def _submit(self, vals, partner=None, photos=(), client_key=None):
        """Store a feedback sent from a page of the residents.

        With ``privacy`` "anonymous" nothing leads back to the sender: no partner, no creator, no author.

        :param vals: checked values of the form; only named fields, never a whole request
        :param partner: the sender, left out when anonymous
        :param photos: ``kdc.feedback.photo`` of a draft, or safe image bytes
        :param client_key: random key of the form, so that a second sending returns the first feedback
        :returns: ``(feedback, created)`` in superuser mode
        """
        anonymous = vals.get("privacy") == "anonymous"
        # sudo: residents hold no right on feedback. As the system's own user when anonymous, because plain
        # sudo would keep the sender as creator of the row.
        feedback_model = self.with_user(SUPERUSER_ID) if anonymous else self.sudo()
        feedback_model = feedback_model.with_context(lang=self.env.lang)
        if client_key:
            existing = feedback_model.search([("client_key", "=", client_key)], limit=1)
            if existing:
                return existing, False
        feedback = feedback_model.create(
            {
                **vals,
                "partner_id": partner.id if partner and not anonymous else False,
                "client_key": client_key,
            }
        )
        feedback._add_photos(photos)
        feedback._leave_no_trace()
        return feedback, True

    @api.model
    def _lock_client_key(self, client_key):
        """Let one sending of a form work at a time, until the end of the transaction.

        :raises ConcurrencyError: another one is at work; the server tries the request again
        """
        query = SQL("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", f"kdc.feedback {client_key}")
        if not self.env.execute_query(query)[0][0]:
            raise ConcurrencyError("this form is being sent twice at the same moment")

    def _leave_no_trace(self):
        """Write to the database now, while the system's own user acts for a nameless reporter.

        What is still in the cache at the end of a request is written in the name of whoever is signed in.
        """
        if self.env.uid == SUPERUSER_ID:
            self.env.flush_all()

    def _add_photos(self, photos, kind="before", message=None):
        """Attach photos: rows of a draft are moved, bytes are stored."""
        self.ensure_one()
        values = {"feedback_id": self.id, "message_id": message.id if message else False, "kind": kind}
        if isinstance(photos, models.BaseModel):
            photos.write({**values, "draft_id": False})
            return
        self.env["kdc.feedback.photo"].sudo().create(  # sudo: photos are written by methods only
            [{**values, "image": base64.b64encode(photo)} for photo in photos]
        )

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """A mail becomes feedback to check; an unknown or doubtful sender is no error.

        The sender is recognised only when exactly one partner has the address: two people may share one.
        """
        email = email_normalize(msg_dict.get("email_from") or "")
        # sudo: the mail gateway looks up the sender among all partners
        partners = self.env["res.partner"].sudo().search([("email_normalized", "=", email)], limit=2) if email else []
        subject = " ".join((msg_dict.get("subject") or "").split())
        values = {
            "description": html2plaintext(msg_dict.get("body") or "").strip() or subject or self.env._("(empty mail)"),
            "channel": "email",
            "privacy": "hidden",
            "partner_id": partners.id if len(partners) == 1 else False,
            "contact_name": email if len(partners) != 1 else False,
            **(custom_values or {}),
        }
        if subject:
            values["name"] = subject
        return self.create(values)

    # ------------------------------------------------------------------
    # Steps: everything that changes the state goes through _step
    # ------------------------------------------------------------------

    def _step(self, action, *, values=None, kind="event", body=None, when=None, photos=(), log_action=None):
        """Take one step of the state machine, write it into the conversation and move the clocks.

        The caller has checked who may do it. ``when`` (UTC) lets imports and the demo tell the past.

        :raises UserError: the step is not possible in the present state
        """
        when = when or fields.Datetime.now()
        for feedback in self.sudo():  # sudo: protected fields are written here, after the caller's check
            try:
                after = states.next_state(feedback.state, action)
            except states.ForbiddenTransition:
                raise UserError(feedback._explain_forbidden(action)) from None
            step_values = {**(values or {}), "state": after, **feedback._step_values(action, when)}
            feedback._move_pause(after, when)
            feedback.write(step_values)
            feedback._log_line(kind, log_action or action, body=body, when=when, photos=photos)
            feedback._update_deadlines(log=False)
        self.sudo()._plan_activities()  # sudo: activities belong to whoever handles it, not to the caller
        self._refresh_clocks()

    def _step_values(self, action, when):
        """Moments that a step leaves behind."""
        self.ensure_one()
        values = {}
        if not self.received_at and action not in ("merge", "route_out"):
            values["received_at"] = when
        if action in ("finish", "refuse"):
            values["done_at"] = when
        if action == "finish":
            values["confirm_until"] = when + timedelta(days=self.company_id.kdc_feedback_confirm_days)
        if action in ("confirm", "merge", "route_out"):
            values["closed_at"] = when
        if action in ("dispute", "appeal"):
            values.update(
                term_start=when, done_at=False, confirm_until=False, alert_level=0,
                dispute_count=self.dispute_count + 1,
            )  # fmt: skip
        if action in ("resume", "finish"):
            values["deferred_until"] = False
        return values

    def _explain_forbidden(self, action):
        labels = dict(self._fields["state"]._description_selection(self.env))
        return self.env._(
            "Feedback %(number)s is in the state “%(state)s”: this step is not possible now. Nothing was changed. "
            "Reload the page to see what has happened meanwhile.",
            number=self.number,
            state=labels[self.state],
        )

    def _move_pause(self, after, when):
        """Close the running pause, and open one when the clock stops."""
        self.ensure_one()
        running = self.pause_ids.filtered(lambda pause: not pause.date_end)
        running.write({"date_end": max(when, *running.mapped("date_start")) if running else when})
        if after in states.PAUSED:
            self.env["kdc.feedback.pause"].sudo().create(  # sudo: pauses are written by steps only
                {"feedback_id": self.id, "date_start": when, "reason": PAUSE_REASONS[after]}
            )

    def _log_line(self, kind, action=None, *, body=None, when=None, photos=(), **values):
        """Add a row to the conversation; an outside person is never named as its author."""
        self.ensure_one()
        user = self.env.user
        # sudo: rows are written by methods only
        messages = self.env["kdc.feedback.message"].sudo()
        message = messages.create(
            {
                "feedback_id": self.id,
                "kind": kind,
                "action": action,
                "body": body,
                "date": when or fields.Datetime.now(),
                "author_id": user.id if user._is_internal() and user.id != SUPERUSER_ID else False,
                "unit_id": self.unit_id.id if kind in ("reply", "question", "result") else False,
                **values,
            }
        )
        if photos:
            self._add_photos(photos, kind="before" if kind == "reporter" else "after", message=message)
        return message

    # ------------------------------------------------------------------
    # Acts of the staff
    # ------------------------------------------------------------------

    def _check_staff(self):
        """Acts need the right to write this very feedback; only then sudo takes the step."""
        self.check_access("write")

    def action_receive(self):
        """Tell the reporter that somebody has read it."""
        self._check_staff()
        self._staff_receive()
        return True

    def _staff_receive(self, when=None):
        self._step("receive", when=when)
        self._notify_reporter("received")

    def action_start(self):
        """Take the work: the user becomes the handler when there is none."""
        self._check_staff()
        for feedback in self:
            feedback._step("start", values={} if feedback.user_id else {"user_id": self.env.uid})
        return True

    def action_take(self):
        """Become the handler."""
        self._check_staff()
        self.write({"user_id": self.env.uid})
        return True

    def action_stop_waiting(self):
        """Go on without the reporter's answer."""
        self._check_staff()
        self._step("stop_waiting")
        return True

    def action_resume(self):
        """Go on with a deferred feedback before its date."""
        self._check_staff()
        self._step("resume")
        return True

    def action_send_reply(self):
        """Send the text of the reply box to the reporter."""
        self.ensure_one()
        self._check_staff()
        if not (self.reply_draft or "").strip():
            raise UserError(self.env._("Write the reply first. The reporter will read it."))
        self._staff_reply(self.reply_draft.strip())
        self.reply_draft = False
        return True

    def action_add_note(self):
        """Keep the text of the note box; the reporter never sees it."""
        self.ensure_one()
        self._check_staff()
        if not (self.note_draft or "").strip():
            raise UserError(self.env._("Write the note first. Only the staff will read it."))
        self._log_line("note", body=self.note_draft.strip())
        self.note_draft = False
        return True

    def _staff_reply(self, body, when=None, photos=()):
        """An answer that does not end the matter."""
        self.ensure_one()
        if self.state == states.NEW:
            self._step("receive", when=when)
        self._log_line("reply", body=body, when=when, photos=photos)
        self._notify_reporter("reply")

    def _staff_ask(self, body, when=None):
        """Ask the reporter; the handling clock stops until the answer."""
        self._step("ask", kind="question", body=body, when=when)
        self._notify_reporter("question")

    def _staff_finish(self, body, when=None, photos=()):
        """Give the result; the reporter may confirm or dispute it.

        :raises UserError: the category asks for a photo and there is none
        """
        self.ensure_one()
        if self.category_id.needs_photo_after and not photos:
            raise UserError(
                self.env._(
                    "“%(category)s” is closed with a photo of the result. Add a photo; your text was kept.",
                    category=self.category_id.name,
                )
            )
        self._step("finish", kind="result", body=body, when=when, photos=photos)
        self._notify_reporter("result")
        self.sudo().joined_ids._notify_reporter("joined_result")  # sudo: joined feedback may lie with another unit

    def _staff_refuse(self, reason, body, when=None):
        self._step("refuse", kind="result", body=body, when=when, values={"refusal_reason_id": reason.id})
        self._notify_reporter("refused")

    def _staff_defer(self, until, body, when=None):
        """Put it off to a day known in advance; it comes back by itself."""
        self._step("defer", body=body, when=when, values={"deferred_until": until})
        self._notify_reporter("deferred")

    def _staff_route_out(self, when=None):
        """Complaints and denunciations have their own law and their own office: stop, and say where to go."""
        self._step("route_out", when=when, values={"is_private": True})
        self._notify_reporter("routed")

    def _staff_transfer(self, unit, body=None, when=None):
        """Give it to another unit; the clocks run on, the reporter sees who has it now."""
        for feedback in self.sudo():  # sudo: after the step the caller may not reach the feedback any more
            feedback.write({"unit_id": unit.id, "user_id": False})
            feedback.activity_unlink(["kdc_feedback.mail_activity_alert"])
            feedback._log_line("event", "transfer", when=when, unit_id=unit.id)
            if body:
                feedback._log_line("note", body=body, when=when)
        self.sudo()._plan_activities()  # sudo: as above

    def _staff_merge(self, master, when=None):
        """Join duplicates to ``master``: their reporters are told, and are told again when it ends."""
        if master in self or master.state in states.FINAL:
            raise UserError(self.env._("Join to another feedback that is still open."))
        self._step("merge", when=when, values={"master_id": master.id})
        self._notify_reporter("merged")

    # ------------------------------------------------------------------
    # Acts of the reporter (called by controllers that have checked ownership or the link)
    # ------------------------------------------------------------------

    def _reporter_message(self, body, photos=(), when=None):
        """Further words of the reporter; they answer a question when one is open."""
        self.ensure_one()
        if self.state == states.WAITING:
            self._step("reporter_answer", kind="reporter", body=body, photos=photos, when=when)
        else:
            self._log_line("reporter", body=body, photos=photos, when=when)
        self.sudo()._tell_handler(self.env._("The reporter has written"))  # sudo: activity for the handler
        self._leave_no_trace()

    def _reporter_confirm(self, rating=None, body=None, when=None):
        """The reporter accepts the result and may rate it from 1 to 5."""
        self.ensure_one()
        self._step("confirm", kind="reporter" if body else "event", body=body, when=when)
        if rating:
            self._rate(rating, body)
        self._leave_no_trace()

    def _reporter_dispute(self, body, photos=(), when=None):
        """The reporter does not accept the result or the refusal: a new term begins, and the supervisor is told."""
        self.ensure_one()
        action = "appeal" if self.state == states.REFUSED else "dispute"
        self._step(action, kind="reporter", body=body, photos=photos, when=when)
        self.sudo()._alert_user(self._supervisor(), self.env._("Result disputed"))  # sudo: activity for the supervisor
        self._leave_no_trace()

    def _rate(self, value, text=None):
        """Keep the reporter's rating, with the name only when the reporter lets it be shown.

        Ratings are searchable through the feedback by whoever reads the feedback.
        """
        self.ensure_one()
        # sudo: ratings are closed to residents
        feedback = self.sudo()
        rating = feedback.env["rating.rating"].create(
            {
                "res_model_id": feedback.env["ir.model"]._get_id(self._name),
                "res_id": self.id,
                "partner_id": feedback.partner_id.id if feedback.privacy == "named" else False,
                "rated_partner_id": feedback.user_id.partner_id.id,
            }
        )
        # Not rating_apply(): that posts a message in the name of the signed-in user, even of a nameless reporter.
        rating.write({"rating": value, "feedback": text, "consumed": True})

    def _is_repeated_message(self, body):
        """Whether the reporter's last words were the same a moment ago: a form sent twice."""
        self.ensure_one()
        last = self._public_messages().filtered(lambda message: message.kind == "reporter")[-1:]
        return bool(last) and last.body == body and fields.Datetime.now() - last.date < timedelta(minutes=10)

    def _allowed_for_reporter(self):
        """What the reporter can do now.

        :returns: set of ``message``, ``answer``, ``confirm``, ``dispute``
        """
        self.ensure_one()
        allowed = set()
        if self.is_open:
            allowed.add("answer" if self.state == states.WAITING else "message")
        if self.state == states.DONE:
            allowed |= {"confirm", "dispute"}
        if self.state == states.REFUSED and not self.dispute_count:
            allowed.add("dispute")
        return allowed

    # ------------------------------------------------------------------
    # Clocks
    # ------------------------------------------------------------------

    def _update_deadlines(self, log=True):
        """Compute both deadlines from the facts: start, clocks of the urgency, calendar, pauses.

        A promised date that changes is written into the conversation, where the reporter sees it.
        While the clock stands still the old date stays; it moves when the pause ends.
        """
        for company, group in self.filtered("is_open").grouped("company_id").items():
            # sudo: calendars and clocks are configuration
            calendar = company.sudo().kdc_feedback_calendar_id
            work = calendar._feedback_work_calendar()
            for feedback in group:
                values = feedback._deadline_values(work, calendar.tz)
                before = feedback.handling_deadline
                changed = {name: value for name, value in values.items() if feedback[name] != value}
                if not changed:
                    continue
                if "handling_deadline" in changed and before and values["handling_deadline"] > before:
                    changed["alert_level"] = 0
                feedback.write(changed)
                if log and before and "handling_deadline" in changed:
                    feedback._log_line(
                        "event", "deadline", deadline_before=before, deadline_after=values["handling_deadline"]
                    )
        self._refresh_clocks()

    def _deadline_values(self, work, tz):
        """Both deadlines, and when to warn and to escalate, all in UTC.

        :param work: :class:`..engine.clock.WorkCalendar`
        """
        self.ensure_one()
        # sudo: the table of clocks is configuration
        clocks = self.env["kdc.feedback.clock"].sudo()
        rules = clocks._for(self.urgency, self.company_id, clock.to_local(self.submitted_at, tz).date())
        if not rules:
            return {}
        start = clock.to_local(self.term_start, tz)
        pauses = [
            (clock.to_local(pause.date_start, tz), clock.to_local(pause.date_end, tz))
            for pause in self.pause_ids
            if pause.date_end and pause.date_end > self.term_start
        ]
        try:
            reception = clock.add_term(work, clock.to_local(self.submitted_at, tz), rules._reception_term())
            handling = clock.deadline(work, start, rules._handling_term(), pauses)
            warning = clock.subtract_time(work, handling, timedelta(hours=rules.warn_hours))
            escalation = clock.add_time(work, handling, timedelta(hours=rules.escalate_hours))
        except clock.NoWorkingTime:
            raise UserError(
                self.env._(
                    "The working calendar of the feedback inbox has no working hours, so no date can be promised. "
                    "Add working hours to it in the settings of the inbox."
                )
            ) from None
        total = clock.paused(work, start, pauses, max((end for _begin, end in pauses), default=start))
        return {
            "reception_deadline": clock.to_utc(reception, tz),
            "handling_deadline": clock.to_utc(handling, tz),
            "handling_warning": clock.to_utc(max(warning, start), tz),
            "escalation_at": clock.to_utc(escalation, tz),
            "paused_hours": total.total_seconds() / 3600,
        }

    @api.model
    def _recompute_open_deadlines(self, companies):
        """After a change of the calendar: move what still runs."""
        self.search([("company_id", "in", companies.ids), ("is_open", "=", True)])._update_deadlines()

    def _clock_values(self, now):
        """What both clocks show at ``now``."""
        self.ensure_one()
        gone = self.state in (states.MERGED, states.ROUTED)
        reception = handling = "none"
        if self.received_at:
            reception = "met" if self.received_at <= (self.reception_deadline or self.received_at) else "missed"
        elif not gone:
            reception = "overdue" if self.reception_deadline and now > self.reception_deadline else "running"
        if self.state in states.PAUSED:
            handling = "paused"
        elif self.state in states.RUNNING and self.handling_deadline:
            if now > self.handling_deadline:
                handling = "overdue"
            else:
                handling = "due_soon" if now >= self.handling_warning else "running"
        elif self.done_at and self.handling_deadline:
            handling = "met" if self.done_at <= self.handling_deadline else "missed"
        next_deadline = False
        if self.is_open:
            next_deadline = self.reception_deadline if self.state == states.NEW else self.handling_deadline
        return {"reception_status": reception, "handling_status": handling, "next_deadline": next_deadline}

    def _refresh_clocks(self, now=None):
        """Bring the stored clock states to ``now`` and tell each level once."""
        now = now or fields.Datetime.now()
        for feedback in self.sudo():  # sudo: time moves the clocks, not the caller
            values = feedback._clock_values(now)
            reception_was = feedback.reception_status
            changed = {name: value for name, value in values.items() if feedback[name] != value}
            if changed:
                feedback.write(changed)
            if reception_was != "overdue" and feedback.reception_status == "overdue":
                feedback._alert_user(feedback._unit_head(), feedback.env._("Not received in time"))
            feedback._raise_alerts(now)

    def _raise_alerts(self, now):
        """Climb the ladder handler, head of unit, supervisor; each step is taken once and logged."""
        self.ensure_one()
        due_level = 0
        if self.handling_status == "due_soon":
            due_level = 1
        elif self.handling_status == "overdue":
            due_level = 3 if self.escalation_at and now >= self.escalation_at else 2
        ladder = {
            1: (lambda: self.user_id or self._unit_head(), self.env._("Due soon")),
            2: (self._unit_head, self.env._("Overdue")),
            3: (self._supervisor, self.env._("Still overdue")),
        }
        for level in range(self.alert_level + 1, due_level + 1):
            who, text = ladder[level]
            self._alert_user(who(), text)
            self.alert_level = level

    @api.model
    def _cron_update_clocks(self):
        """Let time do its work, whoever looks or not (trap T2 of the feature tables).

        Deferred feedback returns, silence confirms, clocks become due soon and overdue.
        """
        progress = self.env["ir.cron"]._commit_progress
        domain = self._time_domain(fields.Datetime.now())
        remaining = self.search_count(domain)
        progress(remaining=remaining)
        while batch := self.search(domain, limit=CRON_BATCH).try_lock_for_update():
            batch._pass_time(fields.Datetime.now())
            remaining = max(remaining - len(batch), 0)
            if not progress(len(batch), remaining=remaining):
                break

    @api.model
    def _time_domain(self, now):
        """Feedback that time alone has to move at ``now``."""
        today = clock.to_local(now).date()
        running = Domain("state", "in", list(states.RUNNING))
        return Domain.OR(
            [
                Domain("state", "=", states.DEFERRED) & Domain("deferred_until", "<=", today),
                Domain("state", "=", states.DONE) & Domain("confirm_until", "<=", now),
                Domain("state", "=", states.NEW)
                & Domain("reception_status", "=", "running")
                & Domain("reception_deadline", "<", now),
                running & Domain("handling_status", "=", "running") & Domain("handling_warning", "<=", now),
                running & Domain("handling_status", "!=", "overdue") & Domain("handling_deadline", "<", now),
                running
                & Domain("handling_status", "=", "overdue")
                & Domain("alert_level", "<", 3)
                & Domain("escalation_at", "<=", now),
            ]
        )

    def _pass_time(self, now):
        """Move these records to ``now``."""
        today = clock.to_local(now).date()
        for feedback in self:
            if feedback.state == states.DEFERRED and feedback.deferred_until and feedback.deferred_until <= today:
                feedback._step("resume", when=now)
            elif feedback.state == states.DONE and feedback.confirm_until and feedback.confirm_until <= now:
                feedback._step("confirm", when=now, log_action="silence")
            else:
                feedback._refresh_clocks(now)

    # ------------------------------------------------------------------
    # Notices
    # ------------------------------------------------------------------

    def _unit_head(self):
        """The head of the unit, else its first member, else a dispatcher."""
        self.ensure_one()
        return self.unit_id.leader_id or self.unit_id.member_ids[:1] or self.company_id._feedback_dispatchers()[:1]

    def _supervisor(self):
        # sudo: a setting of the company
        return self.company_id.sudo().kdc_feedback_supervisor_id or self.company_id._feedback_dispatchers()[:1]

    def _plan_activities(self):
        """Whoever has to act finds exactly one activity "to handle"; finished feedback leaves none."""
        handle = "kdc_feedback.mail_activity_handle"
        for feedback in self:
            if not feedback.is_open:
                feedback.activity_unlink([handle, "kdc_feedback.mail_activity_alert"])
                continue
            user = feedback.user_id or feedback._unit_head()
            activity = feedback.activity_ids.filtered(
                lambda a: a.activity_type_id == self.env.ref(handle) and a.automated
            )[:1]
            if activity and activity.user_id == user:
                continue
            activity.unlink()
            feedback._schedule(handle, user, self.env._("Handle the feedback"))

    def _schedule(self, activity_type, user, summary):
        """Plan an activity without sending a mail; in the inbox of Odoo for who reads there."""
        self.ensure_one()
        if not user or not self.with_user(user).has_access("read"):
            user = self.company_id._feedback_dispatchers()[:1]
        if not user:
            return
        deadline = self.next_deadline or self.handling_deadline or fields.Datetime.now()
        quiet = self.with_context(mail_activity_quick_update=True)
        quiet.activity_schedule(
            activity_type, date_deadline=clock.to_local(deadline).date(), user_id=user.id, summary=summary
        )
        if user.notification_type == "inbox":
            self.message_notify(
                partner_ids=user.partner_id.ids, subject=summary, body=f"{summary}: {self.display_name}"
            )

    def _alert_user(self, user, text):
        self.ensure_one()
        self._schedule("kdc_feedback.mail_activity_alert", user, text)
        self._message_log(body=f"{text} → {user.name}" if user else text)

    def _tell_handler(self, text):
        self.ensure_one()
        if self.is_open:
            self._alert_user(self.user_id or self._unit_head(), text)

    def _notify_reporter(self, event):
        """A notice on the reporter's page, in the reporter's language; anonymous feedback has nobody to tell."""
        for feedback in self.sudo():  # sudo: the notice is the system's, whoever took the step
            partner = feedback.partner_id
            if not partner:
                continue
            lang = partner.lang or self.env["res.lang"].get_installed()[0][0]
            feedback = feedback.with_context(lang=lang)
            title, body = feedback._notice_text(event)
            feedback.env["kdc.notification"]._notify(partner, title, body, feedback.access_url)

    def _notice_text(self, event):
        """Title and body of the notice for an event, in the language of the environment."""
        self.ensure_one()
        promised = self._format_local(self.handling_deadline)
        values = {"number": self.number, "subject": self.name, "promised": promised}
        titles = {
            "received": self.env._("Feedback %(number)s was received", **values),
            "reply": self.env._("Feedback %(number)s has an answer", **values),
            "question": self.env._("Feedback %(number)s: please answer a question", **values),
            "result": self.env._("Feedback %(number)s has a result", **values),
            "refused": self.env._("Feedback %(number)s was refused", **values),
            "deferred": self.env._("Feedback %(number)s was deferred", **values),
            "merged": self.env._("Feedback %(number)s was joined to another one", **values),
            "joined_result": self.env._("Feedback %(number)s has a result", **values),
            "routed": self.env._("Feedback %(number)s needs the official way", **values),
        }
        bodies = {
            "received": self.env._("“%(subject)s”. A result is promised by %(promised)s.", **values),
            "reply": self.env._("“%(subject)s”. A result is promised by %(promised)s.", **values),
            "question": self.env._("“%(subject)s”. The clock stands still until you answer.", **values),
            "result": self.env._("“%(subject)s”. Please say whether the matter is settled.", **values),
            "refused": self.env._("“%(subject)s”. The reason is on the page of the feedback.", **values),
            "deferred": self.env._("“%(subject)s”. The new date is on the page of the feedback.", **values),
            "merged": self.env._("“%(subject)s”. The same matter is already being handled.", **values),
            "joined_result": self.env._("“%(subject)s”. The result is on the page of the feedback.", **values),
            "routed": self.env._("“%(subject)s”. The page of the feedback says where to hand it in.", **values),
        }
        return titles[event], bodies[event]

    @api.model
    def _format_local(self, instant):
        """``16:30 21/11/2026`` in Vietnamese time; empty when there is no instant."""
        return clock.to_local(instant).strftime("%H:%M %d/%m/%Y") if instant else ""

    # ------------------------------------------------------------------
    # What outsiders read
    # ------------------------------------------------------------------

    def _public_messages(self):
        """The conversation as the reporter reads it: never a note."""
        self.ensure_one()
        # sudo: residents hold no right on the rows; the domain leaves the notes out
        return self.env["kdc.feedback.message"].sudo().search([("feedback_id", "=", self.id), ("kind", "!=", "note")])

    def _master_result(self):
        """The last result of the feedback this one was joined to; an empty row when there is none yet."""
        self.ensure_one()
        lines = self.env["kdc.feedback.message"]
        if not self.master_id:
            return lines
        # sudo: only the result of the master is read, nothing that could name its reporter
        return lines.sudo().search(
            [("feedback_id", "=", self.sudo().master_id.id), ("kind", "=", "result")],  # sudo: as above
            order="date desc, id desc",
            limit=1,
        )

    def _follow_url(self):
        """Public address to follow this feedback without a login."""
        self.ensure_one()
        # sudo: the link is given to the reporter only
        return f"{self.get_base_url()}/feedback/follow/{self.sudo().follow_token}"

    @api.model
    def _by_follow_token(self, token):
        """The feedback of a public link, in superuser mode; empty when the link is wrong.

        Nameless feedback comes as the system's own user: its reporter may be signed in while using the link,
        and must not become the creator of a message.
        """
        if not TOKEN.fullmatch(token or ""):
            return self.sudo().browse()  # sudo: an empty recordset
        # sudo: guests hold no right on feedback, the random link is the key
        feedback = self.sudo().search([("follow_token", "=", token)], limit=1)
        return feedback.with_user(SUPERUSER_ID) if feedback.privacy == "anonymous" else feedback

    # ------------------------------------------------------------------
    # The chatter is for the staff
    # ------------------------------------------------------------------

    def message_post(self, **kwargs):
        """Whatever is posted in the chatter is an internal note; the reporter is answered in the reply box."""
        if kwargs.get("message_type") != "user_notification":
            kwargs["subtype_xmlid"] = "mail.mt_note"
            kwargs.pop("subtype_id", None)
        return super().message_post(**kwargs)

    def _mail_get_partner_fields(self, introspect_fields=False):
        """Suggest no recipient to those who may not know the reporter; the auditor's page failed on it."""
        names = super()._mail_get_partner_fields(introspect_fields=introspect_fields)
        return [name for name in names if self._has_field_access(self._fields[name], "read")]

    def _message_auto_subscribe_notify(self, partner_ids, template):
        """Handlers are told by activities, not by mail."""
        return

    def _message_auto_subscribe_followers(self, updated_values, default_subtype_ids):
        return []
