from odoo import models


class KdcResidentMerge(models.TransientModel):
    _inherit = "kdc.resident.merge"

    def _merge(self):
        """Override: no shop keeps two running accounts of one person."""
        self.env["kdc.shop.credit"]._kdc_join_partners(self.drop_id.partner_id, self.keep_id.partner_id)
        return super()._merge()
