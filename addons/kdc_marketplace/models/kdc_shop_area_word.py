from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from ..engine import shop_states

ASKED = "kdc_marketplace.activity_area_word"


class KdcShop(models.Model):
    """The word of the residential group about a shop (features M-03): its head knows who lives and works there.

    It is asked when an application is sent. A ward may let shops wait for it (a setting); else it is advice for who
    approves. Moderators note it for a head who says it by word of mouth: who did so is written.
    """

    _inherit = "kdc.shop"

    area_state = fields.Selection(
        [("waiting", "Asked"), ("confirmed", "Confirmed"), ("denied", "Not from here")],
        "Word of the group",
        readonly=True,
        copy=False,
        tracking=True,
        help="Whether the seller lives or works in the residential group, as its head says.",
    )
    area_user_id = fields.Many2one("res.users", "Noted by", readonly=True, copy=False)
    area_date = fields.Datetime("Noted on", readonly=True, copy=False)

    def write(self, vals):
        result = super().write(vals)
        if vals.get("state", shop_states.SUBMITTED) != shop_states.SUBMITTED:
            self.activity_unlink([ASKED])  # it was decided without the word
        return result

    def action_submit(self):
        """Override: ask the heads of the group, anew also after an application that was not accepted."""
        result = super().action_submit()
        for shop in self.sudo():  # sudo: whoever may submit asks; heads and their desks are nobody's to read
            shop.write({"area_state": "waiting", "area_user_id": False, "area_date": False})
            for head in shop._kdc_area_heads(shop.area_id):
                shop.activity_schedule(ASKED, user_id=head.id)
        return result

    def _kdc_area_heads(self, areas):
        """Return the users who head these residential groups; who has a part in the shop gives no word about it."""
        self.ensure_one()
        heads = areas._users_in_charge().filtered(
            lambda user: user._is_internal() and user.has_group("kdc_residents.group_area_head")
        )
        return heads.filtered(lambda user: not self.with_user(user)._kdc_is_party())

    def _kdc_check_says_word(self):
        """Raise unless the user may give the word of the group about these shops.

        Reading them is not enough: a head of group who also is an officer reads the whole ward.

        :raise AccessError: somebody else, a head of another group, or one who has a part in the shop
        """
        self.sudo(False).check_access("read")
        user = self.env.user
        if self._kdc_judges():
            return
        if not self._kdc_is_moderator() and not user.has_group("kdc_residents.group_area_head"):
            raise AccessError(self.env._("Only the head of the residential group or a moderator says that."))
        # sudo: where the user is in charge is asked and not told
        own = self.env["kdc.area"].sudo().search([("id", "child_of", user.sudo().kdc_area_ids.ids)])
        for shop in self.sudo():  # sudo: as above
            if shop._kdc_is_party():
                raise AccessError(
                    self.env._("“%s” is your own shop or one of your household: please ask a moderator.", shop.name)
                )
            if shop.area_id not in own and not shop._kdc_is_moderator():
                raise AccessError(self.env._("“%s” is not in your residential group.", shop.name))

    def action_confirm_area(self):
        """Say that the seller lives or works in the group."""
        self._kdc_note_area("confirmed")

    def action_deny_area(self):
        """Say that the seller neither lives nor works in the group."""
        self._kdc_note_area("denied")

    def _kdc_note_area(self, word):
        """Note the word of the group and who noted it. Heads for the shops of their own groups, and moderators."""
        self._kdc_check_says_word()
        # sudo: heads have no right to write shops; the word is theirs, and they read this shop
        for shop in self.sudo():
            if shop.state != shop_states.SUBMITTED:
                raise UserError(self.env._("“%s” is not waiting for approval any more.", shop.name))
            shop.write({"area_state": word, "area_user_id": self.env.uid, "area_date": fields.Datetime.now()})
            shop.activity_unlink([ASKED])

    def _check_state_change(self, target, reason):
        """Override: where the ward says so, a shop opens with the word of its group only."""
        result = super()._check_state_change(target, reason)
        opens = (self.state, target) == (shop_states.SUBMITTED, shop_states.APPROVED)
        # sudo: a setting of the ward
        if opens and self.sudo().company_id.kdc_market_area_confirms and self.area_state != "confirmed":
            raise UserError(
                self.env._(
                    "The head of “%(area)s” has not confirmed yet that “%(shop)s” sells from there.",
                    area=self.area_id.name or "",
                    shop=self.name,
                )
            )
        return result
