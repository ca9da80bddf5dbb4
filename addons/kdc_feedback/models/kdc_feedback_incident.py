from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class KdcFeedbackIncident(models.Model):
    """Works or an outage the ward knows of: residents read about it, and what they report inside it is answered.

    It answers feedback of its categories, from its areas, sent while it lasts. The feedback keeps its clocks and its
    handler: the answer says what is known, it does not end the matter.
    """

    _name = "kdc.feedback.incident"
    _description = "Works or Outage"
    _order = "date_from desc, id desc"
    _check_company_auto = True

    name = fields.Char(string="What", required=True, help="Residents read it: power cut, road closed, burst pipe.")
    kind = fields.Selection([("planned", "Planned works"), ("emergency", "Outage")], required=True, default="planned")
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    area_ids = fields.Many2many(
        "kdc.area",
        "kdc_feedback_incident_area_rel",
        string="Areas",
        domain="[('company_id', '=', company_id), ('date_to', '=', False)]",
        help="Empty: the whole ward.",
    )
    category_ids = fields.Many2many(
        "kdc.feedback.category",
        "kdc_feedback_incident_category_rel",
        string="Answers feedback about",
        required=True,
        domain="[('is_emergency', '=', False), ('company_id', 'in', (company_id, False))]",
        help="Categories or whole groups of them.",
    )
    date_from = fields.Datetime(string="From", required=True, default=fields.Datetime.now)
    date_to = fields.Datetime(string="Expected until", help="Empty: not known yet.")
    public_text = fields.Text(
        string="Text for residents", required=True, help="What is known, who is at work, when it is expected to end."
    )
    end_text = fields.Text(string="Text at the end", help="Those whose feedback was answered are told so.")
    state = fields.Selection(
        [("draft", "Draft"), ("published", "Published"), ("ended", "Ended")],
        required=True,
        readonly=True,
        default="draft",
        copy=False,
        index=True,
    )
    is_current = fields.Boolean(string="Now", compute="_compute_is_current", search="_search_is_current")
    feedback_ids = fields.One2many("kdc.feedback", "incident_id", string="Feedback answered")
    feedback_count = fields.Integer(
        compute="_compute_feedback_count",
        string="Answered",
        groups="kdc_feedback.group_handler,kdc_residents.group_area_head,kdc_residents.group_auditor",
    )

    _order_of_dates = models.Constraint(
        "CHECK (date_to IS NULL OR date_to >= date_from)", "It cannot end before it begins."
    )

    @api.depends("state", "date_from", "date_to")
    def _compute_is_current(self):
        now = fields.Datetime.now()
        for incident in self:
            begun = incident.date_from and incident.date_from <= now
            over = incident.date_to and incident.date_to < now
            incident.is_current = incident.state == "published" and begun and not over

    def _search_is_current(self, operator, value):
        if operator != "in":
            return NotImplemented
        now = self._current_domain(fields.Datetime.now())
        return now if True in value else ~now

    @api.model
    def _current_domain(self, when):
        """What is going on at a moment."""
        begun = Domain("state", "=", "published") & Domain("date_from", "<=", when)
        return begun & (Domain("date_to", "=", False) | Domain("date_to", ">=", when))

    def _compute_feedback_count(self):
        groups = self.env["kdc.feedback"]._read_group([("incident_id", "in", self.ids)], ["incident_id"], ["__count"])
        counts = dict(groups)
        for incident in self:
            incident.feedback_count = counts.get(incident, 0)

    def _touches(self, area):
        """Whether it concerns an area: one of its own or below it; the whole ward when it names none."""
        self.ensure_one()
        if not self.area_ids:
            return True
        path = [int(part) for part in (area.parent_path or "").split("/") if part]
        return bool(set(path) & set(self.area_ids.ids))

    @api.model
    def _covering(self, feedback):
        """The incident that explains a feedback, the latest one; possibly none."""
        category = feedback.category_id
        about = Domain("category_ids", "in", (category | category.parent_id).ids)
        found = self.search(
            self._current_domain(feedback.submitted_at) & about & Domain("company_id", "=", feedback.company_id.id)
        )
        return found.filtered(lambda incident: incident._touches(feedback.area_id))[:1]

    @api.model
    def _shown_to(self, company, area=None):
        """What residents of a ward, or of one area, are shown."""
        now = fields.Datetime.now()
        domain = Domain("company_id", "=", company.id) & Domain("state", "=", "published")
        domain &= Domain("date_to", "=", False) | Domain("date_to", ">=", now)
        # sudo: published texts are for everybody; residents hold no right on the model
        found = self.sudo().search(domain, order="date_from, id", limit=20)
        return found.filtered(lambda incident: area is None or incident._touches(area))

    def action_publish(self):
        """Show it to residents and answer the open feedback that it explains."""
        self.check_access("write")
        for incident in self:
            if incident.state != "draft":
                raise UserError(self.env._("“%(incident)s” is published already.", incident=incident.name))
            incident.state = "published"
            # sudo: it answers for every unit; who may publish was checked above
            incident.sudo()._open_inside()._answer_with(incident)
        return True

    def _open_inside(self):
        """Open feedback sent since it began that no incident explains yet."""
        self.ensure_one()
        domain = Domain("company_id", "=", self.company_id.id) & Domain("is_open", "=", True)
        domain &= Domain("incident_id", "=", False) & Domain("submitted_at", ">=", self.date_from)
        domain &= Domain("category_id", "child_of", self.category_ids.ids)
        found = self.env["kdc.feedback"].search(domain)
        return found.filtered(lambda feedback: self._touches(feedback.area_id))

    def action_end(self):
        """It is over: tell those whose feedback it answered."""
        self.check_access("write")
        for incident in self:
            if incident.state != "published":
                raise UserError(self.env._("“%(incident)s” is not published.", incident=incident.name))
            text = (incident.end_text or "").strip()
            if not text:
                raise UserError(self.env._("Write the text at the end: those who reported it are told."))
            now = fields.Datetime.now()
            incident.write({"state": "ended", "date_to": max(now, incident.date_from)})
            # sudo: as in action_publish
            for feedback in incident.sudo().feedback_ids.filtered("is_open"):
                feedback._log_line("reply", body=text)
                feedback._notify_reporter("reply")
                feedback._tell_handler(self.env._("The works or outage is over"))
        return True

    def action_open_feedback(self):
        """Show what it answered."""
        self.ensure_one()
        domain = [("incident_id", "=", self.id)]
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_feedback.kdc_feedback_action")
        action.update(name=self.name, domain=domain, context={}, path=False)
        return action
