from dateutil.relativedelta import relativedelta
from odoo import fields, models

#: How long accounting documents are kept (Luật Kế toán 88/2015/QH13, điều 41).
KEPT_YEARS = 10


class KdcResident(models.Model):
    _inherit = "kdc.resident"

    def _kdc_kept(self):
        """Keep bills, receipts and the name on them as long as the accounting law asks for them."""
        kept = super()._kdc_kept()
        since = fields.Date.context_today(self) - relativedelta(years=KEPT_YEARS)
        partners = self.partner_id | self.membership_ids.filtered(lambda m: m.role == "head").household_id.partner_id
        posted = [("state", "=", "posted"), ("date", ">=", since), ("move_type", "!=", "entry")]
        moves = self.env["account.move"]
        if moves.search_count([*posted, ("partner_id", "in", partners.ids)], limit=1):
            own = moves.search_count([*posted, ("partner_id", "=", self.partner_id.id)], limit=1)
            kept.append(
                {
                    "key": "name" if own else "bills",
                    "what": self.env._("Bills, receipts and the payer's name on them"),
                    "why": self.env._("accounting documents are kept for %s years (Law 88/2015/QH13)", KEPT_YEARS),
                }
            )
        return kept
