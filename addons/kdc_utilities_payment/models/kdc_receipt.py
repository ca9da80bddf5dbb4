from odoo import api, models

from .kdc_gateway_payment import Till


class KdcReceipt(models.Model):
    _inherit = "kdc.receipt"

    @api.model
    def _receipt_vals(self, session, taking, day, gifts):
        """A payment through a gateway is known by the gateway's number, not by a cash session."""
        vals = super()._receipt_vals(session, taking, day, gifts)
        return vals | {"gateway_number": session.number} if isinstance(session, Till) else vals
