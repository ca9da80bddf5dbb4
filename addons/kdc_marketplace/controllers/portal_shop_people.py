"""The people of a shop: its owner invites, promotes and dismisses on the phone; who is invited decides."""

from urllib.parse import urlencode

from odoo.addons.kdc_residents.engine.activation import grouped
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

    def _market_people_values(self, shop, contact="", error=None, typed=None):
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
            "business": self._market_staff_values(shop, typed),
        }

    def _market_staff_values(self, shop, typed):
        """Return the slips of a business that is no resident and what was typed for the next one; None for others."""
        if not shop._kdc_businesses():
            return None
        slips = [
            {"id": slip.id, "name": slip.business_id.name, "until": slip.expires_on}
            for slip in shop._kdc_waiting_slips()
        ]
        return {"slips": slips, "name": "", "last_four": "", "error": None, **(typed or {})}

    @route(f"{URL}/invite", type="http", auth="user", website=True, sitemap=False, methods=["POST"])
    def market_people_invite(self, contact="", **_kwargs):
        """Invite by phone number or e-mail; the answer is the same whether somebody has it or not."""
        shop = self._market_my_shop(owner=True)
        return self._market_step(
            lambda: request.env["kdc.shop.invitation"]._kdc_invite(shop, contact),
            request.env._(
                "If a resident of the ward has an account with this number or address, the invitation waits there."
            ),
            URL,
            lambda error: self._light_invalid(PAGE, self._market_people_values(shop, contact[:80], error)),
        )

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
        return self._market_step(invitation._kdc_withdraw, request.env._("The invitation was taken back."), URL)

    @route(f"{URL}/slip", type="http", auth="user", website=True, sitemap=False, methods=["POST"])
    def market_people_slip(self, name="", last_four="", **_kwargs):
        """Make the slip of somebody of the business and show its code, once."""
        shop = self._market_my_shop(owner=True)
        typed = {"name": name[:80], "last_four": last_four[:8]}
        try:
            with request.env.cr.savepoint():
                slip, code = shop._kdc_make_slip(name, last_four)
        except UserError as error:
            return self._light_invalid(PAGE, self._market_people_values(shop, typed={**typed, "error": str(error)}))
        url = f"{request.httprequest.url_root}activate?{urlencode({'code': code})}"
        values = {"name": slip.business_id.name, "code": grouped(code), "url": url, "until": slip.expires_on}
        return self._light_render("kdc_marketplace.portal_shop_slip", values)

    @route(
        f"{URL}/slip/<int:slip_id>/withdraw", type="http", auth="user", website=True, sitemap=False, methods=["POST"]
    )
    def market_people_slip_withdraw(self, slip_id, **_kwargs):
        """Make a slip that nobody has used yet worthless."""
        slip = self._market_my_shop(owner=True)._kdc_waiting_slips().filtered(lambda slip: slip.id == slip_id)
        if not slip:
            raise request.not_found()
        return self._market_step(slip._kdc_take_back, request.env._("The code is worth nothing any more."), URL)

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
        name, env = seller.user_id.name, request.env
        if not sure:
            return self._market_back(env._("Please tick that you are sure."), URL)
        if step == "promote":
            return self._market_step(seller._kdc_promote, env._("%s is an owner of the shop now.", name), URL)
        done = env._("%s does not work in the shop any more and sees nothing of it.", name)
        return self._market_step(seller._kdc_dismiss, done, URL)

    @route("/my/shop/leave", type="http", auth="user", website=True, sitemap=False, methods=["POST"])
    def market_people_leave(self, sure="", **_kwargs):
        """Leave the shop one works in; its only owner cannot."""
        member = self._market_member()
        if not member:
            raise request.not_found()
        back = URL if member.role == "owner" else "/my/shop"
        if not sure:
            return self._market_back(request.env._("Please tick that you are sure."), back)
        done = request.env._("You have left “%s”.", member.shop_id.name)
        return self._market_step(member._kdc_dismiss, done, "/my", lambda error: self._market_back(error, back))

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
        shop, env = invitation.shop_id, request.env
        if answer == "decline":
            return self._market_step(invitation._kdc_decline, env._("You have refused. The shop is not told."), "/my")

        def accept():
            invitation._kdc_accept()
            self._market_work_in(shop)

        return self._market_step(accept, env._("You work in “%s” now.", shop.name), "/my/shop")
