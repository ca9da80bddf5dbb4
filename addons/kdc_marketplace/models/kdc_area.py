from odoo import Command, api, models


class KdcArea(models.Model):
    _inherit = "kdc.area"

    @api.model
    def _groups_of(self, company):
        """Return the residential groups that a ward has now."""
        return self.search_fetch(
            [("kind", "=", "group"), ("company_id", "=", company.id), ("date_to", "=", False)], ["name", "active"]
        )

    def _move_open_work(self, mapping, date):
        """Shops go with their area; a closed shop stays where it was. So does where they sell and bring goods."""
        Shop, Place, Post = self.env["kdc.shop"], self.env["kdc.shop.place"], self.env["kdc.board.post"]
        for area, target in mapping.items():
            # A division leaves the shop everywhere it was; a group that goes on stays
            heirs = target | area.successor_ids.filtered(lambda s: s.date == date).successor_id
            swap = [Command.unlink(area.id)] * (area not in heirs) + [Command.link(heir.id) for heir in heirs]
            Shop.search([("area_id", "=", area.id), ("state", "!=", "closed")]).area_id = target
            Shop.search([("served_area_ids", "in", area.ids), ("state", "!=", "closed")]).served_area_ids = swap
            Shop.search([("refused_area_ids", "in", area.ids), ("state", "!=", "closed")]).refused_area_ids = swap
            # A post says where something is, so that it goes with its area also when it is over
            Post.search([("area_id", "=", area.id)]).area_id = target
            Place.search([("area_ids", "in", area.ids), ("shop_id.state", "!=", "closed")]).area_ids = swap
        return super()._move_open_work(mapping, date)

    def _open_work_counts(self):
        shops = self.env["kdc.shop"].search_count([("area_id", "in", self.ids), ("state", "!=", "closed")])
        return [*super()._open_work_counts(), (self.env._("Shops"), shops)]
