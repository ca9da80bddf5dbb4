from odoo import api, models
from odoo.tools import SQL

from .payment_provider import CODES


class KdcFeeMovement(models.Model):
    _inherit = "kdc.fee.movement"

    @api.model
    def _payment_ways(self):
        """Money that came through a gateway is in the journal of that gateway."""
        return [("online", SQL("journal.code IN %s", tuple(CODES.values()))), *super()._payment_ways()]
