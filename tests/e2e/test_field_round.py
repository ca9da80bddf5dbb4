"""The reader of meters walks through a dead spot: nothing is lost, nothing is sent twice."""

from datetime import datetime, timezone
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from .checks import assert_good
from .people import by_login

pytestmark = pytest.mark.e2e


def test_readings_without_network(demo_server, new_page, shot):
    """After one visit the page opens without network, keeps what is typed, and sends it once when it is back."""
    page = new_page(by_login(demo_server, "thuquy"), phone=True)
    page.goto("/kdc/round")
    page.wait_for_selector("#round[data-ready='1'][data-kept='1']")
    assert_good(page)
    shot(page, "round-list")
    rows = page.locator("#round li:has(.k-badge-muted)")
    waiting = rows.count()
    assert waiting > 2, "the demo leaves meters to read"

    page.context.set_offline(True)
    page.reload()
    page.wait_for_selector("#round[data-ready='1']")
    expect(rows, "the list is in the phone's memory").to_have_count(waiting)
    rows.first.locator("button").click()
    serials = []
    for more in (3, 4):
        before = float(page.locator("[data-round=previous]").inner_text().split(" ")[0])
        serials.append(page.locator("[data-round=who]").inner_text())
        page.fill("#round_value", "1")
        assert page.locator("[data-round=why]").is_visible() == (before > 1)
        page.fill("#round_value", f"{before + more:g}")
        assert_good(page)
        shot(page, "round-entry")
        page.locator("[data-round=form] button[type=submit]").click()
        page.locator("[data-round=who]").filter(has_not_text=serials[-1]).wait_for()
    page.reload()
    page.wait_for_selector("#round[data-ready='1']")
    page.locator("[data-round=only]").uncheck()
    page.locator("#round li .k-badge-warn").nth(1).wait_for()  # closing the page loses nothing
    shot(page, "round-offline")

    sent = []
    page.on("response", lambda response: sent.append(response) if response.url.endswith("/kdc/round/send") else None)
    page.context.set_offline(False)
    # The content security policy forbids what wait_for_function does, so states are awaited by selectors.
    page.wait_for_selector("[data-round=send]", state="hidden")
    expect(page.locator("#round li .k-badge-late")).to_have_count(0)
    assert len(sent) == 1, "two readings go in one parcel, once"
    page.locator("[data-round=refresh]").click()
    page.wait_for_selector("#round li .k-badge-ok >> nth=1")
    shot(page, "round-sent")
    keep_own_figure(page, new_page(by_login(demo_server, "ketoan")), shot)
    # Chromium writes into the console what it could not load meanwhile.
    new_page.complaints[:] = [line for line in new_page.complaints if "ERR_INTERNET_DISCONNECTED" not in line]


def ask(page, what, **params):
    """Ask the server what the script of the page asks it."""
    data = {"jsonrpc": "2.0", "method": "call", "params": params}
    return page.request.post(f"/kdc/round/{what}", data=data).json()["result"]


def keep_own_figure(page, colleague, shot):
    """Two figures of a colleague come while this phone has no network: the reader decides about each one it saw."""
    meter = next(row for row in ask(page, "list")["meters"] if not row["known"] and row["previous"])
    before, stamps = float(meter["previous"]), [""]

    def colleague_reads(more):
        taken = datetime.now(timezone.utc).isoformat()
        item = {"key": str(uuid4()), "meter": meter["id"], "value": f"{before + more:g}", "taken": taken}
        [answer] = ask(colleague, "send", readings=[item | {"seen": stamps[-1]}])
        assert answer["state"] == "done", answer
        stamps.append(answer["known"]["stamp"])

    def without_network(step, more):
        page.context.set_offline(True)
        step()
        colleague_reads(more)
        page.context.set_offline(False)
        expect(page.locator("#round li .k-badge-late")).to_have_count(1)
        page.locator("#round li:has(.k-badge-late) button").click()
        expect(page.locator("[data-round=theirs]")).to_contain_text(f"{before + more:g}")
        expect(page.locator("[data-round=typing]")).to_be_hidden()
        assert_good(page)

    def read():
        page.fill("[data-round=search]", meter["serial"])
        page.locator("#round li button").click()
        page.fill("#round_value", f"{before + 2:g}")
        page.locator("[data-round=form] button[type=submit]").click()
        page.locator("[data-round=back]").click()

    without_network(read, 3)
    shot(page, "round-conflict")
    without_network(page.locator("[data-round=mine]").click, 5)
    page.locator("[data-round=mine]").click()
    expect(page.locator("#round li .k-badge-ok")).to_have_count(1)
    meters = ask(page, "list")["meters"]
    assert [row["known"]["value"] for row in meters if row["id"] == meter["id"]] == [f"{before + 2:g}"]
