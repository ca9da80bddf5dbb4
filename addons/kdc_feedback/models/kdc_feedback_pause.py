from odoo import fields, models


class KdcFeedbackPause(models.Model):
    """A time in which the handling clock stood still, and why."""

    _name = "kdc.feedback.pause"
    _description = "Feedback Pause"
    _order = "date_start"

    feedback_id = fields.Many2one("kdc.feedback", required=True, index=True, ondelete="cascade")
    date_start = fields.Datetime(required=True)
    date_end = fields.Datetime()
    reason = fields.Selection(
        [
            ("reporter", "Waiting for the reporter"),
            ("deferred", "Deferred to a later date"),
            ("authority", "Waiting for another authority"),
        ],
        required=True,
    )

    _order_of_dates = models.Constraint(
        "CHECK (date_end IS NULL OR date_end >= date_start)", "A pause cannot end before it began."
    )
    _one_open = models.UniqueIndex("(feedback_id) WHERE date_end IS NULL", "The clock already stands still.")
