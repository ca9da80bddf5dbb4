import gzip
import re
from unittest.mock import patch

from lxml import html
from odoo.http import Request
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..controllers.light import LightController
from ..engine import activation
from .common import ResidentsCommon

MAX_PAGE = 60 * 1024  # bytes of a first view with everything it loads, gzipped (ux.md)
RESIDENT_PAGES = ("/my", "/my/household", "/my/notifications", "/my/password")
PUBLIC_PAGES = ("/web/login", "/activate", "/welcome")


class LightCase(ResidentsCommon, HttpCase):
    """Pages of the residents, asked for without JavaScript."""

    def get(self, url, status=200):
        response = self.url_open(url, allow_redirects=False)
        self.assertEqual(response.status_code, status, f"{url}: {response.text[:300]}")
        return response

    def post(self, url, data=None, status=303, csrf=True):
        """Send a form as a browser without JavaScript does."""
        token = {"csrf_token": Request.csrf_token(self)} if csrf else {}
        response = self.url_open(url, data={"_": "", **token, **(data or {})}, allow_redirects=False)
        self.assertEqual(response.status_code, status, response.text[:300])
        return response

    def tree(self, response):
        return html.fromstring(response.text)


@tagged("post_install", "-at_install")
class TestLightPages(LightCase):
    def weigh(self, url):
        """Return the gzipped bytes of a page with all styles and scripts it names, and their addresses."""
        response = self.get(url)
        tree = self.tree(response)
        assets = tree.xpath('//link[@rel="stylesheet"]/@href | //script/@src | //link[@rel="icon"]/@href | //img/@src')
        parts = [response.content, *(self.url_open(asset).content for asset in assets)]
        return sum(len(gzip.compress(part, 6)) for part in parts), assets

    def test_pages_are_light_and_stand_alone(self):
        for login, pages in ((None, PUBLIC_PAGES), ("kdc_portal_a", RESIDENT_PAGES)):
            self.authenticate(login, login)
            for url in pages:
                with self.subTest(url=url):
                    weight, assets = self.weigh(url)
                    self.assertLess(weight, MAX_PAGE)
                    self.assertLessEqual(len(assets), 4)
                    for asset in assets:
                        self.assertTrue(asset.startswith("/"), "nothing comes from elsewhere")
                        self.assertNotIn("assets_frontend", asset)
                        self.assertNotIn("website", asset)
                    text = self.get(url).text
                    self.assertNotRegex(text, r"<script[^>]*>\s*[^<\s]", "no inline script")
                    self.assertNotRegex(text, r'\son[a-z]+="', "no inline handler")

    def test_odoos_contact_page_leads_to_the_office(self):
        self.assertTrue(self.get("/contactus", 303).headers["Location"].endswith("/welcome"))
        menus = self.env["website.menu"].search([("url", "=", "/contactus")])
        self.assertFalse(any(menus.mapped("is_visible")), "so the menu has no second entry for the first page")
        self.assertFalse(self.env.ref("website.header_call_to_action").active)

    def test_css_is_small(self):
        tree = self.tree(self.get("/activate"))
        [css] = tree.xpath('//link[@rel="stylesheet"]/@href')
        self.assertLess(len(self.url_open(css).content), 24 * 1024, "the whole vocabulary, unzipped")

    def test_pages_are_accessible_documents(self):
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        for url in RESIDENT_PAGES:
            with self.subTest(url=url):
                tree = self.tree(self.get(url))
                self.assertEqual(len(tree.xpath("//h1")), 1)
                self.assertTrue(tree.get("lang"))
                self.assertTrue(tree.xpath("//title")[0].text.strip())
                self.assertEqual(tree.xpath("//a[1]/@href")[0], "#main")
                for field in tree.xpath('//main//input[not(@type="hidden")]'):
                    self.assertTrue(tree.xpath(f'//label[@for="{field.get("id")}"]'), field.get("name"))

    def test_pages_of_a_person_are_not_cached(self):
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        for url in (*RESIDENT_PAGES, "/activate"):
            response = self.get(url)
            self.assertEqual(response.headers["Cache-Control"], "private, no-store")
            self.assertIn("script-src 'self'", response.headers["Content-Security-Policy"])
            self.assertEqual(response.headers["X-Frame-Options"], "SAMEORIGIN")

    def test_strangers_are_asked_to_sign_in(self):
        self.authenticate(None, None)
        for url in (*RESIDENT_PAGES, "/my/notifications/1", "/kdc/invitations/1/slips.pdf"):
            location = self.get(url, status=303).headers["Location"]
            self.assertIn("/web/login", location)

    def test_staff_and_others_at_the_residents_door(self):
        self.authenticate("kdc_officer", "kdc_officer")
        self.assertTrue(self.get("/my", status=303).headers["Location"].endswith("/odoo"))
        self.get("/my/household", status=404)
        self._create_user("kdc_supplier", "base.group_portal")
        self.authenticate("kdc_supplier", "kdc_supplier")
        self.assertIn("/my/portal", self.get("/my").text)
        self.get("/my/portal")
        self.get("/my/household", status=404)

    def test_home(self):
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        tree = self.tree(self.get("/my"))
        self.assertIn(self.resident_a.name, tree.xpath("//h1")[0].text_content())
        self.assertEqual(len(tree.xpath('//nav/a[@aria-current="page"]')), 1)
        self.assertTrue(tree.xpath('//a[contains(@class, "k-tile")][@href="/my/household"]'))

    def test_who_moved_away_sees_no_household(self):
        self.authenticate("kdc_portal_b", "kdc_portal_b")
        self.household_b.membership_ids.write({"date_end": "2026-01-01"})
        self.get("/my")
        self.get("/my/household", status=404)

    # -- own things only -------------------------------------------------------------------------------------------
    def test_household_page_shows_own_members_with_masked_numbers(self):
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        text = self.get("/my/household").text
        for resident in self.household_a.membership_ids.resident_id:
            self.assertIn(resident.name, text)
        for resident in self.household_b.membership_ids.resident_id:
            self.assertNotIn(resident.name, text)
        self.assertNotIn("056075001234", text)
        self.assertNotIn("75001", text)
        self.assertIn("056***00****", text, "two digits in the middle, to recognise it")
        self.assertNotRegex(text, r"056[*•\d]*(1234|4321)\b", "the last digits open an activation slip")
        # Whatever is added to the address, it stays the own household.
        self.assertNotIn(self.household_b.code, self.get(f"/my/household?household_id={self.household_b.id}").text)
        self.get(f"/my/household/{self.household_b.id}", status=404)

    def test_notices_of_others_do_not_exist(self):
        notify = self.env["kdc.notification"]._notify
        mine = notify(self.resident_a.partner_id, "For A", "Text for A")
        theirs = notify(self.resident_b.partner_id, "Secret of B", "Secret text")
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        self.assertNotIn("Secret", self.get("/my/notifications").text)
        self.get(f"/my/notifications/{theirs.id}", status=404)
        self.get("/my/notifications/999999999", status=404)
        self.assertIn("Text for A", self.get(f"/my/notifications/{mine.id}").text)
        self.assertTrue(mine.read_date)
        self.post("/my/notifications/read")
        theirs.invalidate_recordset()
        self.assertFalse(theirs.read_date)

    def test_notice_with_a_page_leads_there(self):
        notice = self.env["kdc.notification"]._notify(self.resident_a.partner_id, "Go", url="/my/household")
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        self.assertTrue(self.get(f"/my/notifications/{notice.id}", 303).headers["Location"].endswith("/my/household"))
        self.assertTrue(notice.read_date)

    def test_many_notices_come_in_pages(self):
        for number in range(25):
            self.env["kdc.notification"]._notify(self.resident_a.partner_id, f"Notice {number}")
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        first = self.tree(self.get("/my/notifications"))
        self.assertEqual(len(first.xpath('//a[contains(@class, "k-unread")]')), 20)
        self.assertEqual(
            len(self.tree(self.get("/my/notifications?page=2")).xpath('//a[contains(@class, "k-unread")]')), 5
        )
        for nonsense in ("0", "-1", "x", "99999", "９", "1'"):
            self.get(f"/my/notifications?page={nonsense}")

    def test_rpc_gives_residents_nothing_of_the_register(self):
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        for model in ("kdc.resident", "kdc.household", "kdc.household.membership", "kdc.invitation", "kdc.throttle"):
            with self.subTest(model=model), mute_logger("odoo.http"):
                answer = self.make_jsonrpc_raw(model, "search_read", [[]])
                self.assertIn("error", answer)
        notice = self.env["kdc.notification"]._notify(self.resident_b.partner_id, "Secret of B")
        answer = self.make_jsonrpc_raw("kdc.notification", "search_read", [[]], {"fields": ["title"]})
        self.assertNotIn(notice.id, [row["id"] for row in answer["result"]])
        with mute_logger("odoo.http"):
            for method, args in (
                ("write", [notice.ids, {"title": "x"}]),
                ("create", [{"title": "x"}]),
                ("unlink", [notice.ids]),
                ("_notify", [[], "x"]),
            ):
                self.assertIn("error", self.make_jsonrpc_raw("kdc.notification", method, args), method)

    def make_jsonrpc_raw(self, model, method, args, kwargs=None):
        return self.url_open(
            f"/web/dataset/call_kw/{model}/{method}",
            json={
                "jsonrpc": "2.0",
                "params": {"model": model, "method": method, "args": args, "kwargs": kwargs or {}},
            },
        ).json()

    def test_odoo_forms_do_not_write_the_register(self):
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        self.assertTrue(self.get("/my/account", 303).headers["Location"].endswith("/my/password"))
        data = {
            "name": "Somebody Else",
            "company_name": "Stolen Household",
            "email": "x@example.com",
            "phone": "0905123456",
            "street": "1",
            "city": "Nha Trang",
            "zip": "65000",
            "country_id": str(self.env.ref("base.vn").id),
            "callback": "/my",
        }
        partner = self.resident_a.partner_id
        with mute_logger("odoo.http"):
            self.post("/my/address/submit", {**data, "partner_id": partner.id}, status=403)
            self.post("/my/deactivate_account", {"validation": "kdc_portal_a", "password": "kdc_portal_a"}, status=404)
        self.post("/my/address/submit", {**data, "address_type": "delivery"}, status=200)
        self.env.invalidate_all()
        self.assertEqual(self.household_a.name, "Hộ Nguyễn Văn An")
        self.assertEqual(partner.name, "Nguyễn Văn An")

    # -- account ---------------------------------------------------------------------------------------------------
    def test_change_password(self):
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        good = {"password": "kdc_portal_a", "new_password": "hoa phuong 9", "new_password_again": "hoa phuong 9"}
        for wrong, field in (
            ({"password": "wrong"}, "password"),
            ({"new_password": "short", "new_password_again": "short"}, "new_password"),
            ({"new_password": "aaaaaaaaaa", "new_password_again": "aaaaaaaaaa"}, "new_password"),
            ({"new_password_again": "hoa phuong 8"}, "new_password_again"),
        ):
            with self.subTest(wrong=wrong):
                tree = self.tree(self.post("/my/password", {**good, **wrong}, status=422))
                self.assertEqual(tree.xpath('//input[@aria-invalid="true"]/@name'), [field])
        self.post("/my/password", good)
        self.assertIn("k-flash-ok", self.get("/my").text, "still signed in, and told so")
        self.assertNotIn("k-flash-ok", self.get("/my").text, "only once")
        self.authenticate("kdc_portal_a", "hoa phuong 9")

    def test_guessing_the_present_password_is_stopped(self):
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        data = {"new_password": "hoa phuong 9", "new_password_again": "hoa phuong 9"}
        for _attempt in range(5):
            self.post("/my/password", {**data, "password": "wrong"}, status=422)
        self.post("/my/password", {**data, "password": "kdc_portal_a"}, status=422)

    def test_sign_in_without_javascript(self):
        self.user_portal_a.login = "+84362999111"
        self.authenticate(None, None)
        form = self.tree(self.get("/web/login")).xpath('//form[@action="/web/login"]')[0]
        self.assertNotIn("d-none", form.get("class"))
        with mute_logger("odoo.addons.base.models.res_users"):
            answer = self.post("/web/login", {"login": "0362999111", "password": "x", "type": "password"}, status=200)
        self.assertEqual(self.tree(answer).xpath('//input[@name="login"]/@value'), ["0362999111"])
        self.assertTrue(self.tree(answer).xpath('//*[@role="alert"]'))
        answer = self.post("/web/login", {"login": " 0362 999 111", "password": "kdc_portal_a", "type": "password"})
        self.assertTrue(answer.headers["Location"].endswith("/my"))

    def test_staff_sign_in(self):
        self.authenticate(None, None)
        answer = self.post("/web/login", {"login": "kdc_officer", "password": "kdc_officer", "type": "password"})
        self.assertTrue(answer.headers["Location"].endswith("/odoo"))

    def test_odoo_pages_on_the_same_frame(self):
        self.authenticate(None, None)
        page = self.get("/web/reset_password").text
        self.assertIn("k-odoo", page)
        self.assertNotIn("passkey_login_link", page, "it needs Odoo's scripts, which are not here")

    # -- errors ----------------------------------------------------------------------------------------------------
    def test_error_pages_are_light(self):
        self.authenticate("kdc_portal_a", "kdc_portal_a")

        def broken(*_args):
            raise ValueError("secret detail")

        with mute_logger("odoo.http", "odoo.addons.http_routing.models.ir_http"):
            pages = {404: self.get("/my/nothing-here", 404), 400: self.post("/my/password", status=400, csrf=False)}
            with patch.object(LightController, "_light_household", broken):
                pages[500] = self.get("/my/household", 500)
        for code, page in pages.items():
            with self.subTest(code=code):
                self.assertIn("assets_light", page.text)
                self.assertNotIn("assets_frontend", page.text)
                self.assertNotIn("secret detail", page.text)
                self.assertNotIn("Traceback", page.text)
                self.assertLess(len(page.content), 10_000)

    def test_error_page_falls_back_to_odoo(self):
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        self.env.ref("kdc_residents.emblem").active = False
        self.env.registry.clear_cache("templates")
        with mute_logger("odoo.addons.kdc_residents.models.ir_http", "odoo.addons.base.models.ir_qweb"):
            self.get("/my/nothing-here", 404)


@tagged("post_install", "-at_install")
class TestActivationPages(LightCase):
    def setUp(self):
        super().setUp()
        self.wife = self.household_a.membership_ids.filtered(lambda m: m.role == "wife").resident_id
        invited = self.env["kdc.invitation"].with_user(self.user_officer)._invite(self.wife, 30)
        [(invitation, self.code)] = invited.items()
        self.invitation = invitation.sudo()
        self.authenticate(None, None)

    def form(self, **values):
        return {
            "code": activation.grouped(self.code),
            "last_four": "4321",
            "phone": "0905 777 888",
            "new_password": "hoa phuong 9",
            "new_password_again": "hoa phuong 9",
            **values,
        }

    def test_from_slip_to_home(self):
        tree = self.tree(self.get(f"/activate?code={self.code}"))
        self.assertEqual(tree.xpath('//input[@name="code"]/@value'), [activation.grouped(self.code)])
        self.assertEqual(self.post("/activate", self.form()).headers["Location"].rpartition("/")[2], "my")
        home = self.get("/my")
        self.assertIn(self.wife.name, home.text, "signed in at once")
        self.assertIn("k-flash-ok", home.text)
        self.assertEqual(self.invitation.state, "used")
        self.assertIn(self.resident_a.name, self.get("/my/household").text)
        self.assertIn("/web/session/logout", self.get("/activate").text, "who is signed in must sign out first")

    def test_wrong_input_keeps_what_was_typed(self):
        typo = self.code[:-1] + str((int(self.code[-1]) + 1) % 10)
        for wrong, field in (
            ({"code": "1234"}, "code"),
            ({"code": typo}, "code"),
            ({"code": ""}, "code"),
            ({"last_four": "43"}, "last_four"),
            ({"last_four": "abcd"}, "last_four"),
            ({"phone": "12345"}, "phone"),
            ({"phone": ""}, "phone"),
            ({"new_password": "short", "new_password_again": "short"}, "new_password"),
            ({"new_password": "0905777888", "new_password_again": "0905777888"}, "new_password"),
            ({"new_password_again": "other"}, "new_password_again"),
        ):
            with self.subTest(wrong=wrong):
                data = self.form(**wrong)
                answer = self.post("/activate", data, status=422)
                tree = self.tree(answer)
                self.assertEqual(tree.xpath('//input[@aria-invalid="true"]/@name'), [field])
                for name in ("code", "last_four", "phone"):
                    self.assertEqual(tree.xpath(f'//input[@name="{name}"]')[0].get("value") or "", data[name])
                self.assertNotIn("hoa phuong 9", answer.text, "a password is never sent back")
        self.assertEqual(self.invitation.state, "sent")
        self.assertEqual(self.invitation.attempts, 0)

    def test_twice(self):
        self.post("/activate", self.form())
        self.authenticate(None, None)
        answer = self.post("/activate", self.form(), status=422)
        self.assertTrue(self.tree(answer).xpath('//main//a[@href="/web/login"]'))

    def test_unknown_code_and_wrong_digits_get_one_answer(self):
        def answer(**values):
            text = self.post("/activate", self.form(**values), status=422).text
            return re.sub(r'value="[^"]*"', "", text)

        unknown = answer(code=activation.new_code())
        self.assertEqual(unknown, answer(last_four="1111"))
        self.assertEqual(self.invitation.attempts, 1)

    def test_guessing_is_stopped_and_the_count_survives(self):
        for _attempt in range(10):
            self.post("/activate", self.form(code=activation.new_code()), status=422)
        self.post("/activate", self.form(), status=422)
        self.assertEqual(self.invitation.state, "sent")
        self.assertEqual(self.env["kdc.throttle"].search([("scope", "=", "activation")]).failures, 10)

    def test_form_needs_its_token(self):
        with mute_logger("odoo.http"):
            self.post("/activate", self.form(), status=400, csrf=False)
        self.assertEqual(self.invitation.state, "sent")

    def test_what_no_honest_form_sends_is_no_error(self):
        """A NUL character or a file instead of a text ends in an ordinary answer."""
        for name in ("code", "last_four", "phone", "new_password"):
            self.post("/activate", self.form(**{name: "\0"}), status=422)
        self.post("/web/login", {"login": "a\0b", "password": "\0"}, status=200)
        self.post("/web/login", {}, status=200)
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        response = self.url_open(
            "/my/password",
            data={"csrf_token": Request.csrf_token(self), "password": "kdc_portal_a"},
            files={"new_password": ("a.txt", b"abc")},
        )
        self.assertEqual(response.status_code, 422)
        for url in ("/my/no%00such", "/%00"):
            self.get(url, status=404)

    def test_nobody_opens_an_account_without_a_slip(self):
        """Odoo's free sign-up would let a stranger take a neighbour's name or phone number."""
        self.env["ir.config_parameter"].set_param("auth_signup.invitation_scope", "b2c")
        self.env["website"].search([]).auth_signup_uninvited = "b2c"
        self.get("/web/signup", status=404)
        self.post(
            "/web/signup",
            {"name": "X", "login": "+84905999999", "password": "khudancu", "confirm_password": "khudancu"},
            status=404,
        )
        self.assertFalse(self.env["res.users"].search([("login", "=", "+84905999999")]))

    def test_slips_go_to_their_author_only(self):
        def print_slips(user):
            wizard = self.env["kdc.invite.wizard"].with_user(user).create({"resident_ids": [(6, 0, self.wife.ids)]})
            wizard.action_print()
            return f"/kdc/invitations/{wizard.id}/slips.pdf"

        url = print_slips(self.user_officer)
        for login in ("kdc_portal_a", "kdc_auditor", "kdc_area_head", "kdc_staff", "admin"):
            self.authenticate(login, login)
            self.get(url, status=404)
        self.authenticate("kdc_officer", "kdc_officer")
        answer = self.get(url)
        self.assertEqual(answer.headers["Content-Type"], "application/pdf")
        self.assertEqual(answer.headers["Cache-Control"], "private, no-store")
        self.assertTrue(answer.content.startswith(b"%PDF"))
        self.get("/kdc/invitations/999999999/slips.pdf", status=404)
