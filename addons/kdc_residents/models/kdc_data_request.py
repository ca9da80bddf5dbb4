from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..engine import data_request as engine
from ..engine.format import fmt
from ..tools.actions import dialogue, form_of
from ..tools.local_day import today_here

#: Fields that only a step of the request changes.
STEP_FIELDS = frozenset({
    "state", "received_on", "acknowledge_by", "act_by", "due_date", "acknowledged_on", "closed_on", "extended",
    "extension_reason", "answer", "kept", "erased_on", "resident_id", "requester_id", "right_id", "company_id",
})  # fmt: skip


class KdcDataRequest(models.Model):
    """Somebody uses a right over personal data: has it corrected, deleted, or its use stopped.

    received → in progress → answered, or refused with a reason; the days of the law run from the day it was received.
    """

    _name = "kdc.data.request"
    _description = "Request about personal data"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "due_date, id DESC"
    _rec_name = "number"
    _check_company_auto = True

    number = fields.Char(compute="_compute_number", search="_search_number")
    right_id = fields.Many2one("kdc.data.right", required=True, ondelete="restrict", index=True)
    right_code = fields.Char(related="right_id.code")
    legal_basis = fields.Char(related="right_id.legal_basis")
    resident_id = fields.Many2one(
        "kdc.resident", string="About", required=True, ondelete="restrict", index=True, check_company=True,
        context={"active_test": False},
    )  # fmt: skip
    requester_id = fields.Many2one("res.partner", string="Requested by", required=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", string="Ward office", required=True, index=True)
    area_id = fields.Many2one(related="resident_id.area_id", string="Residential group")
    channel = fields.Selection(
        [("portal", "Portal"), ("counter", "Counter")], required=True, default="counter", readonly=True
    )
    details = fields.Text(string="What is asked for", required=True)
    state = fields.Selection(
        [
            (engine.RECEIVED, "Received"),
            (engine.IN_PROGRESS, "In progress"),
            (engine.ANSWERED, "Carried out"),
            (engine.REFUSED, "Refused"),
            (engine.WITHDRAWN, "Withdrawn"),
        ],
        required=True,
        default=engine.RECEIVED,
        readonly=True,
        index=True,
        copy=False,
        tracking=True,
    )
    received_on = fields.Date(required=True, default=today_here, readonly=True)
    acknowledge_by = fields.Date(string="To confirm by", required=True, readonly=True)
    act_by = fields.Date(string="To carry out by", required=True, readonly=True, tracking=True)
    due_date = fields.Date(string="Next deadline", readonly=True, index=True, help="Empty once nothing is owed.")
    acknowledged_on = fields.Date(string="Confirmed on", readonly=True, copy=False)
    closed_on = fields.Date(string="Answered on", readonly=True, copy=False)
    extended = fields.Boolean(readonly=True, copy=False)
    extension_reason = fields.Text(readonly=True, copy=False)
    answer = fields.Text(readonly=True, copy=False, help="What the resident reads.")
    kept = fields.Text(string="What had to be kept", readonly=True, copy=False)
    erased_on = fields.Date(string="Deleted on", readonly=True, copy=False)
    is_late = fields.Boolean(string="Late", compute="_compute_is_late", search="_search_is_late")

    _open_uniq = models.UniqueIndex(
        "(resident_id, right_id) WHERE state IN ('received', 'in_progress')",
        "A request of this kind is already being handled for this person.",
    )
    _closed_is_answered = models.Constraint(
        "CHECK (state NOT IN ('answered', 'refused') OR (answer IS NOT NULL AND closed_on IS NOT NULL))",
        "A request ends with an answer.",
    )

    # ---------------------------------------------------------------- computes
    def _compute_number(self):
        for request in self:
            request.number = f"DL{request.id or 0:06d}"

    @api.model
    def _search_number(self, operator, value):
        digits = "".join(char for char in str(value or "") if char.isdigit())
        if operator not in ("ilike", "=ilike") or not digits:
            return NotImplemented
        return [("id", "=", int(digits[:12]))]

    @api.depends("due_date")
    def _compute_is_late(self):
        today = today_here(self)
        for request in self:
            request.is_late = bool(request.due_date and request.due_date < today)

    @api.model
    def _search_is_late(self, operator, value):
        if operator != "in" or list(value) != [True]:
            return NotImplemented
        # No deadline runs once the request has ended, and an empty date is never before today.
        return [("due_date", "<", today_here(self))]

    # -------------------------------------------------------------------- CRUD
    @api.model_create_multi
    def create(self, vals_list):
        self.browse().check_access("create")
        today = today_here(self)
        for vals in vals_list:
            self._check_step_fields(vals.keys() - {"resident_id", "requester_id", "right_id", "company_id"})
            resident = self.env["kdc.resident"].browse(vals.get("resident_id"))
            # sudo: the ward of the person and the days of the law, whoever asks.
            vals["company_id"] = resident.sudo().company_id.id
            vals.setdefault("requester_id", resident.sudo().partner_id.id)  # sudo: as above
            clock = self.env["kdc.data.right"].browse(vals.get("right_id")).sudo()._clock()  # sudo: as above
            received = fields.Date.to_date(vals.get("received_on")) or today
            calendar = (resident.sudo().company_id or self.env.company)._kdc_work_calendar()  # sudo: as above
            first, last = clock.acknowledge_by(received, calendar), clock.act_by(received)
            vals.update(
                received_on=received,
                acknowledge_by=first,
                act_by=last,
                due_date=engine.due(engine.RECEIVED, first, last),
            )
        # The database compares with states of other requests that may still have to be written.
        self.flush_model(["state"])
        requests = super().create(vals_list)
        requests._plan_activity()
        return requests

    def write(self, vals):
        self._check_step_fields(vals.keys())
        return super().write(vals)

    def _check_step_fields(self, names):
        """Nobody sets a state or a deadline by hand.

        :raises AccessError: one of ``names`` belongs to a step
        """
        if not self.env.su and STEP_FIELDS & set(names):
            raise AccessError(self.env._("State and deadlines of a request change by its steps only."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A request about personal data is never deleted. Answer or refuse it."))

    # ------------------------------------------------------------------- steps
    def _step(self, step, vals=None):
        """Take one step; what it changes is written with it.

        :raises UserError: the step is not possible now
        """
        today = today_here(self)
        for request in self:
            after = engine.STEPS.get((request.state, step))
            if not after:
                labels = dict(self._fields["state"]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "Request %(number)s is in the state “%(state)s”: this step is not possible now. "
                        "Nothing was changed.",
                        number=request.number,
                        state=labels[request.state],
                    )
                )
            vals = {**(vals or {}), "state": after}
            vals["due_date"] = engine.due(after, request.acknowledge_by, request.act_by)
            if after not in engine.OPEN:
                vals["closed_on"] = today
            # sudo: the fields of a step are closed to everybody; the caller's right was checked before.
            request.sudo().write(vals)
            request._move_activity()

    def _move_activity(self):
        """Let the work on the desk of the officer fall due on the day that counts now; none is left once it ended."""
        self.ensure_one()
        # sudo: the desk is somebody else's.
        request, todo = self.sudo(), ["mail.mail_activity_data_todo"]
        if request.state in engine.OPEN:
            request.activity_reschedule(todo, date_deadline=request.due_date)
        else:
            request.activity_unlink(todo)

    def _officer_step(self, step, vals=None):
        self.check_access("write")
        self._step(step, vals)

    def action_acknowledge(self):
        """Tell the person that the request is being handled, and until when."""
        self._officer_step("acknowledge", {"acknowledged_on": today_here(self)})
        for request in self:
            request._tell(
                lambda env, request=request: (
                    env._("Your request %(number)s is being handled", number=request.number),
                    env._("You get the answer by %(date)s.", date=fmt.date(request.act_by)),
                )
            )

    def action_answer(self):
        return self._action_step("answer", self.env._("Carried out: answer"))

    def action_refuse(self):
        return self._action_step("refuse", self.env._("Refuse"))

    def action_extend(self):
        return self._action_step("extend", self.env._("Extend the deadline"))

    def action_erase(self):
        return self._action_step("erase", self.env._("Delete personal data"))

    def _action_step(self, step, title):
        self.ensure_one()
        return dialogue("kdc.data.step", title, request_id=self.id, step=step)

    def action_open_resident(self):
        self.ensure_one()
        return form_of(self.resident_id)

    def _answer(self, text):
        self._officer_step("answer", {"answer": text})
        self._tell(lambda env: (env._("Your request about personal data was carried out"), text))

    def _refuse(self, text):
        self._officer_step("refuse", {"answer": text})
        self._tell(lambda env: (env._("Your request about personal data was refused"), text))

    def _extend(self, reason):
        """Give oneself the one extension the law knows, and say why.

        :raises UserError: it was extended already, has ended, or the law knows no extension
        """
        self.check_access("write")
        for request in self:
            clock = request.right_id._clock()
            if request.extended or request.state not in engine.OPEN or not clock.extension_days:
                raise UserError(self.env._("The law allows one extension of an open request. Nothing was changed."))
            last = clock.act_by(request.received_on, extended=True)
            # sudo: deadlines are closed to everybody but this step.
            request.sudo().write(
                {
                    "extended": True,
                    "extension_reason": reason,
                    "act_by": last,
                    "due_date": engine.due(request.state, request.acknowledge_by, last),
                }
            )
            request._move_activity()
            request._tell(
                lambda env, last=last: (
                    env._("The answer to your request needs longer, until %(date)s", date=fmt.date(last)),
                    reason,
                )
            )

    def _erase(self, text=""):
        """Carry a deletion out: erase what no law keeps, answer with what had to stay and why.

        :param text: what the officer adds to the answer
        """
        self.ensure_one()
        self.check_access("write")
        if self.right_id.code != "delete" or self.state != engine.IN_PROGRESS:
            raise UserError(self.env._("Only a confirmed request for deletion is carried out by deleting."))
        # sudo: officers may not delete from the register; this request is the reason, and it stays on record.
        resident = self.sudo().resident_id
        self.env["kdc.access.log"]._log(resident, "erase", "all", "request", self.number)
        vietnamese = self.with_context(lang=self.sudo().requester_id.lang or "vi_VN").env  # sudo: as above
        kept = resident.with_env(vietnamese(su=True))._kdc_erase()
        lines = "\n".join(f"– {what}: {why}" for what, why in kept)
        parts = [
            vietnamese._("Your personal data that no law keeps was deleted on %(date)s.",
                         date=fmt.date(today_here(self))),
            vietnamese._("Kept because a law asks for it:") + "\n" + lines if lines else "",
            text.strip(),
        ]  # fmt: skip
        answer = "\n\n".join(filter(None, parts))
        self._step("answer", {"answer": answer, "kept": lines, "erased_on": today_here(self)})
        self._tell(lambda env: (env._("Your request about personal data was carried out"), answer))

    def _tell(self, words):
        """Leave a notice for who asked, in their language.

        :param words: function of an environment that returns title and body
        """
        for request in self.sudo():  # sudo: addressee and language are the person's own
            partner = request.requester_id
            title, body = words(request.with_context(lang=partner.lang or "vi_VN").env)
            self.env["kdc.notification"]._notify(partner, title, body, f"/my/household/data-requests/{request.id}")

    def _plan_activity(self):
        """Put the request on the desk of who answers for personal data in the ward."""
        for request in self.sudo():  # sudo: the desk is somebody else's
            user = request.company_id._kdc_data_officer()
            if user:
                request.with_context(lang=user.lang or "vi_VN").activity_schedule(
                    "mail.mail_activity_data_todo",
                    date_deadline=request.due_date,
                    summary=request.right_id.with_context(lang=user.lang or "vi_VN").name,
                    user_id=user.id,
                )
