from unittest.mock import patch

from odoo import http
from odoo.addons.kdc_residents.tools import personal_data
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ..controllers import portal_shop
from .common import MarketCommon

NUMBER = "056090001234"


@tagged("post_install", "-at_install")
class TestSeller(MarketCommon):
    def test_business_code_is_checked_and_public(self):
        self.shop_a.tax_number = "0314409058 002"
        self.assertEqual((self.shop_a.tax_code, self.shop_a.tax_number), ("0314409058-002", "0314409058-002"))
        self.assertFalse(self.shop_a.seller_number_sealed)
        for typed in ("0100233480", "123", "abc", "000090001234"):
            with self.subTest(typed=typed), self.assertRaises(ValidationError):
                self.shop_a.tax_number = typed
        self.shop_a.seller_kind = "enterprise"
        with self.assertRaises(ValidationError):
            self.shop_a.tax_number = NUMBER

    def test_personal_number_is_sealed_masked_and_kept(self):
        self.shop_a.tax_number = NUMBER
        self.env.flush_all()
        self.env.cr.execute("SELECT to_jsonb(s)::text FROM kdc_shop s WHERE id = %s", [self.shop_a.id])
        self.assertNotIn(NUMBER, self.env.cr.fetchone()[0])
        self.assertEqual(self.shop_a.tax_number, "056***00****")
        self.assertFalse(self.shop_a.tax_code)
        self.shop_a.tax_number = "056***00****"  # what a form sends back
        self.assertEqual(self.shop_a.seller_number, NUMBER)

    def test_nobody_reads_the_number(self):
        self.shop_a.tax_number = NUMBER
        shop = self.shop_a.sudo(False)
        for user in (self.user_moderator, self.user_officer, self.user_portal_a):
            for fname in ("seller_number", "seller_number_sealed", "seller_number_index"):
                with self.subTest(user=user.login, field=fname), self.assertRaises(AccessError):
                    shop.with_user(user).read([fname])
        self.assertEqual(shop.with_user(self.user_moderator).read(["tax_number"])[0]["tax_number"], "056***00****")

    def test_compared_with_the_register_unread(self):
        self.resident_a.personal_number = False
        self.shop_a.tax_number = NUMBER
        self.assertEqual(self.shop_a.identity_check, "unknown")
        self.resident_a.personal_number = NUMBER
        self.shop_a.invalidate_recordset(["identity_check"])
        self.assertEqual(self.shop_a.identity_check, "same")
        self.shop_a.tax_number = "056090001235"
        self.shop_a.invalidate_recordset(["identity_check"])
        self.assertEqual(self.shop_a.identity_check, "other")

    def test_number_belongs_to_the_kind_of_seller(self):
        """An enterprise has no personal number and a person no tax code, whoever writes it."""
        self.shop_a.tax_number = NUMBER
        self.env.flush_all()
        for shop, kind in ((self.shop_a, "enterprise"), (self.shop_b, "person")):
            with (
                self.subTest(kind=kind),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                shop.seller_kind = kind
                shop.flush_recordset()

    def test_number_of_an_unknown_key_accuses_nobody(self):
        self.resident_a.personal_number = NUMBER
        self.shop_a.tax_number = NUMBER
        self.env.flush_all()
        self.env.invalidate_all()
        with patch.object(personal_data, "opened", return_value=None):
            self.assertEqual(self.shop_a.identity_check, "unknown")

    def test_seller_who_comes_back_is_shown_to_the_moderator(self):
        self.shop_a.tax_number = NUMBER
        self.shop_a.with_user(self.user_moderator)._kdc_suspend("Bán hàng giả")
        again = self._create_shop("Sạp mới", self.user_buyer, self.group_b, state="draft", tax_number=NUMBER)
        other = self._create_shop("Sạp khác", self.user_buyer, self.group_b, state="draft", tax_number="056090001235")
        self.env.flush_all()
        self.assertEqual(again.with_user(self.user_moderator).same_seller_ids, self.shop_a)
        self.assertFalse(other.same_seller_ids)

    def test_half_an_application_is_not_submitted(self):
        shop = self._create_shop("Bánh mì", self.user_portal_a, self.group_a, state="draft", tax_number=False)
        with self.assertRaisesRegex(UserError, "Bánh mì"):
            shop.action_submit()
        shop.tax_number = NUMBER
        shop.action_submit()
        shop.write({"seller_kind": "enterprise", "tax_number": "0100233488"})
        with self.assertRaises(UserError):
            shop.with_user(self.user_moderator).action_approve()

    def test_resealed_with_the_others(self):
        self.assertIn("kdc.shop", self.env["kdc.guarded.mixin"]._sealed_models())


@tagged("post_install", "-at_install")
class TestApplication(MarketCommon, HttpCase):
    FORM = {
        "name": "Bánh căn Cô Út",
        "phone": "0905 123 456",
        "address": "3 Lê Lợi",
        "seller_kind": "household",
        "legal_name": "Trần Thị Út",
        "tax_number": NUMBER,
        "agree": "1",
    }

    def _apply(self, **data):
        self.authenticate(self.user_buyer.login, self.user_buyer.login)
        return self.url_open(
            "/my/shop/apply",
            data={
                "csrf_token": http.Request.csrf_token(self), **self.FORM, "area_id": str(self.group_b.id), **data
            },
        )  # fmt: skip

    def _shop(self):
        return self.env["kdc.shop"].search([("member_ids.user_id", "=", self.user_buyer.id)])

    def test_resident_applies(self):
        self.assertTrue(self._apply().url.endswith("/my/shop"))
        shop = self._shop()
        self.assertEqual((shop.state, shop.tax_number, shop.legal_name), ("submitted", "056***00****", "Trần Thị Út"))

    def test_business_applies(self):
        response = self._apply(seller_kind="enterprise", tax_number="0100233488")
        self.assertEqual(response.status_code, 422, "an enterprise has a registration")
        self._apply(
            seller_kind="enterprise", tax_number="0100233488", registration_number="0100233488",
            registration_date="2023-05-04", registration_place="Sở Tài chính Khánh Hòa",
        )  # fmt: skip
        self.assertEqual((self._shop().state, self._shop().tax_code), ("submitted", "0100233488"))

    def test_known_number_needs_no_typing(self):
        self.resident_buyer.personal_number = False
        self._apply(tax_number="", action="draft")
        self.assertFalse(self._shop().tax_number)
        self.resident_buyer.personal_number = NUMBER
        self.assertIn("056***00****", self.url_open("/my/shop/apply").text)
        self._apply(tax_number="")
        self.assertEqual((self._shop().state, self._shop().seller_number), ("submitted", NUMBER))

    def test_draft_keeps_no_number_of_another_kind(self):
        """A personal number kept as a household's must not become the number of an enterprise."""
        self._apply(action="draft")
        masked = self._shop().tax_number
        self.assertIn("*", masked)
        self._apply(action="draft", seller_kind="enterprise", tax_number=masked)
        self.assertEqual((self._shop().seller_kind, self._shop().tax_number), ("enterprise", False))
        business = {"registration_number": "1", "registration_place": "Sở Tài chính"}
        self.assertEqual(self._apply(seller_kind="enterprise", tax_number=masked, **business).status_code, 422)
        self._apply(action="draft")
        self._apply(action="draft", seller_kind="person", tax_number=masked)
        self.assertEqual(self._shop().seller_number, NUMBER, "a person has the same number as a household")

    def test_second_tap_waits_for_the_first(self):
        """The user is locked and touched before anybody looks whether there is a shop."""
        calls = []
        with patch.object(portal_shop, "lock_or_retry", lambda records, **how: calls.append((records, how))):
            self._apply(action="draft")
        self.assertEqual(calls[0][0], self.user_buyer)
        self.assertTrue(calls[0][1]["touch"])

    def test_draft_first(self):
        self._apply(action="draft", phone="", address="", tax_number="", agree="")
        shop = self._shop()
        self.assertEqual((shop.state, shop.name), ("draft", "Bánh căn Cô Út"))
        self._apply()
        self.assertEqual((self._shop(), shop.state), (shop, "submitted"))

    def test_bad_input_says_what_to_do_and_keeps_everything(self):
        for data, words in (
            ({"tax_number": "0100233480"}, "0100233480"),
            ({"tax_number": "12"}, "Trần Thị Út"),
            ({"seller_kind": "x"}, "3 Lê Lợi"),
            ({"legal_name": ""}, NUMBER),
            ({"registration_date": "2026-99-01"}, "Bánh căn Cô Út"),
            ({"agree": ""}, "Bánh căn Cô Út"),
        ):
            with self.subTest(data=data):
                response = self._apply(**data)
                self.assertEqual(response.status_code, 422)
                self.assertIn(words, response.text)
                self.assertFalse(self._shop())

    def test_public_page_names_the_seller_and_hides_the_number(self):
        self.shop_a.write({"legal_name": "Nguyễn Văn An", "tax_number": NUMBER})
        page = self.url_open(f"/shop/of/{self.shop_a.code}").text
        self.assertIn("Nguyễn Văn An", page)
        self.assertIn("056***00****", page)
        self.assertNotIn(NUMBER, page)

    def test_owner_closes_seller_does_not(self):
        self.authenticate(self.user_seller_a.login, self.user_seller_a.login)
        token = {"csrf_token": http.Request.csrf_token(self), "sure": "1"}
        self.assertEqual(self.url_open("/my/shop/close", data=token).status_code, 404)
        self.authenticate(self.user_portal_a.login, self.user_portal_a.login)
        token = {"csrf_token": http.Request.csrf_token(self)}
        self.url_open("/my/shop/close", data=token)
        self.assertEqual(self.shop_a.state, "approved")
        order = self._order(self.user_buyer, {self.fish: 1})[self.shop_a]
        self.url_open("/my/shop/close", data={**token, "sure": "1"})
        self.assertEqual(self.shop_a.state, "approved", "somebody waits for an order")
        order._kdc_set_state("cancelled", "buyer")
        self.url_open("/my/shop/close", data={**token, "sure": "1"})
        self.assertEqual(self.shop_a.state, "closed")
        self.assertFalse(self.fish.is_published)
