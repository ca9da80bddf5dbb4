from odoo import models


class ResUsers(models.Model):
    _inherit = "res.users"

    def _kdc_shops(self):
        """Return the shops this user runs and that are not closed, in sudo (may be empty)."""
        self.ensure_one()
        # sudo: portal users have no right on shops; callers show named fields only
        members = (
            self.env["kdc.shop.member"]
            .sudo()
            .search([("user_id", "=", self.id), ("shop_id.state", "!=", "closed")], order="id")
        )
        return members.shop_id
