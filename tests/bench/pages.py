"""Weight and first paint of the residents' pages on an old phone, beside Odoo's own portal home and invoice page.

400 kbit/s, 300 ms, processor four times slower, 360 px wide, nothing cached, behind nginx with gzip (``ux.md``).
"""

import statistics
from dataclasses import dataclass

from kdc_cli import packages, templates

from ._context import Context
from ._result import Result

LIMIT_KB, LIMIT_SECONDS = 60, 2.0
NETWORK = {
    "offline": False,
    "latency": 300,
    "downloadThroughput": 400_000 / 8,
    "uploadThroughput": 400_000 / 8,
}
ROUNDS = 3
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime || 0"


@dataclass(frozen=True)
class View:
    """A first view of a page: medians of several."""

    kilobytes: float
    requests: float
    paint: float


def look(browser, base_url: str, path: str, state: dict) -> tuple[float, int, float]:
    """Open a page with an empty cache: kB over the wire, requests, seconds to the first paint."""
    context = browser.new_context(
        base_url=base_url,
        viewport={"width": 360, "height": 740},
        locale="vi-VN",
        storage_state=state,
        is_mobile=True,
        has_touch=True,
    )
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    session.send("Network.emulateNetworkConditions", NETWORK)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    loaded: list[float] = []
    session.on("Network.loadingFinished", lambda event: loaded.append(event["encodedDataLength"]))
    response = page.goto(path, wait_until="load", timeout=180_000)
    if response.status != 200 or "/web/login" in page.url and path != "/web/login":
        raise RuntimeError(f"{path} answered {response.status} at {page.url}")
    page.wait_for_function(PAINT, timeout=60_000)
    settle(page, loaded)
    found = sum(loaded) / 1000, len(loaded), page.evaluate(PAINT) / 1000
    context.close()
    return found


def settle(page, loaded: list[float]) -> None:
    """Wait until nothing more arrives for three seconds, or a minute: some pages of Odoo never stop asking."""
    quiet, seen = 0, -1
    for _second in range(60):
        quiet, seen = (quiet + 1 if len(loaded) == seen else 0), len(loaded)
        if quiet == 3:
            return
        page.wait_for_timeout(1000)


def measure(browser, base_url: str, path: str, state: dict) -> View:
    """Medians of several first views; the first one only warms the server."""
    look(browser, base_url, path, state)
    rounds = [look(browser, base_url, path, state) for _round in range(ROUNDS)]
    return View(*(statistics.median(values) for values in zip(*rounds, strict=True)))


def logged_in(browser, base_url: str, person: dict) -> dict:
    """Cookies of that person."""
    context = browser.new_context(base_url=base_url, locale="vi-VN")
    page = context.new_page()
    page.goto("/web/login")
    page.fill("input[name=login]", person["login"])
    page.fill("input[name=password]", person["password"])
    with page.expect_navigation():
        page.click("form:has(input[name=password]) button[type=submit]")
    state = context.storage_state()
    context.close()
    return state


def baseline(context: Context, browser) -> dict[str, View]:
    """Odoo's own pages on a database without our addons."""
    databases = context.runtime.databases
    database = "kdc_bench_odoo"
    databases.drop(database)
    databases.create(database, templates.ensure_base(context.runtime))
    try:
        person = context.inside("baseline", database)
        with context.server(database, workers=2) as running:
            state = logged_in(browser, running.url, person)
            context.say("Odoo's own pages")
            return {
                "portal home": measure(browser, running.url, "/my", state),
                "invoice page": measure(browser, running.url, f"/my/invoices/{person['invoice']}", state),
                "login page": measure(browser, running.url, "/web/login", {}),
            }
    finally:
        databases.drop(database)


def ours(context: Context, browser) -> dict[str, View]:
    """The residents' pages of the demo."""
    with context.database("pages") as database:
        person = context.inside("resident", database)
        with context.server(database, workers=2) as running:
            state = logged_in(browser, running.url, person)
            pages = {
                "home": "/my",
                "bills": "/my/bills",
                "bill": f"/my/bills/{person['invoice']}",
                "household": "/my/household",
                "feedback": "/my/feedback",
                "new feedback": "/my/feedback/new",
                "notices": "/my/notifications",
            }
            views = {}
            for name, path in pages.items():
                context.say(f"page {path}")
                views[name] = measure(browser, running.url, path, state)
            for name, path in (("login", "/web/login"), ("activation", "/activate")):
                context.say(f"page {path}")
                views[name] = measure(browser, running.url, path, {})
            return views


def run(context: Context) -> list[Result]:
    """Three lines per page: weight, requests, first paint."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=str(packages.chromium()), args=arguments)
        stock, views = baseline(context, browser), ours(context, browser)
        browser.close()
    results = []
    beside = {"bill": "invoice page", "login": "login page", "activation": "login page"}
    for name, view in views.items():
        other = beside.get(name, "portal home")
        results += lines(name, view, f"Odoo's {other}", stock[other])
    return results


def lines(name: str, view: View, other: str, base: View) -> list[Result]:
    """The lines of one page; the goals are absolute."""
    less = {"more_is_better": False, "absolute": True}
    return [
        Result(f"pages: {name}", "kB", view.kilobytes, other, base.kilobytes, LIMIT_KB, **less),
        Result(f"pages: {name}", "requests", view.requests, other, base.requests),
        Result(f"pages: {name}", "s to first paint", view.paint, other, base.paint, LIMIT_SECONDS, **less),
    ]
