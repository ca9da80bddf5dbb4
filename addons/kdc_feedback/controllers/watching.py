"""Following an area or a subject of the public board."""

from contextlib import suppress

from odoo import http
from odoo.http import request
from psycopg2.errors import UniqueViolation

from .board import FeedbackBoard

#: More is a list of everything, which the RSS feed is for.
MAX_WATCHES = 20


class WatchFeedback(FeedbackBoard):
    """``/phan-anh/theo-doi``: what the signed-in person follows, and nothing of anybody else."""

    def _watch_state(self, company, filters):
        """Whether the reader can follow what the list shows, and whether he does."""
        if not request.session.uid or not (filters["category"] or filters["area"]):
            return None
        found = request.env["kdc.feedback.watch"]._find(
            request.env.user.partner_id, company, filters["area"], filters["category"]
        )
        return "on" if found else "off"

    @http.route("/phan-anh/theo-doi", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def board_watches(self, **_query):
        watches = request.env["kdc.feedback.watch"]._of(request.env.user.partner_id)
        return self._light_render("kdc_feedback.board_watches", {"watches": watches})

    @http.route("/phan-anh/theo-doi", type="http", auth="user", website=True, sitemap=False, methods=["POST"])
    def board_watch(self, **post):
        """Follow, or stop following, the category and area of the form."""
        env, partner = request.env, request.env.user.partner_id
        company = self._light_company()
        filters = self._board_filters(company, post)
        area, category = filters["area"], filters["category"]
        model = env["kdc.feedback.watch"]
        found = model._find(partner, company, area, category)
        if post.get("stop"):
            found.unlink()
            self._light_flash(env._("You do not follow this any more."))
        elif not (area or category):
            self._light_flash(env._("Choose a residential group or a subject to follow."), "warn")
        elif len(model._of(partner)) >= MAX_WATCHES:
            self._light_flash(env._("You follow very much already. Stop following something first."), "warn")
        else:
            if not found:
                values = {
                    "partner_id": partner.id,
                    "company_id": company.id,
                    "area_id": area.id,
                    "category_id": category.id,
                }
                # Two taps at once: the other one has made the row.
                with suppress(UniqueViolation), env.cr.savepoint():
                    # sudo: residents hold no right on the rows; the person is the signed-in one
                    model.sudo().create(values)
            self._light_flash(env._("You follow this now. What is new stands under Notifications."))
        return self._light_redirect("/phan-anh/theo-doi")
