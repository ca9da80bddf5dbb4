import math

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine.board_map import CELLS
from .kdc_feedback_board import MINIMUM, POSITION_DIGITS

#: Positions on the map are whole numbers, millionths of a degree: fifty thousand of them are counted at once.
DEGREE = 1_000_000


class KdcFeedback(models.Model):
    """The map of the board: what is public and has a place that is nobody's home, counted by squares.

    The staff's map of density counts all they may read in the same squares.
    """

    _inherit = "kdc.feedback"

    map_latitude = fields.Integer(
        string="Latitude on the map",
        compute="_compute_map_position",
        store=True,
        aggregator=None,
        help="Millionths of a degree. 0: none.",
    )
    map_longitude = fields.Integer(
        string="Longitude on the map", compute="_compute_map_position", store=True, aggregator=None
    )

    # The map counts everything without touching the table itself.
    _board_map_idx = models.Index(
        "(company_id, map_latitude, map_longitude) INCLUDE (is_open, handling_status)"
        " WHERE is_public IS TRUE AND map_latitude > 0"
    )

    @api.depends("latitude", "longitude", "dwelling_id")
    def _compute_map_position(self):
        """As exact as everything public: whoever chooses the edges of the map learns no more from the counts."""
        for feedback in self:
            shown = not feedback.dwelling_id and feedback.latitude > 0
            feedback.map_latitude = round(round(feedback.latitude, POSITION_DIGITS) * DEGREE) if shown else 0
            feedback.map_longitude = round(round(feedback.longitude, POSITION_DIGITS) * DEGREE) if shown else 0

    @api.model
    def _board_placed(self, domain, view=None):
        """Narrow a domain of public feedback to what may stand on the map, of the part a :class:`View` shows."""
        domain = Domain(domain) & Domain("map_latitude", ">", 0)
        if view:
            south, west = self._map_corner(view)
            row, column = self._map_square(view)
            domain &= Domain("map_latitude", ">=", south) & Domain("map_latitude", "<", south + CELLS * row)
            domain &= Domain("map_longitude", ">=", west) & Domain("map_longitude", "<", west + CELLS * column)
        return domain

    @api.model
    def _map_corner(self, view):
        """South and west of a view."""
        return math.floor(view.south * DEGREE), math.floor(view.west * DEGREE)

    @api.model
    def _map_square(self, view):
        """Height and width of a square of a view, large enough that no position falls beyond the last one."""
        return math.ceil(view.cell_lat * DEGREE), math.ceil(view.cell_lng * DEGREE)

    @api.model
    def _board_bounds(self, company):
        """South, west, north and east of what may stand on the map; ``None`` when nothing may."""
        # sudo: positions that are public
        ((south, west, north, east),) = self.sudo()._read_group(
            self._board_placed(self._board(company)),
            [],
            ["map_latitude:min", "map_longitude:min", "map_latitude:max", "map_longitude:max"],
        )
        return tuple(edge / DEGREE for edge in (south, west, north, east)) if south else None

    @api.model
    def _map_names(self, company, field_name, limit=None):
        """Names by which people find their way on a map without tiles, those of most dwellings first.

        Each stands in the middle of its dwellings; of fewer than :data:`MINIMUM` it would tell where somebody lives.

        :param field_name: of the dwelling: ``area_id`` for residential groups, ``street``
        :returns: list of ``(name, latitude, longitude)``
        """
        # sudo: the middle of many dwellings tells of none
        rows = self.env["kdc.dwelling"].sudo()._read_group(
            [("company_id", "=", company.id), ("latitude", "!=", 0), (field_name, "!=", False)],
            [field_name],
            ["latitude:avg", "longitude:avg"],
            having=[("__count", ">=", MINIMUM)],
            order="__count DESC",
            limit=limit,
        )
        return [(place if isinstance(place, str) else place.name, *point) for place, *point in rows]

    @api.model
    def _board_cells(self, placed, view):
        """Count the map's feedback by squares of the view, in the database however many there are.

        :param placed: domain of :meth:`_board_placed` for this view
        :returns: list of ``(row from the south, column from the west, count, overdue)``
        """
        # sudo: the domain leaves in what is public
        query = self.sudo()._search(placed)
        parts = [
            SQL("(%s - %s) / %s", self._field_to_sql(query.table, name, query), edge, size)
            for name, edge, size in zip(
                ("map_latitude", "map_longitude"), self._map_corner(view), self._map_square(view), strict=True
            )
        ]
        return self._count_squares(query, *parts)

    def _count_squares(self, query, row, column):
        """Count what a query finds, and what of it is overdue, by two expressions that tell the square."""
        late = SQL("COUNT(*) FILTER (WHERE is_open AND handling_status = 'overdue')")
        select = query.select(row, column, SQL("COUNT(*)"), late)
        return self.env.execute_query(SQL("%s GROUP BY 1, 2 ORDER BY 1, 2", select))

    # -- for the staff: where much is reported, homes too --------------------------------------------------------------

    @api.model
    def _density_placed(self, domain, view=None):
        """Narrow a domain to what has a position, of the part a :class:`View` shows."""
        domain = Domain(domain) & Domain("latitude", "!=", 0) & Domain("longitude", "!=", 0)
        if view:
            domain &= Domain("latitude", ">=", view.south) & Domain("latitude", "<", view.north)
            domain &= Domain("longitude", ">=", view.west) & Domain("longitude", "<", view.east)
        return domain

    @api.model
    def _density_bounds(self, domain):
        """South, west, north and east of what the user may read of a domain; ``None`` when nothing has a position."""
        ((*edges,),) = self._read_group(
            self._density_placed(domain), [], ["latitude:min", "longitude:min", "latitude:max", "longitude:max"]
        )
        return tuple(edges) if edges[0] else None

    @api.model
    def _density_cells(self, placed, view):
        """Count what the user may read by squares of the view.

        :param placed: domain of :meth:`_density_placed` for this view
        :returns: as :meth:`_board_cells`
        """
        query = self._search(placed)
        parts = [
            # what lies on an edge, rounded, counts into the square beside it
            SQL(
                "GREATEST(LEAST(FLOOR((%s - %s) / %s)::int, %s), 0)",
                self._field_to_sql(query.table, name, query), edge, size, CELLS - 1,
            )
            for name, edge, size in (
                ("latitude", view.south, view.cell_lat), ("longitude", view.west, view.cell_lng),
            )
        ]  # fmt: skip
        return self._count_squares(query, *parts)
