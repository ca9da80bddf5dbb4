import base64
import runpy
from datetime import timedelta
from pathlib import Path

from freezegun import freeze_time
from lxml import etree
from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import MarketCommon, jpeg


@tagged("post_install", "-at_install")
class TestModeration(MarketCommon):
    def setUp(self):
        super().setUp()
        self.own = self.fish.with_user(self.user_portal_a).sudo()
        self.seen = self.fish.with_user(self.user_moderator).sudo(False)
        self.photo = self.env.ref("kdc_marketplace.refusal_photo")

    # -- before and now --------------------------------------------------------------------------------------------
    def test_before_and_now_stand_beside_each_other(self):
        self.assertFalse(self.seen.kdc_changes, "nothing has changed")
        self.own.write({"name": "Cá thu tươi", "list_price": 200000, "kdc_origin": "Vĩnh Lương"})
        html = self.seen.kdc_changes
        for words in ("Cá thu một nắng", "Cá thu tươi", "185.000", "200.000", "Vĩnh Lương"):
            self.assertIn(words, html)
        self.assertEqual(html.count("table-warning"), 3, "only what differs is marked")
        self._publish(self.fish)
        self.assertFalse(self.seen.kdc_changes)

    def test_the_language_of_the_shop_is_no_change(self):
        """The shop may read another language than the moderator."""
        self.fish.write(
            {"kdc_own_produce": True, "kdc_ocop_stars": "3", "kdc_ocop_decision": "1", "kdc_ocop_expiry": "2030-01-31"}
        )
        self.own.with_context(lang="en_US").name = "Cá thu tươi"
        html = self.seen.with_context(lang="vi_VN").kdc_changes
        self.assertEqual(html.count("table-warning"), 1)
        self.assertEqual(html.count("31/01/2030"), 2)

    def test_what_the_shop_writes_is_no_markup(self):
        self.own.name = "<img src=x onerror=alert(1)>"
        self.assertNotIn("<img src=x", self.seen.kdc_changes)

    def test_new_and_removed_photos(self):
        self.own._kdc_add_photos([jpeg("#ff0000")])
        self.assertEqual(self.seen.kdc_changes.count("text-bg-warning"), 1)
        self.own._kdc_move_photo(self.own._kdc_photos()[1], first=True)
        html = self.seen.kdc_changes
        self.assertEqual(html.count("text-bg-warning"), 1, "a photo stays new when it becomes the main one")
        self.own.write({"image_1920": base64.b64encode(jpeg("#0000ff"))})
        self.assertEqual(self.seen.kdc_changes.count("text-bg-warning"), 1)

    def test_refused_and_sent_again_still_shows_what_buyers_saw(self):
        self.own.name = "Cá thu tươi"
        self.seen._kdc_refuse("x")
        self.own.write({"name": "Cá thu rất tươi"})
        self.own.write({"kdc_listing_state": "pending"})
        self.assertIn("Cá thu một nắng", self.seen.kdc_changes)

    def test_what_was_changed_meanwhile_is_read_again(self):
        self.own.name = "Cá thu tươi"
        changes = (
            lambda: self.own.write({"kdc_description": "Kèm thuốc lá"}),
            lambda: self.own._kdc_add_photos([jpeg("#ff0000")]),
        )
        for minute, change in enumerate(changes, 1):
            start = self.fish.kdc_submitted_date
            opened = self.seen.with_context(kdc_seen=fields.Datetime.to_string(start))
            with freeze_time(start + timedelta(minutes=minute)):
                self.own.list_price += 1000
                self.assertEqual(self.fish.kdc_submitted_date, start, "a price is not looked at")
                change()
            with self.subTest(minute=minute), self.assertRaisesRegex(UserError, "Cá thu tươi"):
                opened.action_kdc_publish()
            self.assertEqual(self.fish.kdc_listing_state, "pending")
        self._publish(self.fish)
        self.assertEqual(self.fish.kdc_listing_state, "published")

    def test_nobody_publishes_what_nobody_has_read(self):
        """A remote call, or one tap for many listings, says of none what stood on the screen."""
        for listing in (self.fish, self.squid):
            listing.with_user(self.user_portal_a).sudo().name += " loại một"
        many = (self.fish | self.squid).with_user(self.user_moderator)
        for seen in (None, False):
            with self.subTest(seen=seen), self.assertRaisesRegex(UserError, "its own button"):
                many.with_context(kdc_seen=seen).action_kdc_publish()
        self.assertEqual(many.mapped("kdc_listing_state"), ["pending", "pending"])
        arch = etree.fromstring(self.env.ref("kdc_marketplace.product_template_view_list").arch)
        [button] = arch.iter("button")
        self.assertEqual(button.get("context"), "{'kdc_seen': kdc_submitted_date}")

    def test_the_update_bars_what_moderators_had_closed(self):
        self.seen.action_kdc_close()
        self.squid.with_user(self.user_portal_a).sudo().kdc_listing_state = "closed"
        (self.fish | self.squid).kdc_barred = False
        self.env.flush_all()
        path = Path(__file__).parents[1] / "migrations" / "19.0.1.1.0" / "post-barred.py"
        runpy.run_path(path)["migrate"](self.env.cr, "19.0.1.0.0")
        self.env.invalidate_all()
        self.assertEqual((self.fish | self.squid | self.greens).mapped("kdc_barred"), [True, False, False])

    # -- reasons ---------------------------------------------------------------------------------------------------
    def test_refusing_with_a_reason_of_the_list(self):
        self.own.name = "Cá thu tươi"
        wizard = (
            self.env["kdc.market.reason"].with_user(self.user_moderator).browse(self.seen.action_kdc_refuse()["res_id"])
        )
        with self.assertRaises(UserError):
            wizard.action_apply()
        wizard.write({"reason_id": self.photo.id, "reason": "Xin chụp lại."})
        wizard.action_apply()
        self.assertEqual(self.fish.kdc_listing_state, "draft")
        self.assertEqual(self.fish.kdc_refuse_reason, f"{self.photo.name}\nXin chụp lại.")
        self.assertEqual(self.seen.kdc_decision_ids[0].reason_id, self.photo)

    def test_whoever_is_refused_reads_the_reason_of_the_list_and_the_words_of_the_moderator(self):
        applying = self._create_shop("Bánh mì Ba Lan", self.user_portal_a, self.group_a, state="submitted")
        kind = self.env["kdc.paper.kind"].create({"name": "Giấy"})
        paper = self.env["kdc.shop.paper"].create(
            {"shop_id": self.shop_a.id, "kind_id": kind.id, "image": self.fish.image_1920}
        )
        order = self._order(self.user_buyer, {self.fish: 1})[self.shop_a]
        for state, actor in (("accepted", "shop"), ("ready", "shop"), ("handed_over", "shop"), ("done", "buyer")):
            order._kdc_set_state(state, actor)
        review = self.env["kdc.shop.review"]._kdc_write(order, 1, "Tệ")
        for record, action, subject, fname in (
            (applying, "action_refuse", "shop", "state_reason"),
            (self.shop_a, "action_suspend", "suspension", "state_reason"),
            (paper, "action_refuse", "paper", "refuse_reason"),
            (review, "action_refuse", "review", "reason"),
        ):
            as_moderator = record.with_user(self.user_moderator).sudo(False)
            wizard = self.env["kdc.market.reason"].with_user(self.user_moderator)
            wizard = wizard.browse(getattr(as_moderator, action)()["res_id"])
            reason = self.env["kdc.listing.refusal.reason"].search([("subject", "=", subject)], limit=1)
            with self.subTest(subject=subject):
                self.assertEqual(wizard.subject, subject)
                wizard.write({"reason_id": reason.id, "reason": "Xin gọi phường."})
                wizard.action_apply()
                self.assertEqual(record[fname], f"{reason.name}\nXin gọi phường.")
        told = self.env["kdc.notification"].search([("body", "like", "Xin gọi phường.")])
        self.assertEqual(told.mapped("body"), [body for body in told.mapped("body") if "\n" in body])

    def test_a_reason_for_something_else_does_not_count(self):
        wizard = (
            self.env["kdc.market.reason"]
            .with_user(self.user_moderator)
            .browse(self.shop_b.with_user(self.user_moderator).sudo(False).action_suspend()["res_id"])
        )
        wizard.reason_id = self.photo
        with self.assertRaises(UserError):
            wizard.action_apply()
        self.assertEqual(self.shop_b.state, "approved")

    # -- words -----------------------------------------------------------------------------------------------------
    def test_words_to_look_at(self):
        self.company.kdc_market_ban_words = "thuốc lá\nrượu, mực  khô"
        self.env.flush_all()
        self.assertEqual(self.squid.kdc_ban_words, "mực khô", "also what is already shown")
        self.assertFalse(self.fish.kdc_ban_words)
        self.own.kdc_description = "Kèm THUOC-LA, không kèm thuốc lào"
        self.assertEqual((self.fish.kdc_ban_words, self.fish.kdc_listing_state), ("thuốc lá", "pending"))
        listing = self._create_listing(self.shop_b, "Rượu cần", 90000, 1, state="pending")
        self.assertEqual(listing.kdc_ban_words, "rượu")
        self._publish(self.fish)
        self.assertEqual(self.seen.kdc_decision_ids[0].ban_words, "thuốc lá", "a moderator decides; the log knows")
        self.company.kdc_market_ban_words = False
        self.env.flush_all()
        self.assertFalse(listing.kdc_ban_words or self.fish.kdc_ban_words)

    def test_words_in_what_people_write(self):
        order = self._order(self.user_buyer, {self.fish: 1})[self.shop_a]
        for state, actor in (("accepted", "shop"), ("ready", "shop"), ("handed_over", "shop"), ("done", "buyer")):
            order._kdc_set_state(state, actor)
        review = self.env["kdc.shop.review"]._kdc_write(order, 5, "Bán kèm THUỐC LÁ")
        question = self.env["kdc.shop.question"]._kdc_ask(self.greens, self.user_buyer.partner_id, "Có bán rượu không?")
        self.shop_b.description = "Rau, ruou nep"
        screen = self.env["kdc.market.words"].with_user(self.user_moderator).create({})
        screen.words = "thuốc lá\nrượu nếp\nrượu"
        screen.action_save()
        self.assertEqual((review.ban_words, question.ban_words), ("thuốc lá", "rượu"))
        self.assertEqual(self.shop_b.ban_words, "rượu nếp, rượu")
        question._kdc_answer("Không bán thuốc lá")
        self.assertEqual(question.ban_words, "thuốc lá, rượu", "also the answer")
        screen.invalidate_recordset()
        counts = [screen[f"{kind}_count"] for kind in ("listing", "shop", "post", "review", "question")]
        self.assertEqual(counts, [0, 1, 0, 1, 1])
        action = screen.with_context(kdc_written="shop").action_view()
        self.assertEqual(self.env[action["res_model"]].search(action["domain"]), self.shop_b)
        self.env["kdc.shop.place"].create({"shop_id": self.shop_a.id, "kind": "pickup", "name": "Quán rượu"})
        self.assertEqual(self.shop_a.ban_words, "rượu", "names that buyers read at once are looked at afterwards")

    def test_only_moderators_keep_the_words(self):
        screens = self.env["kdc.market.words"]
        for user in (self.user_officer, self.user_portal_a):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                screens.with_user(user).create({"words": ""})
        with self.assertRaises(AccessError):
            screens.create({"words": ""}).with_user(self.user_officer).sudo().action_save()

    def test_shops_do_not_read_the_marks(self):
        for fname in ("kdc_ban_words", "kdc_changes", "kdc_previous_values", "kdc_decision_ids"):
            for user in (self.user_portal_a, self.env.ref("base.public_user")):
                with self.subTest(field=fname, user=user.login), self.assertRaises(AccessError):
                    self.fish.with_user(user).sudo(False).read([fname])

    # -- log -------------------------------------------------------------------------------------------------------
    def test_every_decision_is_logged_as_it_was(self):
        self.own.name = "Cá thu tươi"
        self.seen._kdc_refuse("Ảnh mờ")
        self.own.write({"name": "Cá thu", "kdc_listing_state": "pending"})
        self._publish(self.fish)
        self.own.list_price = 1000
        self.seen.action_kdc_close()
        log = self.seen.kdc_decision_ids.sorted("id")
        self.assertRecordValues(
            log,
            [
                {"kind": "refuse", "name": "Cá thu tươi", "price": 185000, "reason": "Ảnh mờ"},
                {"kind": "publish", "name": "Cá thu", "price": 185000, "reason": False},
                {"kind": "close", "name": "Cá thu", "price": 1000, "reason": False},
            ],
        )
        self.assertEqual((log.user_id, log.shop_id, log.company_id), (self.user_moderator, self.shop_a, self.company))

    def test_a_shop_does_not_bring_back_what_was_taken_down(self):
        self.seen.action_kdc_close()
        with self.assertRaises(UserError):
            self.own.write({"kdc_listing_state": "pending"})
        with self.assertRaises(AccessError):
            self.own.sudo(False).action_kdc_lift()
        self.assertEqual(self.fish.kdc_listing_state, "closed")
        self.seen.action_kdc_lift()
        self.assertEqual(self.seen.kdc_decision_ids[0].kind, "lift")
        self.own.write({"kdc_listing_state": "pending"})
        self.assertEqual(self.fish.kdc_listing_state, "pending")

    def test_a_shop_brings_back_what_it_closed_itself(self):
        self.own.write({"kdc_listing_state": "closed"})
        self.own.write({"kdc_listing_state": "pending"})
        self.assertEqual(self.fish.kdc_listing_state, "pending")

    def test_nobody_changes_the_log(self):
        self.seen._kdc_refuse("x")
        decision = self.seen.kdc_decision_ids
        readers = {self.user_moderator, self.user_auditor}
        for user in (
            *readers,
            self.user_officer,
            self.user_staff,
            self.user_portal_a,
            self.env.ref("base.public_user"),
        ):
            for operation in ("read", "write", "create", "unlink"):
                with self.subTest(user=user.login, operation=operation):
                    self.assertEqual(
                        decision.with_user(user).sudo(False).has_access(operation),
                        operation == "read" and user in readers,
                    )
