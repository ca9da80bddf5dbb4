from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine import text


class KdcArea(models.Model):
    """A place of the administrative tree: province, commune (xã, phường, đặc khu), group (thôn, tổ dân phố).

    Provinces and communes are public facts shared by every company; a commune gets a company when its People's
    Committee uses the system, and its groups belong to that company. An area is never deleted: it ends.
    """

    _name = "kdc.area"
    _description = "Area"
    _parent_store = True
    _order = "parent_path, sequence, name, id"
    _rec_names_search = ["name", "code", "search_key", "alias_ids.search_key"]

    name = fields.Char(required=True, help="As people write it, with its kind: Phường Nha Trang, Tổ dân phố 5.")
    code = fields.Char(
        index="btree_not_null",
        help="Official code of provinces and communes (General Statistics Office). "
        "Residential groups have no national code: any code of the ward.",
    )
    kind = fields.Selection(
        [("province", "Province"), ("commune", "Ward or commune"), ("group", "Residential group")],
        required=True,
        default="group",
        index=True,
    )
    unit_type = fields.Selection(
        [
            ("thanh_pho", "City"),
            ("tinh", "Province"),
            ("phuong", "Ward"),
            ("xa", "Commune"),
            ("dac_khu", "Special zone"),
            ("to_dan_pho", "Urban residential group"),
            ("thon", "Village"),
        ],
        string="Type",
        help="Wards are divided into residential groups (tổ dân phố), communes into villages (thôn).",
    )
    parent_id = fields.Many2one(
        "kdc.area",
        string="Part of",
        index=True,
        ondelete="restrict",
        default=lambda self: self._default_parent_id(),
    )
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("kdc.area", "parent_id", string="Residential groups")
    company_id = fields.Many2one(
        "res.company",
        string="Ward office",
        compute="_compute_company_id",
        store=True,
        readonly=False,
        recursive=True,
        index="btree_not_null",
        help="The ward or commune office that keeps the register of this area.",
    )
    state_id = fields.Many2one(
        "res.country.state", string="Postal province", help="The province in Odoo's own list, for postal addresses."
    )
    sequence = fields.Integer(default=10)
    date_from = fields.Date(string="Exists since")
    date_to = fields.Date(string="Ended on", help="Day the area was merged or dissolved. The past stays readable.")
    alias_ids = fields.One2many("kdc.area.alias", "area_id", string="Former names")
    active = fields.Boolean(default=True)
    search_key = fields.Char(compute="_compute_search_key", store=True, index="trigram")
    dwelling_ids = fields.One2many("kdc.dwelling", "area_id", string="Dwellings")
    dwelling_count = fields.Integer(compute="_compute_registry_counts")
    household_count = fields.Integer(string="Households", compute="_compute_registry_counts")
    resident_count = fields.Integer(string="Residents", compute="_compute_registry_counts")

    _official_code_uniq = models.UniqueIndex(
        "(kind, code) WHERE code IS NOT NULL AND kind IN ('province', 'commune')",
        "Another province or commune already has this official code.",
    )
    _group_code_uniq = models.UniqueIndex(
        "(parent_id, code) WHERE code IS NOT NULL AND kind = 'group'",
        "Another residential group of this ward already has this code.",
    )
    _live_name_uniq = models.UniqueIndex(
        "(parent_id, search_key) WHERE date_to IS NULL AND active AND kind = 'group'",
        "This ward already has a residential group with this name.",
    )
    _commune_company_uniq = models.UniqueIndex(
        "(company_id) WHERE kind = 'commune' AND date_to IS NULL AND company_id IS NOT NULL",
        "This office already keeps the register of another ward or commune.",
    )
    _dates_ordered = models.Constraint(
        "CHECK (date_to IS NULL OR date_from IS NULL OR date_to >= date_from)",
        "An area cannot end before it exists.",
    )
    _kind_has_parent = models.Constraint(
        "CHECK ((kind = 'province') = (parent_id IS NULL))",
        "A province stands alone; a commune is part of a province, a residential group part of a commune.",
    )

    @api.model
    def _default_parent_id(self):
        """A new residential group most likely lies in the ward of the office."""
        if self.env.context.get("default_kind", "group") == "group":
            return self.env.company.kdc_commune_id
        return False

    @api.depends("kind", "parent_id.company_id")
    def _compute_company_id(self):
        """A residential group belongs to the office of its commune; the others keep what they are given."""
        for area in self:
            if area.kind == "group":
                area.company_id = area.parent_id.company_id
            else:
                area.company_id = area.company_id if area.kind == "commune" else False

    @api.depends("name")
    def _compute_search_key(self):
        for area in self:
            area.search_key = text.match_key(area.name)

    @api.depends("name", "kind", "parent_id.name")
    @api.depends_context("kdc_short_area")
    def _compute_display_name(self):
        """A residential group carries its ward, since every ward has a group 1; lists of one ward leave it out."""
        short = self.env.context.get("kdc_short_area")
        for area in self:
            if area.kind == "group" and area.parent_id and not short:
                area.display_name = f"{area.name}, {area.parent_id.name}"
            else:
                area.display_name = area.name

    def _compute_registry_counts(self):
        """Count what lies in each area or below it, in three grouped queries whatever the number of areas."""
        counts = {}
        for model, key in (("kdc.dwelling", "dwelling"), ("kdc.household", "household"), ("kdc.resident", "resident")):
            groups = self.env[model]._read_group([("area_id", "child_of", self.ids)], ["area_id"], ["__count"])
            for area, count in groups:
                for ancestor_id in map(int, area.parent_path.strip("/").split("/")):
                    counts[key, ancestor_id] = counts.get((key, ancestor_id), 0) + count
        for area in self:
            area.dwelling_count = counts.get(("dwelling", area.id), 0)
            area.household_count = counts.get(("household", area.id), 0)
            area.resident_count = counts.get(("resident", area.id), 0)

    @api.model
    def _search_display_name(self, operator, value):
        """Search without diacritics; former names lead to today's area."""
        if isinstance(value, str) and operator in ("ilike", "like", "=ilike", "=like"):
            value = text.match_key(value) or value
        return super()._search_display_name(operator, value)

    @api.constrains("kind", "parent_id")
    def _check_parent_kind(self):
        expected = {"commune": "province", "group": "commune"}
        for area in self:
            if area.parent_id and area.parent_id.kind != expected.get(area.kind):
                raise ValidationError(
                    self.env._(
                        "“%(area)s” cannot be part of “%(parent)s”: a residential group is part of a ward or commune, "
                        "and a ward or commune is part of a province.",
                        area=area.name,
                        parent=area.parent_id.name,
                    )
                )

    def _commune(self):
        """Return the commune each area lies in (itself for a commune, nothing for a province)."""
        return self.filtered(lambda a: a.kind == "commune") | self.filtered(lambda a: a.kind == "group").parent_id

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("name"):
                vals["name"] = text.normalize(vals["name"])
        return super().create(vals_list)

    def write(self, vals):
        if vals.get("name"):
            vals = dict(vals, name=text.normalize(vals["name"]))
        return super().write(vals)

    def _action_open(self, xmlid):
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        action["domain"] = [("area_id", "child_of", self.ids)]
        action["context"] = {"default_area_id": self.id} if self.kind == "group" else {}
        return action

    def action_open_households(self):
        return self._action_open("kdc_residents.kdc_household_action")

    def action_open_residents(self):
        return self._action_open("kdc_residents.kdc_resident_action")

    def action_open_dwellings(self):
        return self._action_open("kdc_residents.kdc_dwelling_action")
