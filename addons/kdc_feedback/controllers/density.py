"""Where much is reported: the squares of the board's map, for those who see the whole ward."""

from datetime import timedelta

from odoo import fields, http
from odoo.fields import Domain
from odoo.http import request

from ..engine import board_map
from .board import FeedbackBoard

READERS = "kdc_feedback.group_dispatcher,kdc_residents.group_auditor"
#: Periods offered, in days; 0 means from the beginning.
PERIODS = (30, 90, 365, 0)
#: Shades of the drawing.
SHADES = 5
#: Subjects named below the drawing.
SUBJECTS = 10


class FeedbackDensity(FeedbackBoard):
    """``/kdc/feedback-density``, with the rights of who looks."""

    @http.route(
        "/kdc/feedback-density", type="http", auth="user", website=True, multilang=False, sitemap=False, methods=["GET"]
    )
    def feedback_density(self, v=None, days=None, category=None, **_query):
        if not request.env.user.has_groups(READERS):
            raise request.not_found()
        model = request.env["kdc.feedback"]
        days = self._board_int(days) if days in map(str, PERIODS) else PERIODS[1]
        category = request.env["kdc.feedback.category"].search([("id", "=", self._board_int(category))])
        domain = Domain("company_id", "in", request.env.companies.ids)
        if days:
            domain &= Domain("submitted_at", ">=", fields.Datetime.now() - timedelta(days=days))
        if category:
            domain &= Domain("category_id", "child_of", category.id)
        values = {"days": days, "periods": PERIODS, "category": category, "view": board_map.read(v), "whole": None}
        values["groups"] = request.env["kdc.feedback.category"]._choices(request.env.company)
        link = f"/kdc/feedback-density?days={days}&category={category.id or ''}"
        if values["view"]:
            values["whole"] = link
        else:
            bounds = model._density_bounds(domain)
            values["view"] = board_map.around(*bounds) if bounds else None
        if values["view"]:
            values |= self._density_values(model, domain, values["view"], link)
        return self._light_render("kdc_feedback.density", values)

    def _density_values(self, model, domain, view, link):
        """What the page shows of a view: shaded squares, names of areas, and what it is about there."""
        placed = model._density_placed(domain, view)
        cells = model._density_cells(placed, view)
        subjects = model._read_group(
            placed, ["category_id"], ["__count"], order="__count DESC, category_id", limit=SUBJECTS
        )
        return {
            "side": board_map.SIDE,
            "squares": self._density_squares(cells, view, link),
            "areas": self._density_labels(view),
            "subjects": subjects,
            "total": sum(count for _row, _column, count, _late in cells),
            "metres": round(2 * view.half * 111_320, -1),
        }

    def _density_labels(self, view):
        """Names of the residential groups, on the lines between the squares, where no number stands."""
        side = board_map.SIDE / board_map.CELLS
        labels = self._board_area_labels(request.env.company, view)
        return [
            {"name": label["name"], "x": label["point"][0], "y": max(round(label["point"][1] / side), 1) * side + 4}
            for label in labels
        ]

    def _density_squares(self, cells, view, link):
        """Squares of the drawing: corner, side, count, shade from 1 to :data:`SHADES`, and the closer view behind."""
        side = board_map.SIDE / board_map.CELLS
        most = max((count for _row, _column, count, _late in cells), default=1)
        return [
            {
                "x": round(column * side, 1),
                "y": round(board_map.SIDE - (row + 1) * side, 1),
                "side": side,
                "count": count,
                "late": late,
                "shade": -(-SHADES * count // most),
                "url": None if view.is_closest else f"{link}&{view.closer(*view.middle(row, column)).query()}",
            }
            for row, column, count, late in cells
        ]
