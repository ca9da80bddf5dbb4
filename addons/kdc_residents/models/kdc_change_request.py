from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.actions import form_of
from ..tools.local_day import today_here

#: How many requests one account can send within a day; more than that is no correction any more.
DAILY_LIMIT = 5


class KdcChangeRequest(models.Model):
    """A resident says what is wrong in the register; an officer decides field by field.

    The basis is the right to have one's data corrected (Luật 91/2025/QH15, điều 4). Residents write through
    :meth:`_submit` only, officers through the decisions on the lines only.
    """

    _name = "kdc.change.request"
    _description = "Request to correct the register"
    _order = "state_order, promise_date, id desc"
    _rec_name = "number"
    _check_company_auto = True

    number = fields.Char(compute="_compute_number")
    resident_id = fields.Many2one("kdc.resident", string="About", required=True, index=True, ondelete="restrict")
    requester_id = fields.Many2one("res.partner", string="Requested by", required=True, index=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", string="Ward office", required=True, index=True)
    household_id = fields.Many2one(related="resident_id.household_id", string="Household")
    area_id = fields.Many2one(related="resident_id.area_id", store=True, index=True, string="Residential group")
    line_ids = fields.One2many("kdc.change.request.line", "request_id", string="Corrections")
    reason = fields.Text(required=True)
    photo = fields.Image(
        string="Photo of the proof",
        max_width=1600,
        max_height=1600,
        groups="kdc_residents.group_officer",
        help="Deleted as soon as the last correction is decided.",
    )
    promise_date = fields.Date(string="Answer promised by", required=True)
    state = fields.Selection(
        [("pending", "Waiting for a decision"), ("done", "Decided"), ("withdrawn", "Withdrawn by the resident")],
        compute="_compute_state",
        store=True,
        index=True,
    )
    state_order = fields.Integer(compute="_compute_state", store=True)
    decided_date = fields.Datetime(string="Decided on", readonly=True)
    is_late = fields.Boolean(compute="_compute_is_late", search="_search_is_late")
    has_conflict = fields.Boolean(string="Competing requests", compute="_compute_has_conflict")
    has_stale = fields.Boolean(
        compute="_compute_has_stale", help="The register was changed after the request was made."
    )
    field_names = fields.Char(string="What", compute="_compute_field_names")

    @api.depends_context("lang")
    def _compute_number(self):
        for request in self:
            request.number = f"YC{request.id or 0:06d}"

    @api.depends("line_ids.state")
    def _compute_state(self):
        for request in self:
            states = set(request.line_ids.mapped("state"))
            if "pending" in states or not states:
                request.state = "pending"
            else:
                request.state = "withdrawn" if states == {"withdrawn"} else "done"
            request.state_order = 0 if request.state == "pending" else 1

    @api.depends("state", "promise_date")
    def _compute_is_late(self):
        today = today_here(self)
        for request in self:
            request.is_late = request.state == "pending" and request.promise_date < today

    @api.model
    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        late = [("state", "=", "pending"), ("promise_date", "<", today_here(self))]
        return late if True in value else ["!", "&", *late]

    @api.depends("line_ids.conflict_count")
    def _compute_has_conflict(self):
        for request in self:
            request.has_conflict = any(request.line_ids.mapped("conflict_count"))

    @api.depends("line_ids.is_stale")
    def _compute_has_stale(self):
        for request in self:
            request.has_stale = any(request.line_ids.mapped("is_stale"))

    @api.depends("line_ids.field")
    @api.depends_context("lang")
    def _compute_field_names(self):
        labels = dict(self.env["kdc.change.request.line"]._fields["field"]._description_selection(self.env))
        for request in self:
            request.field_names = ", ".join(labels[line.field] for line in request.line_ids)

    def web_read(self, specification):
        """Without ``api.readonly``: the values in the lines are shown with a line in the log (R-20)."""
        return super().web_read(specification)

    web_read._readonly = False

    # ------------------------------------------------------------ residents
    @api.model
    def _people_for(self, resident):
        """Return whose data ``resident`` may ask to correct: the own, and those of the household's children
        for its head and whoever acts for it.

        Adults, the head's included, ask for themselves: asking shows what is recorded.
        """
        people = resident
        if "acts" in self.env["kdc.household.delegation"]._access(resident, resident.household_id):
            youngest = today_here(self) - relativedelta(years=self.env["kdc.invitation"]._min_age())
            members = resident.household_id.live_membership_ids.resident_id
            people |= members.filtered(lambda member: member.birth_date and member.birth_date > youngest)
        return people

    @api.model
    def _sent_today(self):
        """Return whether the current user has used up the requests of a day."""
        since = fields.Datetime.subtract(fields.Datetime.now(), days=1)
        return (
            # sudo: residents may not read requests; their own are counted.
            self.sudo().search_count(
                [("create_uid", "=", self.env.uid), ("create_date", ">", since)], limit=DAILY_LIMIT
            )
            >= DAILY_LIMIT
        )

    @api.model
    def _submit(self, resident, values, reason, photo=None):
        """File a request. The caller has checked that the current user may ask for ``resident``.

        :param dict values: canonical new value by key of ``kdc.change.request.line.field``
        :param reason: why, in the resident's words
        :param photo: JPEG bytes encoded in base64, or None
        :return: the request, in sudo
        """
        # sudo: residents have no right on the register; only these named values are filed.
        lines, resident = self.env["kdc.change.request.line"].sudo(), resident.sudo()
        company = resident.company_id
        return self.sudo().create(  # sudo: as above
            {
                "resident_id": resident.id,
                "requester_id": self.env.user.partner_id.id,
                "company_id": company.id,
                "reason": reason,
                "photo": photo,
                "promise_date": company._kdc_promised_day(today_here(self), company.kdc_change_days),
                "line_ids": [
                    fields.Command.create(lines._vals_for(resident, key, value)) for key, value in values.items()
                ],
            }
        )

    def _withdraw(self):
        """Take back what is not decided yet; the caller has checked that the request is the user's own."""
        # sudo: residents have no right on the register.
        self.sudo().line_ids.filtered(lambda line: line.state == "pending").state = "withdrawn"
        self.sudo()._close()  # sudo: as above

    # ------------------------------------------------------------- officers
    def action_accept_all(self):
        """Accept every correction that still waits."""
        self.ensure_one()
        waiting = self.line_ids.filtered(lambda line: line.state == "pending")
        if not waiting:
            raise UserError(self.env._("Everything in this request is already decided."))
        return waiting.action_accept()

    def action_refuse_all(self):
        """Ask for the reason, then refuse every correction that still waits."""
        self.ensure_one()
        return self.line_ids.filtered(lambda line: line.state == "pending").action_refuse()

    def action_open_resident(self):
        self.ensure_one()
        return form_of(self.resident_id)

    def _close(self):
        """Once nothing waits any more: forget the photo, note the time, and tell the resident what came of it."""
        for request in self.filtered(lambda request: request.state != "pending" and not request.decided_date):
            request.write({"photo": False, "decided_date": fields.Datetime.now()})
            if request.state == "withdrawn":
                continue
            spoken = request.with_context(lang=request.requester_id.lang or self.env.lang)
            accepted = spoken.line_ids.filtered(lambda line: line.state == "accepted")
            refused = spoken.line_ids.filtered(lambda line: line.state == "refused")
            if not refused:
                title = spoken.env._("Your correction was taken over")
            elif accepted:
                title = spoken.env._("Your corrections were taken over in part")
            else:
                title = spoken.env._("Your correction could not be taken over")
            self.env["kdc.notification"]._notify(request.requester_id, title, url=f"/my/changes/{request.id}")
