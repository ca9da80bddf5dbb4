"""The inspection round: a handler's own cases on a phone that may have no network, their results sent when it has one.

The page, its list and its results live on the phone; ``kdc.feedback.inspection`` gives the list and takes the results.
Without JavaScript the same list and the same results are plain pages below ``/kdc/inspection/plain``.
"""

import base64
import uuid

from odoo import http
from odoo.addons.kdc_residents.controllers.light import LightController, UploadError
from odoo.addons.kdc_residents.controllers.offline import worker_response
from odoo.exceptions import AccessError
from odoo.http import request

INSPECTORS = "kdc_feedback.group_handler"
PAGE = {"type": "http", "auth": "user", "website": True, "multilang": False, "sitemap": False}


class Inspection(LightController):
    """``/kdc/inspection`` for those who handle feedback: what was given to them by name."""

    def _inspection(self):
        if not request.env.user.has_group(INSPECTORS):
            raise AccessError(request.env._("Only those who handle feedback look at it on the spot."))
        return request.env["kdc.feedback.inspection"]

    def _check_inspector(self):
        """Only handlers find these pages.

        :raise werkzeug.exceptions.NotFound: the user handles no feedback
        """
        if not request.env.user.has_group(INSPECTORS):
            raise request.not_found()

    @http.route("/kdc/inspection", methods=["GET"], **PAGE)
    def inspection_page(self, **_kwargs):
        """Show the empty page; the list comes from the phone's own memory or from ``/kdc/inspection/list``."""
        self._check_inspector()
        return self._light_render("kdc_feedback.inspection", {"inspector": request.env.user})

    @http.route("/kdc/inspection/sw.js", type="http", auth="public", sitemap=False, methods=["GET"])
    def inspection_worker(self, **_kwargs):
        """Give the service worker, which may answer for this page only."""
        return worker_response("/kdc/inspection")

    @http.route("/kdc/inspection/list", type="jsonrpc", auth="user")
    def inspection_list(self):
        """Return what the phone keeps, see ``kdc.feedback.inspection._download``."""
        return self._inspection()._download()

    @http.route("/kdc/inspection/send", type="jsonrpc", auth="user")
    def inspection_send(self, results):
        """Take a parcel of results."""
        return self._inspection()._take_all(results)

    # -- without JavaScript --------------------------------------------------------------------------------------------

    @http.route("/kdc/inspection/plain", methods=["GET"], **PAGE)
    def inspection_plain(self, **_kwargs):
        """Show the cases by due date, then area."""
        self._check_inspector()
        return self._light_render("kdc_feedback.inspection_plain", self._inspection()._download())

    @http.route("/kdc/inspection/plain/<int:case_id>", methods=["GET", "POST"], **PAGE)
    def inspection_plain_case(self, case_id, **post):
        """Show one case with its form, and take the result."""
        self._check_inspector()
        listed = self._inspection()._download()
        if request.httprequest.method == "POST":
            error = self._inspection_take(case_id, post)
            if not error:
                return self._light_redirect("/kdc/inspection/plain")
            if not any(row["id"] == case_id for row in listed["cases"]):
                # Its form is gone; what was written is given back.
                words = " ".join(filter(None, (post.get("body"), post.get("note"))))
                self._light_flash(request.env._("%(error)s You wrote: %(words)s", error=error, words=words), "warn")
                return self._light_redirect("/kdc/inspection/plain")
            post = {**post, "key": post.get("key") or uuid.uuid4().hex}
            values = self._inspection_case(listed, case_id) | {"error": error, "post": post}
            return self._light_invalid("kdc_feedback.inspection_plain_case", values)
        values = self._inspection_case(listed, case_id) | {"error": None, "post": {"key": uuid.uuid4().hex}}
        return self._light_render("kdc_feedback.inspection_plain_case", values)

    def _inspection_case(self, listed, case_id):
        case = next((row for row in listed["cases"] if row["id"] == case_id), None)
        if not case:
            raise request.not_found()
        return {"case": case, "units": [unit for unit in listed["units"] if unit["company"] == case["company"]]}

    def _inspection_take(self, case_id, post):
        """Take the result of a form; returns what is wrong with it, and else tells what became of it."""
        try:
            photos = self._light_uploads("photo", max_count=1)
        except UploadError as error:
            return str(error)
        unit = post.get("unit") or ""
        answer = self._inspection()._take(
            {name: post.get(name) for name in ("key", "stamp", "outcome", "body", "note")}
            | {
                "case": case_id,
                "unit": int(unit) if unit.isascii() and unit.isdigit() else 0,
                "photo": base64.b64encode(photos[0]).decode() if photos else "",
            }
        )
        if answer["state"] == "refused":
            return answer["message"]
        if answer["state"] == "kept":
            self._light_flash(answer["message"], "warn")
        else:
            self._light_flash(request.env._("Your result was sent."))
        return None
