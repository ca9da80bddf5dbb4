from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.text import fold
from odoo.addons.kdc_residents.models.kdc_dwelling_map import START

#: So many streets are named on a map, those with the most dwellings.
STREETS = 60


class KdcFeedbackPlace(models.Model):
    """A place everybody knows by its name: the market, the school, the park (feature F-01).

    Whoever reports something chooses it from a list, without a map and without a script. The feedback takes over name,
    group and point, so that nothing in it changes when the ward changes its list.
    """

    _name = "kdc.feedback.place"
    _description = "Known Place"
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, help="As people call it: “Chợ Xóm Mới”.")
    area_id = fields.Many2one(
        "kdc.area",
        string="Residential group",
        index=True,
        ondelete="restrict",
        domain="[('company_id', '=', company_id), ('kind', '=', 'group'), ('date_to', '=', False)]",
        check_company=True,
        help="Empty: it belongs to none, or to several.",
    )
    latitude = fields.Float(digits=(9, 6), aggregator=None)
    longitude = fields.Float(digits=(9, 6), aggregator=None)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", string="Ward", required=True, index=True, default=lambda self: self.env.company
    )

    _name_uniq = models.UniqueIndex(
        "(company_id, name) WHERE active", "The ward already has a place of this name. Open that one."
    )
    _position_on_earth = models.Constraint(
        "CHECK (COALESCE(latitude, 0) BETWEEN -90 AND 90 AND COALESCE(longitude, 0) BETWEEN -180 AND 180)",
        "This position is not on earth.",
    )

    def _point(self):
        """Latitude and longitude as values of a feedback; empty when nobody has marked the place on the map."""
        if not (self.latitude and self.longitude):
            return {}
        return {"latitude": self.latitude, "longitude": self.longitude}

    def _with_words(self, words):
        """The place in words: its name, and what the reporter says besides."""
        if not self.name or fold(self.name) in fold(words):
            return words
        return ", ".join(filter(None, (self.name, words)))

    @api.model
    def _names_on_map(self, company):
        """Names by which people find their way on a map without tiles.

        :returns: dict ``areas``, ``streets`` and ``landmarks``: lists of ``(name, latitude, longitude)``
        """
        # sudo: the middle of many dwellings and places the ward has named are public
        feedback, places = self.env["kdc.feedback"].sudo(), self.sudo()
        marked = places.search([("company_id", "=", company.id), ("latitude", "!=", 0), ("longitude", "!=", 0)])
        return {
            "areas": feedback._map_names(company, "area_id"),
            "streets": feedback._map_names(company, "street", limit=STREETS),
            "landmarks": [(place.name, place.latitude, place.longitude) for place in marked],
        }

    @api.model
    @api.readonly
    def get_map_settings(self, near=None):
        """Return what a map of the staff needs to start, as ``kdc.dwelling`` does, for whoever reads no dwellings.

        :param near: id of the residential group where it opens
        """
        self.check_access("read")
        names = self._names_on_map(self.env.company)
        middles = {name: point for name, *point in names["areas"]}
        group = self.env["kdc.area"].browse(near or []).name
        middle = [sum(axis) / len(middles) for axis in zip(*middles.values(), strict=True)]
        settings = self.env["kdc.dwelling"]._map_settings(middles.get(group) or middle or list(START))
        return {**settings, "names": names}
