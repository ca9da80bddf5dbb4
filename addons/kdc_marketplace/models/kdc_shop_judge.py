from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from ..engine import listing_states

NOBODY = "kdc_marketplace.activity_no_judge"


class KdcShop(models.Model):
    """Who decides about a shop and what belongs to it: moderators of its ward who have no part in it.

    A part has who sells in the shop, wrote, bought or reported himself, and whoever lives with such a person: as with
    reviews, a household is one. Who printed the slip of an account in the shop knows what opens it: he has a part too.
    Where that leaves nobody, the administrators of the ward are asked for a moderator.
    """

    _inherit = "kdc.shop"

    @api.model
    def _kdc_is_moderator(self):
        """Whether the real user moderates; ``sudo()`` on its own does not make anybody a moderator."""
        return self.env.uid == SUPERUSER_ID or self.env.user.has_group("kdc_marketplace.group_moderator")

    @api.model
    def _kdc_check_moderates(self, records, refusal):
        """Raise unless the real user moderates and may read each of ``records``.

        What a moderator decides is written with ``sudo()``, which asks for no ward: without this check the moderator
        of one ward would decide about the market of another.

        :param records: what is decided about, of any model
        :param str refusal: what to tell who is no moderator
        """
        if not self._kdc_is_moderator():
            raise AccessError(refusal)
        records.sudo(False).check_access("read")
        self._kdc_check_no_party(records)

    def _kdc_judges(self):
        """Whether the real user moderates and has no part in these shops: nobody checks what he sells."""
        return self._kdc_is_moderator() and not self._kdc_is_party()

    def _kdc_is_party(self):
        """Whether the real user, or somebody of his household, sells in one of these shops, or he let a seller in."""
        # sudo: who runs a shop is asked, not told
        people = self.sudo().member_ids.user_id.partner_id
        return self._kdc_are_own(people) or self._kdc_let_in(people)

    @api.model
    def _kdc_let_in(self, partners):
        """Whether the real user printed a slip that opens, or has opened, the account of one of these persons.

        He typed the four digits and held the code: the account may be his own under another name. So may every account
        of that business: whoever he let in makes slips for the others.
        """
        if self.env.uid == SUPERUSER_ID or not partners or not self._kdc_is_moderator():
            return False
        theirs = Domain("business_id", "in", partners.ids) | Domain(
            "business_id.parent_id", "in", partners.parent_id.ids
        )
        mine = theirs & Domain("create_uid", "=", self.env.uid) & Domain("state", "in", ("sent", "used"))
        # sudo: who printed a slip is asked, not told
        return bool(self.env["kdc.invitation"].sudo().search_count(mine, limit=1))

    @api.model
    def _kdc_are_own(self, partners):
        """Whether the real user or somebody of his household is among these persons, given in sudo."""
        if self.env.uid == SUPERUSER_ID or not partners:
            return False
        user = self.env.user
        household = user._kdc_resident().household_id.partner_id
        return user.partner_id in partners or household in partners.commercial_partner_id

    @api.model
    def _kdc_check_no_party(self, records):
        """Raise when the real user would decide about what is his own, see `_kdc_party_refusal`."""
        if refusal := self._kdc_party_refusal(records):
            raise AccessError(refusal)

    @api.model
    def _kdc_party_refusal(self, records):
        """Return what to tell who would decide about what is his own or his household's; else None.

        :param records: what is decided about: shops, what belongs to shops, posts, or reports about any of these
        """
        records = records.sudo()  # sudo: as for `_kdc_is_party`
        about = {records._name: records} | {
            field.comodel_name: records[name]
            for name, field in records._fields.items()
            if name in ("kdc_shop_id", "shop_id", "post_id") and records._name != "kdc.shop"
        }
        shops, posts = about.get("kdc.shop"), about.get("kdc.board.post")
        if shops and shops._kdc_is_party():
            refusal = self._kdc_why_party(shops)
            if any(shop._kdc_lacks_judge() for shop in shops):
                nobody = self.env._("There is no other one: please ask an administrator of the ward to name somebody.")
                refusal = f"{refusal} {nobody}"
            return refusal
        if posts and self._kdc_are_own(posts.partner_id):
            return self.env._(
                "This is about your own post or one of your household: please leave it to another moderator."
            )
        if "partner_id" in records._fields and self._kdc_are_own(records.partner_id):
            return self.env._("This is your own or your household's: please leave it to another moderator.")
        return None

    @api.model
    def _kdc_why_party(self, shops):
        """Return why the real user, who has a part in one of ``shops``, given in sudo, does not decide about them."""
        if self._kdc_are_own(shops.member_ids.user_id.partner_id):
            return self.env._(
                "This is about your own shop or one of your household: please leave it to another moderator."
            )
        return self.env._(
            "You printed the activation slip of somebody in this shop or its business: please leave it to another "
            "moderator."
        )

    # -- nobody to decide ------------------------------------------------------------------------------------------
    def _kdc_lacks_judge(self):
        """Whether everybody who moderates this ward has a part in the shop, or nobody moderates it."""
        self.ensure_one()
        shop = self.sudo()  # sudo: who moderates is asked, not told
        return all(shop.with_user(user)._kdc_is_party() for user in shop.company_id._kdc_market_moderators())

    def _kdc_ask_for_judge(self):
        """Ask the administrators of the ward, once, for somebody who can decide about what these shops have sent."""
        for shop in self.sudo():  # sudo: sellers send, administrators are told
            if not shop._kdc_lacks_judge() or shop.activity_search([NOBODY]):
                continue
            for admin in shop.company_id._kdc_administrators():
                shop.activity_schedule(NOBODY, user_id=admin.id)

    def action_submit(self):
        """Override: an application that nobody can look at asks for somebody."""
        result = super().action_submit()
        self._kdc_ask_for_judge()
        return result


class ProductTemplate(models.Model):
    _inherit = "product.template"

    @api.model_create_multi
    def create(self, vals_list):
        listings = super().create(vals_list)
        listings._kdc_ask_for_judge()
        return listings

    def write(self, vals):
        result = super().write(vals)
        if vals.get("kdc_listing_state") == listing_states.PENDING:
            self._kdc_ask_for_judge()
        return result

    def _kdc_ask_for_judge(self):
        """Ask for a moderator for what waits to be looked at in shops whose moderators all have a part in them."""
        pending = self.filtered(lambda listing: listing.kdc_listing_state == listing_states.PENDING)
        pending.kdc_shop_id._kdc_ask_for_judge()
