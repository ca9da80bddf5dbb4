from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine import opening

WEEKDAYS = [
    ("0", "Monday"),
    ("1", "Tuesday"),
    ("2", "Wednesday"),
    ("3", "Thursday"),
    ("4", "Friday"),
    ("5", "Saturday"),
    ("6", "Sunday"),
]


class KdcShopHours(models.Model):
    """One span of the week in which a shop is open; a day may have several."""

    _name = "kdc.shop.hours"
    _description = "Opening Hours of a Shop"
    _order = "shop_id, weekday, hour_from, id"
    _kdc_home = ("company_id", "shop_id")
    _rec_name = "weekday"

    shop_id = fields.Many2one("kdc.shop", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="shop_id.company_id", store=True)
    weekday = fields.Selection(WEEKDAYS, "Day", required=True)
    hour_from = fields.Float("Opens", required=True, help="Hours after midnight, local time.")
    hour_to = fields.Float("Closes", required=True, help="An hour before the opening one is of the next day.")

    _hours_check = models.Constraint(
        "CHECK (hour_from >= 0 AND hour_from < 24 AND hour_to >= 0 AND hour_to <= 24)",
        "Opening hours lie between 0:00 and 24:00.",
    )

    def _span(self):
        """Return the span in minutes after midnight."""
        self.ensure_one()
        return round(self.hour_from * 60), round(self.hour_to * 60)

    @api.constrains("weekday", "hour_from", "hour_to")
    def _check_overlap(self):
        for hours in self:
            day = hours.shop_id.hours_ids.filtered(lambda other, hours=hours: other.weekday == hours.weekday)
            try:
                opening.merge(other._span() for other in day)
            except opening.OpeningError as error:
                raise ValidationError(
                    self.env._("These opening hours overlap or are impossible: %s.", error.text)
                ) from error


class KdcShopSpecialDay(models.Model):
    """Days on which a shop keeps other hours than in a usual week, or none: holidays, a market day, a journey."""

    _name = "kdc.shop.special.day"
    _description = "Special Day of a Shop"
    _order = "date_from, id"
    _kdc_home = ("company_id", "shop_id")

    shop_id = fields.Many2one("kdc.shop", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="shop_id.company_id", store=True)
    name = fields.Char("Reason", help="Buyers read it, for example “Tết”.")
    date_from = fields.Date("First day", required=True)
    date_to = fields.Date("Last day", required=True)
    hours = fields.Char(help="For example “6:00–11:00, 15:00–19:00”; empty: closed all day.")

    _dates_check = models.Constraint("CHECK (date_to >= date_from)", "The last day lies before the first one.")

    def _spans(self):
        self.ensure_one()
        return opening.parse_spans(self.hours)

    @api.constrains("hours")
    def _check_hours(self):
        for day in self:
            try:
                day._spans()
            except opening.OpeningError as error:
                raise ValidationError(
                    self.env._(
                        "“%s” are no opening hours. Please write them like “6:00–11:00, 15:00–19:00”.", day.hours
                    )
                ) from error

    @api.constrains("date_from", "date_to", "shop_id")
    def _check_dates(self):
        for day in self:
            if (day.date_to - day.date_from).days > opening.HORIZON_DAYS:
                raise ValidationError(
                    self.env._("Special days last a year at most; a shop that stops selling is closed instead.")
                )
            overlap = day.shop_id.special_day_ids.filtered(
                lambda other, day=day: (
                    other != day and other.date_from <= day.date_to and other.date_to >= day.date_from
                )
            )
            if overlap:
                raise ValidationError(
                    self.env._(
                        "There is already a special day from %(start)s to %(end)s. Please remove it first.",
                        start=overlap[0].date_from.strftime("%d/%m/%Y"),
                        end=overlap[0].date_to.strftime("%d/%m/%Y"),
                    )
                )
