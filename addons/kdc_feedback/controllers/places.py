"""What the sending form needs to draw its map: our own Leaflet, no tiles, names instead."""

from odoo import http
from odoo.addons.kdc_residents.controllers.light import LightController
from odoo.addons.kdc_residents.models.kdc_dwelling_map import START
from odoo.http import request

#: Seconds a browser keeps the names.
KEPT = 86400


class FeedbackPlaces(LightController):
    @http.route(
        "/phan-anh/dia-danh.json",
        type="http", auth="public", website=True, multilang=False, sitemap=False, methods=["GET"],
    )  # fmt: skip
    def feedback_places(self, **_query):
        """Give the library, where the map opens, and the names of :meth:`kdc.feedback.place._names_on_map`."""
        names = request.env["kdc.feedback.place"]._names_on_map(self._light_company())
        library = f"/kdc/leaflet/{request.env['kdc.dwelling']._map_library_version()}"
        points = [point for _name, *point in names["areas"] or names["landmarks"]] or [START]
        return request.make_json_response(
            {
                "js": f"{library}/leaflet.js",
                "css": f"{library}/leaflet.css",
                # south-west and north-east
                "bounds": [[edge(axis) for axis in zip(*points, strict=True)] for edge in (min, max)],
                **names,
            },
            headers=[("Cache-Control", f"private, max-age={KEPT}")],
        )
