from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    kdc_market_answer_minutes = fields.Integer(
        "Minutes to answer a market order",
        default=60,
        help="Opening time of the shop. An order not accepted by then is cancelled by itself.",
    )

    kdc_market_ban_words = fields.Text(
        "Words to look at in listings",
        help="One a line. A listing with such a word is marked in the moderators' queue.",
    )

    _kdc_market_answer_minutes_check = models.Constraint(
        "CHECK (kdc_market_answer_minutes BETWEEN 5 AND 10080)",
        "A shop has between 5 minutes and a week of opening time to answer an order.",
    )
