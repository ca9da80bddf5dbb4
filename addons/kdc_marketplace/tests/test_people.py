import re
from datetime import timedelta

from freezegun import freeze_time
from odoo import Command, fields, http
from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..models.kdc_shop_invitation import MAX_INVITATIONS, VALID_DAYS
from .common import MarketCommon

PEOPLE = "/my/shop/people"


@tagged("post_install", "-at_install")
class TestPeople(MarketCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self._login(self.user_portal_a)

    def _login(self, user):
        self.authenticate(user.login, user.login)

    def _post(self, url, **form):
        with mute_logger("odoo.http"):
            return self.url_open(url, data={"csrf_token": http.Request.csrf_token(self), **form})

    def _invite(self, contact):
        return self._post(f"{PEOPLE}/invite", contact=contact)

    def _member(self, user):
        return self.shop_a.member_ids.filtered(lambda member: member.user_id == user)

    def _notices(self, user):
        return self.env["kdc.notification"].search([("partner_id", "=", user.partner_id.id)])

    # -- inviting --------------------------------------------------------------------------------------------------
    def test_invited_by_phone_and_accepted_in_the_portal(self):
        self.user_buyer.login = "+84914222333"
        before = len(self._notices(self.user_buyer))
        page = self._invite("0914 222.333").text
        self.assertIn("0914 222 333", page)
        self.assertNotIn(self.user_buyer.name, page, "a number tells no name")
        self.assertEqual(len(self._notices(self.user_buyer)), before + 1)
        self.assertFalse(self._member(self.user_buyer), "nobody works in a shop without having agreed")
        self.authenticate("+84914222333", "kdc_buyer")
        self.assertIn(self.shop_a.name, self.url_open("/my").text)
        self.assertIn(self.user_portal_a.name, self.url_open("/my/shop").text)
        self._post(f"/my/shop/invited/{self.shop_a.invitation_ids.id}/accept")
        self.assertEqual(self._member(self.user_buyer).role, "seller")
        self.assertFalse(self.shop_a.invitation_ids, "the typed number is not kept")
        self.assertIn(self.fish.name, self.url_open("/my/shop/listings").text)
        self.assertEqual(self.url_open(PEOPLE).status_code, 404, "people are the owner's affair")
        self.assertIn(self.user_buyer.name, self._notices(self.user_portal_a)[0].title)

    def test_nobody_learns_who_has_an_account(self):
        """An account, none, one of another ward's person, staff, one's own: the same page, the contact apart."""
        answers = set()
        staff = self.user_officer
        staff.email = "can.bo@example.com"
        contacts = ("kdc_buyer@example.com", "khong.ai@example.com", "can.bo@example.com", "kdc_seller_a@example.com")
        for contact in contacts:
            response = self._invite(contact)
            number = self.shop_a.invitation_ids.filtered(lambda one, contact=contact: one.typed == contact).id
            text = response.text.replace(contact, "CONTACT").replace(f"/invited/{number}/", "/invited/ID/")
            text = re.sub('name="csrf_token" value="[^"]+"', "", text)
            answers.add((response.status_code, text[text.index("<main") : text.index("</main")]))
            self._post(f"{PEOPLE}/invited/{number}/withdraw")
        self.assertEqual(len(answers), 1)
        self.assertEqual(self.shop_a.invitation_ids.user_id, self.user_buyer, "and only one reached somebody")

    def test_an_address_is_meant_letter_by_letter(self):
        """An underscore stands for any letter in a search of the database."""
        self.user_buyer.write({"login": "buyer", "email": "le.hoa@example.com"})
        self._invite("le_hoa@example.com")
        self.assertFalse(self.shop_a.invitation_ids.user_id)
        self._invite("LE.HOA@example.com")
        self.assertEqual(self.shop_a.invitation_ids.user_id, self.user_buyer)

    def test_an_invitation_ends_with_the_ownership_of_who_wrote_it(self):
        self._invite("kdc_buyer@example.com")
        self.assertTrue(self.user_buyer._kdc_shop_invitations())
        self._member(self.user_seller_a).role = "owner"
        self._member(self.user_portal_a).unlink()
        self.assertFalse(self.user_buyer._kdc_shop_invitations())

    def test_refusing_is_not_told(self):
        self._invite("kdc_buyer@example.com")
        before = self.url_open(PEOPLE).text
        invitation = self.shop_a.invitation_ids
        self._login(self.user_buyer)
        self._post(f"/my/shop/invited/{invitation.id}/decline")
        self.assertEqual(self._post(f"/my/shop/invited/{invitation.id}/accept").status_code, 404)
        self._login(self.user_portal_a)
        self.assertIn("kdc_buyer@example.com", before)
        self.assertIn("kdc_buyer@example.com", self.url_open(PEOPLE).text)
        self._invite("kdc_buyer@example.com")
        self.assertEqual(len(self.shop_a.invitation_ids), 1, "who has refused is not asked again and again")

    def test_taken_back_or_over(self):
        self._invite("kdc_buyer@example.com")
        invitation = self.shop_a.invitation_ids
        self.assertEqual(self.user_buyer._kdc_shop_invitations(), invitation)
        self._post(f"{PEOPLE}/invited/{invitation.id}/withdraw")
        self.assertFalse(self.user_buyer._kdc_shop_invitations())
        other = invitation.create({"shop_id": self.shop_a.id, "typed": "x", "user_id": self.user_buyer.id})
        with freeze_time(fields.Datetime.now() + timedelta(days=VALID_DAYS, minutes=1)):
            self.assertFalse(self.user_buyer._kdc_shop_invitations())
            self.env["kdc.shop.invitation"]._gc_over()
        self.assertFalse((invitation | other).exists())

    def test_no_flood_of_invitations(self):
        self.assertEqual(self._invite("hàng xóm").status_code, 422)
        invitations = self.env["kdc.shop.invitation"].with_user(self.user_portal_a)
        for number in range(MAX_INVITATIONS):
            invitations._kdc_invite(self.shop_a, f"nguoi{number}@example.com")
        self.shop_a.invitation_ids._kdc_withdraw()
        with self.assertRaises(UserError):
            invitations._kdc_invite(self.shop_a, "nguoi10@example.com")

    # -- promoting, dismissing, leaving ----------------------------------------------------------------------------
    def test_promoted_to_owner(self):
        seller = self._member(self.user_seller_a)
        self._post(f"{PEOPLE}/{seller.id}/promote")
        self.assertEqual(seller.role, "seller", "not without being sure")
        self._post(f"{PEOPLE}/{seller.id}/promote", sure="1")
        self.assertEqual(seller.role, "owner")
        self.assertEqual(self._notices(self.user_seller_a)[:1].url, f"/my/shop?shop={self.shop_a.id}")
        owner = self._member(self.user_portal_a)
        self._login(self.user_seller_a)
        self.assertEqual(self.url_open(PEOPLE).status_code, 200)
        response = self._post(f"{PEOPLE}/{owner.id}/dismiss", sure="1")
        self.assertEqual((response.status_code, owner.exists()), (404, owner), "an owner puts no owner out")

    def test_a_dismissed_seller_loses_everything_at_once(self):
        order = self._order(self.user_buyer, {self.fish: 1})[self.shop_a]
        pages = (
            "/my/shop/orders", f"/my/shop/orders/{order.id}", "/my/shop/listings", "/my/shop/questions",
            f"/my/shop/listings/{self.fish.id}/photo", "/my/shop/orders/new.json", "/my/shop/papers",
        )  # fmt: skip
        self._login(self.user_seller_a)
        seller_session = self.session
        for page in pages:
            self.assertEqual(self.url_open(page).status_code, 200, page)
        seller = self._member(self.user_seller_a)
        seller.with_user(self.user_portal_a).sudo()._kdc_dismiss()
        self.assertEqual(self._notices(self.user_seller_a)[:1].url, "/my/notifications", "no shop to be opened")
        self.assertEqual(self.session, seller_session, "the seller is still signed in")
        with mute_logger("odoo.http"):
            for page in pages:
                self.assertEqual(self.url_open(page).status_code, 404, page)
        self.assertEqual(self._post(f"/my/shop/orders/{order.id}/accepted").status_code, 404)
        self.assertEqual(order.kdc_shop_state, "new")
        before = self._notices(self.user_seller_a)
        self._order(self.user_buyer, {self.squid: 1})
        self.assertEqual(self._notices(self.user_seller_a), before, "and hears of no order any more")
        self.assertIn(self.shop_a.name, before[0].title)

    def test_the_last_owner_cannot_leave(self):
        response = self._post("/my/shop/leave", sure="1")
        self.assertIn("k-flash-warn", response.text)
        self.assertTrue(self._member(self.user_portal_a))
        self._member(self.user_seller_a)._kdc_promote()
        self._post("/my/shop/leave", sure="1")
        self.assertEqual(self.shop_a.member_ids.user_id, self.user_seller_a)
        self._login(self.user_seller_a)
        self._post("/my/shop/leave", sure="1")
        self.assertEqual(self.shop_a.member_ids.user_id, self.user_seller_a, "now this one is the last")

    def test_own_data_and_erasure(self):
        self._invite("kdc_buyer@example.com")
        for user in (self.user_buyer, self.user_portal_a):
            sections = {section["key"]: section for section in user._kdc_resident()._kdc_my_data()}
            self.assertIn("kdc_buyer@example.com", str(sections["shop_invitations"]["rows"]))
        self.resident_buyer._kdc_erase_more({"register"})
        self.assertFalse(self.shop_a.invitation_ids)

    # -- in two shops ----------------------------------------------------------------------------------------------
    def test_who_works_in_two_shops_finds_the_orders_of_both(self):
        self.shop_a.member_ids = [Command.create({"user_id": self.user_portal_b.id, "role": "seller"})]
        orders = self._order(self.user_buyer, {self.fish: 1, self.greens: 1})
        a, b = orders[self.shop_a], orders[self.shop_b]
        self._login(self.user_portal_b)
        for order, shop in ((a, self.shop_a), (b, self.shop_b), (a, self.shop_a)):
            page = self.url_open(f"/my/shop/orders/{order.id}")
            self.assertIn(order.name, page.text, "a notice leads here")
            self.assertIn(f"<title>{shop.name}", " ".join(self.url_open("/my/shop").text.split()))
        home = self.url_open("/my").text
        for shop in (self.shop_a, self.shop_b):
            self.assertIn(f'href="/my/shop/orders?shop={shop.id}"', home)
            self.assertIn(f"Đơn hàng mới: {shop.name}", home)
            self.assertIn(orders[shop].name, self.url_open(f"/my/shop/orders?shop={shop.id}").text)
        self.assertNotIn(a.name, self.url_open("/my/shop/orders").text, "the shop that was asked for last")
        last = max(orders.values(), key=lambda order: order.id).kdc_shop_id
        self.assertEqual(
            self.url_open("/my/shop/orders/new.json").json(), {"count": 2, "shop": last.id, "name": last.name}
        )
        self._post(f"/my/shop/orders/{a.id}/accepted")
        self.assertEqual((a.kdc_shop_state, b.kdc_shop_state), ("accepted", "new"))
        self._login(self.user_portal_a)
        self.assertEqual(self.url_open(f"/my/shop/orders/{b.id}").status_code, 404)
        page = self.url_open(f"/my/shop/orders?shop={self.shop_b.id}")
        self.assertEqual(page.status_code, 404, "a shop of others is not opened by its number")

    def test_a_form_changes_the_shop_it_was_made_for(self):
        """Whatever another tab has opened since: account and hours of one shop do not land in the other."""
        mine = self._create_shop("Sạp mới", self.user_portal_a, self.group_a)
        question = self.env["kdc.shop.question"]._kdc_ask(self.fish, self.user_buyer.partner_id, "Còn cá không?")
        notices = self.env["kdc.notification"].search([("partner_id", "=", self.user_portal_a.partner_id.id)])
        self.assertIn(f"/my/shop/questions?shop={self.shop_a.id}", notices.mapped("url"))
        self._login(self.user_portal_a)
        first = self.url_open(f"/my/shop/edit?shop={self.shop_a.id}").text
        self.assertIn(f'name="shop" value="{self.shop_a.id}"', first)
        self.assertIn(f'name="shop" value="{mine.id}"', self.url_open(f"/my/shop/edit?shop={mine.id}").text)
        form = {"phone": "0905123456", "address": "12 Bạch Đằng"}
        self.url_open(f"/my/shop/listings/{self.fish.id}/photo")
        page = self._post("/my/shop/edit", **form)
        self.assertTrue(page.url.endswith("/my/shop"), "which of the two?")
        self.assertIn("chọn lại gian hàng", page.text)
        self.assertIn(f"<title>{mine.name}", " ".join(page.text.split()), "an image has switched nothing")
        self.assertNotIn("12 Bạch Đằng", (self.shop_a + mine).mapped("address"))
        self.assertEqual(self._post("/my/shop/edit", **form, shop=self.shop_b.id).status_code, 404)
        self._post("/my/shop/edit", **form, shop=self.shop_a.id)
        self.assertEqual(self.shop_a.address, "12 Bạch Đằng")
        self.assertNotEqual(mine.address, "12 Bạch Đằng")
        self.url_open(f"/my/shop?shop={mine.id}")
        self._post(f"/my/shop/questions/{question.id}", answer="Còn")
        self.assertEqual(question.answer, "Còn", "the question says whose it is")

    def test_who_sells_for_a_neighbour_may_apply_for_an_own_shop(self):
        self._login(self.user_seller_a)
        self.assertIn('href="/my/shop/apply"', self.url_open("/my/shop").text)
        self.assertTrue(self.url_open("/my/shop/apply").url.endswith("/my/shop/apply"))
        self._post("/my/shop/apply", action="draft", name="Bánh xèo Chị Tư", address="3 Bạch Đằng", phone="0914000222")
        own = self.env["kdc.shop"].search([("name", "=", "Bánh xèo Chị Tư")])
        self.assertEqual((own.state, own.member_ids.user_id), ("draft", self.user_seller_a))
        self.assertIn("Bánh xèo Chị Tư", self.url_open("/my/shop").text)
        self.assertNotEqual(self.shop_a.name, "Bánh xèo Chị Tư")
        self.assertIn('value="Bánh xèo Chị Tư"', self.url_open(f"/my/shop/apply?shop={self.shop_a.id}").text)
