from dateutil.relativedelta import relativedelta
from odoo import models
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..engine import shop_states
from .kdc_erasure import KEPT_YEARS


class ResUsers(models.Model):
    _inherit = "res.users"

    def _kdc_shops(self):
        """Return the shops this user runs and that are not closed, in sudo (may be empty)."""
        return self._kdc_memberships().shop_id

    def _kdc_memberships(self, ended=False):
        """Return what this user is in shops, in sudo, open shops first.

        :param ended: also of closed shops this user owned, as long as the law keeps their orders: the owner needs the
            statement of the last month for the tax office
        """
        self.ensure_one()
        domain = Domain("shop_id.state", "!=", shop_states.CLOSED)
        # sudo: portal users have no right on shops; callers show named fields only
        members = self.env["kdc.shop.member"].sudo()
        if ended:
            since = today_here(members) - relativedelta(years=KEPT_YEARS)
            # An application that was taken back is no former shop: it has nothing to be read
            traded = Domain("shop_id.opened_on", "!=", False) | Domain("shop_id.order_ids", "!=", False)
            domain |= Domain("role", "=", "owner") & Domain("shop_id.ended_on", ">=", since) & traded
        found = members.search(Domain("user_id", "=", self.id) & domain, order="id")
        return found.sorted(lambda member: member.shop_id.state == shop_states.CLOSED)

    def _deactivate_portal_user(self, **post):
        """Override: who works in a shop leaves it first; its orders would wait for nobody."""
        for user in self:
            if not (shops := user._kdc_shops()):
                continue
            raise UserError(
                self.env._(
                    "You still work in %s. Please close the shop or leave it first, then delete your account.",
                    ", ".join(f"“{shop.name}”" for shop in shops),
                )
            )
        result = super()._deactivate_portal_user(**post)
        slips = self.env["kdc.invitation"].sudo()  # sudo: who came in by a slip of a business erases himself
        for partner in slips.search([("business_id", "in", self.partner_id.ids)]).business_id:
            if partner._kdc_erase_business():
                partner.with_context(active_test=False).user_ids._kdc_keep_switched_off()
        return result

    def _kdc_keep_switched_off(self):
        """Take these accounts out of Odoo's queue, which deletes them and their contacts: the law keeps the name."""
        # sudo: nobody but the system has a right on the queue
        queue = self.env["res.users.deletion"].sudo()
        queue.search([("user_id", "in", self.ids), ("state", "=", "todo")]).unlink()

    def _kdc_history_name(self):
        """Return how the history of a shop names this user: who is no resident leaves no name where none is erased."""
        self.ensure_one()
        return self.name if self._kdc_resident() else self.env._("Account #%s", self.id)
