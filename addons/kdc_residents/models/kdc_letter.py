import base64

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..engine import letter
from ..engine.format import fmt
from ..report import letter_pdf
from ..tools.actions import dialogue
from ..tools.guarded_date import GuardedText
from ..tools.local_day import today_here
from ..tools.locks import lock_or_retry

#: Fields that only a step of the request changes.
STEP_FIELDS = frozenset({
    "state", "number", "year", "ordinal", "token", "signed_on", "valid_until", "pdf", "deadline", "handed_over_on",
    "resident_id", "type_id", "company_id",
})  # fmt: skip


class KdcLetter(models.Model):
    """A confirmation letter from the request to the paper in hand.

    checking ⇄ incomplete; checking → waiting for signature → ready → handed over; refused and cancelled end it. The
    number is given at the signature, without gaps per ward, kind and year, and stays with a cancelled letter. Whoever
    holds the paper can check it at ``/verify/<token>``.
    """

    _name = "kdc.letter"
    _description = "Confirmation Letter"
    _inherit = ["kdc.guarded.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "id DESC"
    _check_company_auto = True
    _guarded_fields = frozenset({"body"})
    _log_subject = "birth_date"

    number = fields.Char(readonly=True, copy=False, index="trigram")
    year = fields.Integer(readonly=True, copy=False, aggregator=None)
    ordinal = fields.Integer(readonly=True, copy=False, aggregator=None)
    type_id = fields.Many2one("kdc.letter.type", string="Kind", required=True, ondelete="restrict", index=True)
    resident_id = fields.Many2one(
        "kdc.resident", string="For", required=True, ondelete="restrict", index=True, check_company=True
    )
    company_id = fields.Many2one(
        "res.company", string="Ward office", required=True, index=True, default=lambda self: self.env.company
    )
    area_id = fields.Many2one(related="resident_id.area_id", string="Residential group")
    requester_id = fields.Many2one("res.partner", string="Asked for by", readonly=True, ondelete="restrict")
    channel = fields.Selection([("portal", "Portal"), ("counter", "Counter")], required=True, default="counter")
    purpose = fields.Char(required=True, size=200, help="What the letter is needed for; it stands in the letter.")
    state = fields.Selection(
        [
            (letter.CHECKING, "Checking"),
            (letter.INCOMPLETE, "Incomplete"),
            (letter.SIGNATURE, "Waiting for signature"),
            (letter.READY, "Ready"),
            (letter.HANDED, "Handed over"),
            (letter.REFUSED, "Refused"),
            (letter.CANCELLED, "Cancelled"),
        ],
        required=True,
        default=letter.CHECKING,
        readonly=True,
        index=True,
        copy=False,
        tracking=True,
    )
    requested_on = fields.Date(readonly=True, required=True, default=today_here)
    deadline = fields.Date(string="Promised for", readonly=True)
    asked_on = fields.Date(readonly=True, copy=False)
    question = fields.Text(string="What is missing", readonly=True, copy=False)
    answer = fields.Text(readonly=True, copy=False)
    reason = fields.Text(string="Reason of refusal or cancelling", readonly=True, copy=False)
    circumstances = fields.Text(
        string="Family circumstances",
        copy=False,
        help="As they stand in the letter, for example: a near-poor household by decision 15/QĐ-UBND of 02/01/2026.",
    )
    needs_circumstances = fields.Boolean(compute="_compute_needs_circumstances", compute_sudo=True)
    body = GuardedText(
        string="Words of the letter",
        compute="_compute_body",
        store=True,
        readonly=False,
        copy=False,
        help="They hold the whole date of birth: who opens a letter is noted in the record of who looked.",
    )
    checklist = fields.Text(related="type_id.checklist")
    status_missing = fields.Boolean(
        compute="_compute_status_missing",
        compute_sudo=True,
        help="The letter certifies a status that the register does not show today.",
    )
    signer_name = fields.Char(string="Signed by", copy=False)
    signer_title = fields.Char(string="Office of the signer", default="CHỦ TỊCH", copy=False)
    signed_on = fields.Date(readonly=True, copy=False)
    valid_until = fields.Date(readonly=True, copy=False, help="Last day on which the letter is valid.")
    token = fields.Char(readonly=True, copy=False, groups="base.group_system")
    verify_url = fields.Char(compute="_compute_verify_url", compute_sudo=True)
    pdf = fields.Binary(string="Letter", readonly=True, copy=False, attachment=True, groups="base.group_system")
    scan = fields.Binary(string="Scan of the signed paper", copy=False, attachment=True)
    scan_name = fields.Char()
    handed_over_on = fields.Date(readonly=True, copy=False)
    late = fields.Boolean(compute="_compute_late", search="_search_late")

    _number_uniq = models.UniqueIndex(
        "(company_id, type_id, year, ordinal) WHERE ordinal IS NOT NULL", "This number was given already."
    )
    _token_uniq = models.UniqueIndex("(token) WHERE token IS NOT NULL")
    _open_uniq = models.UniqueIndex(
        "(resident_id, type_id) WHERE state IN ('checking', 'incomplete', 'signature')",
        "A letter of this kind is already being made for this person.",
    )
    _signed_has_number = models.Constraint(
        "CHECK (state NOT IN ('ready', 'handed') OR (ordinal IS NOT NULL AND token IS NOT NULL))",
        "A signed letter has a number.",
    )

    @api.depends("number", "type_id.name", "resident_id.name")
    def _compute_display_name(self):
        for record in self:
            record.display_name = " · ".join(
                filter(None, (record.number or record.type_id.name, record.resident_id.name))
            )

    @api.depends("type_id.body")
    def _compute_needs_circumstances(self):
        for record in self:
            record.needs_circumstances = letter.CIRCUMSTANCES in letter.names_in(record.type_id.body)

    @api.depends("type_id", "resident_id", "purpose", "circumstances")
    def _compute_body(self):
        for record in self:
            if record.type_id and record.resident_id and not record.ordinal:
                record.body = letter.fill(record.type_id.body, record._placeholder_values())

    @api.depends("type_id.status_kind_ids", "resident_id.household_id", "state")
    def _compute_status_missing(self):
        """Only yes or no: which status somebody has is for social affairs (group_social) alone."""
        today = today_here(self)
        for record in self:
            kinds, household = record.type_id.status_kind_ids, record.resident_id.household_id
            record.status_missing = bool(
                kinds
                and record.state in letter.OPEN
                and not (household and household._kdc_has_status(kinds.mapped("code"), today))
            )

    def _check_status(self):
        """Refuse to certify what the register does not show on this day.

        :raises UserError: says what the officer can do
        """
        for record in self:
            if record.status_missing:
                raise UserError(
                    self.env._(
                        "The register shows no status on this day that “%(kind)s” could certify for %(name)s. Refuse "
                        "the request, ask for the decision, or let social affairs record it first.",
                        kind=record.type_id.name,
                        name=record.resident_id.name,
                    )
                )

    def _check_words(self):
        """Refuse to sign what somebody could fill in afterwards.

        :raises UserError: says what is missing
        """
        for record in self:
            if record.needs_circumstances and not (record.circumstances or "").strip():
                raise UserError(
                    self.env._("Write the family circumstances first: the kind of status and its decision number.")
                )
            if not (record.body or "").strip():
                raise UserError(self.env._("The letter has no words. Write them first."))
            if letter.has_gap(record.body):
                raise UserError(
                    self.env._(
                        "A dotted line is left in the words of the letter: the register does not know what belongs "
                        "there. Fill it in or take the line out, so that nobody writes into it after the signature."
                    )
                )

    def action_take_status(self):
        """Write the statuses of the register that this kind certifies, with their decisions, into the letter."""
        self.check_access("write")
        if not (self.env.su or self.env.user.has_group("kdc_residents.group_social")):
            raise AccessError(self.env._("Which status somebody has is for social affairs only."))
        today = today_here(self)
        for record in self:
            household = record.resident_id.household_id
            codes = record.type_id.status_kind_ids.mapped("code")
            statuses = self.env["kdc.household.status"]._valid(household, codes, today)
            live = statuses.filtered(lambda s, home=household: not s.resident_id or s.resident_id.household_id == home)
            if live:
                record.circumstances = "; ".join(status._in_words() for status in live)

    # ----------------------------------------------------------------------------------------------------- reading
    def web_read(self, specification):
        """Show the words of one opened letter and note it; lists and files never hold them.

        The office has to compare the words with the papers, so the person's request for the letter is the purpose.
        """
        values_list = super().web_read(specification)
        # A form that is being edited reads a copy in memory, whose words change with what is typed.
        if "body" in specification and len(self) == 1 and self._origin and self._guarded(["body"]):
            self._origin._log_look()
            # sudo: the way out was noted; the right on the letter itself was checked by reading it.
            values_list[0]["body"] = self.sudo().body
        return values_list

    web_read._readonly = False

    def _log_look(self):
        """Note that the present user reads the words of this letter, which hold a whole date of birth."""
        self.ensure_one()
        note = self.env._("Letter: %(kind)s", kind=self.type_id.name)
        self.env["kdc.access.log"]._log_look(self.resident_id, "birth_date", "request", note)

    @api.depends("token")
    def _compute_verify_url(self):
        for record in self:
            record.verify_url = f"{record.get_base_url()}/verify/{record.token}" if record.token else False

    def _compute_late(self):
        today = today_here(self)
        for record in self:
            record.late = bool(record.state in letter.OPEN and record.deadline and record.deadline < today)

    @api.model
    def _search_late(self, operator, value):
        if operator != "in" or list(value) != [True]:
            return NotImplemented
        return [("state", "in", list(letter.OPEN)), ("deadline", "<", today_here(self))]

    def _placeholder_values(self):
        """Return what the register knows, as it is written in a letter. The personal number stays masked."""
        self.ensure_one()
        # sudo: the letter is about this one person and is read by the office and by the person only.
        resident = self.sudo().resident_id
        household = resident.household_id
        membership = resident.membership_ids.filtered(lambda m: not m.date_end)[:1]
        area, birth = household.area_id, resident.birth_date
        # The letter is Vietnamese, whatever language the officer works in.
        vietnamese = self.with_context(lang="vi_VN").env
        sexes = dict(resident._fields["sex"]._description_selection(vietnamese))
        roles = dict(membership._fields["role"]._description_selection(vietnamese))
        return {
            "ho_ten": resident.name,
            # Masked on screens, written out on the paper the person asked for.
            "ngay_sinh": str(birth.year) if birth and resident.birth_year_only else fmt.date(birth),
            "gioi_tinh": sexes.get(resident.sex),
            "so_dinh_danh": resident.personal_number_masked,
            "dia_chi": household.dwelling_id.name,
            "to_dan_pho": area.name,
            "phuong_xa": area.parent_id.name,
            "tinh": area.parent_id.parent_id.name,
            "chu_ho": household.head_id.name,
            "quan_he": roles.get(membership.role),
            "so_nhan_khau": household.member_count,
            "o_tu_ngay": fmt.date(membership.date_start),
            "muc_dich": self.purpose,
            letter.CIRCUMSTANCES: self.circumstances,
        }

    # ------------------------------------------------------------------------------------------------------ CRUD
    @api.model_create_multi
    def create(self, vals_list):
        today = today_here(self)
        for vals in vals_list:
            self._check_step_fields(vals.keys() - {"resident_id", "type_id", "company_id"})
            self._scan_data(vals.get("scan"))
            kind = self.env["kdc.letter.type"].browse(vals.get("type_id"))
            company = self.env["res.company"].browse(vals.get("company_id")) or self.env.company
            vals["deadline"] = company._kdc_promised_day(today, kind.deadline_days) if kind else False
        # The database compares with states of other letters that may still have to be written.
        self.flush_model(["state"])
        letters = super().create(vals_list)
        for record in letters:
            # sudo: only what the kind asks for is looked up, and the message names what is missing
            problem = record.type_id._missing_condition(record.sudo().resident_id)
            if problem:
                raise ValidationError(problem)
        return letters

    def write(self, vals):
        self._check_step_fields(vals.keys())
        self._scan_data(vals.get("scan"))
        if {"body", "purpose", "circumstances", "signer_name", "signer_title"} & vals.keys() and any(
            r.ordinal for r in self
        ):
            raise UserError(self.env._("A signed letter is not changed. Cancel it and make a new one."))
        return super().write(vals)

    def _check_step_fields(self, names):
        """Nobody gives a number or a state by hand.

        :raises AccessError: one of ``names`` belongs to a step
        """
        if not self.env.su and STEP_FIELDS & set(names):
            raise AccessError(self.env._("State and number of a letter change by its steps only."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A request for a letter is never deleted. Refuse or cancel it with a reason."))

    def _scan_data(self, content):
        """Return the bytes of a scan; before Odoo stores it, too, which fails on a file that was cut off on its way.

        :raises ValidationError: it is not in base64
        """
        try:
            return base64.b64decode(content or b"")
        except ValueError:
            raise ValidationError(
                self.env._("The scan is not a PDF, JPG or PNG file. Please choose another file.")
            ) from None

    @api.constrains("scan")
    def _check_scan(self):
        """A scan is a PDF document or a picture, told by its content."""
        for record in self.filtered("scan"):
            data = self._scan_data(record.with_context(bin_size=False).scan)
            if not data.startswith((b"%PDF-", b"\xff\xd8\xff", b"\x89PNG")):
                raise ValidationError(self.env._("The scan is not a PDF, JPG or PNG file. Please choose another file."))
            if len(data) > 10 * 1024 * 1024:
                raise ValidationError(self.env._("The scan is larger than 10 MB. Please scan it in black and white."))

    # ----------------------------------------------------------------------------------------------------- steps
    def _step(self, step, vals=None):
        """Take one step; what it changes is written with it.

        :raises UserError: the step is not possible now
        """
        for record in self:
            after = letter.STEPS.get((record.state, step))
            if not after:
                labels = dict(self._fields["state"]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "“%(letter)s” is in the state “%(state)s”: this step is not possible now. Nothing was changed.",
                        letter=record.display_name,
                        state=labels[record.state],
                    )
                )
            # sudo: the fields of a step are closed to everybody; the caller's right on the letter is checked before.
            record.sudo().write({**(vals or {}), "state": after})

    def _officer_step(self, step, vals=None):
        self.check_access("write")
        self._step(step, vals)

    def action_approve(self):
        """The register and the papers bear it out: on to the signature."""
        self.check_access("write")
        self._check_status()
        self._check_words()
        self._officer_step("approve")

    def action_back(self):
        """Not ready for the signature after all."""
        self._officer_step("back")

    def action_sign(self):
        """Give the number, make the letter with its QR code, tell the resident that it is ready."""
        self.check_access("write")
        today = today_here(self)
        for record in self:
            if not record.signer_name:
                raise UserError(self.env._("Write who signs the letter."))
            # Once more: the status may have ended, or the words may have been changed since the papers were checked.
            record._check_status()
            record._check_words()
            # sudo: kinds of letters belong to the administrator. The row is locked and touched, so that of two
            # signatures at the same moment the second starts again and sees the number of the first.
            kind = record.sudo().type_id
            lock_or_retry(kind)
            kind.last_signed_at = fields.Datetime.now()
            self.flush_model()
            # sudo: numbers of all letters of the kind, whoever may see them.
            last = self.sudo().search(
                [
                    ("company_id", "=", record.company_id.id),
                    ("type_id", "=", record.type_id.id),
                    ("year", "=", today.year),
                    ("ordinal", "!=", False),
                ],
                order="ordinal DESC",
                limit=1,
            )
            ordinal = (last.ordinal or 0) + 1
            record._step("sign", {
                "year": today.year, "ordinal": ordinal,
                "number": letter.format_number(ordinal, today.year, record.type_id.code),
                "token": letter.new_token(), "signed_on": today,
                "valid_until": fields.Date.add(today, days=record.type_id.validity_days),
            })  # fmt: skip
            # sudo: the token is for the paper only, and the file belongs to the step.
            record.sudo().pdf = base64.b64encode(record.sudo()._render_pdf())
            record._tell(
                lambda env, record=record: (
                    env._("Your letter %(number)s is ready", number=record.number),
                    env._("You can download it here, or fetch the paper at the ward office."),
                )
            )

    def action_hand_over(self):
        self._officer_step("hand_over", {"handed_over_on": today_here(self)})

    def action_ask(self):
        return self._action_step("ask", self.env._("Ask for what is missing"))

    def action_refuse(self):
        return self._action_step("refuse", self.env._("Refuse"))

    def action_cancel(self):
        return self._action_step("cancel", self.env._("Cancel the letter"))

    def _action_step(self, step, title):
        self.ensure_one()
        return dialogue("kdc.letter.step", title, letter_id=self.id, step=step)

    def _ask(self, question):
        """Ask the resident for what is missing; the promised day waits meanwhile."""
        self._officer_step("ask", {"question": question, "answer": False, "asked_on": today_here(self)})
        self._tell(lambda env: (env._("Something is missing for your letter"), question))

    def _refuse(self, reason):
        self._officer_step("refuse", {"reason": reason})
        self._tell(lambda env: (env._("Your request for a letter was refused"), reason))

    def _cancel(self, reason):
        """Take a signed letter back: whoever checks it reads that it is cancelled."""
        self._officer_step("cancel", {"reason": reason})
        self._tell(
            lambda env: (env._("Letter %(number)s was cancelled and is no longer valid", number=self.number), reason)
        )

    def _answer(self, text):
        """The resident answers. The working days spent waiting are added to the promise. Called in sudo by the page."""
        self.ensure_one()
        today = today_here(self)
        waited = self.company_id._kdc_working_days(self.asked_on or today, today)
        deadline = self.company_id._kdc_promised_day(self.deadline or today, waited)
        self._step("answer", {"answer": text, "deadline": deadline})
        self.message_post(body=self.env._("The resident answered: %(text)s", text=text))

    def _tell(self, words):
        """Leave a notice for who asked, in their language.

        :param words: function of an environment that returns title and body
        """
        for record in self.sudo():  # sudo: addressee and language are the person's own
            partner = record.requester_id or record.resident_id.partner_id
            lang = partner.lang or "vi_VN"
            title, body = words(record.with_context(lang=lang).env)
            self.env["kdc.notification"]._notify(partner, title, body, f"/my/letters/{record.id}")

    # ----------------------------------------------------------------------------------------------------- paper
    def _render_pdf(self):
        """Return the letter as PDF bytes, after the form of NĐ 30/2020/NĐ-CP."""
        self.ensure_one()
        day = self.signed_on or today_here(self)
        ward = self.company_id.kdc_commune_id
        return letter_pdf.render(letter_pdf.Letter(
            office=self.company_id.name,
            number=self.number or "",
            place=f"{ward.name or self.company_id.city or ''}, ngày {day:%d} tháng {day:%m} năm {day.year}",
            title=self.type_id.title,
            body=self.body or "",
            validity=f"Giấy này có giá trị đến hết ngày {fmt.date(self.valid_until)}." if self.valid_until else "",
            signer_title=self.signer_title or "",
            signer_name=self.signer_name or "",
            verify_url=self.verify_url or "",
        ))  # fmt: skip

    def action_print(self):
        """Open the paper: for the signature before it is signed, the signed one afterwards."""
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": f"/kdc/letters/{self.id}.pdf", "target": "new"}

    def _file(self):
        """Return (bytes, mimetype) of what is handed out: the scan of the signed paper, else the letter itself."""
        self.ensure_one()
        record = self.with_context(bin_size=False)
        if record.scan:
            data = base64.b64decode(record.scan)
            kinds = {b"%PDF": "application/pdf", b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png"}
            return data, next(kind for start, kind in kinds.items() if data.startswith(start))
        # sudo: the file is for whoever may read the letter, through the pages that note it.
        return base64.b64decode(record.sudo().pdf or b""), "application/pdf"

    @api.model
    def _verify(self, token):
        """Return what anybody may know about the letter with this token, or None.

        Only the name, the number, the date and the validity: not even the kind, which could tell that somebody is poor.
        """
        token = letter.clean_token(token)
        # sudo: whoever holds the paper may check it; nothing but these facts leaves this method.
        record = self.sudo().search([("token", "=", token)]) if token else None
        if not record:
            return None
        today = today_here(self)
        if record.state == letter.CANCELLED:
            status = "cancelled"
        else:
            status = "valid" if record.valid_until >= today else "expired"
        return {
            "status": status,
            "name": record.resident_id.name,
            "number": record.number,
            "date": record.signed_on,
            "valid_until": record.valid_until,
            "office": record.company_id.name,
        }
