from odoo import Command, api, fields, models


class KdcCustomerAccount(models.Model):
    """The account a shop of the market is charged on: its own, so that its owners see its bills and nobody else's."""

    _inherit = "kdc.customer.account"

    kdc_shop_id = fields.Many2one(
        "kdc.shop",
        "Shop of the market",
        ondelete="restrict",
        check_company=True,
        help="The fees of the market come on the bills of this account, and the owners of the shop see them.",
    )

    _one_of_a_shop = models.UniqueIndex(
        "(kdc_shop_id) WHERE kdc_shop_id IS NOT NULL AND active", "This shop has a customer account already."
    )

    @api.model_create_multi
    def create(self, vals_list):
        accounts = super().create(vals_list)
        accounts._kdc_share_with_owners(Command.link)
        return accounts

    def write(self, vals):
        if "kdc_shop_id" in vals:
            # The owners of the former shop have no business with the bills of the next one
            self._kdc_share_with_owners(Command.unlink)
        done = super().write(vals)
        if vals.get("kdc_shop_id"):
            self._kdc_share_with_owners(Command.link)
        return done

    def _kdc_share_with_owners(self, command):
        """Let the owners of its shop see the bills of each account, or no longer.

        :param command: ``Command.link`` or ``Command.unlink``
        """
        # sudo: accountants have no right on the people of a shop
        for account in self.sudo().filtered("kdc_shop_id"):
            owners = account.kdc_shop_id.member_ids.filtered(lambda member: member.role == "owner")
            account.viewer_ids = [command(partner.id) for partner in owners.user_id.partner_id]
