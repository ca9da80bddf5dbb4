from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..engine import recurring, states
from .kdc_feedback_notices import is_open_to

#: No report of its own: the same one again, not a matter of the ward, or one the law keeps secret.
NOT_COUNTED = (states.MERGED, states.REFUSED, states.ROUTED)


class KdcFeedbackRecurrence(models.Model):
    """The same trouble at the same place again and again: its cause is to be found, not one more repair made.

    Found by the nightly job (:mod:`..engine.recurring`) and raised once: later reports of the place join it while it
    is open; after it is settled only new reports can raise another.
    """

    _name = "kdc.feedback.recurrence"
    _description = "Recurring Problem"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "state, date_last desc, id desc"
    _check_company_auto = True

    name = fields.Char(string="Problem", required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    category_id = fields.Many2one("kdc.feedback.category", required=True, readonly=True, ondelete="restrict")
    area_id = fields.Many2one("kdc.area", readonly=True, index=True, ondelete="restrict")
    dwelling_id = fields.Many2one("kdc.dwelling", readonly=True, index="btree_not_null", ondelete="set null")
    latitude = fields.Float(digits=(9, 6), readonly=True, aggregator=None)
    longitude = fields.Float(digits=(9, 6), readonly=True, aggregator=None)
    unit_id = fields.Many2one("kdc.feedback.unit", readonly=True, index=True, ondelete="restrict", check_company=True)
    state = fields.Selection(
        [("open", "To solve"), ("settled", "Solved")], required=True, readonly=True, default="open", tracking=True
    )
    feedback_ids = fields.One2many("kdc.feedback", "recurrence_id", string="Reports", readonly=True)
    feedback_count = fields.Integer(string="Reports so far", compute="_compute_reports", store=True, aggregator=None)
    date_first = fields.Datetime(string="First report", compute="_compute_reports", store=True)
    date_last = fields.Datetime(string="Last report", compute="_compute_reports", store=True)
    plan = fields.Text(string="Cause, and what is done about it", tracking=True)
    settled_date = fields.Datetime(string="Solved on", readonly=True)
    settled_by_id = fields.Many2one("res.users", string="Solved by", readonly=True, ondelete="restrict")

    @api.depends("feedback_ids.submitted_at")
    def _compute_reports(self):
        for problem in self:
            moments = problem.feedback_ids.mapped("submitted_at")
            problem.feedback_count = len(moments)
            problem.date_first = min(moments, default=False)
            problem.date_last = max(moments, default=False)

    def write(self, vals):
        """Let the staff write the plan; place, reports and state are the system's and the steps'."""
        if not self.env.su and vals.keys() - {"plan"}:
            raise AccessError(
                self.env._("Of a recurring problem only the plan is written; the rest follows by itself.")
            )
        return super().write(vals)

    # -- acts ------------------------------------------------------------------------------------------------------
    def action_settle(self):
        """Say that the cause is gone; the plan tells how."""
        self.check_access("write")
        for problem in self:
            if not (problem.plan or "").strip():
                raise UserError(self.env._("Write the cause and what was done about it first."))
        # sudo: the state changes by this method only
        self.sudo().write({"state": "settled", "settled_date": fields.Datetime.now(), "settled_by_id": self.env.uid})
        self.sudo().activity_unlink(["kdc_feedback.mail_activity_recurring"])  # sudo: whoever it was planned for
        return True

    def action_reopen(self):
        """The cause was not gone after all."""
        self.check_access("write")
        # sudo: as in action_settle
        self.sudo().write({"state": "open", "settled_date": False, "settled_by_id": False})
        self.sudo()._plan_head()  # sudo: the activity is for the head of the unit
        return True

    def action_open_feedback(self):
        """Open the reports."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_feedback.kdc_feedback_action")
        return action | {"name": self.name, "domain": [("recurrence_id", "=", self.id)], "context": {}, "path": False}

    # -- finding ---------------------------------------------------------------------------------------------------
    @api.model
    def _cron_find(self):
        """Look in every ward each night."""
        for company in self.env["res.company"].search([("kdc_feedback_recurring_count", ">", 0)]):
            self._find(company, fields.Datetime.now())
            self.env["ir.cron"]._commit_progress(1)

    @api.model
    def _find(self, company, now):
        """Join new reports to the problems they belong to, and raise the problems that are new.

        :returns: the new problems
        """
        since = now - timedelta(days=company.kdc_feedback_recurring_days)
        reports = self.env["kdc.feedback"].search_fetch(
            Domain("company_id", "=", company.id)
            & Domain("submitted_at", ">=", since)
            & Domain("submitted_at", "<=", now)
            & Domain("recurrence_id", "=", False)
            & Domain("category_id", "!=", False)
            & Domain("anonymised_at", "=", False)
            & Domain("state", "not in", NOT_COUNTED),
            ["category_id", "area_id", "dwelling_id", "latitude", "longitude", "submitted_at", "unit_id"],
            order="submitted_at, id",
        )
        known = self.search([("company_id", "=", company.id), ("state", "=", "open")])
        joined, groups = recurring.sort_out(
            [one._spot() for one in reports],
            [one._spot() for one in known],
            company.kdc_feedback_recurring_count,
            company.kdc_feedback_recurring_radius,
        )
        for problem_id, ids in joined.items():
            self.browse(problem_id)._join(reports.browse(ids))
        return self.browse().concat(*(self._raise_for(reports.browse(ids)) for ids in groups))

    def _spot(self):
        self.ensure_one()
        return recurring.Spot(
            self.id, self.category_id.id, self.area_id.id, self.dwelling_id.id,
            (self.latitude, self.longitude) if self.latitude and self.longitude else None,
        )  # fmt: skip

    def _join(self, reports):
        """Further reports of a problem that is known."""
        reports.write({"recurrence_id": self.id})
        self._message_log(body=self.env._("Reported again: %s", ", ".join(reports.mapped("number"))))

    @api.model
    def _raise_for(self, reports):
        """One problem for these reports, the middle of them first, with the head of the unit told."""
        middle, last = reports[0], reports.sorted("submitted_at")[-1]
        problem = self.with_context(lang="vi_VN", mail_create_nolog=True).create(
            {
                "name": " – ".join(filter(None, (middle.with_context(lang="vi_VN").category_id.name,
                                                 middle.area_id.name))),
                "company_id": middle.company_id.id,
                "category_id": middle.category_id.id,
                "area_id": middle.area_id.id,
                "dwelling_id": middle.dwelling_id.id,
                "latitude": middle.latitude,
                "longitude": middle.longitude,
                "unit_id": last.unit_id.id,
            }
        )  # fmt: skip
        reports.write({"recurrence_id": problem.id})
        problem._plan_head()
        problem._tell_supervisor()
        return problem

    def _tell_supervisor(self):
        """One activity for the supervisor of the ward, usually the chairman: what comes back needs more than repair."""
        self.ensure_one()
        user = self.company_id.kdc_feedback_supervisor_id
        if user and user not in self.activity_ids.user_id and is_open_to(self, user):
            self.with_context(mail_activity_quick_update=True).activity_schedule(
                "kdc_feedback.mail_activity_recurring",
                user_id=user.id,
                summary=self.env._("A problem comes back: see what the unit does about it"),
            )

    def _plan_head(self):
        """One activity for the head of the unit; for a dispatcher where there is none who may read it."""
        for problem in self:
            head = problem.unit_id.leader_id or problem.unit_id.member_ids[:1]
            user = head or problem.company_id._feedback_dispatchers()[:1]
            problem.activity_unlink(["kdc_feedback.mail_activity_recurring"])
            if user:
                problem.with_context(mail_activity_quick_update=True).activity_schedule(
                    "kdc_feedback.mail_activity_recurring",
                    user_id=user.id,
                    summary=self.env._("Find the cause of what comes back"),
                )


class KdcFeedback(models.Model):
    """A report may be one of many at its place."""

    _inherit = "kdc.feedback"

    recurrence_id = fields.Many2one(
        "kdc.feedback.recurrence",
        string="Recurring problem",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    def _spot(self):
        self.ensure_one()
        return recurring.Spot(self.id, self.category_id.id, self.area_id.id, self.dwelling_id.id, self._point())

    def _forget_recurring_home(self):
        """A home leads to a person: the problem forgets it with its reports."""
        homes = self.recurrence_id.filtered("dwelling_id")
        homes.write({"dwelling_id": False, "latitude": False, "longitude": False})
