"""Requests to have personal data corrected or deleted, or its use stopped: filed and followed on the portal."""

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from ..engine import data_request as engine
from .light import LightController

MAX_DETAILS = 2000


class ResidentDataRequests(LightController):
    """``/my/household/data-requests``: only requests the reader filed or is the subject of exist."""

    def _data_request_people(self):
        """Return whose data the reader may speak for, in sudo; the reader comes first.

        :raise werkzeug.exceptions.NotFound: the reader is no resident
        """
        resident = self._light_resident()
        if not resident:
            raise request.not_found()
        return request.env["kdc.change.request"]._people_for(resident)

    def _data_request_domain(self):
        resident = self._data_request_people()[0]
        return ["|", ("resident_id", "=", resident.id), ("requester_id", "=", resident.partner_id.id)]

    def _data_request_own(self, request_id):
        """Return one request of the reader, in sudo; 404 for everybody else's."""
        # sudo: residents have no right on requests; the domain names their own only.
        record = request.env["kdc.data.request"].sudo().search([("id", "=", request_id), *self._data_request_domain()])
        if not record:
            raise request.not_found()
        return record

    @http.route("/my/household/data-requests", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def resident_data_requests(self, **_kwargs):
        """List the reader's requests."""
        # sudo: as in _data_request_own.
        records = request.env["kdc.data.request"].sudo().search(self._data_request_domain(), order="id DESC", limit=50)
        return self._light_render("kdc_residents.portal_data_requests", {"records": records})

    @http.route(
        "/my/household/data-requests/new", type="http", auth="user", website=True, sitemap=False, methods=["GET"]
    )
    def resident_data_request_new(self, right="", **_kwargs):
        """Show the form."""
        return self._data_request_form({"right": str(right), "details": "", "person": ""}, {})

    def _data_request_form(self, typed, errors):
        values = {
            "typed": typed,
            "errors": errors,
            # sudo: what the law lets people ask for is public.
            "rights": request.env["kdc.data.right"].sudo().search([]),
            "people": self._data_request_people(),
            "max_details": MAX_DETAILS,
        }
        return self._light_render("kdc_residents.portal_data_request_new", values, status=422 if errors else 200)

    @http.route(
        "/my/household/data-requests/new", type="http", auth="user", website=True, sitemap=False, methods=["POST"]
    )
    def resident_data_request_submit(self, **post):
        """Take the request, or show the form again with what is wrong."""
        env, people = request.env, self._data_request_people()
        typed = {name: str(post.get(name) or "").strip() for name in ("right", "details", "person")}
        person = people.filtered(lambda one: str(one.id) == typed["person"]) if typed["person"] else people[0]
        if not person:
            raise request.not_found()
        # sudo: as in _data_request_form.
        right = env["kdc.data.right"].sudo().search([]).filtered(lambda one: str(one.id) == typed["right"])
        errors = {}
        if not right:
            errors["right"] = env._("Please choose what you ask for.")
        if not typed["details"]:
            errors["details"] = env._("Please write which data you mean, so that the officer understands you.")
        elif len(typed["details"]) > MAX_DETAILS:
            errors["details"] = env._("Please write at most %(count)s characters.", count=MAX_DETAILS)
        if errors:
            return self._data_request_form(typed, errors)
        # sudo: as in _data_request_own; named fields of a person the reader may speak for.
        records = env["kdc.data.request"].sudo()
        same = records.search(
            [("resident_id", "=", person.id), ("right_id", "=", right.id), ("state", "in", list(engine.OPEN))]
        )
        if same:
            self._light_flash(
                env._("A request of this kind is already being handled. The ward will answer it."), "info"
            )
            return self._light_redirect("/my/household/data-requests")
        record = records.create(
            {
                "right_id": right.id,
                "resident_id": person.id,
                "requester_id": env.user.partner_id.id,
                "company_id": person.company_id.id,
                "details": typed["details"],
                "channel": "portal",
            }
        )
        self._light_flash(env._("Your request has reached the ward office."))
        return self._light_redirect(f"/my/household/data-requests/{record.id}")

    @http.route(
        "/my/household/data-requests/<int:request_id>",
        type="http", auth="user", website=True, sitemap=False, methods=["GET"],
    )  # fmt: skip
    def resident_data_request(self, request_id, **_kwargs):
        """Show how far a request is, its deadlines and the answer."""
        return self._light_render("kdc_residents.portal_data_request", {"record": self._data_request_own(request_id)})

    @http.route(
        "/my/household/data-requests/<int:request_id>/withdraw",
        type="http", auth="user", website=True, sitemap=False, methods=["POST"],
    )  # fmt: skip
    def resident_data_request_withdraw(self, request_id, **_kwargs):
        """Take a request back that is not answered yet."""
        record = self._data_request_own(request_id)
        try:
            record._step("withdraw")
        except UserError:
            self._light_flash(request.env._("This request has ended already."), "warn")
        else:
            self._light_flash(request.env._("Your request was withdrawn."))
        return self._light_redirect(f"/my/household/data-requests/{request_id}")
