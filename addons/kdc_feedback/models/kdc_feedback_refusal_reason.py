from odoo import fields, models


class KdcFeedbackRefusalReason(models.Model):
    _name = "kdc.feedback.refusal.reason"
    _description = "Feedback Refusal Reason"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True, help="The reporter reads it.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
