"""The people of a shop: its owner invites, promotes and dismisses on the phone; who is invited decides."""

from odoo.exceptions import UserError
from odoo.http import request, route

from .portal_shop import ShopPortal

PAGE = "kdc_marketplace.portal_shop_people"
URL = "/my/shop/people"


class ShopPeople(ShopPortal):
    @route(URL, type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def market_people(self, **_kwargs):
        """Show who works in the shop and who was invited."""
        return self._light_render(PAGE, self._market_people_values(self._market_my_shop(owner=True)))

    def _market_people_values(self, shop, contact="", error=None):
        roles = dict(shop.member_ids._fields["role"]._description_selection(request.env))
        return {
            "people": [
                {
                    "id": member.id,
                    "name": member.user_id.name,
                    "role": roles[member.role],
                    "seller": member.role == "seller",
                    "myself": member.user_id == request.env.user,
                }
                for member in shop.member_ids
            ],
            "invited": [
                {"id": invitation.id, "typed": invitation.typed, "until": invitation.valid_until}
                for invitation in shop._kdc_waiting_invitations()
            ],
            "contact": contact,
            "error": error,
        }

    @route(f"{URL}/invite", type="http", auth="user", website=True, sitemap=False, methods=["POST"])
    def market_people_invite(self, contact="", **_kwargs):
        """Invite by phone number or e-mail; the answer is the same whether somebody has it or not."""
        shop = self._market_my_shop(owner=True)
        try:
            request.env["kdc.shop.invitation"]._kdc_invite(shop, contact)
        except UserError as error:
            return self._light_invalid(PAGE, self._market_people_values(shop, contact[:80], str(error)))
        self._light_flash(
            request.env._(
                "If a resident of the ward has an account with this number or address, the invitation waits there."
            )
        )
        return self._light_redirect(URL)

    @route(
        f"{URL}/invited/<int:invitation_id>/withdraw",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["POST"],
    )
    def market_people_withdraw(self, invitation_id, **_kwargs):
        """Take an invitation back."""
        shop = self._market_my_shop(owner=True)
        invitation = shop._kdc_waiting_invitations().filtered(lambda one: one.id == invitation_id)
        if not invitation:
            raise request.not_found()
        invitation._kdc_withdraw()
        self._light_flash(request.env._("The invitation was taken back."))
        return self._light_redirect(URL)

    @route(
        f"{URL}/<int:member_id>/<any(promote,dismiss):step>",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["POST"],
    )
    def market_people_step(self, member_id, step, sure="", **_kwargs):
        """Make a seller an owner, or dismiss a seller; an owner leaves by himself only."""
        shop = self._market_my_shop(owner=True)
        seller = shop.member_ids.filtered(lambda member: member.id == member_id and member.role == "seller")
        if not seller:
            raise request.not_found()
        name = seller.user_id.name
        if not sure:
            self._light_flash(request.env._("Please tick that you are sure."), "warn")
        elif step == "promote":
            seller._kdc_promote()
            self._light_flash(request.env._("%s is an owner of the shop now.", name))
        else:
            seller._kdc_dismiss()
            self._light_flash(request.env._("%s does not work in the shop any more and sees nothing of it.", name))
        return self._light_redirect(URL)

    @route("/my/shop/leave", type="http", auth="user", website=True, sitemap=False, methods=["POST"])
    def market_people_leave(self, sure="", **_kwargs):
        """Leave the shop one works in; its only owner cannot."""
        member = self._market_member()
        if not member:
            raise request.not_found()
        back = URL if member.role == "owner" else "/my/shop"
        if not sure:
            self._light_flash(request.env._("Please tick that you are sure."), "warn")
            return self._light_redirect(back)
        name = member.shop_id.name
        try:
            with request.env.cr.savepoint():
                member._kdc_dismiss()
        except UserError as error:
            self._light_flash(str(error), "warn")
            return self._light_redirect(back)
        self._light_flash(request.env._("You have left “%s”.", name))
        return self._light_redirect("/my")

    @route(
        "/my/shop/invited/<int:invitation_id>/<any(accept,decline):answer>",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["POST"],
    )
    def market_invited_answer(self, invitation_id, answer, **_kwargs):
        """Accept an invitation to work in a shop, or refuse it."""
        invitation = request.env.user._kdc_shop_invitations().filtered(lambda one: one.id == invitation_id)
        if not invitation:
            raise request.not_found()
        shop = invitation.shop_id
        if answer == "decline":
            invitation._kdc_decline()
            self._light_flash(request.env._("You have refused. The shop is not told."))
            return self._light_redirect("/my")
        invitation._kdc_accept()
        self._market_work_in(shop)
        self._light_flash(request.env._("You work in “%s” now.", shop.name))
        return self._light_redirect("/my/shop")
