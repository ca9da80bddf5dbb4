"""Households notify guests and tenants: the ward's helper note, with what the law on residence asks."""

from contextlib import suppress
from datetime import datetime, timedelta

from odoo import fields, http
from odoo.exceptions import ValidationError
from odoo.http import request

from ..engine import residence
from ..tools.local_day import today_here
from .home import ResidentHome
from .light import LightController

#: More people than this cannot be announced by one household in a day.
DAILY_LIMIT = 30
KINDS = {"guest": "stay", "tenant": "temporary"}
TYPED = ("person_name", "birth_date", "paper_kind", "paper_last", "date_from", "date_to", "reason", "place", "dwelling")


def read_date(text):
    """Return the date typed as 2026-11-21 or 21/11/2026; None when it is neither."""
    for pattern in ("%Y-%m-%d", "%d/%m/%Y"):
        with suppress(ValueError):
            return datetime.strptime(text.strip(), pattern).date()
    return None


class ResidentResidence(LightController):
    """``/my/residence``: who stays in the reader's own house, and the notices about them."""

    @http.route("/my/residence", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def my_residence(self, **_kwargs):
        """List guests and tenants of the household, and until when its members are registered."""
        household = self._light_household()
        today = today_here(household)
        records = self._residence_mine(household)
        return self._light_render(
            "kdc_residents.portal_residence",
            {
                "guests": records.filtered(lambda r: r.kind == "stay" and r.date_to >= today - timedelta(days=30)),
                "tenants": records.filtered(lambda r: r.kind == "temporary" and not self._residence_own(household, r)),
                "own": records.filtered(lambda r: r.kind != "stay" and self._residence_own(household, r)),
                "dwelling": household.dwelling_id,
                "let_out": self._residence_dwellings(household) - household.dwelling_id,
            },
        )

    @http.route(
        ["/my/residence/<any(guest,tenant):what>"], type="http", auth="user", website=True, sitemap=False,
        methods=["GET"],
    )  # fmt: skip
    def my_residence_new(self, what, **_kwargs):
        """Show the form for one guest or tenant."""
        self._light_household()
        return self._light_render("kdc_residents.portal_residence_new", self._residence_form(what))

    @http.route(
        ["/my/residence/<any(guest,tenant):what>"], type="http", auth="user", website=True, sitemap=False,
        methods=["POST"],
    )  # fmt: skip
    def my_residence_send(self, what, **post):
        """Record the notice, also a late one, or show the form again with everything that was typed."""
        env = request.env
        household = self._light_household()
        typed = {key: str(post.get(key) or "").strip()[:200] for key in TYPED}
        typed["after_eleven"] = bool(post.get("after_eleven"))
        values, errors = self._residence_read(what, typed)
        if not errors and self._residence_sent_today(household) >= DAILY_LIMIT:
            errors["form"] = env._("Many people were announced today. Please call the ward office.")
        record = None
        dwellings = self._residence_dwellings(household)
        dwelling = dwellings.filtered(lambda d: str(d.id) == typed["dwelling"]) or household.dwelling_id
        if not errors:
            try:
                with env.cr.savepoint():
                    record = env["kdc.residence"]._announce(household, KINDS[what], values, dwelling)
            except ValidationError as error:
                errors["form"] = error.args[0]
        if errors:
            return self._light_invalid("kdc_residents.portal_residence_new", self._residence_form(what, typed, errors))
        self._residence_thank(record)
        return self._light_redirect("/my/residence")

    @http.route(
        "/my/residence/<int:residence_id>/withdraw", type="http", auth="user", website=True, sitemap=False,
        methods=["POST"],
    )  # fmt: skip
    def my_residence_withdraw(self, residence_id, **_kwargs):
        """Take back what the household itself entered by mistake."""
        household = self._light_household()
        record = self._residence_mine(household).filtered(lambda r: r.id == residence_id and r.source == "portal")
        if not record:
            raise request.not_found()
        record.write({
            "cancelled": True,
            "cancel_reason": request.env._("Taken back by the household: %(name)s", name=request.env.user.name),
        })  # fmt: skip
        self._light_flash(request.env._("The notice was taken back."))
        return self._light_redirect("/my/residence")

    # ------------------------------------------------------------------ helpers
    def _residence_mine(self, household):
        """Return what is recorded for the reader's own household, in sudo (people it lodges and its members).

        Of a house it lets out, the owner sees what was announced under the own name, not what others say there.
        """
        return household.env["kdc.residence"].search(
            [("household_id", "=", household.id), ("cancelled", "=", False)], order="date_from DESC, id DESC"
        )

    def _residence_own(self, household, record):
        return record.resident_id.household_id == household if record.resident_id else False

    def _residence_dwellings(self, household):
        """Return the own dwelling and those that members own: where guests and tenants can be announced."""
        members = household._live_memberships().resident_id.partner_id
        owned = household.env["kdc.dwelling.owner"].search(
            [
                ("partner_id", "in", (members | household.partner_id).ids),
                ("date_to", "=", False),
                ("company_id", "=", household.company_id.id),
            ]
        )
        return household.dwelling_id | owned.dwelling_id

    def _residence_sent_today(self, household):
        since = fields.Datetime.now() - timedelta(days=1)
        return household.env["kdc.residence"].search_count(
            [("household_id", "=", household.id), ("source", "=", "portal"), ("create_date", ">=", since)]
        )

    def _residence_form(self, what, typed=None, errors=None):
        today = today_here(request.env.user)
        papers = request.env["kdc.residence"]._fields["paper_kind"]._description_selection(request.env)
        blank = dict.fromkeys(TYPED, "") | {"date_from": today.isoformat(), "after_eleven": False}
        if what == "guest":
            blank["date_to"] = today.isoformat()
        else:
            blank["date_to"] = residence.temporary_until_max(today).isoformat()
        return {
            "what": what,
            "typed": typed or blank,
            "errors": errors or {},
            "papers": papers,
            "dwellings": self._residence_dwellings(self._light_household()),
        }

    def _residence_read(self, what, typed):
        """Return the values of a notice and what is wrong with them, by field name."""
        env = request.env
        today = today_here(env.user)
        errors = {}
        values = {key: typed[key] or False for key in ("person_name", "reason", "place", "after_eleven")}
        if len(typed["person_name"]) < 2:
            errors["person_name"] = env._("Please write the full name of the person.")
        papers = dict(env["kdc.residence"]._fields["paper_kind"].selection)
        values["paper_kind"] = typed["paper_kind"] if typed["paper_kind"] in papers else False
        values["paper_last"] = typed["paper_last"][-4:] or False
        for key in ("birth_date", "date_from", "date_to"):
            values[key] = read_date(typed[key]) or False
            if not values[key] and (typed[key] or key != "birth_date"):
                errors[key] = env._("Please write the day as day/month/year, for example 21/11/2026.")
        if values["birth_date"] and not 1880 <= values["birth_date"].year <= today.year:
            errors["birth_date"] = env._("Please check the date of birth.")
        if not errors:
            errors |= self._residence_check_dates(what, values, today)
        return values, errors

    def _residence_check_dates(self, what, values, today):
        """Say what the law allows, before the database refuses it."""
        env = request.env
        start, end = values["date_from"], values["date_to"]
        if end < start:
            return {"date_to": env._("The last day lies before the first.")}
        if abs((start - today).days) > 366:
            return {"date_from": env._("Please check the first day.")}
        if what == "guest" and (end - start).days > residence.STAY_DAYS_MAX:
            return {
                "date_to": env._("From 30 days on it is a temporary residence. Please announce the person as a tenant.")
            }
        if what == "tenant" and end > residence.temporary_until_max(start):
            return {"date_to": env._("A temporary residence lasts two years at most; it can be extended later.")}
        return {}

    def _residence_thank(self, record):
        """Confirm, and say what the law asks."""
        env = request.env
        if record.kind == "stay" and not record.on_time:
            self._light_flash(
                env._(
                    "Recorded, but late: the law asks to notify a guest before 23:00 of the day of arrival (who "
                    "arrives after 23:00: before 08:00 of the next day). Please notify the ward police now, through "
                    "VNeID or by phone."
                ),
                kind="warn",
            )
        elif record.kind == "stay":
            self._light_flash(
                env._(
                    "Recorded. The notice to the police is made through VNeID or at the ward police; this page helps "
                    "the ward, it does not replace it."
                )  # fmt: skip
            )
        else:
            self._light_flash(
                env._(
                    "Recorded. Temporary residence is registered with the ward police; this page helps the ward, it "
                    "does not replace the registration."
                )  # fmt: skip
            )


class ResidentResidenceHome(ResidentHome):
    """Brings residence to the first page."""

    def _home_tasks(self, household, resident):
        """Remind of temporary residences of the household that end within a month."""
        tasks = super()._home_tasks(household, resident)
        records = household.env["kdc.residence"].search(
            [("household_id", "=", household.id), *household.env["kdc.residence"]._expiring_domain()]
        )
        records -= household.env["kdc.residence"]._extended(records)
        if records:
            first = min(records.mapped("date_to"))
            tasks.append({
                "icon": "clock",
                "title": request.env._("Temporary residence ends soon"),
                "text": request.env._(
                    "%(names)s: until %(date)s",
                    names=", ".join(records.mapped("person_name")[:2]),
                    date=first.strftime("%d/%m/%Y"),
                ),
                "url": "/my/residence",
                "kind": "warn",
                "sequence": 60,
            })  # fmt: skip
        return tasks

    def _home_tiles(self, household, resident):
        tile = {
            "icon": "key",
            "title": request.env._("Guests and tenants"),
            "url": "/my/residence",
            "count": None,
            "sequence": 82,
        }
        return [*super()._home_tiles(household, resident), tile]
