"""Notices to the resident: list, open, mark all as read."""

from odoo import http
from odoo.http import request

from .light import LightController

PAGE_SIZE = 20


class ResidentNotifications(LightController):
    """``/my/notifications``: a resident reads own notices only; a foreign number does not exist for them."""

    @http.route("/my/notifications", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def resident_notifications(self, page="1", **_kwargs):
        """List the reader's notices, newest first.

        :param page: number of the page of twenty, from 1
        """
        notices = request.env["kdc.notification"]
        mine = [("partner_id", "=", request.env.user.partner_id.id)]
        number = max(int(page), 1) if page.isascii() and page.isdigit() and len(page) < 6 else 1
        found = notices.search(mine, limit=PAGE_SIZE + 1, offset=(number - 1) * PAGE_SIZE)
        return self._light_render(
            "kdc_residents.portal_notifications",
            {
                "notices": found[:PAGE_SIZE],
                "unread": notices._unread_count(),
                "newer": number - 1,
                "older": number + 1 if len(found) > PAGE_SIZE else 0,
            },
        )

    @http.route(
        "/my/notifications/<int:notice_id>", type="http", auth="user", website=True, sitemap=False, methods=["GET"]
    )
    def resident_notification(self, notice_id, **_kwargs):
        """Open one notice: note that it was read, then lead to its page or show its text."""
        notice = request.env["kdc.notification"].search(
            [
                ("id", "=", notice_id),
                ("partner_id", "=", request.env.user.partner_id.id),
            ]
        )
        if not notice:
            raise request.not_found()
        notice._mark_read()
        if notice.url and not notice.body:
            return self._light_redirect(notice.url)
        return self._light_render("kdc_residents.portal_notification", {"notice": notice})

    @http.route("/my/notifications/read", type="http", auth="user", website=True, sitemap=False, methods=["POST"])
    def resident_notifications_read(self, **_kwargs):
        """Mark all notices of the reader as read."""
        request.env["kdc.notification"].search(
            [
                ("partner_id", "=", request.env.user.partner_id.id),
                ("read_date", "=", False),
            ]
        )._mark_read()
        self._light_flash(request.env._("All notifications are marked as read."))
        return self._light_redirect("/my/notifications")
