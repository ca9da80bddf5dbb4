from odoo import models
from odoo.addons.kdc_residents.engine.format import fmt


class KdcResident(models.Model):
    """The running accounts of a person, before the person's rights to a copy and to erasure."""

    _inherit = "kdc.resident"

    def _kdc_my_data(self):
        """Add the running accounts in shops with their entries."""
        accounts = self._kdc_own("kdc.shop.credit")
        return [
            *super()._kdc_my_data(),
            self._kdc_section(
                "shop_credits",
                self.env._("Running accounts in shops"),
                accounts,
                ["shop_id", "state", "limit_amount", "balance", "held"],
            ),
            self._kdc_section(
                "shop_credit_entries",
                self.env._("Entries of running accounts in shops"),
                accounts.entry_ids,
                ["date", "kind", "amount", "order_id", "reason"],
            ),
        ]

    def _kdc_kept(self):
        """Keep who owes, as long as something is owed."""
        kept = super()._kdc_kept()
        for account in self._kdc_own("kdc.shop.credit").filtered(lambda account: account.balance or account.held):
            kept.append(
                {
                    "key": "name",
                    "what": self.env._(
                        "Your running account at “%(shop)s”, on which %(amount)s is open",
                        shop=account.shop_id.name,
                        amount=fmt.vnd(account.balance + account.held),
                    ),
                    "why": self.env._("a debt stays until it is paid; please settle it with the shop first"),
                }
            )
        return kept

    def _kdc_erase_more(self, keys):
        """Close settled accounts and forget their words; the figures stay with the shop, without a name."""
        accounts = self._kdc_own("kdc.shop.credit").filtered(lambda account: not (account.balance or account.held))
        accounts.state = "closed"
        accounts.entry_ids.write({"reason": False})
        return super()._kdc_erase_more(keys)
