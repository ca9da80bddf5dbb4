"""The public link: follow a feedback without a login."""

import io

import qrcode
import qrcode.image.svg
from odoo import http
from odoo.http import request

from ..engine.states import ROUTED
from .feedback import ResidentFeedback


class FollowFeedback(ResidentFeedback):
    """``/feedback/follow/<token>``: whoever has the link reads; only where the reporter cannot sign in, without
    a name or as a guest, may the link also act.

    The others sign in to answer, confirm or dispute, so that a link passed on
    to a neighbour or a group chat cannot decide anything.
    """

    def _feedback_by_link(self, token):
        feedback = request.env["kdc.feedback"]._by_follow_token(token)
        if not feedback:
            raise request.not_found()
        return feedback

    def _feedback_is_secret(self, feedback):
        """Whether the law keeps it from whoever was handed the link: a complaint or denunciation of a known person."""
        return feedback.state == ROUTED and bool(feedback.partner_id or not feedback._link_acts())

    @http.route(
        "/feedback/follow/<string:token>", type="http", auth="public", website=True, sitemap=False, methods=["GET"]
    )
    def feedback_follow(self, token, **_kwargs):
        feedback = self._feedback_by_link(token)
        url = f"/feedback/follow/{token}"
        values = self._feedback_page_values(feedback, url, f"{url}/photo", may_act=feedback._link_acts())
        values["secret"] = self._feedback_is_secret(feedback)
        if not feedback._link_acts():
            # A link that is passed on: the page promises that it does not name the reporter.
            values.update(
                words=feedback._public_text,
                shown=lambda photos: photos.filtered(lambda photo: not photo.is_hidden),
            )
        return self._light_render("kdc_feedback.portal_feedback", {**values, "by_link": True, "back_url": None})

    @http.route(
        "/feedback/follow/<string:token>/<string:what>",
        type="http", auth="public", website=True, sitemap=False, methods=["POST"],
    )  # fmt: skip
    def feedback_follow_act(self, token, what, **post):
        feedback = self._feedback_by_link(token)
        if not feedback._link_acts():
            raise request.not_found()
        url = f"/feedback/follow/{token}"
        return self._feedback_act(feedback, url, f"{url}/photo", what, post)

    @http.route(
        "/feedback/follow/<string:token>/photo/<int:photo_id>/<string:size>",
        type="http", auth="public", website=True, sitemap=False, methods=["GET"],
    )  # fmt: skip
    def feedback_follow_photo(self, token, photo_id, size, **_kwargs):
        feedback = self._feedback_by_link(token)
        if self._feedback_is_secret(feedback):
            raise request.not_found()
        if not feedback._link_acts():
            self._feedback_find("kdc.feedback.photo", [("id", "=", photo_id), ("is_hidden", "=", False)])
        return self._feedback_photo_response(feedback, photo_id, size)

    @http.route(
        "/feedback/follow/<string:token>/qr.svg",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["GET"],
    )
    def feedback_follow_qr(self, token, **_kwargs):
        """The link as a QR code, to show or print."""
        feedback = self._feedback_by_link(token)
        out = io.BytesIO()
        qrcode.make(feedback._follow_url(), image_factory=qrcode.image.svg.SvgPathFillImage, border=2).save(out)
        return request.make_response(out.getvalue(), [("Content-Type", "image/svg+xml"), ("Cache-Control", "private")])
