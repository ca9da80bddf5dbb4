from odoo import api, fields, models


class KdcFeedbackSwapDay(models.Model):
    """A day off that is worked in exchange for a bridge day, as the yearly decisions on holidays set it."""

    _name = "kdc.feedback.swap.day"
    _inherit = ["kdc.feedback.hours"]
    _description = "Swapped Working Day"
    _order = "date desc"

    calendar_id = fields.Many2one("resource.calendar", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="calendar_id.company_id", store=True, index=True)
    date = fields.Date(required=True)
    like_weekday = fields.Selection(
        [
            ("0", "Monday"),
            ("1", "Tuesday"),
            ("2", "Wednesday"),
            ("3", "Thursday"),
            ("4", "Friday"),
            ("5", "Saturday"),
            ("6", "Sunday"),
        ],
        string="Worked like a",
        required=True,
        default="0",
        help="The day is worked with the hours of this weekday.",
    )
    name = fields.Char(string="Reason", help="The decision that swaps the day, e.g. its number and date.")

    _date_uniq = models.Constraint("UNIQUE (calendar_id, date)", "This day is already swapped in this calendar.")

    @api.depends("date", "name")
    def _compute_display_name(self):
        for swap in self:
            swap.display_name = " ".join(filter(None, (swap.date and swap.date.strftime("%d/%m/%Y"), swap.name)))
