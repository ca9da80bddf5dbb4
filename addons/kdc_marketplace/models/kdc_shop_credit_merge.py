from odoo import fields, models
from odoo.addons.kdc_residents.engine.format import fmt


class KdcShopCredit(models.Model):
    """Two running accounts of one person at one shop, found when two records of that person are merged.

    They become one: what was noted on either stays as it was noted, and the sum is what it was. The account that was
    joined stays closed and empty, and says when that was and what was owed on it.
    """

    _inherit = "kdc.shop.credit"

    joined_id = fields.Many2one("kdc.shop.credit", "Joined into", readonly=True, index="btree_not_null")
    joined_date = fields.Datetime("Joined on", readonly=True)
    joined_amount = fields.Integer("Owed when it was joined (₫)", readonly=True)
    joined_ids = fields.One2many("kdc.shop.credit", "joined_id", "Accounts joined into it")

    def _kdc_join_partners(self, source, target):
        """Join the accounts of ``source`` into those of ``target`` where one shop has both; runs in sudo.

        :param source: res.partner of the record that is archived
        :param target: res.partner of the record that is kept
        """
        kept = {account.shop_id: account for account in target._kdc_credits()}
        for account in source._kdc_credits():
            if account.shop_id in kept:
                kept[account.shop_id]._kdc_join(account)

    def _kdc_join(self, other):
        """Take over the entries and orders of another account at the same shop, and tell both sides."""
        for account in (self | other).sorted("id"):
            account._kdc_lock()
        owed = other.balance
        open_ones = (self | other).filtered(lambda account: account.state == "open")
        limit = max(open_ones.mapped("limit_amount"), default=self.limit_amount)
        # In the database, as everything that a merge moves: no entry is written, it only has another account
        self.env["kdc.merge"]._move_references(other, self)
        other.write({
            "state": "closed", "joined_id": self.id, "joined_date": fields.Datetime.now(), "joined_amount": owed,
        })  # fmt: skip
        self.write({"state": "open" if open_ones else "closed", "limit_amount": limit})
        self._kdc_tell(
            lambda account: (
                account.env._("Your two running accounts at “%s” are one now", account.shop_id.name),
                account.env._("The ward had recorded you twice. You owe %s in all.", fmt.vnd(account.balance)),
            )
        )
        self.shop_id._kdc_notify_members(
            lambda account: (
                account.env._("Two running accounts of %s are one now", account.partner_id.name),
                account.env._(
                    "The ward had recorded this customer twice. %s is owed in all.", fmt.vnd(account.balance)
                ),
            ),
            f"/my/shop/credit/{self.id}",
            self,
        )

    def _kdc_find(self, number):
        """Return the account of ``self`` with this number, or the one into which that was joined; may be empty."""
        return self.filtered(lambda account: not account.joined_id and number in (account.id, *account.joined_ids.ids))
