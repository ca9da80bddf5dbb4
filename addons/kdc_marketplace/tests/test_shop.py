from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import MarketCommon


@tagged("post_install", "-at_install")
class TestShop(MarketCommon):
    def test_code_comes_from_the_name_without_diacritics(self):
        self.assertEqual(self.shop_b.code, "vuon-rau-dong-de")
        twin = self._create_shop("Vườn Rau – Đồng Đế", self.user_portal_a, self.group_a)
        self.assertEqual(twin.code, "vuon-rau-dong-de-2")
        twin.name = "Tên khác"
        self.assertEqual(twin.code, "vuon-rau-dong-de-2", "a known address is kept")
        with self.assertRaises(ValidationError):
            twin.code = "Vườn rau"

    def test_found_without_diacritics(self):
        found = self.env["kdc.shop"].with_user(self.user_moderator).name_search("vuon rau dong")
        self.assertEqual(found[0][0], self.shop_b.id)

    def test_owner_submits_and_only_a_moderator_approves(self):
        shop = self._create_shop("Bánh mì Ba Lan", self.user_portal_a, self.group_a, state="draft")
        as_owner = shop.with_user(self.user_portal_a).sudo()
        as_owner.action_submit()
        self.assertEqual(shop.state, "submitted")
        with self.assertRaises(AccessError):
            as_owner.action_approve()
        with self.assertRaises(UserError):
            shop.with_user(self.user_moderator)._kdc_refuse(" ")
        shop.with_user(self.user_moderator)._kdc_refuse("Thiếu địa chỉ")
        self.assertEqual((shop.state, shop.state_reason), ("refused", "Thiếu địa chỉ"))
        as_owner.action_submit()
        shop.with_user(self.user_moderator).action_approve()
        self.assertEqual(shop.state, "approved")
        self.assertFalse(shop.state_reason)

    def test_a_stranger_cannot_submit_or_create_an_approved_shop(self):
        shop = self._create_shop("Bánh mì Ba Lan", self.user_portal_a, self.group_a, state="draft")
        with self.assertRaises(AccessError):
            shop.with_user(self.user_portal_b).sudo().action_submit()
        with self.assertRaises(AccessError):
            self.env["kdc.shop"].with_user(self.user_portal_b).sudo().create({"name": "X", "state": "approved"})

    def test_members_are_told(self):
        shop = self._create_shop("Bánh mì Ba Lan", self.user_portal_a, self.group_a, state="submitted")
        before = self.env["kdc.notification"].search_count([("partner_id", "=", self.user_portal_a.partner_id.id)])
        shop.with_user(self.user_moderator).action_approve()
        after = self.env["kdc.notification"].search_count([("partner_id", "=", self.user_portal_a.partner_id.id)])
        self.assertEqual(after, before + 1)

    def test_the_head_of_the_group_says_who_is_from_there(self):
        shop = self._create_shop("Bánh mì Ba Lan", self.user_portal_a, self.group_a, state="draft")
        elsewhere = self._create_shop("Xe nước mía", self.user_portal_b, self.group_b, state="draft")
        for asked, owner in ((shop, self.user_portal_a), (elsewhere, self.user_portal_b)):
            asked.with_user(owner).sudo().action_submit()
        self.assertEqual((shop.area_state, shop.activity_ids.user_id), ("waiting", self.user_area_head))
        self.company.kdc_market_area_confirms = True
        seen = shop.with_user(self.user_moderator).sudo(False)
        with self.assertRaisesRegex(UserError, self.group_a.name):
            seen.action_approve()
        with self.assertRaises(AccessError):
            seen.write({"area_state": "confirmed"})
        for user, record in ((self.user_officer, shop), (self.user_portal_a, shop), (self.user_area_head, elsewhere)):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                record.with_user(user).sudo(False).action_confirm_area()
        head = shop.with_user(self.user_area_head).sudo(False)
        head.action_deny_area()
        self.assertEqual((shop.area_state, shop.area_user_id), ("denied", self.user_area_head))
        self.assertFalse(shop.activity_ids, "nothing waits for the head any more")
        head.action_confirm_area()
        seen.action_approve()
        self.assertEqual(shop.state, "approved")
        with self.assertRaises(UserError):
            head.action_deny_area()
        elsewhere.area_id.company_id.kdc_market_area_confirms = False
        self.assertEqual(elsewhere.area_state, "waiting")
        elsewhere.with_user(self.user_moderator)._kdc_refuse("Thiếu giấy")
        self.assertFalse(elsewhere.activity_ids)

    def test_the_word_is_given_by_the_head_of_the_group_about_others(self):
        officer = self.env.ref("kdc_residents.group_officer")
        self.user_area_head.group_ids += officer
        elsewhere = self._create_shop("Xe nước mía", self.user_portal_b, self.group_b, state="submitted")
        own = self._create_shop("Chè Bưởi", self.user_portal_a, self.group_a, state="draft")
        own.member_ids = [Command.create({"user_id": self.user_area_head.id, "role": "seller"})]
        own.with_user(self.user_portal_a).sudo().action_submit()
        self.assertFalse(own.activity_ids, "nobody is asked about his own shop")
        for shop, reason in ((elsewhere, "not in your residential group"), (own, "your own shop")):
            head = shop.with_user(self.user_area_head).sudo(False)
            self.assertTrue(head.name, "who also is an officer reads it")
            with self.subTest(shop=shop.name), self.assertRaisesRegex(AccessError, reason):
                head.action_confirm_area()
        own.with_user(self.user_moderator).sudo(False).action_confirm_area()
        self.assertEqual(own.area_user_id, self.user_moderator)
        said = {"area_state": "confirmed", "area_user_id": self.user_area_head.id}
        with self.assertRaises(AccessError):
            self._create_shop("Bánh mì Ba Lan", self.user_portal_a, self.group_a, **said)
        with self.assertRaises(AccessError):
            self.env["kdc.shop"].with_user(self.user_moderator).with_context(default_area_state="confirmed").create(
                {"name": "Bánh mì Ba Lan"}
            )

    def test_suspending_hides_the_listings_and_approving_shows_them_again(self):
        self.assertTrue(self.fish.is_published)
        self.shop_a.with_user(self.user_moderator)._kdc_suspend("Hàng không rõ nguồn gốc")
        self.assertFalse(self.fish.is_published)
        self.assertTrue(self.greens.is_published)
        self.shop_a.with_user(self.user_moderator).action_approve()
        self.assertTrue(self.fish.is_published)

    def test_nobody_closes_a_shop_over_open_orders(self):
        order = self._order(self.user_portal_b, {self.fish: 1})[self.shop_a]
        with self.assertRaisesRegex(UserError, "open orders"):
            self.shop_a.with_user(self.user_moderator).action_close()
        order.with_user(self.user_moderator)._kdc_cancel_by_moderator("Gian hàng không trả lời")
        self.env.invalidate_all()
        self.shop_a.with_user(self.user_moderator).action_close()
        self.assertEqual(self.shop_a.state, "closed")

    def test_a_used_shop_is_not_deleted(self):
        with self.assertRaises(UserError):
            self.shop_a.unlink()

    def test_an_open_shop_keeps_an_owner(self):
        owner = self.shop_a.member_ids.filtered(lambda member: member.role == "owner").with_user(self.user_moderator)
        seller = self.shop_a.member_ids - owner
        for change in (owner.unlink, lambda: owner.write({"role": "seller"}), self.shop_a.member_ids.unlink):
            with self.assertRaises(UserError):
                change()
        seller.role = "owner"
        owner.unlink()
        self.assertEqual(self.shop_a.member_ids, seller)
        self.shop_b.with_user(self.user_moderator).action_close()
        self.shop_b.member_ids.unlink()
