from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.addons.kdc_residents.engine.text import fold
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.addons.kdc_residents.tools.locks import lock_or_retry
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..engine import shop_states

#: Days in which the code of a slip can be used.
VALID_DAYS = 30
#: Slips a shop may make in that time.
MAX_SLIPS = 10


class KdcShop(models.Model):
    """The people of a business that is no resident (features M-05).

    Its owner came in by a slip of a moderator. Who works there and lives elsewhere gets the same slip from the owner: a
    code, the last four digits of the own personal number, the own phone. The account opens in the shop, as a seller.
    """

    _inherit = "kdc.shop"

    staff_slip_ids = fields.One2many("kdc.invitation", "shop_id", "Slips for its people", copy=False)

    def _kdc_businesses(self):
        """Return the businesses whose people own this shop and are no residents, in sudo; mostly none."""
        self.ensure_one()
        # sudo: who a slip of the ward let in is asked, not told
        shop = self.sudo()
        owners = shop.member_ids.filtered(lambda member: member.role == "owner").user_id.partner_id
        used = [("business_id", "in", owners.ids), ("state", "=", "used"), ("company_id", "=", shop.company_id.id)]
        return shop.env["kdc.invitation"].search(used).business_id.parent_id

    def _kdc_may_employ(self, user):
        """Whether somebody may work in this shop: residents of its ward, and the people of its business."""
        return user._kdc_resident().company_id == self.company_id or user.partner_id.parent_id in self._kdc_businesses()

    def _kdc_waiting_slips(self):
        """Return the slips this shop has made that can still be used."""
        today = today_here(self)
        return self.staff_slip_ids.filtered(
            lambda slip: slip.state == "sent" and slip.purpose == "activate" and slip.expires_on >= today
        )

    def _kdc_make_slip(self, name, last_four):
        """Let somebody of the business in, who is no resident.

        Called in sudo; the caller has checked that the current user owns the shop.

        :return: (invitation, code), the only moment at which the code is known
        :raise UserError: something that was typed is missing or wrong, or too many slips lately
        """
        self.ensure_one()
        business = self._kdc_businesses()[:1]
        if not business:
            raise UserError(self.env._("Only a business that is no resident makes slips for its people."))
        if self.state != shop_states.APPROVED:
            raise UserError(self.env._("“%s” is not open.", self.name))
        name = " ".join((name or "").split())[:80]
        if not name:
            raise UserError(self.env._("Please type the full name of the person."))
        proof = self.env["kdc.invitation"]._kdc_proof(last_four)
        lock_or_retry(self, allow_referencing=True, touch=True)  # two taps make one slip
        since = fields.Datetime.now() - timedelta(days=VALID_DAYS)
        if len(self.staff_slip_ids.filtered(lambda slip: slip.create_date > since)) >= MAX_SLIPS:
            raise UserError(
                self.env._("You have made %(count)s slips in %(days)s days.", count=MAX_SLIPS, days=VALID_DAYS)
            )
        contact = self._kdc_staff_contact(business, name)
        [(invitation, code)] = self.env["kdc.invitation"]._invite_business(contact, proof, VALID_DAYS).items()
        invitation.shop_id = self
        self._message_log(body=self.env._("Slip %s was made", invitation.number))
        return invitation, code

    def _kdc_staff_contact(self, business, name):
        """Return the contact of somebody of the business; one who never used a slip is taken up again."""
        known = business.child_ids.filtered(lambda contact: fold(contact.name) == fold(name))
        if known.with_context(active_test=False).user_ids:
            raise UserError(
                self.env._("%s has an account already. Please invite this person by phone number.", known[:1].name)
            )
        live = Domain("state", "=", "sent") & Domain("expires_on", ">=", today_here(self))
        waiting = self.env["kdc.invitation"].search(Domain("business_id", "in", known.ids) & live)
        if waiting & self._kdc_waiting_slips():
            raise UserError(self.env._("%s has a code already. Please take it back before you make a new one.", name))
        if waiting:  # a new code would end that one, and whoever made it would not be told
            raise UserError(
                self.env._(
                    "%s has a code already, from the ward or from another shop. Please let this person open the "
                    "account with it, then invite by phone number.",
                    name,
                )
            )
        return known[:1] or business.create(
            {"name": name, "parent_id": business.id, "company_id": self.company_id.id, "lang": "vi_VN"}
        )

    def _kdc_take_in(self, user):
        """Let somebody who has agreed work in the shop from now on, as a seller, and tell its people."""
        self.ensure_one()

        def title(shop, person):
            return shop.env._("%(person)s works in “%(shop)s” now", person=person, shop=shop.name)

        self._kdc_notify_members(lambda shop: (title(shop, user.name), ""), "/my/shop/people")
        self.member_ids = [Command.create({"user_id": user.id, "role": "seller"})]
        self._message_log(body=title(self, user._kdc_history_name()))


class KdcInvitation(models.Model):
    _inherit = "kdc.invitation"

    shop_id = fields.Many2one(
        "kdc.shop", "Made by the shop", index="btree_not_null", ondelete="cascade", help="It employs this person."
    )
    cancel_reason = fields.Selection(
        selection_add=[("shop", "Taken back by the shop")],
        ondelete={"shop": lambda slips: slips.write({"cancel_reason": "officer"})},
    )

    @api.model
    def _kdc_proof(self, last_four):
        """Return the hash of the last four digits of a personal number as they were typed.

        :raise UserError: these are no four digits
        """
        digits = "".join((last_four or "").split())
        if not (len(digits) == 4 and digits.isascii() and digits.isdigit()):
            raise UserError(self.env._("Please type the last 4 digits of the personal number, as on the card."))
        return self._proof_hash(digits)

    @api.model
    def _invite_business(self, contact, proof_hash, days):
        """Override: a slip that replaces one of a shop leads into the same shop."""
        # sudo: as in the method overridden
        earlier = self.sudo().search([("business_id", "=", contact.id), ("state", "=", "sent")])
        invitations = super()._invite_business(contact, proof_hash, days)
        for invitation in invitations:
            invitation.shop_id = earlier.shop_id
        return invitations

    def _open_account(self, login, password):
        """Override: who was let in by a shop works there at once, if the business still owns it."""
        user = super()._open_account(login, password)
        shop = self.shop_id
        employs = shop and shop.state != shop_states.CLOSED and self.business_id.parent_id in shop._kdc_businesses()
        if employs and self.purpose == "activate":
            lock_or_retry(shop, allow_referencing=True, touch=True)
            shop._kdc_take_in(user)
        return user

    def _kdc_take_back(self):
        """Let a shop make its slips worthless."""
        self.filtered(lambda slip: slip.state == "sent").write({"state": "cancelled", "cancel_reason": "shop"})
