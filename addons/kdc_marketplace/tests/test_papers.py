import base64
from datetime import date
from unittest.mock import patch

from freezegun import freeze_time
from odoo import Command, http
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from .common import MarketCommon, jpeg

# Noon of 1 December 2026 in Vietnam
NOW = "2026-12-01 05:00:00"


class PapersCommon(MarketCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kind = cls.env["kdc.paper.kind"].create({"name": "An toàn thực phẩm"})
        cls.category = cls.env["product.public.category"].create(
            {"name": "Món ăn", "kdc_paper_kind_ids": [Command.link(cls.kind.id)]}
        )

    @classmethod
    def _paper(cls, expiry, state="accepted", shop=None):
        return cls.env["kdc.shop.paper"].create(
            {
                "shop_id": (shop or cls.shop_a).id,
                "kind_id": cls.kind.id,
                "expiry_date": expiry,
                "image": base64.b64encode(jpeg()),
                "state": state,
            }
        )

    def _notices(self):
        return self.env["kdc.notification"].search(
            [
                ("partner_id", "=", self.user_portal_a.partner_id.id),
                ("url", "=", f"/my/shop/papers?shop={self.shop_a.id}"),
            ],
            order="id",
        )


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestPapers(PapersCommon):
    def test_listing_without_its_paper_is_hidden_and_comes_back(self):
        self.assertTrue(self.fish.is_published)
        self.fish.public_categ_ids = self.category
        self.assertFalse(self.fish.is_published)
        self.assertTrue(self.squid.is_published, "another trade of the same shop")
        paper = self._paper(date(2026, 12, 31), "pending")
        self.assertFalse(self.fish.is_published)
        paper.with_user(self.user_moderator).action_accept()
        self.assertTrue(self.fish.is_published)
        paper.with_user(self.user_moderator)._kdc_refuse("Giấy giả")
        self.assertFalse(self.fish.is_published)
        self.assertIn("Giấy giả", self._notices()[-1:].body)

    def test_paper_ends_at_midnight_in_vietnam(self):
        self.fish.public_categ_ids = self.category
        self._paper(date(2026, 12, 10))
        with freeze_time("2026-12-10 16:59:00"):
            self.assertTrue(self.fish._kdc_for_sale() and self.fish.is_published)
            self.env.flush_all()  # the end of the request
        with freeze_time("2026-12-10 17:01:00"):
            self.assertFalse(self.fish._kdc_for_sale(), "nothing is sold although no job has run yet")
            self.assertTrue(self.fish.is_published)
            self.env["kdc.shop.paper"]._cron_check_papers()
            self.assertFalse(self.fish.is_published)
            renewed = self._paper(date(2029, 12, 10), "pending")
            renewed.with_user(self.user_moderator).action_accept()
            self.assertTrue(self.fish.is_published and self.fish._kdc_for_sale())

    def test_reminders_once_each(self):
        self.fish.public_categ_ids = self.category
        self._paper(date(2026, 12, 31))
        counts = []
        for day in ("2026-11-30", "2026-12-01", "2026-12-02", "2026-12-24", "2026-12-25", "2027-01-01", "2027-01-02"):
            with freeze_time(f"{day} 05:00:00"):
                self.env["kdc.shop.paper"]._cron_check_papers()
                counts.append(len(self._notices()))
        self.assertEqual(counts, [0, 1, 1, 2, 2, 3, 3])

    def test_renewed_in_time_is_not_reminded(self):
        """Also while the ward has not looked at the new paper yet."""
        self.fish.public_categ_ids = self.category
        self._paper(date(2026, 12, 20))
        renewed = self._paper(date(2029, 12, 20), "pending")
        self.env["kdc.shop.paper"]._cron_check_papers()
        self.assertFalse(self._notices())
        renewed.with_user(self.user_moderator)._kdc_refuse("Mờ")
        self.env["kdc.shop.paper"]._cron_check_papers()
        self.assertEqual(len(self._notices()), 2, "refused, and reminded after all")

    def test_only_who_sells_is_reminded(self):
        """Neither a shop that has closed, nor one that gave up the trade; nor is anybody told of hidden drafts."""
        paper = self._paper(date(2026, 12, 10))
        self.env["kdc.shop.paper"]._cron_check_papers()
        self.assertFalse(self._notices(), "no listing needs the paper")
        self.fish.public_categ_ids = self.category
        self.fish.with_user(self.user_moderator)._kdc_refuse("Ảnh mờ")
        with freeze_time("2026-12-11 05:00:00"):
            self.env["kdc.shop.paper"]._cron_check_papers()
            self.assertFalse(self.fish.kdc_papers_ok)
        self.assertFalse(self._notices(), "a draft was not in the market")
        paper.expiry_date = date(2026, 12, 31)
        self.shop_a.with_user(self.user_moderator).action_close()
        self.env["kdc.shop.paper"]._cron_check_papers()
        self.assertFalse(self._notices())

    def test_one_bad_shop_stops_no_other(self):
        self.fish.public_categ_ids = self.greens.public_categ_ids = self.category
        for shop in self.shop_a, self.shop_b:
            self._paper(date(2026, 12, 10), shop=shop)
        self.env.flush_all()
        Shop = type(self.env["kdc.shop"])
        notify = Shop._kdc_notify_members

        def failing(shop, *args):
            if shop == self.shop_a:
                raise ValueError("bad record")
            return notify(shop, *args)

        with (
            freeze_time("2026-12-11 05:00:00"),
            patch.object(Shop, "_kdc_notify_members", failing),
            self.assertLogs("odoo.addons.kdc_marketplace.models.kdc_shop_paper", "ERROR") as logs,
        ):
            self.env["kdc.shop.paper"]._cron_check_papers()
            self.assertFalse(self.fish._kdc_for_sale(), "nothing is sold until the next night tries again")
        self.assertEqual(len(logs.records), 1)
        self.assertFalse(self.greens.is_published)
        self.assertTrue(self.fish.kdc_papers_ok, "as it was")

    def test_a_refused_paper_does_not_come_back(self):
        moderator = self.user_moderator
        refused = self._paper(date(2027, 12, 31), "refused").with_user(moderator).sudo(False)
        accepted = self._paper(date(2027, 12, 31)).with_user(moderator).sudo(False)
        expired = self._paper(date(2026, 11, 30), "pending").with_user(moderator).sudo(False)
        for paper, vals in (
            (refused, {"state": "accepted"}),
            (refused, {"state": "pending"}),
            (accepted, {"state": "pending"}),
            (accepted, {"state": "refused"}),
            (accepted, {"state": "refused", "refuse_reason": " "}),
            (expired, {"state": "accepted"}),
        ):
            with self.subTest(state=paper.state, vals=vals), self.assertRaises(UserError):
                paper.write(vals)
        with self.assertRaises(AccessError):
            accepted.company_id = self.env["res.company"].sudo().create({"name": "Phường khác"})
        self._paper(date(2026, 12, 1), "pending").with_user(moderator).action_accept()

    def test_only_a_moderator_accepts(self):
        paper = self._paper(date(2026, 12, 31), "pending")
        for record in (paper.with_user(self.user_portal_a).sudo(), paper.with_user(self.user_officer).sudo(False)):
            with self.assertRaises(AccessError):
                record.action_accept()
        with self.assertRaises(AccessError):
            self._paper(date(2026, 12, 31)).with_user(self.user_portal_a).sudo().copy({"state": "accepted"})
        old = self._paper(date(2026, 11, 1), "pending")
        with self.assertRaises(UserError):
            old.with_user(self.user_moderator).action_accept()
        wizard = self.env["kdc.market.reason"].browse(paper.with_user(self.user_moderator).action_refuse()["res_id"])
        wizard.with_user(self.user_moderator).reason = "Ảnh bị lóa"
        wizard.with_user(self.user_moderator).action_apply()
        self.assertEqual((paper.state, paper.refuse_reason), ("refused", "Ảnh bị lóa"))
        self.assertEqual(self._notices()[-1:].body, "Ảnh bị lóa")

    def test_a_decided_paper_is_not_written_over(self):
        paper = self._paper("2098-01-01", state="pending").with_user(self.user_moderator).sudo(False)
        with self.assertRaises(AccessError):
            paper.image = self.fish.image_1920
        paper.expiry_date = "2099-01-01"
        paper.action_accept()
        with self.assertRaises(AccessError):
            paper.expiry_date = "2100-01-01"

    def test_changing_the_category_is_looked_at_again(self):
        self.fish.with_user(self.user_portal_a).sudo().public_categ_ids = self.category
        self.assertEqual(self.fish.kdc_listing_state, "pending")


@tagged("post_install", "-at_install")
class TestPaperPages(PapersCommon, HttpCase):
    def _send(self, kind=None, photo=True, **data):
        return self.url_open(
            f"/my/shop/papers/{(kind or self.kind).id}",
            data={"csrf_token": http.Request.csrf_token(self), "expiry_date": "2099-01-01", **data},
            files={"photo": ("a.jpg", jpeg(), "image/jpeg")} if photo else None,
            method="POST",
        )

    def test_send_and_replace(self):
        self.fish.public_categ_ids = self.category
        self.authenticate(self.user_seller_a.login, self.user_seller_a.login)
        self.assertIn("An toàn thực phẩm", self.url_open("/my/shop/papers").text)
        self.assertEqual(self._send(number="01/2026").status_code, 200)
        self._send(number="02/2026")
        paper = self.shop_a.paper_ids
        self.assertEqual((paper.number, paper.state, paper.expiry_date), ("02/2026", "pending", date(2099, 1, 1)))
        self.assertEqual(self.url_open(f"/my/shop/papers/photo/{paper.id}").headers["Content-Type"], "image/jpeg")
        self.assertIn("/my/shop/papers", self.url_open("/my/shop").text)

    def test_of_two_sends_at_once_one_waits(self):
        """The second would not see the paper of the first: both take the shop, so that the second runs again."""
        self.fish.public_categ_ids = self.category
        self.authenticate(self.user_seller_a.login, self.user_seller_a.login)
        with patch("odoo.addons.kdc_marketplace.controllers.portal_shop_papers.lock_or_retry") as lock:
            self._send(number="01/2026")
        (shop,), options = lock.call_args
        self.assertEqual((shop.id, options["touch"]), (self.shop_a.id, True))

    def test_bad_input(self):
        self.fish.public_categ_ids = self.category
        self.authenticate(self.user_portal_a.login, self.user_portal_a.login)
        for data in (
            {"photo": False},
            {"expiry_date": ""},
            {"expiry_date": "x"},
            {"expiry_date": "2020-01-01"},
            {"issue_date": "2098-12-31"},
        ):
            with self.subTest(data=data):
                response = self._send(number="Số 7", **data)
                self.assertEqual(response.status_code, 422)
                self.assertIn("Số 7", response.text)
        other = self.env["kdc.paper.kind"].create({"name": "Không cần"})
        self.assertEqual(self._send(kind=other).status_code, 404)
        self.assertFalse(self.shop_a.paper_ids)

    def test_private(self):
        paper = self._paper(date(2099, 1, 1))
        attachment = self.env["ir.attachment"].search(
            [("res_model", "=", "kdc.shop.paper"), ("res_id", "=", paper.id), ("res_field", "=", "image")]
        )
        placeholder = self.url_open("/web/image/kdc.shop.paper/999999999/image").content
        urls = (
            f"/web/image/kdc.shop.paper/{paper.id}/image",
            f"/web/content/kdc.shop.paper/{paper.id}/image",
            f"/web/image/{attachment.id}",
            f"/web/content/{attachment.id}",
            f"/my/shop/papers/photo/{paper.id}",
        )
        for user in (None, self.user_buyer, self.user_portal_b, self.user_officer):
            self.authenticate(user and user.login, user and user.login)
            for url in urls:
                with self.subTest(user=user and user.login, url=url):
                    response = self.url_open(url, allow_redirects=False)
                    self.assertTrue(response.status_code in (303, 403, 404) or response.content == placeholder)

    def test_former_seller(self):
        paper = self._paper(date(2099, 1, 1))
        self.authenticate(self.user_seller_a.login, self.user_seller_a.login)
        self.assertEqual(self.url_open(f"/my/shop/papers/photo/{paper.id}").status_code, 200)
        self.shop_a.member_ids.filtered(lambda member: member.user_id == self.user_seller_a).unlink()
        self.env.flush_all()
        for url in (f"/my/shop/papers/photo/{paper.id}", "/my/shop/papers", "/my/shop/hours"):
            with self.subTest(url=url):
                self.assertEqual(self.url_open(url).status_code, 404)

    def test_new_listing_needs_a_category(self):
        """Also one in which nobody sells yet, which Odoo hides from residents."""
        self.authenticate(self.user_portal_a.login, self.user_portal_a.login)
        self.assertIn("Món ăn", self.url_open("/my/shop/listings/new").text)
        form = {"csrf_token": http.Request.csrf_token(self), "name": "Bún cá", "price": "40000", "quantity": "5"}
        for category, status in (("", 422), ("999999", 422), (str(self.category.id), 200)):
            with self.subTest(category=category):
                photo = {"photo": ("a.jpg", jpeg(), "image/jpeg")}
                response = self.url_open("/my/shop/listings/new", data={**form, "category": category}, files=photo)
                self.assertEqual(response.status_code, status)
        listing = self.env["product.template"].search([("name", "=", "Bún cá")])
        self._publish(listing)
        self.assertEqual((listing.public_categ_ids, listing.is_published), (self.category, False))
        self.assertIn("An toàn thực phẩm", self.url_open("/my/shop/listings").text)

    def test_open_now_filter(self):
        self.shop_a._kdc_set_week(range(7), [(0, 1440)])
        today = today_here(self.env["kdc.shop.paper"])
        self.env["kdc.shop.special.day"].create({"shop_id": self.shop_b.id, "date_from": today, "date_to": today})
        page = self.url_open("/shop?kdc_open_now=1").text
        self.assertIn("Cá thu một nắng", page)
        self.assertNotIn("Rau muống", page)
        self.assertIn("Rau muống", self.url_open("/shop").text)
