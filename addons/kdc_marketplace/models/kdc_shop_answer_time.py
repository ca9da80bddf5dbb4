from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from .kdc_shop_question import WAITING_DAYS

#: Days that are looked back, and orders and questions it takes to say something of a shop in public.
LOOK_BACK_DAYS = 90
SAMPLE = 5


class KdcShopQuestion(models.Model):
    _inherit = "kdc.shop.question"

    shown_date = fields.Datetime("Reached the reader on", readonly=True, help="Later where a moderator looked first.")
    answer_minutes = fields.Integer(
        "Answered after (minutes)", readonly=True, help="Opening time of the shop from then to the answer; at least 1."
    )

    def _kdc_tell_reader(self):
        """Override: the time of the shop begins when it can read the question."""
        if not self.answer:
            self.shown_date = fields.Datetime.now()
        return super()._kdc_tell_reader()

    def _kdc_answer(self, text):
        """Override: note how long the shop took; a poster of the board is nobody's shop."""
        result = super()._kdc_answer(text)
        if self.shop_id:
            self.answer_minutes = self.shop_id._kdc_minutes_since(self.shown_date or self.create_date)
        return result


class KdcShop(models.Model):
    """How fast and how reliably a shop answers orders and questions; its people and buyers read the same figures.

    They are counted each night and kept, so that no page of the market asks for them.
    """

    _inherit = "kdc.shop"

    answer_count = fields.Integer(
        "Answered", readonly=True, copy=False, help="Orders and questions of the last 90 days."
    )
    answer_missed = fields.Integer("Not answered", readonly=True, copy=False, help="Of the same days.")
    answer_minutes = fields.Integer(
        "Average time to answer (minutes)", readonly=True, copy=False, help="In opening time, of what was answered."
    )

    def _kdc_minutes_since(self, when):
        """Return the minutes of opening time from ``when`` (UTC) to now, at least 1: 0 is “not answered”."""
        return max(self._kdc_opening_minutes(when, fields.Datetime.now()), 1)

    @api.model
    def _cron_kdc_answer_times(self):
        """Count anew how shops have answered lately."""
        figures = self._kdc_answer_figures()
        known = Domain("id", "in", list(figures)) | Domain("answer_count", ">", 0) | Domain("answer_missed", ">", 0)
        for shop in self.search(known, order="id"):
            count, minutes, missed = figures[shop.id]
            values = {
                "answer_count": count,
                "answer_missed": missed,
                "answer_minutes": round(minutes / count) if count else 0,
            }
            if any(shop[fname] != value for fname, value in values.items()):
                shop.write(values)

    @api.model
    def _kdc_answer_figures(self):
        """Return {shop id: [answered, minutes in all, not answered]}, in four queries for all shops."""
        now = fields.Datetime.now()
        since = now - timedelta(days=LOOK_BACK_DAYS)
        orders = Domain("kdc_shop_id", "!=", False) & Domain("date_order", ">=", since)
        questions = Domain("shop_id", "!=", False) & Domain("shown_date", ">=", since)
        forgotten = Domain("answer", "=", False) & Domain("state", "=", "shown")
        forgotten &= Domain("shown_date", "<", now - timedelta(days=WAITING_DAYS))
        figures = defaultdict(lambda: [0, 0, 0])
        for model, of_shop, fname, mine, missed in (
            ("sale.order", "kdc_shop_id", "kdc_answer_minutes", orders, Domain("kdc_answer_missed", "=", True)),
            ("kdc.shop.question", "shop_id", "answer_minutes", questions, forgotten),
        ):
            Model = self.env[model]
            answered = mine & Domain(fname, ">", 0)
            for shop, count, minutes in Model._read_group(answered, [of_shop], ["__count", f"{fname}:sum"]):
                figures[shop.id][0] += count
                figures[shop.id][1] += minutes
            for shop, count in Model._read_group(mine & missed, [of_shop], ["__count"]):
                figures[shop.id][2] += count
        return figures

    def _kdc_answer_text(self, sample=SAMPLE):
        """Return what buyers and the shop read about its answers; empty while fewer than ``sample`` were asked for."""
        self.ensure_one()
        shop = self.sudo()  # sudo: two figures that the page of the shop shows to everybody
        asked = shop.answer_count + shop.answer_missed
        if asked < sample:
            return ""
        share = self.env._(
            "%(answered)s of %(asked)s orders and questions of the last %(days)s days were answered",
            answered=shop.answer_count,
            asked=asked,
            days=LOOK_BACK_DAYS,
        )
        if not shop.answer_count:
            return share
        if shop.answer_minutes < 60:
            time = self.env._("after %s minutes of opening time on average", shop.answer_minutes)
        else:
            time = self.env._("after about %s hours of opening time on average", round(shop.answer_minutes / 60))
        return f"{share}, {time}"
