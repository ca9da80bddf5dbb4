"""The opening hours of a shop, set with a thumb: choose days, choose times, save."""

from datetime import date

from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import ValidationError
from odoo.http import request, route

from ..engine import opening
from .portal_shop import ShopPortal

PAGE = "kdc_marketplace.portal_shop_hours"
SPANS = range(1, 4)


class ShopHours(ShopPortal):
    @route("/my/shop/hours", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def market_hours(self, **_kwargs):
        return self._light_render(PAGE, self._market_hours_values(self._market_my_shop(), {}))

    @route("/my/shop/hours", type="http", auth="user", website=True, sitemap=False, methods=["POST"])
    def market_hours_save(self, **post):
        """Give the ticked days the same spans; without any span they are closed."""
        shop = self._market_my_shop()
        env = request.env
        days = [day for day in range(7) if post.get(f"day_{day}")]
        errors = {}
        spans = ()
        if not days:
            errors["days"] = env._("Please tick the days these hours are for.")
        try:
            spans = () if post.get("action") == "closed" else self._market_spans(post)
        except opening.OpeningError as error:
            errors["spans"] = env._(
                "These times do not fit together: %s. Each needs a beginning and an end.", error.text
            )
        else:
            if not spans and post.get("action") != "closed":
                errors["spans"] = env._("Please choose from when to when you are open.")
        if errors:
            return self._light_invalid(PAGE, self._market_hours_values(shop, post, errors))
        shop._kdc_set_week(days, spans)
        self._light_flash(env._("Your opening hours were saved. Buyers see them at once."))
        return self._light_redirect("/my/shop/hours")

    @route("/my/shop/hours/special", type="http", auth="user", website=True, sitemap=False, methods=["POST"])
    def market_special_day(self, **post):
        """Add days with other hours, or days off."""
        shop = self._market_my_shop()
        env = request.env
        errors = {}
        try:
            first = date.fromisoformat(post.get("date_from") or "")
            last = date.fromisoformat(post.get("date_to") or "") if post.get("date_to") else first
            if last < first:
                errors["dates"] = env._("The last day lies before the first one.")
            elif last < today_here(request.env.user):
                errors["dates"] = env._("These days have passed. Please choose days to come.")
        except ValueError:
            errors["dates"] = env._("Please choose the day.")
        try:
            hours = opening.format_spans(self._market_spans(post))
        except opening.OpeningError as error:
            errors["special"] = env._(
                "These times do not fit together: %s. Each needs a beginning and an end.", error.text
            )
        if not errors:
            try:
                with env.cr.savepoint():
                    shop.env["kdc.shop.special.day"].create(
                        {
                            "shop_id": shop.id,
                            "name": (post.get("reason") or "").strip()[:60] or False,
                            "date_from": first,
                            "date_to": last,
                            "hours": hours or False,
                        }
                    )
            except ValidationError as error:
                errors["dates"] = str(error)
        if errors:
            return self._light_invalid(PAGE, self._market_hours_values(shop, post, errors))
        self._light_flash(env._("Saved. Buyers see it on the page of your shop."))
        return self._light_redirect("/my/shop/hours")

    @route(
        "/my/shop/hours/special/<int:day_id>/remove",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["POST"],
    )
    def market_special_day_remove(self, day_id, **_kwargs):
        day = self._market_my_shop().special_day_ids.filtered(lambda day: day.id == day_id)
        if not day:
            raise request.not_found()
        day.unlink()
        self._light_flash(request.env._("The special day was removed."))
        return self._light_redirect("/my/shop/hours")

    def _market_spans(self, post):
        """Return the spans of the form; raises OpeningError when half of one is missing or they overlap."""
        spans = []
        for number in SPANS:
            times = [(post.get(f"{end}_{number}") or "").strip() for end in ("from", "to")]
            if any(times):
                spans += opening.parse_spans("–".join(times)) or [(0, 0)]
        return opening.merge((start, end) for start, end in spans)

    def _market_hours_values(self, shop, post, errors=None):
        week = shop._kdc_week()
        labels = dict(shop.env["kdc.shop.hours"]._fields["weekday"]._description_selection(request.env))
        usual = week.get(0) or next(iter(week.values()), ())
        return {
            "week": [
                {
                    "key": day,
                    "label": labels[str(day)],
                    "text": opening.format_spans(week.get(day, ())),
                    "ticked": bool(post.get(f"day_{day}")) if post else not week,
                }
                for day in range(7)
            ],
            "known": bool(week),
            "spans": [
                {
                    "number": number,
                    "from": post.get(f"from_{number}", self._market_time(usual, number, 0)),
                    "to": post.get(f"to_{number}", self._market_time(usual, number, 1)),
                }
                for number in SPANS
            ],
            "special": [
                {"id": day.id, "from": day.date_from, "to": day.date_to, "hours": day.hours, "name": day.name}
                for day in shop._kdc_coming_special_days(opening.HORIZON_DAYS)
            ],
            "post": post,
            "now": shop._kdc_opening_now(),
            "special_spans": [
                {"number": number, "from": post.get(f"from_{number}", ""), "to": post.get(f"to_{number}", "")}
                for number in SPANS
            ],
            "today": today_here(request.env.user).isoformat(),
            "errors": errors or {},
        }

    @staticmethod
    def _market_time(spans, number, end):
        """Return a time of the usual day as the browser's time field wants it."""
        if number > len(spans):
            return ""
        minutes = spans[number - 1][end] % opening.DAY
        return f"{minutes // 60:02d}:{minutes % 60:02d}"
