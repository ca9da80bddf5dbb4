from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine import shop_states

#: How many areas a sentence names before it stops.
NAMED_AREAS = 5


class KdcShop(models.Model):
    """Where a shop sells (features M-03): only who lives in one of its areas orders. No areas: the whole ward."""

    _inherit = "kdc.shop"

    served_area_ids = fields.Many2many(
        "kdc.area",
        "kdc_shop_served_area_rel",
        "shop_id",
        "area_id",
        string="Areas served",
        domain="[('kind', '=', 'group'), ('company_id', '=', company_id), ('date_to', '=', False)]",
        copy=False,
        help="Only residents of these areas can order. Empty: the whole ward.",
    )

    @api.constrains("served_area_ids", "company_id")
    def _check_served_area_ids(self):
        for shop in self:
            if any(area.company_id != shop.company_id for area in shop.served_area_ids):
                raise ValidationError(self.env._("“%s” names a residential group of another ward.", shop.name))

    def _kdc_serves(self, area):
        """Whether a buyer who lives in ``area`` can order here."""
        self.ensure_one()
        return not self.served_area_ids or area in self._kdc_areas_now()

    def _kdc_areas_now(self):
        """Return the areas served but those that do not accept a shop which is shown to its areas only."""
        self.ensure_one()
        return self.served_area_ids - self.refused_area_ids if self.only_served else self.served_area_ids

    def _kdc_served_text(self):
        """Return the names of the areas served, as buyers read them; nothing for the whole ward."""
        self.ensure_one()
        names = self._kdc_areas_now().mapped("name")
        if self.served_area_ids and not names:
            return self.env._("no residential group at present")  # each has refused; nothing would be the whole ward
        more = len(names) - NAMED_AREAS
        if more > 0:
            names = [*names[:NAMED_AREAS], self.env._("%s more", more)]
        return ", ".join(names)

    def _kdc_area_refusal(self):
        """Return the sentence for a buyer who lives elsewhere."""
        self.ensure_one()
        if not self._kdc_areas_now():
            return self.env._("“%s” does not sell to any residential group at present.", self.name)
        return self.env._("“%(shop)s” sells only to: %(areas)s.", shop=self.name, areas=self._kdc_served_text())

    @api.model
    def _kdc_codes_serving(self, company, area):
        """Return the addresses of the open shops of a ward that sell to people of ``area``."""
        # sudo: areas and addresses of approved shops are public
        shops = self.sudo().search_fetch(
            [
                ("state", "=", shop_states.APPROVED),
                ("company_id", "=", company.id),
                "|",
                ("served_area_ids", "=", False),
                ("served_area_ids", "in", area.ids),
            ],
            ["code"],
        )
        return shops.mapped("code")
