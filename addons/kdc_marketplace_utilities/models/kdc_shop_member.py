from odoo import Command, api, models


class KdcShopMember(models.Model):
    """Owners see the bills of their shop: who stops to be one stops to see them."""

    _inherit = "kdc.shop.member"

    @api.model_create_multi
    def create(self, vals_list):
        members = super().create(vals_list)
        members._kdc_share_bills(Command.link)
        return members

    def write(self, vals):
        self._kdc_share_bills(Command.unlink)
        done = super().write(vals)
        self._kdc_share_bills(Command.link)
        return done

    @api.ondelete(at_uninstall=False)
    def _unlink_hide_bills(self):
        self._kdc_share_bills(Command.unlink)

    def _kdc_share_bills(self, command):
        """Let owners see the bills of their shops, or no longer.

        :param command: ``Command.link`` or ``Command.unlink``
        """
        # sudo: whoever may change the people of a shop decides with it who sees its bills
        for member in self.sudo().filtered(lambda member: member.role == "owner"):
            # Closed accounts too: their bills stay to be read
            accounts = member.shop_id.with_context(active_test=False).kdc_account_ids
            accounts.viewer_ids = [command(member.user_id.partner_id.id)]
