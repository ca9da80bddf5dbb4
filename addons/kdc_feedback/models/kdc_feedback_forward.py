from odoo import api, fields, models
from odoo.addons.kdc_residents.tools.local_day import today_here


class KdcFeedbackForward(models.Model):
    """A matter passed on to another authority by letter, until it answers (Decree 20/2008/NĐ-CP: the competent body).

    Rows are written by the methods of ``kdc.feedback`` only.
    """

    _name = "kdc.feedback.forward"
    _description = "Feedback Passed to Another Authority"
    _order = "date_sent desc, id desc"

    feedback_id = fields.Many2one("kdc.feedback", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="feedback_id.company_id", store=True, index=True)
    body_id = fields.Many2one("kdc.feedback.body", string="Authority", required=True, index=True, ondelete="restrict")
    letter_number = fields.Char(string="Letter no.")
    date_sent = fields.Date(string="Sent on", required=True)
    answer_due = fields.Date(string="Answer due", required=True)
    state = fields.Selection(
        [("waiting", "Waiting for the answer"), ("answered", "Answered"), ("recalled", "Handled without an answer")],
        required=True,
        default="waiting",
    )
    answer_date = fields.Date(string="Answered on")
    answer = fields.Text(string="Their answer")
    answer_file = fields.Binary(string="Letter of the answer", attachment=True)
    answer_file_name = fields.Char(string="Name of the file")
    is_told = fields.Boolean(string="Handler told that the answer is late")
    is_late = fields.Boolean(string="Late", compute="_compute_is_late")

    _one_waits = models.UniqueIndex(
        "(feedback_id) WHERE state = 'waiting'", "Another authority has this matter already."
    )
    _late_idx = models.Index("(answer_due) WHERE state = 'waiting'")
    _dates_in_order = models.Constraint("CHECK (answer_due >= date_sent)", "The answer is due after the letter.")

    @api.depends("body_id.name", "letter_number")
    def _compute_display_name(self):
        for row in self:
            row.display_name = " ".join(filter(None, (row.body_id.name, row.letter_number)))

    @api.depends("state", "answer_due")
    def _compute_is_late(self):
        today = today_here(self)
        for row in self:
            row.is_late = row.state == "waiting" and bool(row.answer_due) and row.answer_due < today
