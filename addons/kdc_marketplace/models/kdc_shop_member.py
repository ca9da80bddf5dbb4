from odoo import api, fields, models
from odoo.addons.kdc_residents.tools.locks import lock_or_retry
from odoo.exceptions import AccessError, UserError

from ..engine import shop_states


class KdcShopMember(models.Model):
    """A person who runs a shop from the portal."""

    _name = "kdc.shop.member"
    _description = "Shop Member"
    _order = "shop_id, role, id"
    _kdc_home = ("company_id", "shop_id")
    _rec_name = "user_id"

    shop_id = fields.Many2one("kdc.shop", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="shop_id.company_id", store=True)
    user_id = fields.Many2one("res.users", "Person", required=True, index=True, ondelete="cascade")
    role = fields.Selection(
        [("owner", "Owner"), ("seller", "Seller")],
        default="seller",
        required=True,
        help="A seller keeps listings and orders; the owner also keeps the shop's own details.",
    )

    _shop_user_uniq = models.Constraint("UNIQUE (shop_id, user_id)", "This person already belongs to the shop.")

    @api.model_create_multi
    def create(self, vals_list):
        members = super().create(vals_list)
        members._check_not_oneself()
        return members

    def write(self, vals):
        """Let nobody make the last owner of a shop a seller, or move him elsewhere."""
        self._check_not_oneself()
        if vals.get("role", "owner") != "owner" or {"shop_id", "user_id"} & vals.keys():
            self._check_owner_stays()
        result = super().write(vals)
        self._check_not_oneself()
        return result

    def unlink(self):
        self._check_not_oneself()
        return super().unlink()

    def _check_not_oneself(self):
        """Refuse to change by hand whether one's household belongs to a shop: a moderator would judge it in between.

        The pages of the shop write with ``sudo()`` after their checks.
        """
        # sudo: who a user is, is asked and not told
        if not self.env.su and self.env["kdc.shop"]._kdc_are_own(self.sudo().user_id.partner_id):
            raise AccessError(
                self.env._(
                    "This is about your own shop or one of your household: please leave it to another moderator."
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_last_owner(self):
        self._check_owner_stays()

    # -- the owner decides about the people (features M-05) --------------------------------------------------------
    def _kdc_promote(self):
        """Make a seller an owner as well; the person and the ward's log are told."""
        self.ensure_one()
        lock_or_retry(self.shop_id, allow_referencing=True, touch=True)
        self.role = "owner"
        self._kdc_tell(
            self.env._("You are an owner of “%s” now", self.shop_id.name),
            self.env._("%(person)s owns the shop too", person=self.user_id._kdc_history_name()),
            f"/my/shop?shop={self.shop_id.id}",
        )

    def _kdc_dismiss(self):
        """Take a person out of the shop, who sees nothing of it from the next page on.

        :raise UserError: the shop would be left without an owner; other than a moderator, nobody does that to a shop
        """
        self.ensure_one()
        lock_or_retry(self.shop_id, allow_referencing=True, touch=True)  # two owners who leave at once
        if "owner" not in (self.shop_id.member_ids - self).mapped("role"):
            raise UserError(
                self.env._("You are the only owner of “%s”. Please make somebody an owner first.", self.shop_id.name)
            )
        self._kdc_tell(
            self.env._("You do not work in “%s” any more", self.shop_id.name),
            self.env._("%(person)s does not work in the shop any more", person=self.user_id._kdc_history_name()),
            "/my/notifications",  # nothing of the shop is left to be opened
        )
        self.unlink()

    def _kdc_tell(self, title, log, url):
        """Tell a member what was decided, unless by himself, and leave ``log`` in the history of the shop."""
        self.shop_id._message_log(body=log)
        if self.user_id != self.env.user:
            self.env["kdc.notification"]._notify(self.user_id.partner_id, title, url=url)

    def _check_owner_stays(self):
        """Raise if these people are all the owners a shop has while it is open: nobody could answer for it."""
        for shop in self.filtered(lambda member: member.role == "owner").shop_id:
            going_on = shop.state in (shop_states.SUBMITTED, shop_states.APPROVED, shop_states.SUSPENDED)
            if going_on and "owner" not in (shop.member_ids - self).mapped("role"):
                raise UserError(
                    self.env._(
                        "“%s” needs an owner while it is open. Please add the new owner and save, then remove this.",
                        shop.name,
                    )
                )
