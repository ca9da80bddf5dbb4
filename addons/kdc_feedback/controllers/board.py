"""The public board: what residents reported and what the ward did, for everybody and without a login.

Everything shown here went through ``is_public`` and ``_public_text`` of ``models/kdc_feedback_board.py``.
"""

import math
from datetime import timedelta
from urllib.parse import urlencode

from odoo import fields, http
from odoo.addons.kdc_residents.controllers.light import LightController
from odoo.addons.kdc_residents.engine.qr import svg_path
from odoo.http import request

from ..engine import board_map, rss
from ..models.kdc_feedback_board import BOARD_STATES, MINIMUM, PUBLIC_TEXTS
from .guest import new_url

PAGE = 20
FEED = 50
MAX_PAGE = 100_000
#: What a list shows; read in one query.
LISTED = [
    "number", "name", "state", "is_open", "handling_status", "handling_deadline", "submitted_at", "category_id",
    "area_id", "partner_id", "contact_name", "location",
]  # fmt: skip


class FeedbackBoard(LightController):
    """``/phan-anh``: list, page, map, figures and feed."""

    # -- reading the address -------------------------------------------------------------------------------------
    def _board_model(self):
        # sudo: everybody may read what the domain of the board leaves in, nobody has a right on the model
        return request.env["kdc.feedback"].sudo()

    def _board_int(self, text):
        """The number in an address; 0 when it is none."""
        return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 10 else 0

    def _board_choices(self, company):
        """Groups with their categories, and residential groups, as the filters offer them."""
        env = self._board_model().env
        groups = [
            (group, categories.filtered(lambda one: one.is_public and not one.is_emergency))
            for group, categories in env["kdc.feedback.category"]._choices(company)
        ]
        areas = env["kdc.area"].search(
            [("company_id", "=", company.id), ("kind", "=", "group"), ("date_to", "=", False)]
        )
        return [pair for pair in groups if pair[1]], areas

    def _board_filters(self, company, query):
        """What the reader chose: records and texts, wrong ones left out, and the same as part of an address."""
        env = self._board_model().env
        category = env["kdc.feedback.category"].search(
            [("id", "=", self._board_int(query.get("category"))), ("company_id", "in", (company.id, False))]
        )
        area = env["kdc.area"].search(
            [("id", "=", self._board_int(query.get("area"))), ("company_id", "=", company.id)]
        )
        state = query.get("state") if query.get("state") in BOARD_STATES else None
        words = " ".join((query.get("q") or "").replace("\0", "").split())[:100]
        chosen = {"q": words, "category": category.id or "", "area": area.id or "", "state": state or ""}
        return {
            "category": category,
            "area": area,
            "state": state,
            "words": words,
            "link": urlencode({key: value for key, value in chosen.items() if value}),
        }

    def _board_chosen(self, company, filters):
        """Domain of the public feedback that fits what the reader chose."""
        return self._board_model()._board_domain(
            company, filters["category"], filters["area"], filters["state"], filters["words"]
        )

    def _watch_state(self, company, filters):
        """Whether what the list shows can be followed; see ``watching.py``."""
        return None

    def _board_state(self, feedback):
        """State as everybody reads it: ``kind`` (colour), ``icon`` and ``text``."""
        env = request.env
        return {
            "received": {"kind": "info", "icon": "check", "text": env._("Received")},
            "in_progress": {"kind": "info", "icon": "clock", "text": env._("Being handled")},
            "waiting": {"kind": "info", "icon": "clock", "text": env._("Asked the reporter")},
            "deferred": {"kind": "muted", "icon": "clock", "text": env._("Deferred")},
            "forwarded": {"kind": "info", "icon": "clock", "text": env._("With another authority")},
            "done": {"kind": "ok", "icon": "check", "text": env._("Result given")},
            "disputed": {"kind": "warn", "icon": "clock", "text": env._("Being examined again")},
            "closed": {"kind": "ok", "icon": "check", "text": env._("Settled")},
            "refused": {"kind": "muted", "icon": "info", "text": env._("Not accepted")},
        }[feedback.state]

    def _board_rows(self, found):
        """Rows of a list, with one photo each; the same number of queries for one as for twenty."""
        photos = {}
        for photo in found._public_photos():
            photos.setdefault(photo.feedback_id.id, photo)
        return [
            {
                "number": feedback.number,
                "name": feedback._public_name(),
                "place": feedback._public_place(),
                "category": feedback.category_id.name,
                "state": self._board_state(feedback),
                "late": feedback.is_open and feedback.handling_status == "overdue",
                "promised": feedback.is_open and feedback.handling_deadline,
                "sent": feedback.submitted_at,
                "photo": photos.get(feedback.id),
            }
            for feedback in found
        ]

    # -- pages ---------------------------------------------------------------------------------------------------
    @http.route("/phan-anh", type="http", auth="public", website=True, sitemap=True, methods=["GET"])
    def board_list(self, **query):
        company = self._light_company()
        model = self._board_model()
        filters = self._board_filters(company, query)
        domain = self._board_chosen(company, filters)
        total = model.search_count(domain)
        pages = max(math.ceil(total / PAGE), 1)
        page = min(max(self._board_int(query.get("page")), 1), pages)
        found = model.search_fetch(
            domain, LISTED, order="submitted_at DESC, id DESC", limit=PAGE, offset=(page - 1) * PAGE
        )
        groups, areas = self._board_choices(company)
        base = f"/phan-anh?{filters['link']}&" if filters["link"] else "/phan-anh?"
        return self._light_render(
            "kdc_feedback.board_list",
            {
                "rows": self._board_rows(found),
                "total": total,
                "page": page,
                "pages": pages,
                "newer": f"{base}page={page - 1}" if page > 1 else None,
                "older": f"{base}page={page + 1}" if page < pages else None,
                "filters": filters,
                "groups": groups,
                "group_areas": areas,
                "feed": f"/phan-anh/rss.xml?{filters['link']}" if filters["link"] else "/phan-anh/rss.xml",
                "watch": self._watch_state(company, filters),
                "new_url": new_url(),
                "member": bool(request.session.uid and self._light_resident()),
            },
        )

    def _board_find(self, number):
        """The public feedback of a number, in sudo, else 404."""
        domain = [*self._board_model()._board(self._light_company()), ("number", "=", number)]
        found = self._board_model().search(domain, limit=1)
        if not found:
            raise request.not_found()
        return found

    @http.route("/phan-anh/<string:number>", type="http", auth="public", website=True, sitemap=False, methods=["GET"])
    def board_page(self, number, **_query):
        feedback = self._board_find(number)
        lines = feedback._public_lines()[feedback]
        photos = feedback._public_photos()
        address = f"{request.website.get_base_url()}/phan-anh/{feedback.number}"
        named = feedback.privacy == "named" and not feedback._name_withdrawn()
        return self._light_render(
            "kdc_feedback.board_page",
            {
                "row": self._board_rows(feedback)[0],
                "text": feedback._public_text(feedback.description),
                "reporter": feedback.partner_id.name if named else None,
                "unit": feedback.unit_id.name,
                "area": feedback.area_id.name,
                "reason": feedback.refusal_reason_id.name,
                "deferred": feedback.state == "deferred" and feedback.deferred_until,
                "letter": feedback._forward_open(),
                "before": photos.filtered(lambda photo: not photo.message_id),
                "story": [self._board_line(feedback, line, photos) for line in lines],
                "address": address,
                "qr": svg_path(address),
            },
        )

    def _board_line(self, feedback, line, photos):
        """One row of the story: what happened, and the words of the ward."""
        signed = line.kind in PUBLIC_TEXTS or line.action == "transfer"
        return {
            "kind": line.kind,
            "title": line.display_name,
            "date": line.date,
            "body": feedback._public_body(line),
            "unit": line.unit_id.name if signed else None,
            "deadlines": (line.deadline_before, line.deadline_after) if line.action == "deadline" else None,
            "photos": photos.filtered(lambda photo: photo.message_id == line),
        }

    @http.route(
        "/phan-anh/<string:number>/anh/<int:photo_id>/<string:size>",
        type="http", auth="public", website=True, multilang=False, sitemap=False, methods=["GET"],
    )  # fmt: skip
    def board_photo(self, number, photo_id, size, **_query):
        """A photo of public feedback; those that are hidden, of the conversation or of notes are not found."""
        photo = self._board_find(number)._public_photos().filtered(lambda one: one.id == photo_id)
        if not photo or size not in ("full", "thumb"):
            raise request.not_found()
        field = "image" if size == "full" else "thumbnail"
        response = (
            request.env["ir.binary"]._get_image_stream_from(photo, field).get_response(immutable=False, max_age=3600)
        )
        response.headers["Cache-Control"] = "private, max-age=3600"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["X-Robots-Tag"] = "noindex, noimageindex"
        return response

    @http.route("/phan-anh/thong-ke", type="http", auth="public", website=True, sitemap=True, methods=["GET"])
    def board_figures(self, **_query):
        since = fields.Datetime.now() - timedelta(days=365)
        figures = self._board_model()._board_figures(self._light_company(), since)
        return self._light_render("kdc_feedback.board_figures", {"figures": figures, "minimum": MINIMUM})

    @http.route("/phan-anh/ban-do", type="http", auth="public", website=True, sitemap=True, methods=["GET"])
    def board_map(self, v=None, **query):
        company = self._light_company()
        model = self._board_model()
        filters = self._board_filters(company, query)
        groups, areas = self._board_choices(company)
        values = {"filters": filters, "groups": groups, "group_areas": areas, "view": None, "rows": []}
        view, whole = board_map.read(v), None
        if not view:
            # The whole ward, whatever was chosen: what is told apart by choosing lies at the same place on the drawing.
            bounds = model._board_bounds(company)
            if not bounds:
                return self._light_render("kdc_feedback.board_map", values)
            view = whole = board_map.around(*bounds)
        placed = model._board_placed(self._board_chosen(company, filters), view)
        found = model.search_fetch(placed, LISTED, order="submitted_at DESC, id DESC", limit=PAGE)
        values |= {
            "view": view,
            "side": board_map.SIDE,
            "circles": self._board_circles(model._board_cells(placed, view), view, filters),
            "areas": self._board_area_labels(company, view),
            "here": None if whole else view.query().removeprefix("v="),
            "wider": None if whole else self._board_map_url(filters, view.wider()),
            "whole": None if whole else self._board_map_url(filters),
            "rows": self._board_rows(found),
            "metres": round(2 * view.half * 111_320, -1),
        }
        return self._light_render("kdc_feedback.board_map", values)

    def _board_map_url(self, filters, view=None):
        """Address of the map of a view, the whole ward when none, with what the reader chose."""
        parts = "&".join(filter(None, (view.query() if view else "", filters["link"])))
        return f"/phan-anh/ban-do?{parts}" if parts else "/phan-anh/ban-do"

    def _board_circles(self, cells, view, filters):
        """Circles of the map: place, size, count and the closer view behind each."""
        circles = []
        for row, column, count, late in cells:
            latitude, longitude = view.middle(row, column)
            x, y = view.point(latitude, longitude)
            closer = None if view.is_closest else self._board_map_url(filters, view.closer(latitude, longitude))
            circles.append({"x": x, "y": y, "r": board_map.radius(count), "count": count, "late": late, "url": closer})
        return circles

    def _board_area_labels(self, company, view):
        """Names of the residential groups in the view, each in the middle of its dwellings."""
        return [
            {"name": name, "point": view.point(latitude, longitude)}
            for name, latitude, longitude in self._board_model()._map_names(company, "area_id")
            if view.south < latitude < view.north and view.west < longitude < view.east
        ]

    @http.route(
        "/phan-anh/rss.xml", type="http", auth="public", website=True, multilang=False, sitemap=False, methods=["GET"]
    )
    def board_feed(self, **query):
        """The newest public feedback, of a category or a residential group when asked, as RSS 2.0."""
        company = self._light_company()
        language = request.website.default_lang_id
        model = self._board_model().with_context(lang=language.code)
        filters = self._board_filters(company, query)
        domain = self._board_chosen(company, filters)
        found = model.search_fetch(domain, [*LISTED, "description"], order="submitted_at DESC, id DESC", limit=FEED)
        base = request.website.get_base_url()
        about = ", ".join(filter(None, (filters["category"].name, filters["area"].name)))
        channel = {
            "title": " – ".join(filter(None, (model.env._("Feedback"), company.name, about))),
            "link": f"{base}/phan-anh",
            "description": model.env._("What residents report and what the ward does about it"),
            "language": language.iso_code,
            "self": f"{base}/phan-anh/rss.xml" + (f"?{filters['link']}" if filters["link"] else ""),
        }
        items = [
            {
                "title": f"{feedback.number} {feedback._public_name()}",
                "link": f"{base}/phan-anh/{feedback.number}",
                "date": feedback.submitted_at,
                "description": feedback._public_text(feedback.description)[:500],
                "category": feedback.category_id.name,
            }
            for feedback in found
        ]
        return request.make_response(
            rss.write(channel, items),
            [("Content-Type", "application/rss+xml; charset=utf-8"), ("Cache-Control", "public, max-age=300")],
        )
