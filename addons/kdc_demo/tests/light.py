"""Every page of residents, shops and the public, found by following links and not in a list: light, and whole without
scripts (``ux.md``)."""

import gzip
from urllib.parse import urlsplit

from lxml import html
from odoo import http
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule

from .english import english, page_texts

OURS = "odoo.addons.kdc_"
#: bytes of a first view with everything it loads, as it travels
MAX_VIEW = 60_000
#: what a first view loads; pictures further down wait until somebody scrolls there
LOADED = '//link[@rel="stylesheet" or @rel="icon"]/@href | //script/@src | //img[not(@loading="lazy")]/@src'
SENDS = 'button[not(@type) or @type="submit"] | .//input[@type="submit"]'
LEADS_NOWHERE = '//a[normalize-space()][not(@href) or @href="#" or starts-with(@href, "javascript:")]'


class LightPagesMixin:
    """For a test case that can ask for pages and holds a community."""

    def check_light(self, starts):
        """Follow links from these addresses, by login (None: a stranger), to one page of each route of ours.

        :return: the routes whose pages were light
        """
        routes = http._generate_routing_rules(sorted(self.env.registry._init_modules), nodb_only=False)
        # an address with a record in it is one of Odoo's pages of the market that we changed (design.md §5)
        ours = {route for route, end in routes if end.func.__module__.startswith(OURS) and "<model(" not in route}
        self._router = Map([Rule(route, endpoint=route) for route in ours]).bind("localhost")
        self._weights, seen = {}, set()
        for login, urls in starts.items():
            self.authenticate(login, login and "khudancu")
            for url, response in self._walk(urls, seen):
                with self.subTest(login=login, url=url):
                    self._check_page(url, response)
        return seen

    def _route(self, url):
        """Return the route of ours that an address leads to; None for files, other sites and pages of Odoo."""
        path = urlsplit(url).path
        try:
            return None if "." in path.rpartition("/")[2] else self._router.match(path)[0]
        except HTTPException:
            return None

    def _walk(self, urls, seen):
        """Yield (address, answer) of the light pages that can be reached and whose routes were not seen yet."""
        queue, asked = list(urls), set()
        while queue:
            url = queue.pop(0)
            route = self._route(url)
            if not route or route in seen | asked:
                continue
            asked.add(route)
            response = self.url_open(url, allow_redirects=False)
            if "Location" in response.headers:
                queue.append(response.headers["Location"].removeprefix(self.base_url()))
            if response.status_code != 200 or "text/html" not in response.headers["Content-Type"]:
                continue
            tree = html.fromstring(response.content)
            if tree.xpath('//body[contains(@class, "k-body")]'):
                seen.add(route)
                queue += [link for link in tree.xpath("//a/@href") if link.startswith("/")]
                yield url, response

    def _check_page(self, url, response):
        self.assertFalse(english(page_texts(response.content)), "nobody has to know English")
        tree = html.fromstring(response.content)
        loaded = [link for link in tree.xpath(LOADED) if not link.startswith("data:")]
        self.assertFalse([link for link in loaded if not link.startswith("/")], "nothing comes from elsewhere")
        weight = len(gzip.compress(response.content, 6)) + sum(map(self._weight, loaded))
        self.assertLess(weight, MAX_VIEW)
        self.assertNotRegex(response.text, r"<script[^>]*>\s*[^<\s]", "no inline script")
        self.assertNotRegex(response.text, r'\son[a-z]+="', "no inline handler")
        self.assertFalse([html.tostring(link) for link in tree.xpath(LEADS_NOWHERE)], "links lead somewhere")
        for form in tree.xpath("//form"):
            sent_from_outside = form.get("id") and tree.xpath(f'//button[@form="{form.get("id")}"]')
            self.assertTrue(sent_from_outside or form.xpath(f".//{SENDS}"), f"{form.get('action')} can be sent")

    def _weight(self, link):
        """Bytes of a file as it travels."""
        if link not in self._weights:
            response = self.url_open(link)
            self.assertEqual(response.status_code, 200, link)
            self._weights[link] = len(gzip.compress(response.content, 6))
        return self._weights[link]
