"""The map library, served from the Python package that brings it: nothing of it is copied or comes from outside."""

from importlib import resources

from odoo import http
from odoo.http import request

#: What the browser loads; everything else in the package stays where it is.
FILES = {"leaflet.js": "text/javascript; charset=utf-8", "leaflet.css": "text/css; charset=utf-8"}


class MapLibrary(http.Controller):
    @http.route("/kdc/leaflet/<string:version>/<string:name>", type="http", auth="public", methods=["GET"])
    def map_library(self, version, name):
        """Hand out one file of Leaflet. The version in the address lets browsers keep it for a year."""
        if name not in FILES or version != request.env["kdc.dwelling"]._map_library_version():
            raise request.not_found()
        data = resources.files("js_lib_leaflet").joinpath("static", "js_lib_leaflet", name).read_bytes()
        return request.make_response(data, [
            ("Content-Type", FILES[name]),
            ("Cache-Control", "public, max-age=31536000, immutable"),
            ("X-Content-Type-Options", "nosniff"),
        ])  # fmt: skip
