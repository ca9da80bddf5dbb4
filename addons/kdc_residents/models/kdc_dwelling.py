from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine import address, letter, text
from ..engine.format import to_date
from ..report import plate_pdf
from ..tools.local_day import today_here
from .kdc_household_membership import PERSONAL


class KdcDwelling(models.Model):
    """A house or flat. Households come and go, the dwelling stays, and with it its meters and its place on a route."""

    _name = "kdc.dwelling"
    _description = "Dwelling"
    _inherit = ["mail.thread"]
    _order = "area_id, route_sequence, name, id"
    _rec_names_search = ["search_key"]
    _check_company_auto = True

    house_number = fields.Char(help="As on the plate: 12, 12/3, Lô 5 căn 7.")
    alley = fields.Char(help="Hẻm, ngõ or kiệt, with all its branches: 45/2.")
    street = fields.Char()
    name = fields.Char(string="Address", compute="_compute_name", store=True)
    area_id = fields.Many2one(
        "kdc.area",
        string="Residential group",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('kind', '=', 'group'), ('company_id', '=', company_id), ('date_to', '=', False)]",
        check_company=True,
        tracking=True,
    )
    company_id = fields.Many2one(
        "res.company", string="Ward office", required=True, index=True, default=lambda self: self.env.company
    )
    route_sequence = fields.Integer(
        string="Walking order", help="Place on the route of the collector and the meter reader."
    )
    latitude = fields.Float(digits=(9, 6), aggregator=None)
    longitude = fields.Float(digits=(9, 6), aggregator=None)
    occupancy = fields.Selection(
        [("occupied", "Occupied"), ("vacant", "Vacant")],
        compute="_compute_occupancy",
        store=True,
        readonly=False,
        help="Follows the households that live here; can be corrected by hand.",
    )
    household_ids = fields.One2many("kdc.household", "dwelling_id", string="Households")
    household_count = fields.Integer(compute="_compute_household_count")
    owner_ids = fields.One2many("kdc.dwelling.owner", "dwelling_id", string="Owners", groups=PERSONAL)
    plate_token = fields.Char(
        readonly=True, copy=False, groups="base.group_system", help="Random part of the address on the QR plate."
    )
    former_area_ids = fields.One2many("kdc.dwelling.area", "dwelling_id", string="Former residential groups")
    stay_ids = fields.One2many("kdc.dwelling.stay", "dwelling_id", string="Former households")
    occupancy_since = fields.Date(
        string="Occupied or vacant since",
        compute="_compute_occupancy_since",
        help="Vacant: since the last household left. Occupied: since the first of the present households moved in.",
    )
    active = fields.Boolean(default=True)
    note = fields.Text()
    address_key = fields.Char(compute="_compute_address_key", store=True)
    search_key = fields.Char(compute="_compute_search_key", store=True, index="trigram")

    _address_uniq = models.UniqueIndex(
        "(area_id, address_key) WHERE active AND address_key <> ''",
        "This residential group already has a dwelling with this address.",
    )
    _plate_token_uniq = models.UniqueIndex("(plate_token) WHERE plate_token IS NOT NULL")
    _latitude_range = models.Constraint("CHECK (latitude BETWEEN -90 AND 90)", "A latitude lies between -90 and 90.")
    _longitude_range = models.Constraint(
        "CHECK (longitude BETWEEN -180 AND 180)", "A longitude lies between -180 and 180."
    )

    @api.depends("house_number", "alley", "street", "area_id.name")
    def _compute_name(self):
        for dwelling in self:
            line = address.format_address(dwelling.house_number, dwelling.alley, dwelling.street)
            dwelling.name = line or dwelling.area_id.name or ""

    @api.depends("house_number", "alley", "street")
    def _compute_address_key(self):
        for dwelling in self:
            dwelling.address_key = address.address_key(dwelling.house_number, dwelling.alley, dwelling.street)

    @api.depends("name", "area_id.name")
    def _compute_search_key(self):
        for dwelling in self:
            dwelling.search_key = text.fold(f"{dwelling.name or ''} {dwelling.area_id.name or ''}")

    @api.depends("name", "area_id.name", "area_id.parent_id.name")
    @api.depends_context("kdc_short_area")
    def _compute_display_name(self):
        for dwelling in self:
            parts = (dwelling.name, dwelling.area_id.display_name)
            dwelling.display_name = (
                ", ".join(p for p in parts if p) if dwelling.name != dwelling.area_id.name else parts[1]
            )

    @api.depends("household_ids.active")
    def _compute_occupancy(self):
        for dwelling in self:
            dwelling.occupancy = "occupied" if dwelling.household_ids.filtered("active") else "vacant"

    @api.depends("household_ids")
    def _compute_household_count(self):
        for dwelling in self:
            dwelling.household_count = len(dwelling.household_ids)

    @api.model
    def _search_display_name(self, operator, value):
        if isinstance(value, str) and operator in ("ilike", "like", "=ilike", "=like"):
            value = text.fold(value) or value
        return super()._search_display_name(operator, value)

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._normalize_vals(vals) for vals in vals_list])

    def write(self, vals):
        if vals.get("area_id") and not self.env.context.get("kdc_undo"):
            self._remember_area(vals["area_id"])
        result = super().write(self._normalize_vals(vals))
        if {"house_number", "alley", "street", "area_id"} & vals.keys():
            self.with_context(active_test=False).household_ids._update_partner_address()
        return result

    @api.constrains("area_id")
    def _check_area_open(self):
        closed = self.area_id.filtered("date_to")
        if closed:
            raise ValidationError(
                self.env._(
                    "“%(area)s” has ended and takes no dwellings any more. Choose the group it became: %(successors)s.",
                    area=closed[0].name,
                    successors=", ".join(closed[0]._all_successors().mapped("name")) or "–",
                )
            )

    # --------------------------------------------------------------------------------------------------- history
    def _event_date(self):
        """Return the day a change takes effect: what the caller says (context ``kdc_date``), else today."""
        return fields.Date.to_date(self.env.context.get("kdc_date")) or today_here(self)

    def _remember_area(self, area_id):
        """Keep the group these dwellings leave. A correction on the day a dwelling was entered is no history."""
        day = self._event_date()
        moved = self.filtered(lambda dwelling: dwelling.area_id.id not in (False, area_id))
        known = self.env["kdc.dwelling.area"].search([("dwelling_id", "in", moved.ids), ("date_to", ">=", day)])
        moved -= known.dwelling_id
        moved = moved.filtered(
            lambda d: not d.create_date or to_date(d.create_date) < day or d.env.context.get("kdc_date")
        )
        # sudo: the history is written by the register itself; nobody has a right to change it.
        self.env["kdc.dwelling.area"].sudo().create(
            [{"dwelling_id": dwelling.id, "area_id": dwelling.area_id.id, "date_to": day} for dwelling in moved]
        )

    def _area_on(self, date):
        """Return dict dwelling → residential group it belonged to on ``date``."""
        places = {dwelling: dwelling.area_id for dwelling in self}
        # The earliest change after that day names the group of that day, so it is written last.
        for past in self.env["kdc.dwelling.area"].search(
            [("dwelling_id", "in", self.ids), ("date_to", ">", date)], order="date_to DESC"
        ):
            places[past.dwelling_id.with_env(self.env)] = past.area_id
        return places

    def _households_on(self, date):
        """Return the households with members that lived in these dwellings on ``date``, archived ones too."""
        households = self.env["kdc.household"].with_context(active_test=False)
        candidates = households.search([("dwelling_id", "in", self.ids)]) | self.stay_ids.household_id
        places = candidates._dwelling_on(date)
        return candidates.filtered(lambda household: places[household] in self and household._members_on(date))

    def _occupied_on(self, date):
        """Return the dwellings somebody lived in on ``date``; fees that depend on it ask here."""
        return self._households_on(date)._dwellings_on(date) & self

    @api.depends("stay_ids.date_to", "household_ids.active", "occupancy")
    def _compute_occupancy_since(self):
        for dwelling in self:
            if dwelling.occupancy == "vacant":
                dwelling.occupancy_since = max(dwelling.stay_ids.mapped("date_to"), default=False)
            else:
                starts = [day for day in (h._living_here_since() for h in dwelling.household_ids) if day]
                dwelling.occupancy_since = min(starts, default=False)

    # -------------------------------------------------------------------------------------------------- QR plates
    def action_print_plates(self):
        """Open the sheets with the QR plates of these dwellings."""
        url = f"/kdc/dwellings/plates.pdf?ids={','.join(map(str, self.ids))}"
        return {"type": "ir.actions.act_url", "url": url, "target": "new"}

    def _plates_pdf(self):
        """Return the plates as PDF bytes; a dwelling gets its code with its first plate and keeps it."""
        base_url = self[:1].get_base_url()
        plates = []
        # sudo: the codes are read from paper only, nobody reads them as a field.
        for dwelling in self.sudo():
            if not dwelling.plate_token:
                dwelling.plate_token = letter.new_token()
            number, street = dwelling.house_number, " ".join(filter(None, (dwelling.alley, dwelling.street)))
            plates.append(plate_pdf.Plate(
                number=number or dwelling.name or "", street=street if number else "", area=dwelling.area_id.name,
                ward=dwelling.area_id.parent_id.name, url=f"{base_url}/p/{dwelling.plate_token}",
            ))  # fmt: skip
        return plate_pdf.render(plates, self.env._("Scan the code to report something at this place."))

    @api.model
    def _plate_facts(self, token):
        """Return what anybody may know about the place with this plate, or None. Nothing about who lives there."""
        token = letter.clean_token(token)
        # sudo: an address and the head of a residential group are public; nothing else leaves this method.
        dwelling = self.sudo().search([("plate_token", "=", token)]) if token else None
        if not dwelling:
            return None
        head = dwelling.area_id.head_id
        return {
            "name": dwelling.name,
            "area": dwelling.area_id.display_name,
            "head": head.name,
            "head_phone": head.phone,
        }

    @api.model
    def _normalize_vals(self, vals):
        parts = ("house_number", "alley", "street")
        return vals | {part: text.normalize(vals[part]) for part in parts if vals.get(part)}

    def _partner_address_vals(self):
        """Return this dwelling as the address fields of a partner (postal address on bills and slips)."""
        self.ensure_one()
        commune = self.area_id.parent_id
        return {
            "street": self.name,
            "street2": self.area_id.name if self.area_id.name != self.name else False,
            "city": commune.name,
            "country_id": self.env["ir.model.data"]._xmlid_to_res_id("base.vn"),
            "state_id": commune.parent_id.state_id.id,
        }

    def action_open_households(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_residents.kdc_household_action")
        action["domain"] = [("dwelling_id", "in", self.ids)]
        action["context"] = {"default_dwelling_id": self.id}
        return action
