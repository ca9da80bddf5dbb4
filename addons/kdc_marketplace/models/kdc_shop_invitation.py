from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.phone import PhoneError, display, to_e164
from odoo.addons.kdc_residents.tools.locks import lock_or_retry
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import escape_psql

from ..engine import shop_states

#: Days in which an invitation can be accepted; after them it is deleted.
VALID_DAYS = 14
#: Invitations of a shop in that time, withdrawn and refused ones included: neighbours are not pestered.
MAX_INVITATIONS = 10
BATCH = 200


class KdcShopInvitation(models.Model):
    """An owner asks a neighbour to work in the shop; the neighbour decides in the portal (features M-05).

    The owner types the phone number or e-mail address of an account and reads the same answer whether there is such
    an account or not: nobody learns by trying who has one. So an invitation may reach nobody, and one that was
    refused looks to the owner like one that still waits, until both are deleted.
    """

    _name = "kdc.shop.invitation"
    _description = "Invitation to Work in a Shop"
    _order = "id desc"
    _rec_name = "typed"

    shop_id = fields.Many2one("kdc.shop", required=True, index=True, ondelete="cascade", readonly=True)
    company_id = fields.Many2one(related="shop_id.company_id", store=True)
    typed = fields.Char("Invited by phone or e-mail", required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users", "Person", index="btree_not_null", ondelete="cascade", readonly=True, help="Empty: reaches nobody."
    )
    invited_by_id = fields.Many2one("res.users", "Invited by", ondelete="cascade", index=True, readonly=True)
    state = fields.Selection(
        [("waiting", "Waiting"), ("declined", "Refused"), ("withdrawn", "Taken back")],
        default="waiting",
        required=True,
        readonly=True,
    )
    valid_until = fields.Datetime(
        required=True, readonly=True, default=lambda self: fields.Datetime.now() + timedelta(days=VALID_DAYS)
    )

    @api.model
    def _kdc_contact(self, typed):
        """Return a typed phone number or e-mail address as it is kept and shown to the owner.

        :raise UserError: it is neither
        """
        text = (typed or "").strip().lower()[:80]
        if "@" in text:
            return text
        try:
            return display(to_e164(text))
        except PhoneError as error:
            raise UserError(self.env._("Please type a whole phone number or an e-mail address.")) from error

    @api.model
    def _kdc_account(self, shop, contact):
        """Return the one account with this phone or e-mail that may work in the shop; empty for none, or several.

        People of the shop, and whom it has invited already, are not found again.
        """
        users = self.env["res.users"].sudo()  # sudo: the answer to the owner does not depend on what is found
        domain = Domain(users._get_login_domain(contact))
        if "@" in contact:
            domain |= Domain("email", "=ilike", escape_psql(contact))
        found = users.search(domain & Domain("share", "=", True))
        found -= shop.member_ids.user_id | shop.invitation_ids.user_id
        found = found.filtered(shop._kdc_may_employ)
        return found if len(found) == 1 else found.browse()

    @api.model
    def _kdc_invite(self, shop, typed):
        """Invite whoever has this phone number or e-mail address; twice is once.

        :param shop: kdc.shop in sudo, of which the caller has checked that the current user owns it
        :raise UserError: no contact at all, or too many invitations lately
        """
        contact = self._kdc_contact(typed)
        lock_or_retry(shop, allow_referencing=True, touch=True)  # two taps invite once
        if shop.invitation_ids.filtered(lambda one: one.typed == contact and one.state != "withdrawn"):
            return
        if len(shop.invitation_ids) >= MAX_INVITATIONS:
            raise UserError(
                self.env._(
                    "You have invited %(count)s people in %(days)s days. Please wait until some of them have answered.",
                    count=MAX_INVITATIONS,
                    days=VALID_DAYS,
                )
            )
        user = self._kdc_account(shop, contact)
        # sudo: owners have no right on invitations; named fields only
        self.sudo().create(
            {"shop_id": shop.id, "typed": contact, "user_id": user.id, "invited_by_id": self.env.uid}
        )
        if user:
            env = self.with_context(lang=user.lang or "vi_VN").env
            # sudo: the owner tells the invited person without reading his notices
            env["kdc.notification"].sudo()._notify(
                user.partner_id,
                env._("“%s” invites you to work in the shop", shop.name),
                env._("%s asks you to keep listings and orders. You decide.", self.env.user.name),
                "/my/shop",
            )

    def _kdc_accept(self):
        """Let the invited person work in the shop from now on, as a seller, and tell its people."""
        self.ensure_one()
        shop, user = self.shop_id, self.user_id
        lock_or_retry(shop, allow_referencing=True, touch=True)
        if shop.state == shop_states.CLOSED:
            raise UserError(self.env._("“%s” is closed meanwhile.", shop.name))
        if user in shop.member_ids.user_id:  # the moderator was quicker
            self.unlink()
            return
        shop._kdc_take_in(user)
        self.unlink()

    def _kdc_holds(self):
        """Whether who invited owns the shop still, and the invited person may still work there."""
        self.ensure_one()
        owners = self.shop_id.member_ids.filtered(lambda member: member.role == "owner").user_id
        return self.invited_by_id in owners and self.shop_id._kdc_may_employ(self.user_id)

    def _kdc_decline(self):
        self.state = "declined"

    def _kdc_withdraw(self):
        """Take invitations back; they can be accepted no more and still count until their days are over."""
        self.state = "withdrawn"

    @api.autovacuum
    def _gc_over(self):
        """Delete what nobody can accept any more, with the phone number or address that was typed."""
        over = self.search([("valid_until", "<", fields.Datetime.now())], limit=BATCH, order="id")
        over.unlink()
        return len(over), len(over) == BATCH


class KdcShop(models.Model):
    _inherit = "kdc.shop"

    invitation_ids = fields.One2many("kdc.shop.invitation", "shop_id", "Invitations", copy=False)

    def _kdc_waiting_invitations(self):
        """Return the invitations as an owner sees them: a refused one waits until its days are over."""
        now = fields.Datetime.now()
        return self.invitation_ids.filtered(lambda one: one.state != "withdrawn" and one.valid_until >= now)


class ResUsers(models.Model):
    _inherit = "res.users"

    def _kdc_shop_invitations(self):
        """Return the invitations this user may accept now, in sudo."""
        self.ensure_one()
        return (
            self.env["kdc.shop.invitation"]
            # sudo: own invitations only; callers show named fields
            .sudo()
            .search(
                [
                    ("user_id", "=", self.id),
                    ("state", "=", "waiting"),
                    ("valid_until", ">=", fields.Datetime.now()),
                    ("shop_id.state", "!=", shop_states.CLOSED),
                ]
            )
            .filtered(lambda one: one._kdc_holds())
        )
