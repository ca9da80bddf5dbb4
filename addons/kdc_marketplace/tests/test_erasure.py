import base64
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from freezegun import freeze_time
from odoo import fields
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.tests import HttpCase, tagged

from .common import MarketCommon, jpeg


class ErasureCommon(MarketCommon):
    def _finished(self, user=None, listing=None):
        """An order that is over, so that it can be reviewed."""
        listing = listing or self.fish
        order = self._order(user or self.user_buyer, {listing: 1})[listing.kdc_shop_id]
        for state, actor in (("accepted", "shop"), ("ready", "shop"), ("handed_over", "shop"), ("done", "buyer")):
            order._kdc_set_state(state, actor)
        return order

    def _erase(self, resident):
        self.env.flush_all()
        kept = resident.sudo()._kdc_erase()
        self.env.flush_all()
        return " ".join(f"{what} {why}" for what, why in kept)

    def _leave(self, resident):
        """The person does not live in the ward any more."""
        resident.membership_ids.date_end = fields.Date.today() - timedelta(days=10)
        self.assertFalse(resident.household_id)

    def _paper(self, shop, **vals):
        kind = self.env["kdc.paper.kind"].create({"name": "Khám sức khỏe"})
        return self.env["kdc.shop.paper"].create(
            {
                "shop_id": shop.id,
                "kind_id": kind.id,
                "number": "GKSK-77",
                "expiry_date": date(2099, 1, 1),
                "image": base64.b64encode(jpeg()),
                "state": "accepted",
                **vals,
            }
        )

    def _attachments(self, paper):
        return self.env["ir.attachment"].search(
            [("res_model", "=", "kdc.shop.paper"), ("res_id", "=", paper.id), ("res_field", "!=", False)]
        )

    def _gc(self):
        self.env.flush_all()
        return self.env["kdc.shop.paper"]._gc_outdated()


@tagged("post_install", "-at_install")
class TestErasure(ErasureCommon):
    def test_what_was_said_is_taken_back(self):
        order = self._finished()
        partner = self.user_buyer.partner_id
        review = self.env["kdc.shop.review"]._kdc_write(order, 1, "Cá ươn, tôi ở 7 Lê Thánh Tôn")
        self._read(review, "date").action_publish()
        question = self.env["kdc.shop.question"]._kdc_ask(self.squid, partner, "Giao đến nhà tôi được không?")
        basket = self._create_basket(self.user_buyer, {self.squid: 1})
        told = self._erase(self.resident_buyer)
        self.assertFalse(review.exists() or question.exists() or basket.exists())
        self.assertEqual(self.shop_a._kdc_rating(), (None, 0))
        self.assertTrue(order.kdc_buyer_phone, "the law keeps the order for three years")
        self.assertIn("122/2025", told)

    def test_orders_no_law_keeps_lose_the_contact(self):
        order = self._finished()
        order.date_order = fields.Datetime.now() - relativedelta(years=3, days=1)
        self._erase(self.resident_buyer)
        self.assertFalse(order.kdc_buyer_phone or order.kdc_handover_address or order.kdc_buyer_note)
        self.assertEqual(order.amount_total, 185000)

    def test_reports_stay_while_they_prove_the_24_hours(self):
        Report = self.env["kdc.market.report"]
        old, young, open_ = (
            Report._kdc_report(listing, self.user_buyer.partner_id, "other", "x")
            for listing in (self.fish, self.squid, self.greens)
        )
        (old | young).with_user(self.user_moderator)._kdc_settle("Đã xem")
        old.done_date = fields.Datetime.now() - relativedelta(years=3, days=1)
        told = self._erase(self.resident_buyer)
        self.assertEqual((old | young | open_).exists(), young | open_)
        self.assertIn("24", told)

    def test_a_closed_shop_does_not_keep_the_name_for_ever(self):
        """The ward says “please close the shop first”; then closing it must help."""
        self._paper(self.shop_a)
        self.assertIn("name", {entry["key"] for entry in self.resident_a._kdc_kept()})
        order = self._finished()
        self.shop_a.with_user(self.user_moderator).action_close()
        self.assertIn("name", {entry["key"] for entry in self.resident_a._kdc_kept()}, "it has sold this year")
        order.date_order = fields.Datetime.now() - relativedelta(years=3, days=1)
        self.env.flush_all()
        self.assertNotIn("name", {entry["key"] for entry in self.resident_a._kdc_kept()})
        self.shop_a.write({"tax_number": "056090001234", "bank_bin": "970436", "bank_number": "0123456789"})
        self._erase(self.resident_a)
        self.env.cr.execute("SELECT to_jsonb(s)::text FROM kdc_shop s WHERE id = %s", [self.shop_a.id])
        row = self.env.cr.fetchone()[0]
        for trace in (self.resident_a.name, "Cô Bảy", "co-bay", "0123456789", "905123456", "12 Trần Phú"):
            self.assertNotIn(trace, row)
        self.assertNotIn(self.resident_a.name, f"{order.kdc_shop_name} {order.kdc_seller_line}")
        self.assertFalse(order.kdc_bank_account or order.kdc_bank_number)
        self.assertFalse(self.shop_a.seller_number_sealed or self.shop_a.paper_ids or self.shop_a.member_ids)
        self.assertFalse(self.shop_a.message_ids.tracking_value_ids, "nor the old values")
        self.assertFalse(
            self.env["kdc.notification"].search([("partner_id", "=", self.user_seller_a.partner_id.id),
                                                 ("url", "=like", "/my/shop/ordering%"), ("title", "ilike", "Former")])
        )  # fmt: skip

    def test_an_application_that_others_go_on_with_is_theirs(self):
        shop = self._create_shop("Hai chị em", self.user_portal_a, self.group_a, state="draft")
        self.env["kdc.shop.member"].create({"shop_id": shop.id, "user_id": self.user_portal_b.id, "role": "owner"})
        self._erase(self.resident_a)
        self.assertEqual((shop.member_ids.user_id, shop.name), (self.user_portal_b, "Hai chị em"))

    def test_who_sells_for_somebody_else_is_no_seller(self):
        seller = self.user_seller_a._kdc_resident()
        self._leave(seller)
        self.assertNotIn("name", {entry["key"] for entry in seller._kdc_kept()})
        self._erase(seller)
        self.assertEqual(self.shop_a.member_ids.user_id, self.user_portal_a)


@tagged("post_install", "-at_install")
class TestPaperRetention(ErasureCommon, HttpCase):
    def test_papers_of_a_closed_shop_are_not_kept_for_ever(self):
        accepted, waiting = self._paper(self.shop_a), self._paper(self.shop_a, state="pending")
        other = self._paper(self.shop_b)
        with freeze_time("2027-01-10 20:00:00"):  # the 11th in Vietnam
            self.shop_a.with_user(self.user_moderator).action_close()
            self.assertEqual(self.shop_a.ended_on, date(2027, 1, 11))
            self._gc()
            self.assertEqual((accepted | waiting).exists(), accepted, "what never counted proves nothing")
        with freeze_time("2030-01-10 18:00:00"):
            self._gc()
            self.assertTrue(accepted.exists(), "three years, the last day included")
        files = self._attachments(accepted)
        self.assertTrue(files)
        with freeze_time("2030-01-11 18:00:00"):
            self._gc()
        self.assertFalse(accepted.exists() or files.exists())
        self.assertTrue(other.exists())

    def test_refused_papers_and_applications_go_after_a_while(self):
        refused = self._paper(self.shop_a, state="refused")
        shop = self._create_shop("Xe nước mía", self.user_buyer, self.group_b, state="submitted")
        sent = self._paper(shop, state="pending")
        shop.with_user(self.user_moderator)._kdc_refuse("Thiếu giấy")
        self._gc()
        self.assertTrue(refused.exists() and sent.exists(), "time to apply again")
        later = fields.Datetime.now() + timedelta(days=92)
        with freeze_time(later):
            shop.with_user(self.user_moderator).action_submit()
            self.assertFalse(shop.ended_on)
            self._gc()
            self.assertFalse(refused.exists())
            self.assertTrue(sent.exists(), "applied again")
            shop.with_user(self.user_moderator)._kdc_refuse("Thiếu giấy")
            self.env.flush_all()
        with freeze_time(later + timedelta(days=92)):
            self._gc()
        self.assertFalse(sent.exists())

    def test_long_expired_papers_go(self):
        today = today_here(self.env["kdc.shop.paper"])
        edge = self._paper(self.shop_a, expiry_date=today - relativedelta(years=3))
        gone = self._paper(self.shop_a, expiry_date=today - relativedelta(years=3, days=1))
        for_good = self._paper(self.shop_a, expiry_date=False, kind_id=self.env["kdc.paper.kind"].create(
            {"name": "Đăng ký kinh doanh", "expires": False}).id)  # fmt: skip
        self._gc()
        self.assertEqual((edge | gone | for_good).exists(), edge | for_good)
