"""The field round: readings taken on a phone that may have no network, sent when it has one.

The page, its list and its queue live on the phone; the server hands out the list and takes readings in small parcels.
Sending a parcel twice changes nothing: each reading has a key made on the phone, unique in the database.
"""

import base64
import re
from datetime import date, timedelta

from odoo import fields, http
from odoo.addons.kdc_residents.controllers.light import LightController
from odoo.addons.kdc_residents.controllers.offline import sent_photo, worker_response
from odoo.addons.kdc_residents.engine.clock import read_instant, to_local
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import UserError
from odoo.http import request
from psycopg2 import IntegrityError

from ..engine import meter as meter_engine
from ..engine import reading_sheet
from ..engine.money import decimal, plain
from ..engine.place import Position, read_position

READERS = "kdc_utilities.group_collector,kdc_utilities.group_accountant"
#: Meters handed out at once; a reader walks one or a few residential groups, not the ward.
LIST_LIMIT = 3000
#: Readings taken in one request; with photos about 5 MB.
PARCEL = 20
KEY = re.compile(r"[A-Za-z0-9-]{8,64}")
#: Days a reading may wait on the phone.
WAIT_DAYS = 45


class FieldRound(LightController):
    """``/kdc/round`` for those who read meters, in the areas they may see."""

    def _check_reader(self):
        """Only readers find these pages.

        :raise werkzeug.exceptions.NotFound: the user reads no meters
        """
        if not request.env.user.has_groups(READERS):
            raise request.not_found()

    @http.route("/kdc/round", type="http", auth="user", website=True, multilang=False, sitemap=False, methods=["GET"])
    def field_round_page(self, **_kwargs):
        """Show the empty page; the list comes from the phone's own memory or from ``/kdc/round/list``."""
        self._check_reader()
        return self._light_render("kdc_utilities.field_round", {"reader": request.env.user})

    @http.route("/kdc/round/sw.js", type="http", auth="public", sitemap=False, methods=["GET"])
    def field_round_worker(self, **_kwargs):
        """Give the service worker, which may answer for this page only."""
        return worker_response("/kdc/round")

    @http.route("/kdc/round/list", type="jsonrpc", auth="user")
    def field_round_list(self):
        """Return the meters of the reader's areas in walking order with what is known of this month."""
        self._check_reader()
        today = self._round_today()
        meters = request.env["kdc.meter"].with_context(kdc_reading_date=fields.Date.to_string(today))
        domain = [("state", "!=", "removed"), ("company_id", "in", request.env.companies.ids)]
        meters = meters.search(domain, limit=LIST_LIMIT)
        rereads = request.env["kdc.reading.anomaly"].search(
            [("meter_id", "in", meters.ids), ("state", "=", "reread"), ("period", "=", today.replace(day=1))]
        )
        again = set(rereads.meter_id.ids)
        history = self._round_history(meters, today)
        return {
            "reader": request.env.uid,
            "month": today.strftime("%Y-%m"),
            "made": fmt.datetime(fields.Datetime.now()),
            # More than these, and the page says so.
            "total": meters.search_count(domain) if len(meters) == LIST_LIMIT else len(meters),
            "meters": [self._round_row(meter, history.get(meter.id, []), meter.id in again) for meter in meters],
        }

    def _round_history(self, meters, today):
        """Return the use of the last six readings before this month by meter, newest first, in one query."""
        first = today.replace(day=1)
        rows = request.env["kdc.meter.reading"].search_read(
            [
                ("meter_id", "in", meters.ids),
                ("event", "!=", "initial"),
                ("date", "<", first),
                ("date", ">=", fields.Date.subtract(first, months=meter_engine.HISTORY + 1)),
            ],
            ["meter_id", "consumption"],
            order="date desc, id desc",
            load=None,
        )
        history = {}
        for row in rows:
            history.setdefault(row["meter_id"], []).append(decimal(row["consumption"], 3))
        return history

    def _round_row(self, meter, history, again):
        previous = decimal(meter.previous_value, 3) if meter.previous_date else None
        expected = meter_engine.expected(previous, history, decimal(meter.multiplier, 3))
        return {
            "id": meter.id,
            "serial": meter.serial,
            "name": meter.partner_id.name or "",
            "address": meter.address or "",
            "place": meter.location or "",
            "area": meter.area_id.name or "",
            "service": meter.service_id.name,
            "unit": meter.unit,
            "digits": meter.digits,
            "previous": plain(previous) if previous is not None else "",
            "lowest": plain(decimal(meter.lowest_value, 3)) if meter.previous_date else "",
            "day": fmt.date(meter.previous_date) if meter.previous_date else "",
            "low": plain(expected[0]) if expected else "",
            "high": plain(expected[1]) if expected else "",
            "again": again,
            "known": self._round_known(meter.entry_reading_id),
        }

    def _round_known(self, reading):
        """Return the reading of the month as the phone shows it; ``stamp`` tells later whether it is still that one."""
        if not reading or reading.source == "estimate":
            return None
        value = plain(decimal(reading.value, 3))
        return {
            "stamp": f"{reading.id}-{reading.write_date.timestamp():.6f}-{value}",
            "value": value,
            # sudo: a reader may not read users; the name of a colleague beside the figure is what the rule needs.
            "by": reading.sudo().user_id.name or "",
            "day": fmt.date(reading.date),
        }

    # -- taking ------------------------------------------------------------------------------------

    @http.route("/kdc/round/send", type="jsonrpc", auth="user")
    def field_round_send(self, readings):
        """Take a parcel of readings, each on its own.

        :param readings: list of dicts ``key``, ``meter``, ``value``, ``reason``, ``taken`` (ISO time with zone),
            ``seen`` (stamp of the reading that the phone showed, or empty), ``photo`` (base64 or empty), ``place``
            (``lat``, ``lon``, ``acc`` in metres; only where the reader switched it on)
        :return: list of dicts ``key``, ``state`` (``done``, ``conflict``, ``refused``), ``message``, ``known``
        """
        self._check_reader()
        if not isinstance(readings, list) or len(readings) > PARCEL:
            raise UserError(request.env._("At most %s readings are sent at once.", PARCEL))
        return [self._round_take(item if isinstance(item, dict) else {}) for item in readings]

    def _round_take(self, item):
        key = item.get("key")
        if not isinstance(key, str) or not KEY.fullmatch(key):
            return {"key": key, "state": "refused", "message": request.env._("This reading has no key. Enter it anew.")}
        try:
            with request.env.cr.savepoint():
                return {"key": key} | self._round_write(key, item)
        except (UserError, ValueError) as error:
            return {"key": key, "state": "refused", "message": str(error)}
        except IntegrityError:
            return {"key": key, "state": "refused", "message": request.env._("Somebody sent this meter just now.")}

    def _round_write(self, key, item):
        """Write one reading, unless it was taken before or somebody else's newer one stands in its way.

        Nothing is replaced that its reader has not seen: who keeps the own figure in a conflict says over which one,
        and is asked again where meanwhile a third came.
        """
        meter_id = item.get("meter")
        if not isinstance(meter_id, int) or isinstance(meter_id, bool) or not 0 < meter_id < 2**31:
            raise UserError(request.env._("This meter is not in your areas."))
        # The reader's own rights: a meter of another area is not found.
        meter = request.env["kdc.meter"].search([("id", "=", meter_id)])
        if not meter:
            raise UserError(request.env._("This meter is not in your areas."))
        # sudo: readers have no right to write readings by hand; from here on named fields of a meter they may see.
        readings = request.env["kdc.meter.reading"].sudo()
        done = readings.search([("client_key", "=", key), ("company_id", "=", meter.company_id.id)])
        if done:
            return {"state": "done", "known": self._round_known(done)}
        taken, day = self._round_time(item.get("taken"))
        value = self._round_value(item.get("value"))
        current = meter.with_context(kdc_reading_date=fields.Date.to_string(day)).entry_reading_id.sudo()  # sudo: above
        known = self._round_known(current)
        if known and known["stamp"] != item.get("seen"):
            if decimal(current.value, 3) == value:
                return {"state": "done", "known": known}
            return {
                "state": "conflict",
                "known": known,
                "message": request.env._(
                    "The server has %(value)s of %(day)s by %(by)s.",
                    value=known["value"],
                    day=known["day"],
                    by=known["by"],
                ),
            }
        vals = self._round_vals(meter, day, value, item) | {"client_key": key, "taken_on": taken}
        # sudo: as above, the meter was found with the reader's own rights
        reading = readings._record(meter.sudo(), day, float(value), "phone", user_id=request.env.uid, **vals)
        return {"state": "done", "known": self._round_known(reading)}

    def _round_vals(self, meter, day, value, item):
        """Return event, reason, place and photo of a reading."""
        previous = meter.with_context(kdc_reading_date=fields.Date.to_string(day))
        reason = item.get("reason")
        reason = reason.strip()[:200] if isinstance(reason, str) else ""
        # A position that cannot be one is left out: it is no reason to lose a reading.
        place = read_position(item.get("place")) or Position(0, 0, 0)
        vals = {"event": "normal", "reason": reason or False, **place._asdict()}
        if not previous.previous_date:
            vals["event"] = "initial"
        elif value < decimal(previous.lowest_value, 3) and reason:
            vals["event"] = "below"
        photo = item.get("photo")
        if photo:
            vals["photo"] = base64.b64encode(self._round_photo(photo))
        return vals

    def _round_photo(self, photo):
        """Return a picture sent as base64 as clean JPEG bytes."""
        try:
            return sent_photo(photo)
        except ValueError:
            raise UserError(request.env._("The photo cannot be read. Take it once more.")) from None

    def _round_value(self, text):
        try:
            value = reading_sheet.read_figure(text if isinstance(text, str) else "")
        except ValueError:
            value = None
        if value is None:
            raise UserError(request.env._("Please write the digits only, for instance 1234."))
        return value

    def _round_time(self, text):
        """Return when the reading was taken (UTC, no zone) and its day here; a clock that is far off is refused."""
        try:
            taken = read_instant(text)
            taken = taken.astimezone().astimezone(tz=None) if taken.tzinfo is None else taken
            utc = (taken - taken.utcoffset()).replace(tzinfo=None, microsecond=0)
        except (TypeError, ValueError, OverflowError):
            raise UserError(request.env._("The time of this reading is missing. Enter it anew.")) from None
        now = fields.Datetime.now()
        if not now - timedelta(days=WAIT_DAYS) < utc < now + timedelta(minutes=15):
            raise UserError(request.env._("The clock of this phone is wrong: it says %s.", fmt.datetime(utc)))
        day = to_local(utc).date()
        return utc, min(day, self._round_today())

    def _round_today(self) -> date:
        return today_here(request.env["kdc.meter"])
