from odoo import api, fields, models
from odoo.exceptions import UserError


class KdcAreaMerge(models.TransientModel):
    """Merges residential groups, or whole wards, into one, in one transaction; the past stays readable.

    Residential groups are merged by resolution of the commune People's Council (NĐ 185/2026/NĐ-CP, article 9), wards by
    resolution of the National Assembly's Standing Committee. Wards keep their groups, which go over as they are.
    """

    _name = "kdc.area.merge"
    _inherit = ["kdc.area.reorganise"]
    _description = "Merge Areas"

    kind = fields.Selection(
        [("group", "Residential groups"), ("commune", "Wards and communes")], compute="_compute_kind"
    )
    area_ids = fields.Many2many(
        "kdc.area", string="Areas", required=True, domain="[('kind', '=', kind), ('date_to', '=', False)]"
    )
    into = fields.Selection([("new", "A new area"), ("existing", "One of them, which goes on")], required=True,
                            default="new")  # fmt: skip
    name = fields.Char(string="New name", help="For example “Tổ dân phố 3”.")
    code = fields.Char(string="New code")
    target_id = fields.Many2one("kdc.area", string="Goes on", domain="[('id', 'in', area_ids)]", ondelete="cascade")

    @api.depends("area_ids")
    def _compute_kind(self):
        for wizard in self:
            wizard.kind = "commune" if wizard.area_ids[:1].kind == "commune" else "group"

    @api.depends("area_ids")
    def _compute_preview(self):
        return super()._compute_preview()

    def _areas(self):
        return self.area_ids._origin

    def _reorganise(self, areas):
        if len(areas) < 2:
            raise UserError(self.env._("Choose at least two areas to merge."))
        # One office at most: see kdc.area._check_one_office. It keeps the register of the merged ward.
        office = areas.company_id
        target = self.target_id if self.into == "existing" else areas.browse()
        if self.into == "existing" and target not in areas:
            raise UserError(self.env._("Choose which of the areas goes on."))
        if not target and not self.name:
            raise UserError(self.env._("Give the new area a name."))
        ending = areas - target
        # First the old areas end, so that the new one may bear the name and keep the office of one of them.
        ending._close(self.date)
        if not target:
            target = areas.create({
                "name": self.name, "code": self.code, "kind": self.kind, "unit_type": areas[0].unit_type,
                "parent_id": areas.parent_id.id, "sequence": min(areas.mapped("sequence")), "date_from": self.date,
                "company_id": office.id,
            })  # fmt: skip
        elif self.kind == "commune" and office != target.company_id:
            target.company_id = office
        ending._succeed(dict.fromkeys(ending, target), {}, self.date, self.decision_number, self.user_ids)
        if self.into == "existing" and self.name:
            target._rename(self.name, self.date)
        return target, target
