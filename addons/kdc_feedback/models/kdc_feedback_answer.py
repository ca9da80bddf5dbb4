from odoo import api, fields, models


class KdcFeedbackAnswer(models.Model):
    """An answer, with the question as it was asked then."""

    _name = "kdc.feedback.answer"
    _description = "Feedback Answer"
    _order = "id"

    feedback_id = fields.Many2one("kdc.feedback", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="feedback_id.company_id", store=True, index=True)
    question_id = fields.Many2one("kdc.feedback.question", index=True, ondelete="set null")
    name = fields.Char(string="Question as asked", compute="_compute_name", store=True, precompute=True, readonly=False)
    value = fields.Char(string="Answer")

    _once = models.UniqueIndex("(feedback_id, question_id)", "This question is answered already.")

    @api.depends("question_id")
    def _compute_name(self):
        for answer in self:
            answer.name = answer.name or answer.question_id.name
