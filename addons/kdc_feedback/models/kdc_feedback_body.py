from odoo import fields, models


class KdcFeedbackBody(models.Model):
    """An authority or company outside the ward that some matters belong to: a department, the power company."""

    _name = "kdc.feedback.body"
    _description = "Other Authority"
    _order = "sequence, name"

    name = fields.Char(required=True, help="Residents and the public read it.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", string="Ward", index=True, default=lambda self: self.env.company, help="Empty: for every ward."
    )
    phone = fields.Char(string="Telephone", help="Of the office that takes letters, not of a person.")
    email = fields.Char(string="E-mail")
    answer_days = fields.Integer(
        string="Answers within (working days)", required=True, default=10, help="Proposed when a matter is passed on."
    )

    _name_uniq = models.UniqueIndex(
        "(name, COALESCE(company_id, 0))", "There is an authority of this name already. Open that one."
    )
    _days_positive = models.Constraint("CHECK (answer_days > 0)", "Give the authority at least one day to answer.")
