"""Somebody else's numbers in every address: routes are found in the routing map, not in a list."""

import re

from odoo import http
from odoo.tools import mute_logger

ADDONS = r"odoo\.addons\.kdc_(residents|utilities|utilities_payment|feedback)\."
NUMBER = re.compile(r"<int:(\w+)>")
#: What the other words of an address are filled with.
WORDS = {
    "what": "withdraw",
    "size": "small",
    "ending": "pdf",
    "client_key": "0" * 32,
    "token": "0" * 32,
    "model": "kdc.fund.report",
}
#: Models a number may belong to, and whose records they are: the path to the person's contact or household.
BILL = ("account.move", "kdc_account_id.household_id", [("kdc_account_id", "!=", False), ("state", "=", "posted")])
OWNERS = {
    "move_id": BILL,
    "tx_id": ("payment.transaction", "partner_id", []),
    "receipt_id": ("kdc.receipt", "account_id.household_id", []),
    "account_id": ("kdc.customer.account", "household_id", []),
    "meter_id": ("kdc.meter", "account_id.household_id", []),
    "reading_id": ("kdc.meter.reading", "account_id.household_id", []),
    "feedback_id": ("kdc.feedback", "partner_id", [("message_partner_ids", "=", False)]),
    "photo_id": ("kdc.feedback.photo", "feedback_id.partner_id", [("feedback_id", "!=", False)]),
    "case_id": ("kdc.feedback", "partner_id", []),
    "change_id": ("kdc.change.request", "resident_id.household_id", []),
    "request_id": ("kdc.data.request", "resident_id.household_id", []),
    "letter_id": ("kdc.letter", "resident_id.household_id", []),
    "notice_id": ("kdc.notification", "partner_id", []),
    "residence_id": ("kdc.residence", "household_id", []),
    "membership_id": ("kdc.household.membership", "household_id", []),
    "area_id": ("kdc.area", "head_ids", []),
    "run_id": ("kdc.dunning.run", "create_uid", []),
    "/my/phones": ("kdc.resident.phone", "resident_id.household_id", []),
    "/kdc/visits": ("kdc.dunning.line", "account_id.household_id", []),
    "/kdc/books": ("kdc.fund.report", "create_uid", []),
    "/kdc/invitations": ("kdc.invite.wizard", "create_uid", []),
}
#: Addresses whose number is nobody's own: they are for every resident of the ward.
EVERYBODY = re.compile(r"/my/(contributions|funds)/|/my/household/consents/|/phan-anh/")


class StrangersMixin:
    """For a test case that can ask for pages and holds a community."""

    def _numbered_routes(self):
        """Yield (route, methods) of our pages with the number of a record in the address."""
        for route, endpoint in http._generate_routing_rules(sorted(self.env.registry._init_modules), nodb_only=False):
            ours = re.match(ADDONS, endpoint.func.__module__)
            if ours and NUMBER.search(route) and not EVERYBODY.match(route):
                yield route, sorted(set(endpoint.routing["methods"] or ["GET"]) & {"GET", "POST"})

    def _foreign(self, route, word, user):
        """Return a record of somebody else that the number in the address may mean; none when there is none."""
        place = "/".join(route.split("/")[:3])
        name, path, domain = OWNERS.get(place) if word in ("line_id", "record_id", "wizard_id") else OWNERS[word]
        records = self.env[name].search(domain, order="id desc", limit=200)
        own = user.partner_id | user._kdc_resident().household_id.partner_id
        for record in records:
            owner = record.mapped(path)
            partner = owner if owner._name == "res.partner" else owner.partner_id if "partner_id" in owner else owner
            if not owner or owner._name in ("res.users", "kdc.area.head") or not partner & own:
                return record
        return self.env[name]

    def _address(self, route, user):
        """Return the route with foreign numbers, and the records they are of."""
        records = []

        def fill(match):
            record = self._foreign(route, match[1], user)
            records.append(record)
            return str(record.id or 999_999)

        url = NUMBER.sub(fill, route)
        url = re.sub(r"<(?:string|any\([^)]*\)):(\w+)>", lambda match: WORDS[match[1]], url)
        return url, records

    def assertRefused(self, response, url):
        """Nothing is given away: not found, forbidden, or the way to the login."""
        refused = response.status_code in (403, 404) or "/web/login" in response.headers.get("Location", "")
        self.assertTrue(refused, f"{url}: {response.status_code} {response.text[:300]}")

    def check_strangers(self, logins):
        """Ask for everything with every person in turn; nothing is answered and nothing changes.

        :return: the models of which somebody else's record was tried
        """
        tried = set()
        for login in logins:
            user = self.env["res.users"].search([("login", "=", login)])
            self.authenticate(login, "khudancu")
            form = {"csrf_token": http.Request.csrf_token(self), "text": "x", "reason": "x", "value": "1"}
            for route, methods in self._numbered_routes():
                url, records = self._address(route, user)
                tried |= {record._name for record in records if record}
                self.env.flush_all()
                before = [record.read() for record in records]
                for method in methods:
                    with self.subTest(login=login, url=url, method=method), mute_logger("odoo.http"):
                        data = form if method == "POST" else None
                        self.assertRefused(self.url_open(url, data=data, method=method, allow_redirects=False), url)
                self.env.invalidate_all()
                self.assertEqual([record.read() for record in records], before, url)
        return tried
