import re

from odoo.http import Request
from odoo.tests import tagged
from odoo.tools import mute_logger

from .leaks import NOISE, LeakCase
from .test_letter import LetterCommon

#: Route → why a form of ours is taken without the token that proves it came from our page.
WITHOUT_TOKEN = {
    "/open311/v2/1": "other software asks, without a session; who writes proves it by a key",
    "/open311/1": "as above",
    "/payment/kdc_payos/webhook": "the gateway signs what it sends",
}
EVIL = "https://evil.example/x"
#: Names under which other software takes an address to go on to.
GO_ON = ("redirect", "next", "back_url", "url", "return_url", "callback")


@tagged("post_install", "-at_install")
class TestFormsGuarded(LetterCommon, LeakCase):
    """Every route of every addon of ours that is installed, found as Odoo finds them and not in a list."""

    def _routes(self, method):
        """Yield (address with its places filled in, routing) of our pages that answer ``method``.

        Left out are Odoo's own pages that find a record before they ask for anything (``<model(…):…>``).
        """
        for rule, endpoint in self.env["ir.http"]._generate_routing_rules(sorted(self.registry._init_modules), {}):
            function, routing = getattr(endpoint.func, "__func__", endpoint.func), endpoint.routing
            if not function.__module__.startswith("odoo.addons.kdc_") or routing["type"] != "http":
                continue
            if method in (routing.get("methods") or ("GET", "POST")) and "<model(" not in rule:
                words = re.sub(r"<any\(\W*(\w+)[^>]*>", r"\1", rule)
                yield re.sub(r"<[^>]+>", "1", words), routing

    def test_forms_need_their_token(self):
        self.become("kdc_portal_a")
        routes = dict(self._routes("POST"))
        self.assertIn("/my/password", routes)
        for url, routing in routes.items():
            with self.subTest(url=url), mute_logger(*NOISE, "odoo.addons.http_routing.models.ir_http"):
                if url in WITHOUT_TOKEN:
                    self.assertFalse(routing["save_session"])
                    continue
                self.assertFalse(routing.get("cors"), "another site could read the answer")
                self.assertTrue(routing.get("csrf", True))
                response = self.url_open(url, data={"_": "x"}, allow_redirects=False)
                self.assertEqual(response.status_code, 400)

    def test_pages_lead_to_no_other_site(self):
        self.become("kdc_portal_a")
        query = "&".join(f"{name}={EVIL}" for name in GO_ON)
        for url, _routing in self._routes("GET"):
            with self.subTest(url=url), mute_logger(*NOISE, "odoo.addons.http_routing.models.ir_http"):
                response = self.url_open(f"{url}?{query}", allow_redirects=False)
                self.assertNotRegex(response.headers.get("Location", ""), r"^(https?:)?//evil")
                self.assertNotRegex(response.text, r"(href|action|src)=['\"](https?:)?//evil")

    def test_signing_in_leads_to_no_other_site(self):
        for address in (EVIL, "//evil.example", "/\\evil.example", "https:evil.example", "javascript:alert(1)"):
            self.become(None)
            form = {"login": "kdc_portal_a", "password": "kdc_portal_a", "redirect": address}
            with self.subTest(address=address):
                data = {"csrf_token": Request.csrf_token(self), **form}
                response = self.url_open("/web/login", data=data, allow_redirects=False)
                self.assertEqual(response.status_code, 303)
                self.assertNotRegex(response.headers["Location"], r"^(https?:)?[/\\]{2}evil|^https:evil|^javascript:")

    def test_hostile_file_names(self):
        """Quotes and line ends in a name add no header and end no name."""
        name = 'a";filename=evil.html\r\nX-Evil: 1\r\n\r\n<script>'
        self.kind.name = name
        letter = self._signed(resident=self.resident_a).with_env(self.env)
        attachment = self.env["ir.attachment"].create(
            {"name": name, "raw": b"x", "res_model": "kdc.letter", "res_id": letter.id}
        )
        self.become("kdc_officer")
        for url in (f"/kdc/letters/{letter.id}.pdf", f"/web/content/{attachment.id}?download=1"):
            with self.subTest(url=url):
                response = self.url_open(url)
                self.assertEqual(response.status_code, 200)
                self.assertNotIn("X-Evil", response.headers)
                self.assertNotRegex(response.headers["Content-Disposition"], r'(?<!\\)";\s*filename=evil')
