from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    kdc_market_answer_minutes = fields.Integer(
        "Minutes to answer a market order",
        default=60,
        help="Opening time of the shop. An order not accepted by then is cancelled by itself.",
    )

    kdc_market_silence_days = fields.Integer(
        "Days until a handed over order is finished",
        default=7,
        help="Without a report of the buyer an order that was handed over is finished by itself after these days.",
    )

    kdc_market_handover_days = fields.Integer(
        "Days until a shop is reminded of the hand-over",
        default=3,
        help="An accepted order that is not handed over after these days: the shop is reminded, moderators see it.",
    )

    kdc_market_review_days = fields.Integer(
        "Days to review a shop", default=60, help="Counted from the day on which the order was finished."
    )

    kdc_market_area_confirms = fields.Boolean(
        "Shops wait for the word of their residential group",
        help="A shop opens only after the head of its residential group has confirmed that the seller is from there.",
    )

    kdc_market_ban_words = fields.Text(
        "Words to look at",
        help="One a line. What is written in the market with such a word is marked for the moderators.",
    )

    kdc_market_remind_hours = fields.Integer(
        "Hours to remind of a report",
        default=6,
        help="So many hours before the 24 hours of a report about the market end its moderators are reminded.",
    )

    _kdc_market_answer_minutes_check = models.Constraint(
        "CHECK (kdc_market_answer_minutes BETWEEN 5 AND 10080)",
        "A shop has between 5 minutes and a week of opening time to answer an order.",
    )
    _kdc_market_silence_days_check = models.Constraint(
        "CHECK (kdc_market_silence_days BETWEEN 1 AND 60)",
        "A buyer has between 1 and 60 days to report what is wrong with an order.",
    )
    _kdc_market_handover_days_check = models.Constraint(
        "CHECK (kdc_market_handover_days BETWEEN 1 AND 30)",
        "A shop is reminded of the hand-over between 1 and 30 days after it has accepted.",
    )
    _kdc_market_review_days_check = models.Constraint(
        "CHECK (kdc_market_review_days BETWEEN 1 AND 365)", "A buyer has between 1 and 365 days to review a shop."
    )
    _kdc_market_remind_hours_check = models.Constraint(
        "CHECK (kdc_market_remind_hours BETWEEN 1 AND 23)",
        "Moderators are reminded between 1 and 23 hours before the 24 hours of a report end.",
    )

    def _kdc_market_moderators(self):
        """Return who moderates the market of this ward."""
        self.ensure_one()
        # sudo: the list of users of a group is only readable by administrators
        users = self.env.ref("kdc_marketplace.group_moderator").sudo().all_user_ids
        # the administrators have the group by default, to set things up
        working = users.filtered(lambda user: user.active and not user.share and self in user.company_ids)
        return working.filtered(lambda user: not user._is_system()) or working

    def _kdc_administrators(self):
        """Return who administers this ward."""
        self.ensure_one()
        # sudo: as for `_kdc_market_moderators`
        users = self.env.ref("kdc_residents.group_admin").sudo().all_user_ids
        return users.filtered(lambda user: user.active and self in user.company_ids and not user._is_superuser())
