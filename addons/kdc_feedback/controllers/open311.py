"""Open311 GeoReport v2: other systems read what is public, and create feedback with a key.

Served below ``/open311/v2`` in XML and JSON. The rules of the format are in ``engine/open311.py``, what a feedback
says of itself in ``models/kdc_feedback_open311.py``; here are only addresses, keys and errors.
"""

import re

from odoo import fields, http
from odoo.addons.kdc_residents.controllers.light import clean_photo
from odoo.exceptions import AccessError, LockError, UserError
from odoo.http import request

from ..engine import open311

KINDS = ("discovery", "services", "requests", "servicerequestupdates", "tokens")
ADDRESS = re.compile(rf"(?P<kind>{'|'.join(KINDS)})(?:/(?P<key>[^/]{{1,100}}))?\.(?P<form>xml|json)")
CHANGED = "2026-11-23T00:00:00+07:00"
MAX_PHOTOS = 5
MAX_PHOTO_MB = 12


class Open311(http.Controller):
    """One door for the whole interface, so that every answer, errors too, is written in the asked format."""

    @http.route(
        ["/open311/v2/<path:resource>", "/open311/<string:resource>"],
        type="http", auth="public", website=True, multilang=False, sitemap=False, methods=["GET", "POST"],
        csrf=False, save_session=False, cors="*",
    )  # fmt: skip
    def open311(self, resource, **query):
        # A file in the place of a text is no text.
        query = {name: value for name, value in query.items() if isinstance(value, str)}
        address = ADDRESS.fullmatch(resource)
        form = address["form"] if address else "json" if resource.endswith("json") else "xml"
        try:
            if not address:
                raise open311.Open311Error(404, "this address is not part of Open311 GeoReport v2")
            root, data = self._open311_answer(address["kind"], address["key"], query)
            status = 200
        except open311.Open311Error as error:
            root, data, status = "errors", open311.errors(error), error.status
        except (UserError, AccessError) as error:
            root, data, status = "errors", open311.errors(open311.Open311Error(400, str(error))), 400
        headers = [
            ("Content-Type", open311.CONTENT_TYPES[form]),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            ("X-Robots-Tag", "noindex"),
        ]
        return request.make_response(open311.render(form, root, data), headers, status=status)

    def _open311_answer(self, kind, key, query):
        """Root element and content of the answer.

        :raises Open311Error: there is nothing at this address
        """
        company = self._open311_company(query)
        if request.httprequest.method == "POST":
            if kind != "requests" or key:
                raise open311.Open311Error(404, "only requests can be sent")
            return "service_requests", self._open311_post(company, query)
        feedback = self._open311_model()
        if kind == "discovery" and not key:
            return "discovery", self._open311_discovery(company)
        if kind == "services":
            if not key:
                return "services", feedback._open311_services(company)
            return "service_definition", feedback._open311_definition(company, feedback._open311_category(company, key))
        if kind == "requests":
            return "service_requests", self._open311_requests(company, key, query)
        if kind == "servicerequestupdates" and not key:
            return "service_request_updates", self._open311_updates(company, query)
        if kind == "tokens" and key:
            return "service_requests", self._open311_token(company, key)
        raise open311.Open311Error(404, "there is nothing at this address")

    def _open311_model(self):
        """The feedback model in the language of the website, whatever a browser prefers."""
        return request.env["kdc.feedback"].with_context(lang=request.website.default_lang_id.code)

    def _open311_company(self, query):
        """The ward asked for by its official code, else that of the website.

        :raises Open311Error: no such ward
        """
        # sudo: which wards there are is public
        own = request.website.company_id.sudo()
        wanted = (query.get("jurisdiction_id") or "").strip()
        if not wanted:
            return own
        # sudo: as above
        ward = request.env["kdc.area"].sudo().search(
            [("kind", "=", "commune"), ("code", "=", wanted), ("company_id", "!=", False)], limit=1
        )  # fmt: skip
        if not ward:
            raise open311.Open311Error(404, f"jurisdiction_id {wanted} was not found")
        return ward.company_id

    def _open311_discovery(self, company):
        url = f"{request.website.get_base_url()}/open311/v2"
        return {
            "changeset": CHANGED,
            "contact": company.email or company.phone or company.name,
            "key_service": request.env._("Ask the ward office for a key: %(ward)s", ward=company.name),
            "endpoints": [
                {
                    "specification": "http://wiki.open311.org/GeoReport_v2",
                    "url": url,
                    "changeset": CHANGED,
                    "type": "production",
                    "formats": ["text/xml", "application/json"],
                }
            ],
        }

    def _open311_requests(self, company, key, query):
        model = self._open311_model()
        numbers = [key] if key else open311.split(query.get("service_request_id"))[: open311.MAX_IDS]
        if numbers:
            client = self._open311_client(company, query) if query.get("api_key") else None
            found = model._open311_find(company, client, numbers)
            if key and not found:
                raise open311.Open311Error(404, f"service_request_id {key} was not found")
        else:
            found = model._open311_search(company, query, fields.Datetime.now())
        extended = (query.get("extensions") or "").lower() == "true"
        return found._open311_requests(request.website.get_base_url(), extended)

    def _open311_updates(self, company, query):
        """What has happened, of what is public and, with a key, of what its client has sent."""
        client = self._open311_client(company, query) if query.get("api_key") else None
        now, base_url = fields.Datetime.now(), request.website.get_base_url()
        return self._open311_model()._open311_updates(company, client, query, now, base_url)

    def _open311_token(self, company, token):
        feedback = request.env["kdc.feedback"]._by_follow_token(token)
        if not feedback or feedback.company_id != company:
            raise open311.Open311Error(404, "token was not found")
        return [{"service_request_id": feedback.number, "token": token}]

    def _open311_client(self, company, query):
        """The client of the key that was sent; guessing is slowed down.

        :raises Open311Error: no key, a wrong one, or one that is not active any more
        """
        secret = (query.get("api_key") or "").strip()
        if not secret:
            raise open311.Open311Error(403, "api_key was not provided")
        throttle, source = request.env["kdc.throttle"], request.httprequest.remote_addr
        if not throttle._allow("open311", source):
            raise open311.Open311Error(403, "too many wrong api_keys: wait 15 minutes")
        client = request.env["kdc.feedback.api.key"]._by_key(secret, company)
        if not client:
            throttle._count("open311", source)
            raise open311.Open311Error(403, "api_key is not valid")
        return client

    def _open311_post(self, company, query):
        client = self._open311_client(company, query)
        model = self._open311_model()
        key = model._open311_client_key(client, query)
        if key:
            model._lock_client_key(key)
            # What arrived before is no further request: a client that had no answer asks again until it has one.
            # sudo: found by the number the client itself has given to it
            known = model.sudo().search([("client_key", "=", key)], limit=1)
            if known:
                return self._open311_receipt(known)
        try:
            room = client._has_room()
        except LockError:
            raise open311.Open311Error(400, "too much is sent with this api_key at once: send it again", 503) from None
        if not room:
            raise open311.Open311Error(
                400, f"more than {client.hourly_limit} requests within an hour: send it again later", code=429
            )
        photos = self._open311_photos()
        # What is refused after the row was written leaves no row: the client sends it again.
        with request.env.cr.savepoint():
            feedback = model._open311_create(client, query, photos)
        return self._open311_receipt(feedback)

    def _open311_receipt(self, feedback):
        """What a client reads of what it has sent."""
        return [
            {
                "service_request_id": feedback.number,
                "service_notice": request.env._(
                    "A result is promised by %(promised)s.",
                    promised=feedback._format_local(feedback.handling_deadline),
                ),
                "account_id": None,
            }
        ]

    def _open311_photos(self):
        """Pictures sent along as files (FixMyStreet and others do), made safe.

        :raises Open311Error: too many, too big, or no pictures
        """
        files = [upload for uploads in request.httprequest.files.listvalues() for upload in uploads if upload.filename]
        if len(files) > MAX_PHOTOS:
            raise open311.Open311Error(400, f"more than {MAX_PHOTOS} pictures")
        photos = []
        for upload in files:
            data = upload.stream.read(MAX_PHOTO_MB * 1024 * 1024 + 1)
            if len(data) > MAX_PHOTO_MB * 1024 * 1024:
                raise open311.Open311Error(400, f"a picture is larger than {MAX_PHOTO_MB} MB")
            try:
                photos.append(clean_photo(data))
            except ValueError:
                raise open311.Open311Error(400, "a file is no JPEG, PNG or WebP picture") from None
        return photos
