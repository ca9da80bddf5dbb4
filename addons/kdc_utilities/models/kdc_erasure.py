from dateutil.relativedelta import relativedelta
from odoo import models
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.fields import Domain

#: How long accounting documents are kept (Luật Kế toán 88/2015/QH13, điều 41).
KEPT_YEARS = 10


class KdcResident(models.Model):
    _inherit = "kdc.resident"

    def _kdc_kept(self):
        """Keep bills, receipts and the name on them as long as the accounting law asks for them."""
        kept = super()._kdc_kept()
        since = self._kdc_kept_since()
        partners = self._kdc_paying_partners()
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
        if self._kdc_transfers([("transfer_id.date", ">=", since)]):
            kept.append(
                {
                    "key": "transfers",
                    "what": self.env._("Your bank transfers: sender, bank account and text, as the bank shows them"),
                    "why": self.env._("accounting documents are kept for %s years (Law 88/2015/QH13)", KEPT_YEARS),
                }
            )
        return kept

    def _kdc_erase_more(self, keys):
        """Forget who sent the money for bills of so long ago that no law asks for it any more."""
        self._kdc_transfers([("transfer_id.date", "<", self._kdc_kept_since())])._forget_sender()
        return super()._kdc_erase_more(keys)

    def _kdc_kept_since(self):
        """Return the first day of the accounting documents that the law still keeps."""
        return today_here(self) - relativedelta(years=KEPT_YEARS)

    def _kdc_paying_partners(self):
        """Return the contacts whose bills are this person's: the own one, and the households the person heads."""
        return self.partner_id | self.membership_ids.filtered(lambda m: m.role == "head").household_id.partner_id

    def _kdc_transfers(self, domain):
        """Return the bank transfers that paid this person's bills, or gave in the person's name."""
        mine = self._kdc_transfer_lines(self._kdc_paying_partners())
        lines = self.env["kdc.transfer.line"].search(mine & Domain(domain))
        return lines.transfer_id
