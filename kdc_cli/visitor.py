"""A visitor of a running server, without a browser: opens pages, logs in, fetches the bundles that a page names."""

import html
import re
import urllib.parse
import urllib.request
from collections.abc import Iterable
from http.cookiejar import CookieJar

BUNDLE = re.compile(r'(?:src|href)="(/web/assets/[^"]+)"')
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Visitor:
    """A person with cookies."""

    def __init__(self, base_url: str):
        self.base_url = base_url
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def fetch(self, path: str, form: dict[str, str] | None = None) -> bytes:
        """Open a page, or send a form.

        :raises urllib.error.HTTPError: when the server answers with an error.
        """
        data = urllib.parse.urlencode(form).encode() if form else None
        with self.opener.open(self.base_url + path, data, timeout=300) as response:
            return response.read()

    def log_in(self, login: str, password: str) -> None:
        """Fill the login form."""
        token = TOKEN.search(self.fetch("/web/login").decode())
        form = {"login": login, "password": password, "csrf_token": token[1] if token else ""}
        self.fetch("/web/login", form)

    def fetch_bundles(self, pages: Iterable[str]) -> set[str]:
        """Fetch the style sheets and scripts of some pages; the first fetch makes the server build and store them."""
        found: set[str] = set()
        for page in pages:
            for match in BUNDLE.finditer(self.fetch(page).decode()):
                bundle = html.unescape(match[1])
                if bundle not in found:
                    found.add(bundle)
                    self.fetch(bundle)
        return found
