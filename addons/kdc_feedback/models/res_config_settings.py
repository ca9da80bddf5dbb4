from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    kdc_feedback_calendar_id = fields.Many2one(related="company_id.kdc_feedback_calendar_id", readonly=False)
    kdc_feedback_unit_id = fields.Many2one(related="company_id.kdc_feedback_unit_id", readonly=False)
    kdc_feedback_supervisor_id = fields.Many2one(related="company_id.kdc_feedback_supervisor_id", readonly=False)
    kdc_feedback_check_percent = fields.Integer(related="company_id.kdc_feedback_check_percent", readonly=False)
    kdc_feedback_confirm_days = fields.Integer(related="company_id.kdc_feedback_confirm_days", readonly=False)
    kdc_feedback_remind_days = fields.Integer(related="company_id.kdc_feedback_remind_days", readonly=False)
    kdc_feedback_return_days = fields.Integer(related="company_id.kdc_feedback_return_days", readonly=False)
    kdc_feedback_guests = fields.Boolean(related="company_id.kdc_feedback_guests", readonly=False)
    kdc_feedback_alias_name = fields.Char(related="company_id.kdc_feedback_alias_name", readonly=False)
    kdc_feedback_alias_domain = fields.Char(related="company_id.alias_domain_id.name", string="Domain of the ward")
    kdc_feedback_digest_hours = fields.Selection(related="company_id.kdc_feedback_digest_hours", readonly=False)
    kdc_feedback_recurring_count = fields.Integer(related="company_id.kdc_feedback_recurring_count", readonly=False)
    kdc_feedback_recurring_days = fields.Integer(related="company_id.kdc_feedback_recurring_days", readonly=False)
    kdc_feedback_recurring_radius = fields.Integer(related="company_id.kdc_feedback_recurring_radius", readonly=False)
    kdc_feedback_forget = fields.Boolean(related="company_id.kdc_feedback_forget", readonly=False)
