from odoo import api, fields, models
from odoo.exceptions import UserError


class KdcAreaMerge(models.TransientModel):
    """Merges residential groups into one, in one transaction; what lies before that day stays readable.

    Residential groups are merged by resolution of the commune People's Council (NĐ 185/2026/NĐ-CP, article 9).
    """

    _name = "kdc.area.merge"
    _description = "Merge Residential Groups"

    area_ids = fields.Many2many(
        "kdc.area",
        string="Residential groups",
        required=True,
        domain="[('kind', '=', 'group'), ('date_to', '=', False), ('company_id', '!=', False)]",
    )
    into = fields.Selection(
        [("new", "A new residential group"), ("existing", "One of them, which goes on")], required=True, default="new"
    )
    name = fields.Char(string="New name", help="For example “Tổ dân phố 3”.")
    code = fields.Char(string="New code")
    target_id = fields.Many2one("kdc.area", string="Goes on", domain="[('id', 'in', area_ids)]", ondelete="cascade")
    date = fields.Date(string="From", required=True, default=fields.Date.context_today)
    decision_number = fields.Char(string="Decision", help="Number of the resolution of the People's Council.")
    in_charge_ids = fields.Many2many("res.users", compute="_compute_preview", compute_sudo=True)
    user_ids = fields.Many2many(
        "res.users",
        string="Act in the merged group",
        compute="_compute_user_ids",
        store=True,
        readonly=False,
        domain="[('id', 'in', in_charge_ids)]",
        help="Whoever is taken off this list loses the charge of the merged groups.",
    )
    preview = fields.Text(string="What moves", compute="_compute_preview", compute_sudo=True)

    @api.depends("area_ids")
    def _compute_preview(self):
        for wizard in self:
            areas = wizard.area_ids._origin
            wizard.preview = areas._open_work_text() if areas else ""
            wizard.in_charge_ids = areas._users_in_charge()

    @api.depends("area_ids")
    def _compute_user_ids(self):
        for wizard in self:
            wizard.user_ids = wizard.area_ids._origin._users_in_charge()

    def action_confirm(self):
        """Merge, then show the group that came out of it."""
        self.ensure_one()
        areas = self.area_ids
        if len(areas) < 2:
            raise UserError(self.env._("Choose at least two residential groups to merge."))
        areas.check_access("write")
        areas.lock_for_update()
        areas._check_can_end(self.date)
        if self.into == "existing":
            target = self.target_id
            if target not in areas:
                raise UserError(self.env._("Choose which of the residential groups goes on."))
            ending = areas - target
            ending._close(self.date)
        else:
            if not self.name:
                raise UserError(self.env._("Give the new residential group a name."))
            ending = areas
            # First the old groups end, so that the new one may bear the name of one of them.
            ending._close(self.date)
            target = self.env["kdc.area"].create({
                "name": self.name, "code": self.code, "kind": "group", "unit_type": areas[0].unit_type,
                "parent_id": areas.parent_id.id, "sequence": min(areas.mapped("sequence")), "date_from": self.date,
            })  # fmt: skip
        ending._succeed(dict.fromkeys(ending, target), {}, self.date, self.decision_number, self.user_ids)
        return target._action_form()
