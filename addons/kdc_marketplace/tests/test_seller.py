import re
from unittest.mock import patch

from odoo import Command, http
from odoo.addons.kdc_residents.models.kdc_invitation import ActivationError
from odoo.addons.kdc_residents.tools import personal_data
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ..controllers import portal_shop
from ..models.kdc_shop_staff import MAX_SLIPS
from .common import MarketCommon, jpeg, pdf_text

NUMBER = "056090001234"
BUSINESS = {
    "name": "Công ty TNHH Yến sào Hòn Ngoại",
    "tax_number": "0314409058",
    "person_name": "Phạm Gia Bảo",
    "last_four": "7788",
}


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

    # -- the account of a business that is no resident -------------------------------------------------------------
    def _slip(self, user=None, **values):
        """Print a slip as the moderator does; return the invitation in sudo."""
        Invite = self.env["kdc.business.invite"].with_user(user or self.user_moderator)
        Invite.create(BUSINESS | values if "again_id" not in values else values).action_print()
        return self.env["kdc.invitation"].search([("business_id", "!=", False)], limit=1)

    def test_slip_of_a_business(self):
        slip = self._slip()
        person, business = slip.business_id, slip.business_id.parent_id
        self.assertEqual(
            (person.name, business.name, business.vat, business.is_company, business.company_id),
            ("Phạm Gia Bảo", BUSINESS["name"], "0314409058", True, self.company),
        )
        self.assertNotIn("7788", str([record.read() for record in (slip, person, business)]), "the digits are not kept")
        again = self._slip(again_id=slip.id)
        self.assertEqual((slip.state, slip.cancel_reason, again.business_id), ("cancelled", "replaced", person))
        code = [*self.env["kdc.invitation"]._invite_business(person, again.proof_hash, 30).values()][0]
        redeem = self.env["kdc.invitation"].with_user(self.env.ref("base.public_user"))._redeem
        try:  # not assertRaises, which rolls the counter back
            redeem(code, "0000", "+84905777888", "mat khau 99", "203.0.113.7")
        except ActivationError as refusal:
            self.assertEqual(refusal.kind, "mismatch")
        user = redeem(code, "7788", "+84905777888", "mat khau 99", "203.0.113.7")
        self.assertEqual((user.partner_id, user._is_portal(), bool(user._kdc_resident())), (person, True, False))
        shop = self._create_shop("Yến Hòn Ngoại", user, self.group_a, state="submitted")
        shop.member_ids = [Command.create({"user_id": self.user_seller_a.id})]
        reset = self._slip(again_id=again.id)
        self.assertEqual(reset.purpose, "reset", "who forgot the password")
        told = [("partner_id", "in", (person | self.user_seller_a.partner_id).ids), ("body", "like", reset.number)]
        self.assertEqual(self.env["kdc.notification"].search_count(told), 2, "before anybody can use it")
        reset._open_account("+84905777999", "mat khau 98")
        self.assertEqual(self.env["kdc.notification"].search_count(told), 4, "nobody takes over an account unnoticed")
        self.assertEqual(len(shop.message_ids.filtered(lambda note: reset.number in note.body)), 2)
        with self.assertRaisesRegex(AccessError, "printed the activation slip"):
            shop.with_user(self.user_moderator).sudo(False).action_approve()
        with self.assertRaisesRegex(UserError, "PHẠM GIA BẢO"), self.env.cr.savepoint():
            self._slip(person_name="PHẠM GIA BẢO")
        colleague = self._slip(self.env.user, person_name="Lê Thị Sương")
        self.assertEqual(colleague.business_id.parent_id, business, "one business, two people")
        straw = colleague._open_account("+84905777001", "mat khau 77")
        theirs = self._create_shop("Yến Hòn Nội", straw, self.group_a, state="submitted")
        with self.assertRaisesRegex(AccessError, "or its business"):
            theirs.with_user(self.user_moderator).sudo(False).action_approve()
        self.assertNotIn(person.name, str(shop.message_ids.mapped("body")), "nothing erases a name there")
        user.active = False
        with self.assertRaisesRegex(UserError, "closed"):
            self._slip(again_id=again.id)

    def test_slips_that_a_shop_makes_for_its_people(self):
        """Only an open shop of a business, for new people, not without end; its own people may be invited by phone."""
        printer = self._create_user("kdc_printer", "kdc_marketplace.group_moderator")
        slip = self._slip(printer)
        owner = slip._open_account("+84905777888", "mat khau 99")
        slip.write({"state": "used", "used_date": "2026-01-01", "user_id": owner.id})
        shop = self._create_shop("Yến Hòn Ngoại", owner, self.group_a)
        mine = shop.with_user(owner).sudo()
        with self.assertRaisesRegex(UserError, "no resident"):
            self.shop_a.with_user(self.user_portal_a).sudo()._kdc_make_slip("Lê Thị Sương", "1234")
        wrong = ((" ", "1234", "full name"), ("Lê Sương", "x", "last 4"), ("Phạm gia BẢO", "1234", "account"))
        for name, digits, words in wrong:
            with self.subTest(name=name), self.assertRaisesRegex(UserError, words), self.env.cr.savepoint():
                mine._kdc_make_slip(name, digits)
        first, _code = mine._kdc_make_slip("Lê Thị Sương", "1234")
        self.assertEqual((first.business_id.parent_id, first.create_uid), (slip.business_id.parent_id, owner))
        with self.assertRaisesRegex(UserError, "already"), self.env.cr.savepoint():
            mine._kdc_make_slip("le thi suong", "1234")
        twin = self._create_shop("Yến Hòn Nội", owner, self.group_a).with_user(owner).sudo()
        with self.assertRaisesRegex(UserError, "another shop"), self.env.cr.savepoint():
            twin._kdc_make_slip("Lê Thị Sương", "1234")
        self.assertEqual((first.state, first.shop_id), ("sent", shop), "the code at home still opens the account")
        mine._kdc_waiting_slips()._kdc_take_back()
        self.assertEqual((first.state, first.cancel_reason), ("cancelled", "shop"))
        second, _code = mine._kdc_make_slip("Lê Thị Sương", "1234")
        self.assertEqual(second.business_id, first.business_id, "not the same person twice")
        third = self._slip(printer, again_id=second.id)
        self.assertEqual(third.shop_id, shop, "printed anew at the counter")
        staff = third._open_account("+84905777001", "mat khau 77")
        member = shop.member_ids - shop.member_ids.filtered(lambda member: member.role == "owner")
        self.assertEqual((member.user_id, member.role), (staff, "seller"))
        member.with_user(owner).sudo()._kdc_dismiss()
        history = str(shop.message_ids.mapped("body"))
        self.assertNotIn("Sương", history, "nothing erases a name there")
        for words in (first.number, f"Account #{staff.id} works", f"Account #{staff.id} does not"):
            self.assertIn(words, history)
        mine.env["kdc.shop.invitation"]._kdc_invite(mine, "0905 777 001")
        self.assertEqual(shop.invitation_ids.user_id, staff)
        self.assertEqual(staff._kdc_shop_invitations(), shop.invitation_ids)
        self.shop_a.env["kdc.shop.invitation"].with_user(self.user_portal_a)._kdc_invite(self.shop_a, "0905 777 001")
        self.assertFalse(self.shop_a.invitation_ids.user_id, "not for shops of others")
        for number in range(MAX_SLIPS - 3):
            mine._kdc_make_slip(f"Nhân viên {number}", "1234")
        with self.assertRaisesRegex(UserError, "slips in"), self.env.cr.savepoint():
            mine._kdc_make_slip("Một người nữa", "1234")
        shop.with_user(self.user_moderator)._kdc_suspend("x")
        with self.assertRaisesRegex(UserError, "not open"):
            mine._kdc_make_slip("Một người nữa", "1234")

    def test_the_data_of_who_represents_a_business(self):
        """The owner's name stays while the law keeps the orders of the shop; at the counter a moderator deletes it."""
        printer = self._create_user("kdc_printer", "kdc_marketplace.group_moderator")
        slip = self._slip(printer)
        person, business = slip.business_id, slip.business_id.parent_id
        owner = slip._open_account("+84905777888", "mat khau 99")
        slip.write({"state": "used", "used_date": "2026-01-01", "user_id": owner.id})
        shop = self._create_shop("Yến Hòn Ngoại", owner, self.group_a)
        self._order(self.user_buyer, {self._create_listing(shop, "Yến", 900000, 3): 1})[shop]._kdc_set_state(
            "refused", "shop", "x"
        )
        mine = str(person._kdc_my_data())
        for words in (BUSINESS["person_name"], "+84905777888", shop.name, slip.number):
            self.assertIn(words, mine)
        theirs = slip.with_user(self.user_moderator).sudo(False)
        with self.assertRaisesRegex(UserError, "still works"):
            theirs.action_kdc_erase()
        with self.assertRaises(AccessError):
            slip.with_user(self.user_officer).sudo(False).action_kdc_erase()
        shop.with_user(owner).sudo().action_close()
        colleague = self._slip(printer, person_name="Lê Thị Sương").business_id
        home = {"street": "12 Trần Phú", "city": "Nha Trang", "vat": BUSINESS["tax_number"]}
        business.write(home)
        self.assertEqual(person.street, home["street"], "as Odoo hands it down")
        with self.env.cr.savepoint() as undone:
            theirs.action_kdc_erase()
            self._check_name_kept(shop, person, owner, slip)
            undone.rollback()
        owner.with_user(owner).sudo()._deactivate_portal_user()
        self.patch(self.env.registry["ir.cron"], "_commit_progress", lambda *_args, **_options: 1)
        self.env["res.users.deletion"]._gc_portal_users()
        self._check_name_kept(shop, person, owner, slip)
        for partner in (business, colleague):
            self.assertEqual({fname: partner[fname] for fname in home}, home, "their address is not his")
        never = self._slip(name="Hộ Tư Râu", tax_number=False, person_name="Võ Văn Tư")
        contact, business = never.business_id, never.business_id.parent_id
        never.with_user(self.user_moderator).sudo(False).action_kdc_erase()
        self.assertNotIn("Tư", contact.name + business.name, "of a household business the name is that of a person")

    def _check_name_kept(self, shop, person, owner, slip):
        """Check that who answered for the orders of a shop is told by name, and nothing else of him is kept."""
        self.env.invalidate_all()
        self.assertEqual((person.name, person.phone, person.street), (BUSINESS["person_name"], False, False))
        self.assertFalse(slip.exists() or owner.active)
        self.assertEqual((shop.member_ids.user_id, person.parent_id.name), (owner, BUSINESS["name"]))

    def test_slip_of_a_business_asks_for_what_is_needed(self):
        for values, words in (
            ({"name": " "}, "name of the business"), ({"tax_number": NUMBER}, "personal number"),
            ({"tax_number": "0100233480"}, "check digit"), ({"last_four": "12"}, "last 4 digits"),
        ):  # fmt: skip
            with self.subTest(values=values), self.assertRaisesRegex(UserError, words):
                self._slip(**values)
        self.assertFalse(self.env["res.partner"].search_count([("name", "=", BUSINESS["person_name"])]))
        self.assertFalse(self._slip(tax_number=False).business_id.parent_id.vat, "a household business")

    def test_who_gives_slips_to_businesses(self):
        slip = self._slip()
        resident = self.env["kdc.invitation"]._invite(self.resident_buyer, 30)
        [of_resident] = [one.sudo() for one in resident]
        far = self._create_user("kdc_moderator_far", "kdc_marketplace.group_moderator")
        ward = self.env["res.company"].create({"name": "Phường khác"})
        far.write({"company_ids": [Command.set(ward.ids)], "company_id": ward.id})
        for user in (self.user_officer, self.user_area_head, self.user_staff, self.user_portal_a):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._slip(user)
        for user, other in ((far, slip), (self.user_moderator, of_resident)):
            with self.subTest(user=user.login):
                self.assertFalse(other.with_user(user).has_access("read"))
                with self.assertRaises(AccessError):
                    self._slip(user, again_id=other.id)
                with self.assertRaises(UserError):
                    other.with_user(user).action_cancel()
        both = self._create_user("kdc_both", "kdc_marketplace.group_moderator,kdc_residents.group_officer")
        self.assertTrue((slip | of_resident).with_user(both).has_access("read"))
        with self.assertRaisesRegex(UserError, "registry officers"):
            self._slip(both, again_id=of_resident.id)
        slip.with_user(self.user_moderator).action_cancel()
        self.assertEqual(slip.cancel_reason, "officer")


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

    def test_business_that_is_no_resident(self):
        """From the slip of the moderator to the first order, on its own pages and on no page of a household."""
        printer = self._create_user("kdc_printer", "kdc_marketplace.group_moderator")
        wizard = self.env["kdc.business.invite"].with_user(printer).create(BUSINESS)
        url = (wizard.action_print() and wizard.action_download())["url"]
        for user, status in ((self.user_officer, 404), (printer, 200)):
            self.authenticate(user.login, user.login)
            with mute_logger("odoo.http"):
                paper = self.url_open(url)
            self.assertEqual(paper.status_code, status)
        code = re.search(r"(?<!\d)\d{4} \d{4} \d{4}(?!\d)", pdf_text(paper))[0]
        self.authenticate(None, None)
        self._send(
            "/activate", code=code, last_four="7788", phone="0905 777 888", new_password="mat khau 99",
            new_password_again="mat khau 99",
        )  # fmt: skip
        home = self.url_open("/my").text
        for words, there in (
            (BUSINESS["person_name"], True), (BUSINESS["name"], True), ("/my/shop", True), ("/my/notifications", True),
            ("/my/household/my-data", True), ('/my/household"', False), ("k-nav", False),
        ):  # fmt: skip
            with self.subTest(words=words):
                self.assertEqual(words in home, there)
        self.authenticate("+84905777888", "mat khau 99")
        form = self.url_open("/my/shop/apply").text
        for known in (BUSINESS["name"], BUSINESS["tax_number"], "0905 777 888"):
            self.assertIn(known, form)
        self._send(
            "/my/shop/apply", **self.FORM, area_id=str(self.group_b.id), registration_number="1",
            registration_place="Sở Tài chính",
        )  # fmt: skip
        owner = self.env["res.users"].search([("login", "=", "+84905777888")])
        shop = owner._kdc_shops()
        self.assertEqual((shop.state, shop.company_id), ("submitted", self.company))
        shop.with_user(self.user_moderator).action_approve()
        self.assertIn(shop.name, self.url_open("/my/notifications").text)
        goods = {"name": "Yến tinh chế", "category": str(self.env.ref("kdc_marketplace.category_goods").id)}
        photo = {"photo": ("a.jpg", jpeg(), "image/jpeg")}
        self._send("/my/shop/listings/new", photo, **goods, price="900000", unit="hộp", quantity="3", track="1")
        self._publish(shop.listing_ids)
        order = self._order(self.user_buyer, {shop.listing_ids: 1})[shop]
        self.assertIn("/my/shop/orders", self.url_open("/my").text, "the order waits on the first page")
        self._send(f"/my/shop/orders/{order.id}/accepted")
        self.assertEqual(order.kdc_shop_state, "accepted")
        for password, words in (("mat khau 98", "Mật khẩu chưa đúng"), ("mat khau 99", shop.name)):
            answer = self._send("/my/household/my-data/delete", password=password)
            self.assertEqual((answer.status_code, owner.active), (422, True))
            self.assertRegex(answer.text, rf'(?s)<details class="k-card" open="open">.*{words}', "said why not")
        self.assertEqual((owner.login, shop.member_ids.user_id), ("+84905777888", owner), "the order is answered")
        self._let_staff_in(owner, shop, order)

    def _let_staff_in(self, owner, shop, order):
        """A business employs somebody who is no resident either, lets him go, and he takes his data with him."""
        people = "/my/shop/people"
        self.assertIn(f'action="{people}/slip"', self.url_open(people).text)
        with mute_logger("odoo.http"):
            self.assertEqual(self._send(f"{people}/slip", name="Đỗ Văn Tài", last_four="12").status_code, 422)
        answer = self._send(f"{people}/slip", name="Đỗ Văn Tài", last_four="1234")
        self.assertIn("no-store", answer.headers["Cache-Control"])
        code = re.search(r"(?<!\d)\d{4} \d{4} \d{4}(?!\d)", answer.text)[0]
        self.authenticate(None, None)
        self._send(
            "/activate", code=code, last_four="1234", phone="0905 777 001", new_password="mat khau 77",
            new_password_again="mat khau 77",
        )  # fmt: skip
        staff = self.env["res.users"].search([("login", "=", "+84905777001")])
        self.assertEqual((staff._kdc_memberships().shop_id, staff._kdc_memberships().role), (shop, "seller"))
        self.authenticate(staff.login, "mat khau 77")
        foreign = self._order(self.user_buyer, {self.fish: 1})[self.shop_a]
        pages = {
            "/my/shop": 200, "/my/shop/listings": 200, f"/my/shop/orders/{order.id}": 200, people: 404,
            "/my/shop/statement": 404, f"/my/shop/orders/{foreign.id}": 404, f"/my/shop/listings/{self.fish.id}": 404,
        }  # fmt: skip
        with mute_logger("odoo.http"):
            self.assertEqual({page: self.url_open(page).status_code for page in pages}, pages, "no shop but this")
            for step in (f"orders/{foreign.id}/accepted", f"listings/{self.fish.id}/switch"):
                self.assertEqual(self._send(f"/my/shop/{step}").status_code, 404)
            shop.member_ids.filtered(lambda member: member.user_id == staff).with_user(owner).sudo()._kdc_dismiss()
            gone = {page: 404 for page in pages if page != "/my/shop"}
            self.assertEqual({page: self.url_open(page).status_code for page in gone}, gone, "at once")
        home = self.url_open("/my").text
        self.assertIn("Hiện Ông/Bà không làm việc ở gian hàng nào", home, "the home says what is left")
        self.assertNotIn('href="/my/shop"', home, "the business is not his to apply for")
        copy = self._send("/my/household/my-data", password="mat khau 77")
        self.assertEqual(copy.headers["Content-Type"], "application/zip")
        contact = staff.partner_id
        mine = str(contact.sudo()._kdc_my_data())
        for words in ("Đỗ Văn Tài", "+84905777001", BUSINESS["name"]):
            self.assertIn(words, mine)
        self._send("/my/household/my-data/delete", password="mat khau 77")
        self.env.invalidate_all()
        self.assertFalse(contact.phone or staff.active)
        self.assertNotIn("Tài", contact.name + "".join(contact.message_ids.mapped("body")), "Odoo's note goes, too")
        self.assertNotIn("+84905777001", staff.login)
        self.assertFalse(contact._kdc_business_slips())
        self.assertEqual((contact.parent_id.name, owner.active), (BUSINESS["name"], True), "the business goes on")

    def _send(self, url, files=None, **form):
        return self.url_open(url, data={"csrf_token": http.Request.csrf_token(self), **form}, files=files)

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

    def test_application_is_taken_back(self):
        """Sent, refused or half done; only by its owner, who may apply anew."""
        for step in ("draft", "submitted", "refused"):
            self._apply(action="draft" if step == "draft" else "send")
            shop = self._shop().filtered(lambda one: one.state != "closed")
            if step == "refused":
                shop.with_user(self.user_moderator)._kdc_refuse("Ảnh mờ")
            with self.subTest(step=step):
                self.assertEqual(shop.state, step)
                with self.assertRaises(AccessError):
                    shop.with_user(self.user_moderator).action_close()
                self._send("/my/shop/close", application="1")
                self.assertEqual(shop.state, step, "not by a tap alone")
                page = self._send("/my/shop/close", application="1", sure="1").text
                self.assertEqual(shop.state, "closed")
                self.assertIn("/my/shop/apply", page)
        self._apply()
        shop = self._shop().filtered(lambda one: one.state != "closed")
        self.assertIn('name="application"', self.url_open("/my/shop").text)
        shop.state = "approved"  # while the page is open
        self.assertIn("k-flash-warn", self._send("/my/shop/close", application="1", sure="1").text)
        self.assertEqual(shop.state, "approved", "an application is not taken back by closing the shop")

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
