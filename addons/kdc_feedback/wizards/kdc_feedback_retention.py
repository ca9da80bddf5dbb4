from odoo import Command, api, fields, models
from odoo.exceptions import AccessError

from ..models.kdc_feedback_category import FORGET_MONTHS
from ..models.kdc_feedback_retention import CRON_BATCH


class KdcFeedbackRetention(models.TransientModel):
    """Shows what the passing of time would remove, before anything is removed."""

    _name = "kdc.feedback.retention"
    _description = "Old Feedback"

    company_id = fields.Many2one("res.company", required=True, readonly=True, default=lambda self: self.env.company)
    line_ids = fields.One2many("kdc.feedback.retention.line", "wizard_id", string="What would be done", readonly=True)
    total = fields.Integer(compute="_compute_total", string="Feedback whose personal data would be removed")
    is_automatic = fields.Boolean(related="company_id.kdc_feedback_forget", string="Done every night")

    @api.model
    def default_get(self, fields_list):
        """Count by category what would be changed now; nothing is changed."""
        values = super().default_get(fields_list)
        if "line_ids" in fields_list:
            feedback = self.env["kdc.feedback"]
            domain = feedback._retention_domain(self.env.company, fields.Datetime.now())
            values["line_ids"] = [
                Command.create({"category_id": category.id, "count": count, "oldest": oldest, "newest": newest})
                for category, count, oldest, newest in feedback._read_group(
                    domain, ["category_id"], ["__count", "submitted_at:min", "submitted_at:max"]
                )
            ]
        return values

    @api.depends("line_ids.count")
    def _compute_total(self):
        for wizard in self:
            wizard.total = sum(wizard.line_ids.mapped("count"))

    def _domain(self):
        return self.env["kdc.feedback"]._retention_domain(self.company_id, fields.Datetime.now())

    def action_show(self):
        """Open the feedback that would be changed."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Personal data would be removed"),
            "res_model": "kdc.feedback",
            "view_mode": "list,form",
            "domain": list(self._domain()),
        }

    def action_apply(self):
        """Remove the personal data of the oldest of what the list shows; what remains is shown again."""
        self.ensure_one()
        if not self.env.user.has_group("kdc_feedback.group_dispatcher"):
            raise AccessError(self.env._("Only dispatchers remove personal data of old feedback."))
        feedback = self.env["kdc.feedback"]
        # One request has no time for the years of a ward that begins to forget.
        feedback.search(self._domain(), limit=CRON_BATCH, order="id")._anonymise()
        if feedback.search_count(self._domain(), limit=1):
            return self.env["ir.actions.act_window"]._for_xml_id("kdc_feedback.kdc_feedback_retention_action")
        return {"type": "ir.actions.act_window_close"}


class KdcFeedbackRetentionLine(models.TransientModel):
    _name = "kdc.feedback.retention.line"
    _description = "Old Feedback of a Category"

    wizard_id = fields.Many2one("kdc.feedback.retention", required=True, ondelete="cascade")
    category_id = fields.Many2one("kdc.feedback.category", string="Subject")
    forget_months = fields.Integer("Personal data removed after (months)", compute="_compute_forget_months")
    count = fields.Integer(string="Feedback")
    oldest = fields.Datetime()
    newest = fields.Datetime()

    @api.depends("category_id")
    def _compute_forget_months(self):
        for line in self:
            line.forget_months = line.category_id.forget_months or FORGET_MONTHS
