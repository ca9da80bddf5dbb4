from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    kdc_market_answer_minutes = fields.Integer(related="company_id.kdc_market_answer_minutes", readonly=False)
    kdc_market_silence_days = fields.Integer(related="company_id.kdc_market_silence_days", readonly=False)
    kdc_market_handover_days = fields.Integer(related="company_id.kdc_market_handover_days", readonly=False)
    kdc_market_review_days = fields.Integer(related="company_id.kdc_market_review_days", readonly=False)
    kdc_market_remind_hours = fields.Integer(related="company_id.kdc_market_remind_hours", readonly=False)
    kdc_market_area_confirms = fields.Boolean(related="company_id.kdc_market_area_confirms", readonly=False)
    kdc_market_ban_words = fields.Text(related="company_id.kdc_market_ban_words", readonly=False)
