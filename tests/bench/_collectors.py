"""Collectors who take payments at once through real HTTP, as their counter does, and never give one up.

Each payment has a key; whatever happens to an answer, the same key is sent again until the server has said what became
of it. What they were told is kept, to be compared with the books afterwards.
"""

import http.client
import http.cookiejar
import json
import random
import re
import secrets
import threading
import time
import urllib.parse
import urllib.request
from dataclasses import dataclass, field

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
#: seconds for one answer, between two attempts, and after the end until a collector says that nobody answers any more
PATIENCE, PAUSE, GIVEN_UP = 60, 0.3, 180
#: what comes instead of an answer when PostgreSQL ends in the middle; the counter says so in plain words
INTERRUPTED = ("psycopg2.InterfaceError", "psycopg2.OperationalError")
#: tells the payments of this process from those of an earlier one in the same database
RUN = secrets.token_hex(4)


class Refused(Exception):
    """The server has answered, and said no; a message for people, unless it is an error of the server."""

    def __init__(self, name: str, message: str):
        super().__init__(message)
        self.name = name


class Client:
    """One person signed in."""

    def __init__(self, url: str, login: str, password: str):
        self.url = url
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(jar)
        with self.opener.open(f"{url}/web/login", timeout=PATIENCE) as page:
            token = TOKEN.search(page.read().decode())[1]
        form = urllib.parse.urlencode({"login": login, "password": password, "csrf_token": token}).encode()
        with self.opener.open(f"{url}/web/login", form, timeout=PATIENCE) as page:
            if "/web/login" in page.url:
                raise Refused("login", f"{login} could not sign in")

    def call(self, model: str, method: str, *args, **kwargs):
        """Call a method over the web client's RPC."""
        return self.post(f"/web/dataset/call_kw/{model}/{method}", model=model, method=method, args=args, kwargs=kwargs)

    def post(self, path: str, **params):
        """Ask a JSON-RPC address.

        :raise Refused: with what the server says
        """
        request = urllib.request.Request(
            self.url + path,
            json.dumps({"jsonrpc": "2.0", "id": 1, "params": params}).encode(),
            {"Content-Type": "application/json"},
        )
        with self.opener.open(request, timeout=PATIENCE) as response:
            answer = json.load(response)
        if "error" in answer:
            data = answer["error"].get("data", {})
            raise Refused(data.get("name", ""), data.get("message", ""))
        return answer["result"]


@dataclass
class Outcome:
    """What all collectors together were told."""

    #: key → (name of the receipt, VND)
    receipts: dict[str, tuple[str, int]] = field(default_factory=dict)
    #: seconds of each payment that was answered at once, from the press of Enter to the receipt
    seconds: list[float] = field(default_factory=list)
    #: attempts that got no answer, and what had changed meanwhile (both are tried again)
    unanswered: int = 0
    changed: int = 0
    #: errors of the server that were shown raw
    raw: list[str] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        """The time within which that share of the payments was answered."""
        ordered = sorted(self.seconds)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


class Collector(threading.Thread):
    """Takes payments of accounts chosen at random until the time is over."""

    def __init__(self, number, outcome, lock, client, accounts, until, pace):
        super().__init__(daemon=True)
        self.number, self.outcome, self.lock = number, outcome, lock
        self.client, self.accounts = client, accounts
        self.until, self.pace = until, pace
        self.random = random.Random(number)

    def run(self):
        """Pay, wait for the next payer, pay."""
        time.sleep(self.random.uniform(0, self.pace))
        serial = 0
        while time.monotonic() < self.until:
            serial += 1
            started = time.monotonic()
            self.pay(f"load-{RUN}-{self.number:03d}-{serial:06d}", self.random.choice(self.accounts))
            time.sleep(max(0.0, self.pace * self.random.uniform(0.5, 1.5) - (time.monotonic() - started)))

    def pay(self, key, account):
        """Take one payment, however long it takes; a spread that changed is shown and confirmed again."""
        amount = 1_000 * self.random.randint(1, 40)
        first = True
        while True:
            try:
                shown = self.client.call("kdc.collect", "preview", account, amount)
                pressed = time.monotonic()
                receipt = self.client.call("kdc.collect", "confirm", account, amount, key, shown["fingerprint"])
            except Refused as refusal:
                first = False
                with self.lock:
                    if refusal.name == "odoo.exceptions.UserError":
                        self.outcome.changed += 1
                    elif refusal.name in INTERRUPTED:
                        self.outcome.unanswered += 1
                    else:
                        self.outcome.raw.append(f"{refusal.name}: {refusal}")
            except (OSError, http.client.HTTPException, ValueError):
                first = False
                with self.lock:
                    self.outcome.unanswered += 1
            else:
                with self.lock:
                    self.outcome.receipts[key] = (receipt["name"], amount)
                    if first:
                        self.outcome.seconds.append(time.monotonic() - pressed)
                return
            if time.monotonic() > self.until + GIVEN_UP:
                with self.lock:
                    self.outcome.raw.append(f"{key} was never answered")
                return
            time.sleep(PAUSE)


def collect(url, logins, accounts, seconds, pace, meanwhile=()) -> Outcome:
    """Let everybody take payments for so long.

    :param logins: (login, password) of the collectors, whose cash sessions are opened first
    :param pace: seconds from one payment of a collector to the next
    :param meanwhile: functions called one after the other at even distances, which break something
    """
    outcome, lock = Outcome(), threading.Lock()
    clients = [Client(url, login, password) for login, password in logins]
    for client in clients:
        client.call("kdc.collect", "open_session", 0)
    started = time.monotonic()
    until = started + seconds
    crowd = [
        Collector(number, outcome, lock, client, accounts, until, pace) for number, client in enumerate(clients, 1)
    ]
    for collector in crowd:
        collector.start()
    for place, work in enumerate(meanwhile, 1):
        time.sleep(max(0.0, started + seconds * place / (len(meanwhile) + 1) - time.monotonic()))
        work()
    for collector in crowd:
        collector.join()
    return outcome
