"""The meters of the reader's household, shop or office: what they showed, and this month's figure with a photo."""

import base64

from odoo import http
from odoo.addons.kdc_residents.controllers.light import UploadError
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.http import request
from psycopg2 import IntegrityError

from ..engine import meter as meter_engine
from ..engine import reading_sheet
from ..engine.money import decimal, plain
from .bills import ResidentBills

#: Longest reason taken, in characters.
REASON_LENGTH = 200


class ResidentReadings(ResidentBills):
    """``/my/readings``: whoever sees the bills of a meter sends its figure; any other meter does not exist."""

    # -- home --------------------------------------------------------------------------------------

    def _home_tasks(self, household, resident):
        tasks = super()._home_tasks(household, resident)
        waiting = [row for row in self._meter_rows(self._seen_meters(household)) if row["may_send"]]
        waiting = [row for row in waiting if not row["reading"]]
        # Without reading days nobody waits for a figure.
        closing = [row["close"] for row in waiting if row["close"]]
        if not closing:
            return tasks
        return tasks + [
            {
                "icon": "camera",
                "title": request.env._("Send the figure of your meter"),
                "text": request.env._("Until %s", fmt.date(min(closing))),
                "url": f"/my/readings/{waiting[0]['id']}" if len(waiting) == 1 else "/my/readings",
                "kind": "warn",
                "sequence": 20,
            }
        ]

    def _home_tiles(self, household, resident):
        tiles = super()._home_tiles(household, resident)
        if not self._seen_meters(household):
            return tiles
        return tiles + [
            {
                "icon": "camera",
                "title": request.env._("Meters"),
                "url": "/my/readings",
                "count": 0,
                "sequence": 15,
            }
        ]

    # -- pages -------------------------------------------------------------------------------------

    @http.route("/my/readings", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def resident_readings(self, **_kwargs):
        """List the meters with their last figures."""
        household = self._bills_household()
        rows = self._meter_rows(self._seen_meters(household))
        return self._light_render("kdc_utilities.portal_readings", {"rows": rows, "household": household})

    @http.route("/my/readings/<int:meter_id>", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def resident_reading(self, meter_id, **_kwargs):
        """Show one meter: the figure to send, the range it should be in, the figures before."""
        return self._light_render("kdc_utilities.portal_reading", self._reading_page(self._seen_meter(meter_id)))

    @http.route("/my/readings/<int:meter_id>", type="http", auth="user", website=True, sitemap=False, methods=["POST"])
    def resident_reading_send(self, meter_id, value="", reason="", sure="", **_kwargs):
        """Take this month's figure. Whatever is wrong with it, what was typed is shown again."""
        meter = self._seen_meter(meter_id)
        page = self._reading_page(meter)
        typed = {"value": value.strip()[:20], "reason": reason.strip()[:REASON_LENGTH], "sure": bool(sure)}
        errors, figure, photo = self._understand(page, typed)
        if not errors:
            errors = self._send(meter, figure, photo, typed, page)
        if errors:
            had_photo = bool(request.httprequest.files.get("photo"))
            return self._light_invalid(
                "kdc_utilities.portal_reading",
                page | {"typed": typed, "errors": errors, "had_photo": had_photo},
            )
        self._light_flash(request.env._("Thank you. The figure %s has been received.", fmt.number(figure)))
        return self._light_redirect("/my/readings")

    @http.route(
        "/my/readings/photo/<int:reading_id>", type="http", auth="user", website=True, sitemap=False, methods=["GET"]
    )
    def resident_reading_photo(self, reading_id, **_kwargs):
        """Give the photo of a reading of an own meter."""
        # sudo: residents have no right on readings; the domain lets only those of the own meters through.
        readings = request.env["kdc.meter.reading"].sudo()
        reading = readings.search(self._metered_domain(self._bills_household()) & Domain("id", "=", reading_id))
        if not reading.photo:
            raise request.not_found()
        return request.make_response(
            base64.b64decode(reading.photo),
            [
                ("Content-Type", "image/jpeg"),
                ("Cache-Control", "private, no-store"),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )

    # -- whose -------------------------------------------------------------------------------------

    def _bills_page(self, household, accounts):
        """Lead who has no home page here, a shop or an office, from the bills to the meters."""
        meters = not household and self._seen_meters(household)
        return super()._bills_page(household, accounts) | {"has_meters": bool(meters)}

    def _metered_domain(self, household):
        """Return the domain of meters or readings of the reader: where the household lives, and what the reader pays.

        :param household: as ``_bills_household`` returns it, which is the check
        """
        lives = Domain("account_id.household_id", "in", household.ids)
        return lives | Domain("account_id", "any", self._accounts_domain(household))

    def _seen_meters(self, household):
        """Return the meters on the wall, in sudo; none where the head does not share bills."""
        # sudo: residents have no right on meters; the domain lets only the own ones through.
        meters = request.env["kdc.meter"].sudo()
        if household and not request.env.user._kdc_may_see("bills", household):
            return meters
        return meters.search(self._metered_domain(household) & Domain("state", "!=", "removed"))

    def _seen_meter(self, meter_id):
        """Return an own meter in sudo; any other number does not exist."""
        meter = self._seen_meters(self._bills_household()).filtered(lambda row: row.id == meter_id)
        if not meter:
            raise request.not_found()
        return meter

    # -- what is shown -----------------------------------------------------------------------------

    def _meter_rows(self, meters):
        """Return what the pages show of meters."""
        today = today_here(meters)
        meters = meters.with_context(kdc_reading_date=today)
        several = len(meters.account_id) > 1
        # sudo: the reading days of the ward are public.
        find = request.env["kdc.reading.schedule"].sudo()._by_area(meters.area_id, meters.company_id)
        return [
            self._meter_row(meter, find(meter.area_id, meter.company_id), today)
            | {"whose": meter.partner_id.name if several else ""}
            for meter in meters
        ]

    def _meter_row(self, meter, schedule, today):
        date_open, date_close = schedule._window(today) if schedule else (None, None)
        reading = meter.entry_reading_id
        within = not schedule or date_open <= today and (today <= date_close or schedule.late_rule == "flag")
        # A figure that staff read stands; an own one or an estimate may be replaced until the month closes.
        replaceable = not reading or reading.source in ("portal", "estimate")
        return {
            "id": meter.id,
            "serial": meter.serial,
            "service": meter.service_id.name,
            "unit": meter.unit,
            "digits": meter.digits,
            "location": meter.location,
            "open": date_open,
            "close": date_close,
            "late": bool(schedule and today > date_close),
            "reading": reading,
            "previous_value": meter.previous_value,
            "lowest_value": meter.lowest_value,
            "previous_date": meter.previous_date,
            "may_send": within and replaceable,
            "within": within,
        }

    def _reading_page(self, meter):
        """Return the values of the page of one meter."""
        readings = meter.reading_ids.sorted("date", reverse=True)
        row = self._meter_rows(meter)[0]
        history = [
            decimal(reading.consumption, 3)
            for reading in readings
            if reading.event != "initial" and reading != row["reading"]
        ]
        previous = decimal(row["previous_value"], 3) if row["previous_date"] else None
        return {
            "row": row,
            "readings": readings[:12],
            "previous": previous,
            # An estimate may have been too high: that is no lower figure to be explained.
            "lowest": previous if previous is None else decimal(row["lowest_value"], 3),
            "history": history,
            "expected": meter_engine.expected(previous, history, decimal(meter.multiplier, 3)),
            "typed": {},
            "errors": {},
            "had_photo": False,
        }

    # -- what is sent ------------------------------------------------------------------------------

    def _understand(self, page, typed):
        """Return (errors by field, figure, photo or None) of what was sent."""
        errors, figure, photos = {}, None, []
        if not page["row"]["may_send"]:
            errors["form"] = request.env._("No figure can be sent for this meter now.")
        try:
            figure = reading_sheet.read_figure(typed["value"])
        except ValueError:
            errors["value"] = request.env._("Please write the digits only, for instance 1234.")
        else:
            if figure is None:
                errors["value"] = request.env._("Please write the figure the meter shows.")
            elif figure >= 10 ** page["row"]["digits"]:
                errors["value"] = request.env._(
                    "%(value)s has more digits than this register (%(digits)s). Check the figure.",
                    value=plain(figure), digits=page["row"]["digits"],
                )  # fmt: skip
        try:
            photos = self._light_uploads("photo", max_count=1)
        except UploadError as error:
            errors["photo"] = str(error)
        if not errors:
            errors = self._look_twice(page, typed, figure)
        return errors, figure, photos[0] if photos else None

    def _look_twice(self, page, typed, figure):
        """Ask back once for a figure that is probably mistyped."""
        lowest = page["lowest"]
        if lowest is not None and figure < lowest:
            if typed["reason"]:
                return {}
            return {
                "reason": request.env._(
                    "This is lower than the figure before (%s). If you mistyped, correct it. If it is right, say why.",
                    fmt.number(lowest),
                )
            }
        expected = page["expected"]
        if expected and figure > expected[1] and not typed["sure"]:
            return {
                "sure": request.env._(
                    "This is more than expected. Please compare it with the meter once more, then confirm it below."
                )
            }
        return {}

    def _send(self, meter, figure, photo, typed, page):
        """Write the reading; return errors by field where it cannot be."""
        extra = {"event": "normal", "reason": typed["reason"] or False}
        if page["previous"] is None:
            extra["event"] = "initial"
        elif figure < page["lowest"]:
            extra["event"] = "below"
        if photo:
            extra["photo"] = base64.b64encode(photo)
        try:
            with request.env.cr.savepoint():
                # meter is in sudo: residents never write readings themselves; the meter was checked to be theirs and
                # only figure, reason and photo come from them.
                meter.env["kdc.meter.reading"]._record(
                    meter, today_here(meter), float(figure), "portal", user_id=request.env.uid, **extra
                )
        except ValidationError as error:
            return {"form": str(error)}
        except IntegrityError:
            # The same form sent twice at the same moment.
            return {"form": request.env._("A figure of this meter was received a moment ago. Please look at it first.")}
        return {}
