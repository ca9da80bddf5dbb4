"""Collecting from door to door: payments taken on a phone that may have no network, sent when it has one.

The page, its list and its payments live on the phone; ``kdc.door.round`` gives the list and takes the payments.
"""

from odoo import http
from odoo.addons.kdc_residents.controllers.light import LightController
from odoo.addons.kdc_residents.controllers.offline import worker_response
from odoo.exceptions import AccessError
from odoo.http import request

COLLECTORS = "kdc_utilities.group_collector,kdc_utilities.group_accountant"


class DoorRound(LightController):
    """``/kdc/doors`` for those who collect, in the areas they may see."""

    @http.route("/kdc/doors", type="http", auth="user", website=True, multilang=False, sitemap=False, methods=["GET"])
    def door_round_page(self, **_kwargs):
        """Show the empty page; the list comes from the phone's own memory or from ``/kdc/doors/list``."""
        if not request.env.user.has_groups(COLLECTORS):
            raise request.not_found()
        return self._light_render("kdc_utilities.door_round", {"collector": request.env.user})

    @http.route("/kdc/doors/sw.js", type="http", auth="public", sitemap=False, methods=["GET"])
    def door_round_worker(self, **_kwargs):
        """Give the service worker, which may answer for this page only."""
        return worker_response("/kdc/doors")

    @http.route("/kdc/doors/open", type="jsonrpc", auth="user")
    def door_round_open(self, opening_float):
        """Open the collector's cash session with the change money in the bag."""
        self._round()
        return request.env["kdc.collect"].open_session(opening_float)

    @http.route("/kdc/doors/list", type="jsonrpc", auth="user")
    def door_round_list(self, device):
        """Return what the phone keeps, see ``kdc.door.round._download``."""
        return self._round()._download(device)

    @http.route("/kdc/doors/numbers", type="jsonrpc", auth="user")
    def door_round_numbers(self, device, name, key):
        """Set receipt numbers apart for this phone."""
        return self._round()._reserve(device, name, key)

    @http.route("/kdc/doors/send", type="jsonrpc", auth="user")
    def door_round_send(self, payments, sent):
        """Take a parcel of payments."""
        return self._round()._take_all(payments, sent)

    @http.route("/kdc/doors/end", type="jsonrpc", auth="user")
    def door_round_end(self, device):
        """Take back the numbers of this phone."""
        return self._round()._give_back(device)

    def _round(self):
        if not request.env.user.has_groups(COLLECTORS):
            raise AccessError(request.env._("Only collectors and accountants take payments."))
        return request.env["kdc.door.round"]
