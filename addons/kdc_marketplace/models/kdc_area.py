from odoo import models


class KdcArea(models.Model):
    _inherit = "kdc.area"

    def _move_open_work(self, mapping, date):
        """Shops go with their area; a closed shop stays where it was."""
        for area, target in mapping.items():
            self.env["kdc.shop"].search([("area_id", "=", area.id), ("state", "!=", "closed")]).area_id = target
        return super()._move_open_work(mapping, date)

    def _open_work_counts(self):
        shops = self.env["kdc.shop"].search_count([("area_id", "in", self.ids), ("state", "!=", "closed")])
        return [*super()._open_work_counts(), (self.env._("Shops"), shops)]
