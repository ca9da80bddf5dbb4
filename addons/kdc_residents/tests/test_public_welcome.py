from odoo.tests import tagged

from .test_portal_pages import LightCase


@tagged("post_install", "-at_install")
class TestPublicWelcome(LightCase):
    """The website's first page: for everybody, in the reader's words, without anything of a person."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.website = cls.env["website"].get_current_website()
        cls.website.homepage_url = False
        cls.website.company_id.write({
            "phone": "+84258381234", "street": "1 Trần Phú", "city": "Phường Nha Trang",
            "kdc_office_hours": "Thứ Hai đến thứ Sáu\n\n7:30–11:30",
        })  # fmt: skip

    def links(self, url="/"):
        return set(self.tree(self.get(url)).xpath("//main//a/@href"))

    def test_homepage_of_the_website(self):
        self.authenticate(None, None)
        tree = self.tree(self.get("/"))
        self.assertEqual(tree.xpath("//h1")[0].text_content(), self.website.company_id.name)
        self.assertFalse(tree.xpath("//meta[@name='robots']"), "search engines may list this page, unlike all others")
        self.assertTrue(self.tree(self.get("/activate")).xpath("//meta[@name='robots']"))

    def test_another_homepage(self):
        self.website.homepage_url = "/activate"
        self.authenticate(None, None)
        self.assertTrue(self.tree(self.get("/")).xpath("//input[@name='code']"))

    def test_public(self):
        self.authenticate(None, None)
        text = self.tree(self.get("/")).xpath("//main")[0].text_content()
        for part in ("1 Trần Phú, Phường Nha Trang", "7:30–11:30", "0258 381 234"):
            self.assertIn(part, text)
        self.assertLessEqual({"/web/login", "/activate", "tel:+84258381234"}, self.links())
        self.assertNotIn("/my", self.links())

    def test_office_without_data(self):
        self.website.company_id.write(
            {"phone": False, "street": False, "city": False, "email": False, "kdc_office_hours": False}
        )
        self.authenticate(None, None)
        self.assertFalse([link for link in self.links() if link.startswith(("tel:", "mailto:"))])

    def test_signed_in(self):
        for login, page in (("kdc_portal_a", "/my"), ("kdc_officer", "/odoo")):
            self.authenticate(login, login)
            links = self.links()
            self.assertIn(page, links)
            self.assertNotIn("/web/login", links)

    def test_vietnamese(self):
        self.env["res.lang"]._activate_lang("vi_VN")
        self.env["ir.module.module"].search([("name", "=", "kdc_residents")])._update_translations(["vi_VN"])
        vietnamese = self.env["res.lang"]._lang_get("vi_VN")
        self.website.write({"language_ids": [(4, vietnamese.id)], "default_lang_id": vietnamese.id})
        self.authenticate(None, None)
        tree = self.tree(self.get("/"))
        self.assertEqual(tree.get("lang"), "vi-VN")
        text = tree.xpath("//main")[0].text_content()
        self.assertIn("Đăng nhập", text)
        self.assertIn("Nhập mã kích hoạt", text)
        for english in ("Sign in", "First time", "Office", "What you can"):
            self.assertNotIn(english, text)
