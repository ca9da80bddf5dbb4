"""What a resident may know and decide about own personal data (Law 91/2025/QH15, articles 4 and 9)."""

from odoo import http
from odoo.http import request

from .light import LightController

PAGE_SIZE = 30


class ResidentPrivacy(LightController):
    """Pages about the reader's own data; nobody else's record is ever looked up from the address."""

    def _privacy_resident(self):
        """Return the reader's own resident record, in sudo.

        :raise werkzeug.exceptions.NotFound: the user is no resident
        """
        resident = self._light_resident()
        if not resident:
            raise request.not_found()
        return resident

    @http.route("/my/household/access-log", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def resident_access_log(self, page="1", **_kwargs):
        """Show who looked at the reader's data, when, at what and why (R-20)."""
        resident = self._privacy_resident()
        # sudo: residents have no right on the log; these are the lines about the reader only.
        log = request.env["kdc.access.log"].sudo()
        number = max(int(page), 1) if page.isascii() and page.isdigit() and len(page) < 6 else 1
        mine = [("resident_id", "in", resident._with_merged().ids)]
        found = log.search(mine, limit=PAGE_SIZE + 1, offset=(number - 1) * PAGE_SIZE)
        labels = {
            name: dict(log._fields[name]._description_selection(request.env)) for name in ("kind", "subject", "purpose")
        }
        return self._light_render(
            "kdc_residents.portal_access_log",
            {
                "lines": found[:PAGE_SIZE],
                "labels": labels,
                "newer": number - 1,
                "older": number + 1 if len(found) > PAGE_SIZE else 0,
                "days": resident.company_id.kdc_access_log_days,
            },
        )
