"""Paper and public pages about places: QR plates, the page a plate opens, the printable list of an area."""

from odoo import http
from odoo.http import request

from ..tools.private_file import private_file
from .activation import request_source
from .light import LightController

#: More plates than this are printed street by street: 40 sheets.
MAX_PLATES = 400


class DwellingPapers(LightController):
    @http.route("/kdc/dwellings/plates.pdf", type="http", auth="user", methods=["GET"])
    def dwelling_plates(self, ids="", **_kwargs):
        """Print the QR plates of dwellings the officer may see."""
        numbers = [int(part) for part in ids.split(",") if part.isascii() and part.isdigit() and len(part) < 10]
        if not numbers or not request.env.user.has_group("kdc_residents.group_officer"):
            raise request.not_found()
        dwellings = request.env["kdc.dwelling"].search([("id", "in", numbers[:MAX_PLATES])])
        if not dwellings:
            raise request.not_found()
        return private_file(dwellings._plates_pdf(), "bien-so-nha.pdf", inline=True)

    @http.route("/kdc/areas/<int:area_id>/sheet.pdf", type="http", auth="user", methods=["GET"])
    def area_sheet(self, area_id, **_kwargs):
        """Print the list of an area, for whoever may read what is personal there."""
        staff = request.env.user.has_group("kdc_residents.group_staff")
        area = request.env["kdc.area"].search([("id", "=", area_id)]) if staff else None
        if not area or not area._may_print_sheet():
            raise request.not_found()
        return private_file(area._sheet_pdf(), f"danh-sach-{area.id}.pdf", inline=True)

    @http.route("/p/<string:token>", type="http", auth="public", website=True, sitemap=False, methods=["GET"])
    def dwelling_plate_page(self, token, **_kwargs):
        """Tell which place a plate stands for, and offer to report something here. Nothing about who lives there."""
        throttle = request.env["kdc.throttle"]
        source = request_source(request.httprequest.remote_addr)
        values = {"place": None, "throttled": not throttle._allow("plate", source)}
        if not values["throttled"]:
            values["place"] = request.env["kdc.dwelling"]._plate_facts(token)
            if not values["place"]:
                throttle._count("plate", source)
        values["report_url"] = "/my/feedback/new" if "kdc_feedback" in request.env.registry._init_modules else None
        status = 429 if values["throttled"] else 200 if values["place"] else 404
        return self._light_render("kdc_residents.dwelling_plate", values, status=status)
