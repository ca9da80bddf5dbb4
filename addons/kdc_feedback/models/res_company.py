from odoo import api, fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    kdc_feedback_calendar_id = fields.Many2one(
        "resource.calendar",
        string="Working calendar of the feedback inbox",
        help="The two clocks of a feedback run in the working time of this calendar.",
    )
    kdc_feedback_unit_id = fields.Many2one(
        "kdc.feedback.unit",
        string="Unit that receives what no rule assigns",
    )
    kdc_feedback_supervisor_id = fields.Many2one(
        "res.users",
        string="Feedback supervisor",
        domain="[('share', '=', False)]",
        help="Usually the chairman of the ward: told about feedback that stays overdue and about disputes.",
    )
    kdc_feedback_confirm_days = fields.Integer(
        string="Days to confirm or dispute a result",
        default=7,
        help="Calendar days. When they pass in silence, the result counts as confirmed.",
    )
    kdc_feedback_remind_days = fields.Integer(
        string="Days after which a question is repeated",
        default=3,
        help="Calendar days. The reporter is reminded once; 0: never.",
    )
    kdc_feedback_return_days = fields.Integer(
        string="Days after which handling goes on without an answer",
        default=7,
        help="Calendar days from the question on; the clock runs again then. 0: it waits for ever.",
    )
    kdc_feedback_guests = fields.Boolean(
        string="Feedback without signing in",
        help="Whoever passes by can send feedback, and follows it with a secret link.",
    )
    kdc_feedback_alias_id = fields.Many2one("mail.alias", string="Mail alias of the inbox", ondelete="set null")
    kdc_feedback_alias_name = fields.Char(
        string="E-mail address of the inbox",
        compute="_compute_kdc_feedback_alias_name",
        inverse="_inverse_kdc_feedback_alias_name",
        help="The part before the @. What comes there becomes feedback; empty: mails are not taken.",
    )
    kdc_feedback_alias_email = fields.Char(
        string="Whole e-mail address of the inbox", compute="_compute_kdc_feedback_alias_name"
    )
    kdc_feedback_forget = fields.Boolean(
        string="Remove personal data of old feedback every night",
        help="After the months of each category. “Old feedback” shows beforehand what would be removed.",
    )

    kdc_feedback_check_percent = fields.Integer(
        string="Share of closed feedback to check (%)",
        default=10,
        help="Drawn by lot when feedback closes, and shown to the dispatchers; a bad rating is always drawn.",
    )

    kdc_feedback_digest_hours = fields.Selection(
        [("0", "Each at once"), ("1", "At most one message an hour"), ("24", "At most one message a day")],
        string="What others write",
        default="1",
        required=True,
        help="About a matter that is known already. The first comes at once, and always what the reporter writes.",
    )
    kdc_feedback_recurring_count = fields.Integer(
        string="Reports that make a recurring problem",
        default=3,
        help="So many of the same category at the same place are shown to the head of the unit as one problem.",
    )
    kdc_feedback_recurring_days = fields.Integer(string="Days within which they come", default=90)
    kdc_feedback_recurring_radius = fields.Integer(
        string="Metres that are one place", default=50, help="Around the point on the map."
    )

    _kdc_feedback_recurring_sense = models.Constraint(
        "CHECK (kdc_feedback_recurring_count >= 2 AND kdc_feedback_recurring_days > 0"
        " AND kdc_feedback_recurring_radius >= 0)",
        "A recurring problem is at least two reports, within some days, within some metres.",
    )
    _kdc_feedback_check_percent_range = models.Constraint(
        "CHECK (kdc_feedback_check_percent BETWEEN 0 AND 100)", "The share lies between 0 and 100 %."
    )
    _kdc_feedback_waiting_order = models.Constraint(
        "CHECK (kdc_feedback_remind_days >= 0 AND kdc_feedback_return_days >= 0"
        " AND (kdc_feedback_return_days = 0 OR kdc_feedback_remind_days < kdc_feedback_return_days))",
        "The reporter is reminded before handling goes on without an answer.",
    )
    _kdc_feedback_confirm_days_positive = models.Constraint(
        "CHECK (kdc_feedback_confirm_days > 0)",
        "Give the reporter at least one day to confirm or dispute a result.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        companies._setup_feedback()
        return companies

    def write(self, vals):
        result = super().write(vals)
        if "kdc_feedback_calendar_id" in vals:
            # sudo: the promised dates follow the calendar, whoever may choose it
            self.env["kdc.feedback"].sudo()._recompute_open_deadlines(self)
        if "alias_domain_id" in vals:
            for company in self.sudo():  # sudo: aliases belong to administrators of the mail; this one follows the ward
                company.kdc_feedback_alias_id.alias_domain_id = company.alias_domain_id
        return result

    @api.depends("kdc_feedback_alias_id.alias_name", "kdc_feedback_alias_id.alias_domain_id.name")
    def _compute_kdc_feedback_alias_name(self):
        for company in self:
            # sudo: the address is public
            alias = company.sudo().kdc_feedback_alias_id
            company.kdc_feedback_alias_name = alias.alias_name
            whole = alias.alias_name and alias.alias_domain
            company.kdc_feedback_alias_email = f"{alias.alias_name}@{alias.alias_domain}" if whole else False

    def _inverse_kdc_feedback_alias_name(self):
        for company in self.sudo():  # sudo: as in write
            values = {"alias_name": company.kdc_feedback_alias_name, "alias_domain_id": company.alias_domain_id.id}
            if company.kdc_feedback_alias_id:
                company.kdc_feedback_alias_id.write(values)
            elif company.kdc_feedback_alias_name:
                company.kdc_feedback_alias_id = self.env["mail.alias"].sudo().create(  # sudo: as in write
                    {
                        **values,
                        "alias_model_id": self.env["ir.model"]._get_id("kdc.feedback"),
                        "alias_defaults": repr({"company_id": company.id}),
                        "alias_contact": "everyone",
                    }
                )

    def _setup_feedback(self):
        """Create the number sequence, the working calendar and the receiving unit where they are missing.

        Their names are written in the language of whoever creates the ward, else in Vietnamese, else in English, which
        every database has.
        """
        active = [code for code, _name in self.env["res.lang"].get_installed()]
        lang = self.env.lang or ("vi_VN" if "vi_VN" in active else "en_US")
        # sudo: whoever creates a company needs no right on sequences, calendars or units
        for company in self.sudo().with_context(lang=lang):
            company = company.with_company(company)
            if not company.kdc_feedback_calendar_id:
                company.kdc_feedback_calendar_id = company._create_feedback_calendar()
                company._call_for_holidays()
            if not company.kdc_feedback_unit_id:
                company.kdc_feedback_unit_id = company.env["kdc.feedback.unit"].create(
                    {"name": company.env._("Feedback reception desk"), "company_id": company.id}
                )
            company._ensure_feedback_sequence()

    def _kdc_work_calendar(self):
        """Override of `kdc_residents`: the calendar the ward keeps itself, with its holidays and swapped days."""
        self.ensure_one()
        # sudo: calendars are configuration
        calendar = self.sudo().kdc_feedback_calendar_id
        return calendar._feedback_work_calendar() if calendar.attendance_ids else super()._kdc_work_calendar()

    def _create_feedback_calendar(self):
        """Office time of a Vietnamese ward: Monday to Friday, 7:30-11:30 and 13:30-17:30, editable."""
        self.ensure_one()
        halves = (("morning", 7.5, 11.5), ("afternoon", 13.5, 17.5))
        attendance = self.env["resource.calendar.attendance"].fields_get(["dayofweek", "day_period"], ["selection"])
        days, parts = (dict(attendance[name]["selection"]) for name in ("dayofweek", "day_period"))
        return self.env["resource.calendar"].create(
            {
                # without the name of the ward, which may change: lists of several wards have a column for it
                "name": self.env._("Office hours"),
                "company_id": self.id,
                "tz": "Asia/Ho_Chi_Minh",
                "attendance_ids": [
                    fields.Command.create(
                        {
                            "name": f"{days[str(weekday)]}, {parts[period].lower()}",
                            "dayofweek": str(weekday),
                            "day_period": period,
                            "hour_from": hour_from,
                            "hour_to": hour_to,
                        }
                    )
                    for weekday in range(5)
                    for period, hour_from, hour_to in halves
                ],
            }
        )

    def _call_for_holidays(self):
        """Let the job that fills in the public holidays run now: what a new ward promises counts on them."""
        # absent while the addon is being installed
        if cron := self.env.ref("kdc_feedback.ir_cron_public_holidays", raise_if_not_found=False):
            cron.sudo()._trigger()  # sudo: whoever creates a company needs no right on jobs

    def _ensure_feedback_sequence(self):
        """The number sequence of this company, one range per year."""
        self.ensure_one()
        # sudo: numbering must work for whoever sends feedback
        sequences = self.env["ir.sequence"].sudo()
        domain = [("code", "=", "kdc.feedback"), ("company_id", "=", self.id)]
        return sequences.search(domain, limit=1) or sequences.create(
            {
                "name": f"Feedback {self.name}",
                "code": "kdc.feedback",
                "company_id": self.id,
                "prefix": "PA-%(range_year)s-",
                "padding": 5,
                "use_date_range": True,
            }
        )

    def _feedback_dispatchers(self):
        """Users who may act on any feedback of this company."""
        self.ensure_one()
        # sudo: the list of users of a group is only readable by administrators
        users = self.env.ref("kdc_feedback.group_dispatcher").sudo().all_user_ids
        return users.filtered(lambda user: not user.share and user.active and self in user.company_ids)

    def _feedback_administrators(self):
        """Users who may give somebody a role in this company."""
        self.ensure_one()
        # sudo: as above
        users = self.env.ref("base.group_system").sudo().all_user_ids
        return users.filtered(lambda user: not user.share and user.active and self in user.company_ids)
