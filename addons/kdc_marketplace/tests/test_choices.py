from contextlib import contextmanager

from odoo import http
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, TransactionCase, tagged
from odoo.tests.common import JsonRpcException
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ..engine.choices import Kind
from .common import MarketCommon

SIZES = Kind("Cỡ", ("S", "M", "L"))
COLOURS = Kind("Màu", ("Đỏ", "Xanh"))


class ChoicesCommon(MarketCommon):
    """Shop A sells a shirt in three sizes: S and M with stock, L sold out and dearer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shirt = cls._create_listing(cls.shop_a, "Áo thun", 80000, 9)
        cls.shirt._kdc_set_choices([SIZES])
        cls.small, cls.middle, cls.large = cls.shirt._kdc_variants()
        cls.small.write({"kdc_variant_price": 80000, "kdc_variant_quantity": 3})
        cls.middle.write({"kdc_variant_price": 85000, "kdc_variant_quantity": 2})
        cls.large.kdc_variant_price = 95000
        cls.env.flush_all()

    @classmethod
    @contextmanager
    def _as_shop(cls):
        """Work as the shop's own page does: a portal user, in sudo."""
        yield cls.shirt.with_user(cls.user_seller_a).sudo()

    @classmethod
    def _create_basket(cls, user, quantities):
        """As that of listings, with choices themselves among the keys."""
        order = super()._create_basket(user, {})
        order.order_line = [
            (0, 0, {"product_id": item.id if item._name == "product.product" else item.product_variant_id.id,
                    "product_uom_qty": quantity})
            for item, quantity in quantities.items()
        ]  # fmt: skip
        return order


@tagged("post_install", "-at_install")
class TestChoices(ChoicesCommon, TransactionCase):
    def _figures(self):
        return [(v.kdc_choice, v.kdc_variant_price, v.kdc_variant_quantity) for v in self.shirt._kdc_variants()]

    # -- the listing and its choices -------------------------------------------------------------------------------
    def test_the_listing_sums_up_its_choices(self):
        self.assertEqual((self.shirt.list_price, self.shirt.kdc_quantity), (80000, 5))
        self.assertEqual(self.shirt.kdc_choices, "Cỡ: S, M, L")
        self.small.kdc_variant_open = False
        self.assertEqual((self.shirt.list_price, self.shirt.kdc_quantity), (85000, 2))
        self.assertEqual(self.small.lst_price, 80000, "what it costs does not depend on the others")

    def test_less_choice_keeps_the_others_as_they_are(self):
        with self._as_shop() as shirt:
            shirt._kdc_set_choices([Kind("Cỡ", ("S", "M"))])
        self.assertEqual(self._figures(), [("S", 80000, 3), ("M", 85000, 2)])
        self.assertEqual(self.shirt.kdc_listing_state, "published", "nothing new is shown")
        self.assertFalse(self.large.exists() and self.large.active)

    def test_a_new_choice_has_no_stock(self):
        self.shirt._kdc_set_choices([Kind("Cỡ", ("S", "M", "L", "XL"))])
        self.assertEqual(self._figures(), [("S", 80000, 3), ("M", 85000, 2), ("L", 95000, 0), ("XL", 80000, 0)])

    def test_two_kinds_and_none(self):
        self.shirt._kdc_set_choices([SIZES, COLOURS])
        names = [name for name, _price, _quantity in self._figures()]
        self.assertEqual(names, ["S, Đỏ", "S, Xanh", "M, Đỏ", "M, Xanh", "L, Đỏ", "L, Xanh"])
        self.shirt._kdc_set_choices([])
        self.assertFalse(self.shirt.kdc_has_choices)
        self.assertEqual((len(self.shirt.product_variant_ids), self.shirt.list_price), (1, 80000))
        self.assertTrue(self.shirt.product_variant_id._kdc_for_sale() or self.shirt.kdc_sold_out)

    def test_words_do_not_pile_up(self):
        Value = self.env["product.attribute.value"].with_context(active_test=False)
        for n in range(3):
            self.shirt._kdc_set_choices([Kind(f"Loại {n}", (f"a{n}", f"b{n}"))])
        self.shirt._kdc_set_choices([])
        self.assertFalse(Value.search([("kdc_listing_id", "=", self.shirt.id)]))
        self.assertFalse(self.env["product.attribute"].search([("kdc_listing_id", "=", self.shirt.id)]))

    def test_each_listing_has_its_own_words(self):
        self.greens._kdc_set_choices([SIZES])
        attributes = (self.shirt + self.greens).attribute_line_ids.attribute_id
        self.assertEqual(len(attributes), 2)
        self.assertEqual(set(attributes.mapped("visibility")), {"hidden"})
        with self.assertRaises(ValidationError):
            self.fish.attribute_line_ids = [
                (0, 0, {"attribute_id": attributes[0].id, "value_ids": attributes[0].value_ids.ids})
            ]

    def test_a_copy_has_its_own_choices(self):
        copy = self.shirt._kdc_duplicate("k")
        self.assertEqual([(v.kdc_choice, v.kdc_variant_price, v.kdc_variant_quantity) for v in copy._kdc_variants()],
                         self._figures())  # fmt: skip
        self.assertFalse(copy.attribute_line_ids.attribute_id & self.shirt.attribute_line_ids.attribute_id)
        self.assertEqual(copy.kdc_listing_state, "draft")

    def test_a_copy_after_the_kinds_changed_places(self):
        self.shirt._kdc_set_choices([Kind("Cỡ", ("S", "M")), Kind("Màu", ("Đỏ",))])
        self.shirt._kdc_set_choices([Kind("Màu", ("Đỏ",)), Kind("Cỡ", ("S", "M"))])
        copy = self.shirt._kdc_duplicate("k")
        words = {variant.kdc_choice for variant in self.shirt._kdc_variants()}
        self.assertEqual(words, {"Đỏ, S", "Đỏ, M"})
        self.assertEqual({variant.kdc_choice for variant in copy._kdc_variants()}, words)

    # -- moderation ------------------------------------------------------------------------------------------------
    def test_new_words_are_looked_at_again(self):
        with self._as_shop() as shirt:
            shirt._kdc_set_choices([Kind("Cỡ", ("S", "M", "L", "XL"))])
        self.assertEqual((self.shirt.kdc_listing_state, self.shirt.is_published), ("pending", False))
        self.assertIn("S, M, L, XL", self.shirt.kdc_changes)
        self.assertEqual(self.shirt.kdc_previous_values["values"]["kdc_choices"], "Cỡ: S, M, L")

    def test_another_name_of_the_kind_is_looked_at_too(self):
        with self._as_shop() as shirt:
            shirt._kdc_set_choices([Kind("Size", SIZES.values)])
        self.assertEqual(self.shirt.kdc_listing_state, "pending")
        self.assertEqual(self._figures()[0], ("S", 80000, 3), "and keeps its stock")

    def test_price_and_stock_work_at_once(self):
        with self._as_shop() as shirt:
            shirt._kdc_variants()[0].write({"kdc_variant_price": 70000, "kdc_variant_quantity": 8})
        self.assertEqual((self.shirt.kdc_listing_state, self.shirt.list_price), ("published", 70000))

    def test_the_category_stands_beside_what_it_was(self):
        old, new = self.env["product.public.category"].create([{"name": "Đồ gỗ cũ"}, {"name": "Đồ nhựa mới"}])
        self.fish.public_categ_ids = old
        self.fish.with_user(self.user_seller_a).sudo().public_categ_ids = new
        self.assertEqual(self.fish.kdc_listing_state, "pending")
        self.assertIn("Đồ gỗ cũ", self.fish.kdc_changes)
        self.assertIn("Đồ nhựa mới", self.fish.kdc_changes)

    # -- buying ----------------------------------------------------------------------------------------------------
    def test_each_choice_has_its_price_and_stock(self):
        order = self._order(self.user_buyer, {self.small: 2, self.middle: 1})[self.shop_a]
        self.assertEqual(order.amount_total, 2 * 80000 + 85000)
        self.assertEqual((self.small.kdc_variant_quantity, self.middle.kdc_variant_quantity), (1, 1))
        self.assertEqual(self.shirt.kdc_quantity, 2)
        self.assertIn("Áo thun (S) × 2", order._kdc_summary())
        order._kdc_set_state("refused", "shop", "Hết hàng")
        self.assertEqual((self.small.kdc_variant_quantity, self.shirt.kdc_quantity), (3, 5))

    def test_no_more_than_there_is_of_this_choice(self):
        basket = self._create_basket(self.user_buyer, {self.middle: 3})
        self.assertIn("(M)", basket._kdc_clean_basket()[0])
        self.assertEqual(basket.order_line.product_uom_qty, 2)
        self.assertEqual(self.env["product.product"]._kdc_reserve({self.middle: 3}), self.middle)
        self.assertEqual((self.middle.kdc_variant_quantity, self.shirt.kdc_quantity), (2, 5))

    def test_what_cannot_be_chosen_leaves_the_basket(self):
        basket = self._create_basket(self.user_buyer, {self.small: 1, self.middle: 1, self.large: 1, self.greens: 1})
        self.small.kdc_variant_open = False
        self.shirt._kdc_set_choices([Kind("Cỡ", ("S", "L"))])
        basket._kdc_clean_basket()
        self.assertEqual(basket.order_line.product_id, self.greens.product_variant_id)

    def test_a_basket_from_before_the_choices(self):
        plain = self.fish.product_variant_id
        self._order(self.user_buyer, {self.fish: 1})
        basket = self._create_basket(self.user_buyer, {self.fish: 1})
        self.fish._kdc_set_choices([SIZES])
        self.assertEqual((plain.active, plain._kdc_for_sale()), (False, False), "kept for the order, not for sale")
        basket._kdc_clean_basket()
        self.assertFalse(basket.order_line)

    def test_an_order_frees_what_is_not_chosen_any_more(self):
        order = self._order(self.user_buyer, {self.middle: 2})[self.shop_a]
        self.shirt._kdc_set_choices([Kind("Cỡ", ("S", "L"))])
        order._kdc_set_state("refused", "shop", "Hết hàng")
        self.assertEqual(self.shirt.kdc_quantity, 3, "nothing comes back onto the shelf that cannot be ordered")
        self.assertIn("Áo thun (M)", order._kdc_summary())

    def test_residents_pay_their_price_of_the_choice(self):
        self.middle.kdc_variant_resident_price = 75000
        basket = self._create_basket(self.user_buyer, {self.small: 1, self.middle: 1})
        self.assertEqual(basket.amount_total, 80000 + 75000)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.middle.kdc_variant_resident_price = 85000
            self.env.flush_all()

    def test_a_stranger_reads_no_choice_of_an_unchecked_listing(self):
        draft = self._create_listing(self.shop_a, "Áo khoác", 90000, 1, state="draft")
        draft._kdc_set_choices([Kind("Kiểu", ("Bí mật", "Khác"))])
        self.env.flush_all()
        line = draft.attribute_line_ids
        choices = line.attribute_id, line.value_ids, line.product_template_value_ids, draft._kdc_variants()
        for records in (line, *choices):
            for user in (self.user_portal_b, self.env.ref("base.public_user")):
                with self.subTest(model=records._name, user=user.login):
                    self.assertFalse(records.with_user(user).search([("id", "in", records.ids)]))
                    with self.assertRaises(AccessError):
                        records.with_user(user).read(["display_name"])
        with self.assertRaises(AccessError):
            self.small.with_user(self.user_portal_b).write({"kdc_variant_price": 1})

    def test_the_sheet_has_a_row_for_each_choice(self):
        rows = {str(row[0]): row for row in self.shop_a._kdc_sheet_rows()[1:]}
        code = f"{self.shirt.id}#{self.middle.id}"
        self.assertEqual(rows[code][1:], ["Áo thun (M)", "kg", 85000, None, 2])
        wanted = {(self.shirt.id, self.middle.id): {"price": (85000, 79000), "quantity": (2, 6)}}
        self.assertFalse(self.shop_a._kdc_sheet_apply(wanted))
        self.assertEqual((self.shirt.list_price, self.shirt.kdc_quantity), (79000, 9))
        self.assertEqual(self.shop_a._kdc_sheet_apply(wanted), ["Áo thun (M)"], "changed meanwhile: nothing is written")
        with self.assertRaises(UserError):
            self.shop_a._kdc_sheet_apply({(self.shirt.id, 0): {"price": (80000, 1)}})


@tagged("post_install", "-at_install")
class TestChoicesPages(ChoicesCommon, HttpCase):
    def _post(self, url, **data):
        return self.url_open(url, data={"csrf_token": http.Request.csrf_token(self), **data}, method="POST")

    def _login(self, user):
        self.authenticate(user.login, user.login)

    @property
    def _url(self):
        return f"/my/shop/listings/{self.shirt.id}/choices"

    def _form(self, **changed):
        form = {}
        for v in self.shirt._kdc_variants():
            form |= {f"price_{v.id}": str(v.kdc_variant_price), f"quantity_{v.id}": str(v.kdc_variant_quantity),
                     f"seen_{v.id}": str(v.kdc_variant_quantity), f"open_{v.id}": "1"}  # fmt: skip
        return {key: value for key, value in (form | changed).items() if value is not None}

    def test_from_nothing_to_two_kinds(self):
        self._login(self.user_seller_a)
        url = f"/my/shop/listings/{self.fish.id}/choices"
        self.assertEqual(self.url_open(url).status_code, 200)
        data = {"name_0": "Cỡ", "values_0": "Nhỏ\nTo", "name_1": "Gói", "values_1": "0,5 kg\n1 kg"}
        page = self._post(url, **data)
        self.assertIn("Nhỏ, 0,5 kg", page.text)
        self.assertEqual(len(self.fish._kdc_variants()), 4)
        self.assertEqual(self.fish.kdc_listing_state, "pending")
        variants = self.fish._kdc_variants()
        self._post(url, **data)
        self.assertEqual(self.fish._kdc_variants(), variants, "a second tap changes nothing")

    def test_what_is_wrong_keeps_what_was_typed(self):
        self._login(self.user_seller_a)
        page = self._post(self._url, name_0="Cỡ lạ", values_0="Một mình")
        self.assertEqual(page.status_code, 422)
        self.assertIn("Một mình", page.text)
        page = self._post(f"{self._url}/figures", **self._form(**{f"price_{self.small.id}": "abc"}))
        self.assertEqual((page.status_code, "abc" in page.text), (422, True))
        page = self._post(f"{self._url}/figures", **{k: v for k, v in self._form().items() if "open_" not in k})
        self.assertEqual(page.status_code, 422)
        self.assertEqual((self.shirt.list_price, self.shirt.kdc_quantity), (80000, 5))

    def test_prices_and_stock_of_each(self):
        self._login(self.user_seller_a)
        form = self._form(**{f"price_{self.small.id}": "70.000", f"quantity_{self.large.id}": "4",
                             f"resident_{self.small.id}": "65000", f"open_{self.middle.id}": None})  # fmt: skip
        self._post(f"{self._url}/figures", **form)
        self.assertEqual((self.shirt.list_price, self.shirt.kdc_resident_price, self.shirt.kdc_quantity),
                         (70000, 65000, 7))  # fmt: skip
        self.assertEqual((self.middle.kdc_variant_open, self.shirt.kdc_listing_state), (False, "published"))

    def test_what_was_sold_meanwhile_stays_sold(self):
        self._login(self.user_seller_a)
        form = self._form()
        self.small.kdc_variant_quantity = 1
        self._post(f"{self._url}/figures", **form)
        self.assertEqual(self.small.kdc_variant_quantity, 1)
        page = self._post(f"{self._url}/figures", **{**form, f"quantity_{self.small.id}": "9"})
        self.assertEqual((page.status_code, self.small.kdc_variant_quantity), (422, 1))

    def test_the_form_of_the_listing_leaves_prices_alone(self):
        self._login(self.user_seller_a)
        url = f"/my/shop/listings/{self.shirt.id}"
        page = self.url_open(url)
        self.assertNotIn('name="price"', page.text)
        category = self.shirt.public_categ_ids[:1].id or ""
        self._post(url, name="Áo thun", price="1", quantity="999", track="1", category=category, resident_price="1")
        self.assertEqual((self.shirt.list_price, self.shirt.kdc_quantity, self.shirt.kdc_resident_price), (80000, 5, 0))

    def test_nobody_else_changes_them(self):
        for user in (self.user_portal_b, self.user_buyer):
            self._login(user)
            with self.subTest(user=user.login):
                self.assertEqual(self.url_open(self._url).status_code, 404)
                self.assertEqual(self._post(self._url, name_0="", values_0="").status_code, 404)
                self.assertEqual(self._post(f"{self._url}/figures", **self._form()).status_code, 404)
        self.assertTrue(self.shirt.kdc_has_choices)

    def test_the_buyer_sees_each_choice_and_orders_one(self):
        self.small.kdc_variant_resident_price = 72000
        self.middle.kdc_variant_open = False
        guest = self.url_open(self.shirt.website_url)
        self.assertNotIn("72.000", guest.text)
        self.assertNotIn(f'value="{self.middle.id}"', guest.text)
        self.assertNotIn("js_check_product", guest.text, "Odoo's own button would take any choice")
        self._login(self.user_buyer)
        page = self.url_open(self.shirt.website_url)
        self.assertIn("72.000", page.text)
        self._post("/shop/basket/add", product_id=self.small.id, quantity="2")
        line = self.env["sale.order.line"].search([("product_id", "=", self.small.id)])
        self.assertEqual((line.product_uom_qty, line.price_unit), (2, 72000))

    def test_what_is_not_offered_cannot_be_put_into_the_basket(self):
        draft = self._create_listing(self.shop_b, "Áo mưa", 50000, 5, state="draft")
        draft._kdc_set_choices([SIZES])
        draft._kdc_variants().write({"kdc_variant_quantity": 5})
        self.middle.kdc_variant_open = False
        archived = self.fish.product_variant_id
        self._order(self.user_portal_b, {self.fish: 1})
        self.fish._kdc_set_choices([SIZES])
        self._login(self.user_buyer)
        for product in (draft._kdc_variants()[0], self.middle, self.large, archived):
            with self.subTest(product=product._kdc_label()):
                self.assertEqual(self._post("/shop/basket/add", product_id=product.id).status_code, 404)
                with self.assertRaises(JsonRpcException), mute_logger("odoo.http"):
                    self.make_jsonrpc_request(
                        "/shop/cart/add",
                        {"product_template_id": product.product_tmpl_id.id, "product_id": product.id, "quantity": 1},
                    )
        tried = draft._kdc_variants() + self.middle + self.large
        self.assertFalse(self.env["sale.order.line"].search([("product_id", "in", tried.ids)]))
