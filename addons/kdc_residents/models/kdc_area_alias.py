from odoo import api, fields, models

from ..engine import text


class KdcAreaAlias(models.Model):
    """A former name of a place, which leads to the area of today.

    A former ward that was split among several areas has one alias per area, each marked partial: the system then
    asks instead of guessing.
    """

    _name = "kdc.area.alias"
    _description = "Former Name of an Area"
    _order = "name, id"

    name = fields.Char(required=True)
    code = fields.Char(help="Official code of the former unit, when it had one.")
    area_id = fields.Many2one("kdc.area", string="Today part of", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="area_id.company_id", store=True)
    date_to = fields.Date(string="Used until")
    partial = fields.Boolean(help="Only a part of the former area lies here; the rest went elsewhere.")
    via = fields.Char(string="By way of", help="Former unit it was first merged into, when it took two steps.")
    search_key = fields.Char(compute="_compute_search_key", store=True, index="trigram")

    _name_area_uniq = models.UniqueIndex("(area_id, search_key)", "This area already has this former name.")

    @api.depends("name")
    def _compute_search_key(self):
        for alias in self:
            alias.search_key = text.match_key(alias.name)
