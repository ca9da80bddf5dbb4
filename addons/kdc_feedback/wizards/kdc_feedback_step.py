import base64

from odoo import api, fields, models
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import AccessError, UserError


class KdcFeedbackStep(models.TransientModel):
    """One step of the staff that needs words: a question, a result, a refusal, another date, another unit."""

    _name = "kdc.feedback.step"
    _description = "Feedback Step"

    step = fields.Selection(
        [
            ("ask", "Ask the reporter"),
            ("write_down", "The reporter said …"),
            ("finish", "Give the result"),
            ("refuse", "Refuse"),
            ("defer", "Defer"),
            ("forward", "Pass to another authority"),
            ("authority_answer", "Their answer came"),
            ("transfer", "Pass to another unit"),
            ("split", "Divide into two"),
            ("merge", "Join to another feedback"),
            ("route_out", "Complaint or denunciation"),
            ("route_back", "Handle as feedback after all"),
        ],
        required=True,
        readonly=True,
    )
    feedback_ids = fields.Many2many("kdc.feedback", required=True, readonly=True)
    company_id = fields.Many2one("res.company", compute="_compute_company_id")
    body = fields.Text(string="Text for the reporter")
    note = fields.Text(string="Why, for the other unit")
    reason_id = fields.Many2one("kdc.feedback.refusal.reason")
    template_ids = fields.Many2many("kdc.feedback.template", compute="_compute_template_ids")
    template_id = fields.Many2one(
        "kdc.feedback.template", string="From a template", domain="[('id', 'in', template_ids)]"
    )
    category_id = fields.Many2one(
        "kdc.feedback.category",
        string="Category of the second part",
        domain="[('is_emergency', '=', False), ('child_ids', '=', False), ('company_id', 'in', (company_id, False))]",
    )
    until = fields.Date(string="Comes back on")
    unit_id = fields.Many2one("kdc.feedback.unit", domain="[('company_id', '=', company_id)]")
    body_id = fields.Many2one(
        "kdc.feedback.body", string="Authority", domain="[('company_id', 'in', (company_id, False))]"
    )
    letter_number = fields.Char(string="Letter no.")
    waits_for = fields.Char(string="Letter to", compute="_compute_waits_for")
    forward_by = fields.Date(string="To be passed on by", compute="_compute_forward_by")
    answer_due = fields.Date(
        string="Answer due",
        compute="_compute_answer_due",
        store=True,
        readonly=False,
        help="Proposed from the working days of the authority.",
    )
    answer_date = fields.Date(string="Answered on", default=today_here)
    answer_file = fields.Binary(string="Their letter", attachment=False)
    answer_file_name = fields.Char(string="Name of the file")
    closes = fields.Boolean(string="Their answer is the result", help="Else handling goes on, and the clock runs.")
    master_id = fields.Many2one(
        "kdc.feedback",
        string="Join to",
        domain="[('is_open', '=', True), ('id', 'not in', feedback_ids), ('company_id', '=', company_id)]",
    )
    photo = fields.Image(string="Photo of the result", max_width=1600, max_height=1600)
    follower_count = fields.Integer(compute="_compute_follower_count")
    more_photo_ids = fields.Many2many("ir.attachment", string="More photos")
    untold_count = fields.Integer(compute="_compute_untold_count")
    photo_required = fields.Boolean(compute="_compute_photo_required")
    is_holder_missing = fields.Boolean(compute="_compute_is_holder_missing")
    is_dispute = fields.Boolean(compute="_compute_is_dispute")
    is_outside = fields.Boolean(compute="_compute_is_outside", compute_sudo=True)

    @api.constrains("master_id")
    def _check_master(self):
        """Refuse one the caller may not read: its subject would be read through this dialogue."""
        # constraints run in superuser mode
        self.master_id.sudo(False).check_access("read")

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        self.master_id.browse(values.get("master_id") or []).check_access("read")
        cases = self.env["kdc.feedback"]
        if self.env.context.get("active_model") == cases._name:
            cases = cases.browse(self.env.context.get("active_ids") or [])
        if cases and not values.get("feedback_ids"):
            values["feedback_ids"] = [fields.Command.set(cases.ids)]
        if values.get("step") == "transfer" and len(cases) == 1:
            unit, _user = cases._ruled()
            values["unit_id"] = unit.id if unit != cases.unit_id else False
        return values

    @api.depends("feedback_ids")
    def _compute_company_id(self):
        for wizard in self:
            wizard.company_id = wizard.feedback_ids.company_id[:1]

    @api.depends("feedback_ids", "step")
    def _compute_template_ids(self):
        for wizard in self:
            wizard.template_ids = wizard.template_ids._for(wizard.feedback_ids, wizard.step)

    @api.onchange("master_id")
    def _onchange_master_id(self):
        self.master_id._origin.check_access("read")

    @api.onchange("template_id")
    def _onchange_template_id(self):
        """Take over the words; those of several feedbacks have no common number."""
        if self.template_id:
            feedback = self.feedback_ids._origin
            self.body = self.template_id._fill(feedback) if len(feedback) == 1 else self.template_id.body

    @api.depends("feedback_ids.follower_count")
    def _compute_follower_count(self):
        for wizard in self:
            wizard.follower_count = sum(wizard.feedback_ids.mapped("follower_count"))

    @api.depends("feedback_ids.reporter_reach")
    def _compute_untold_count(self):
        for wizard in self:
            wizard.untold_count = len(wizard.feedback_ids.filtered(lambda one: one.reporter_reach == "none"))

    @api.depends("feedback_ids", "step")
    def _compute_is_holder_missing(self):
        for wizard in self:
            wizard.is_holder_missing = wizard.step == "route_out" and not all(
                feedback._routed_holders() for feedback in wizard.feedback_ids
            )

    @api.depends("feedback_ids", "step")
    def _compute_is_dispute(self):
        for wizard in self:
            wizard.is_dispute = wizard.step == "write_down" and any(
                "dispute" in feedback._allowed_for_reporter() for feedback in wizard.feedback_ids
            )

    @api.depends("unit_id.outside_user_ids")
    def _compute_is_outside(self):
        for wizard in self:
            wizard.is_outside = bool(wizard.unit_id.outside_user_ids)

    @api.depends("feedback_ids.submitted_at", "step")
    def _compute_forward_by(self):
        for wizard in self:
            first = wizard.feedback_ids.sorted("submitted_at")[:1]
            wizard.forward_by = wizard.step == "forward" and first.forward_by

    @api.depends("feedback_ids.waits_for")
    def _compute_waits_for(self):
        for wizard in self:
            wizard.waits_for = ", ".join(filter(None, wizard.feedback_ids.mapped("waits_for")))

    @api.depends("body_id")
    def _compute_answer_due(self):
        now = fields.Datetime.now()
        for wizard in self:
            feedback = wizard.feedback_ids[:1]
            if wizard.body_id and feedback:
                wizard.answer_due = feedback._working_day(now, wizard.body_id.answer_days)

    @api.depends("feedback_ids.category_id")
    def _compute_photo_required(self):
        for wizard in self:
            wizard.photo_required = any(wizard.feedback_ids.category_id.mapped("needs_photo_after"))

    def action_apply(self):
        """Check rights on every feedback, then take the step."""
        self.ensure_one()
        self.feedback_ids.check_access("write")
        getattr(self, f"_apply_{self.step}")()
        return {"type": "ir.actions.act_window_close"}

    def _text(self):
        """The text for the reporter.

        :raises UserError: it is empty
        """
        text = (self.body or "").strip()
        if not text:
            raise UserError(self.env._("Write the text for the reporter."))
        return text

    def _required(self, field_name):
        """The value of a field this step cannot do without."""
        value = self[field_name]
        if not value:
            label = self._fields[field_name]._description_string(self.env)
            raise UserError(self.env._("Fill in “%(field)s”.", field=label))
        return value

    def _apply_ask(self):
        text = self._text()
        for feedback in self.feedback_ids:
            feedback._staff_ask(text)

    def _apply_write_down(self):
        text = (self.body or "").strip()
        if not text:
            raise UserError(self.env._("Write what the reporter said."))
        photos = self._clean_photos()
        for feedback in self.feedback_ids:
            feedback._staff_write_down(text, photos)

    def _apply_finish(self):
        text = self._text()
        photos = self._clean_photos()
        for feedback in self.feedback_ids:
            feedback._staff_finish(text, photos=photos)

    def _clean_photos(self):
        """The chosen photos as safe bytes: no EXIF, so no place and no name of the officer's phone."""
        data = self.with_context(bin_size=False).photo
        photos = self.feedback_ids._clean_photos([base64.b64decode(data)] if data else [])
        return photos + self.feedback_ids._take_photos(self.more_photo_ids)

    def _apply_refuse(self):
        reason = self._required("reason_id")
        text = self._text()
        for feedback in self.feedback_ids:
            feedback._staff_refuse(reason, text)

    def _apply_defer(self):
        until = self._required("until")
        if until <= today_here(self):
            raise UserError(self.env._("Choose a day in the future."))
        text = self._text()
        for feedback in self.feedback_ids:
            feedback._staff_defer(until, text)

    def _apply_forward(self):
        body, due, text = self._required("body_id"), self._required("answer_due"), self._text()
        for feedback in self.feedback_ids:
            feedback._staff_forward(body, due, text, (self.letter_number or "").strip())

    def _apply_authority_answer(self):
        text, day = self._text(), self._required("answer_date")
        self._check_answer_date(day)
        data = self.with_context(bin_size=False).answer_file
        letter = (self.answer_file_name, data) if data else None
        photos = self._clean_photos()
        for feedback in self.feedback_ids:
            feedback._staff_take_answer(text, day, letter, closes=self.closes, photos=photos)

    def _check_answer_date(self, day):
        """An answer comes after its letter.

        :raises UserError: before it was sent, or on a day to come
        """
        sent = max(self.feedback_ids._forward_open().mapped("date_sent"), default=day)
        if not sent <= day <= today_here(self):
            raise UserError(self.env._("The day of the answer lies between the day of the letter and today."))

    def _apply_transfer(self):
        note = (self._required("note") or "").strip()
        if not note:
            raise UserError(self.env._("Say why it is passed on: the other unit reads it."))
        self.feedback_ids._staff_transfer(self._required("unit_id"), note)

    def _apply_split(self):
        text = self._text()
        self.feedback_ids._staff_split(self._required("category_id"), text)

    def _apply_merge(self):
        master = self._required("master_id")
        master.check_access("write")
        self.feedback_ids._staff_merge(master)

    def _apply_route_out(self):
        self.feedback_ids._staff_route_out()

    def _apply_route_back(self):
        if not self.env.user.has_group("kdc_feedback.group_routed"):
            raise AccessError(self.env._("Whoever is responsible for complaints and denunciations takes one back."))
        reason = (self._required("note") or "").strip()
        if not reason:
            raise UserError(self.env._("Say why it is feedback after all."))
        self.feedback_ids._staff_route_back(reason)
