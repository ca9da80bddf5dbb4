import re

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..tools.actions import form_of


class KdcAreaSplit(models.TransientModel):
    """Divides a residential group: first its parts are named, then each side of each street gets its part."""

    _name = "kdc.area.split"
    _inherit = ["kdc.area.reorganise"]
    _description = "Divide a Residential Group"

    area_id = fields.Many2one("kdc.area", string="Residential group", required=True, readonly=True, ondelete="cascade")
    state = fields.Selection([("parts", "Parts"), ("streets", "Streets")], default="parts", required=True)
    keep = fields.Boolean(
        string="The group goes on with the rest",
        help="Otherwise it ends and all its dwellings go to the parts.",
    )
    part_ids = fields.One2many("kdc.area.split.part", "split_id", string="New residential groups")
    street_ids = fields.One2many("kdc.area.split.street", "split_id", string="Streets")

    @api.depends("area_id")
    def _compute_preview(self):
        return super()._compute_preview()

    def _areas(self):
        return self.area_id

    def action_streets(self):
        """Check the parts, then list the sides of the streets with the number of dwellings on each."""
        self.ensure_one()
        if self.area_id.kind != "group":
            raise UserError(self.env._("Only residential groups are divided."))
        self.area_id._check_can_end(self.date)
        if len(self.part_ids) + self.keep < 2:
            raise UserError(self.env._("Name at least two parts, or let the group go on with the rest."))
        sides = {}
        dwellings = self.env["kdc.dwelling"].with_context(active_test=False).search([("area_id", "=", self.area_id.id)])
        for dwelling in dwellings:
            sides.setdefault((dwelling.street or "", self._side(dwelling.house_number)), []).append(dwelling.id)
        first = self.part_ids[:1]
        kept = {(street.street or "", street.side): street.part_id for street in self.street_ids}
        self.street_ids = [Command.clear()] + [
            Command.create({
                "street": street, "side": side, "dwelling_ids": [Command.set(ids)],
                "part_id": (kept.get((street, side)) or (self.part_ids.browse() if self.keep else first)).id,
            })
            for (street, side), ids in sorted(sides.items())
        ]  # fmt: skip
        self.state = "streets"
        return self._reopen()

    @staticmethod
    def _side(house_number):
        """Return the side of the street by the first number of the house: 45/3 stands where alley 45 begins."""
        match = re.search(r"\d+", house_number or "")
        if not match:
            return "none"
        return "even" if int(match.group()) % 2 == 0 else "odd"

    def action_back(self):
        self.state = "parts"
        return self._reopen()

    def _reopen(self):
        return form_of(self, self.env._("Divide a residential group"), target="new")

    def _reorganise(self, areas):
        area = areas
        if not self.keep:
            area._close(self.date)
        made = area.create([
            {
                "name": part.name, "code": part.code, "kind": "group", "unit_type": area.unit_type,
                "parent_id": area.parent_id.id, "sequence": area.sequence, "date_from": self.date,
            }
            for part in self.part_ids
        ])  # fmt: skip
        parts = dict(zip(self.part_ids, made, strict=True))
        default = area if self.keep else made[0]
        placement = {}
        for line in self.street_ids:
            if not line.part_id and not self.keep:
                raise UserError(self.env._("Choose a part for every line: %(line)s.", line=line.display_name))
            for dwelling in line.dwelling_ids:
                placement[dwelling] = parts.get(line.part_id, area)
        area._succeed({area: default}, placement, self.date, self.decision_number, self.user_ids, made)
        return (area | made) if self.keep else made, area


class KdcAreaSplitPart(models.TransientModel):
    """A residential group that comes out of a division."""

    _name = "kdc.area.split.part"
    _description = "Part of a Divided Residential Group"

    split_id = fields.Many2one("kdc.area.split", required=True, ondelete="cascade")
    name = fields.Char(required=True)
    code = fields.Char()


class KdcAreaSplitStreet(models.TransientModel):
    """The odd or even side of a street, and the part it goes to."""

    _name = "kdc.area.split.street"
    _description = "Side of a Street in a Division"

    split_id = fields.Many2one("kdc.area.split", required=True, ondelete="cascade")
    street = fields.Char()
    side = fields.Selection([("odd", "Odd numbers"), ("even", "Even numbers"), ("none", "Without number")])
    dwelling_ids = fields.Many2many("kdc.dwelling", context={"active_test": False})
    dwelling_count = fields.Integer(string="Dwellings", compute="_compute_dwelling_count")
    part_id = fields.Many2one(
        "kdc.area.split.part", string="Goes to", domain="[('split_id', '=', split_id)]", ondelete="cascade"
    )

    @api.depends("dwelling_ids")
    def _compute_dwelling_count(self):
        for line in self:
            line.dwelling_count = len(line.dwelling_ids)

    @api.depends("street", "side")
    def _compute_display_name(self):
        labels = dict(self._fields["side"]._description_selection(self.env))
        for line in self:
            line.display_name = " · ".join(filter(None, (line.street, labels.get(line.side))))
