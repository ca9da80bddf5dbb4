"""The collector goes from door to door without network: every payment is booked once, and nothing is left behind."""

import re

import pytest
from playwright.sync_api import expect

from ..conftest import log_in
from .checks import assert_good
from .generator import amount_in_words
from .people import by_login, folded, rpc

pytestmark = pytest.mark.e2e


def test_money_taken_without_network(demo_server, new_page, shot):
    """Taken in a dead spot, the bill paid elsewhere meanwhile, signed out before it is sent: nothing is lost."""
    collector = by_login(demo_server, "thuquy")
    page = new_page(collector, phone=True)
    page.goto("/kdc/doors")
    page.wait_for_selector("#doors[data-ready='1'][data-kept='1']")
    if page.locator("[data-doors=start]").is_visible():
        assert_good(page)
        page.fill("#doors_float", "300000")
        page.locator("[data-doors=start] button").click()
    rows = page.locator("[data-doors=list] li")
    rows.first.wait_for()
    page.get_by_text("50 số").wait_for()
    assert_good(page)
    shot(page, "doors-list")

    page.context.set_offline(True)
    page.reload()
    page.wait_for_selector("#doors[data-ready='1']")
    first, second = (name_and_number(rows.nth(place)) for place in (0, 1))
    page.fill("#doors_search", folded(first[0]))
    rows.filter(has_text=first[1]).locator("button").click()
    owed = money(page.locator("#doors_amount").input_value())
    assert_good(page)
    shot(page, "doors-pay")
    page.locator("[data-doors=take]").click()
    papers = [number_of_the_paper(page)]
    assert page.locator("[data-doors=t_words]").inner_text() == amount_in_words(owed)
    assert_good(page)
    shot(page, "doors-receipt")
    page.emulate_media(media="print")
    assert page.locator("[data-doors=print]").is_hidden(), "only the receipt is printed"
    shot(page, "doors-print")
    page.emulate_media(media="screen")
    page.locator("[data-doors=print]").click()
    page.locator("[data-doors=t_copy]").wait_for()  # what is printed again says so
    page.locator("[data-doors=ticket] [data-doors=back]").click()

    page.fill("#doors_search", second[1])
    rows.first.locator("button").click()
    page.fill("#doors_amount", "50500")
    assert page.locator("#doors_amount").input_value() == "50.500"
    page.locator("[data-doors=spread] tr").first.wait_for()
    page.locator("[data-doors=take]").click()
    papers.append(number_of_the_paper(page))
    assert running(papers[1]) == running(papers[0]) + 1
    page.locator("[data-doors=ticket] [data-doors=back]").click()
    page.reload()
    page.wait_for_selector("#doors[data-ready='1']")
    expect(page.locator("[data-doors=taken] li"), "closing the page loses nothing").to_have_count(2)
    paid = page.locator("[data-doors=list] li").filter(has_text=first[1])
    expect(paid, "paid is no longer owed").to_have_count(0)
    shot(page, "doors-offline")

    pay_elsewhere(new_page(by_login(demo_server, "ketoan")), first[1], f"counter-{papers[0]}")
    # Signed out by the server while there is no network.
    page.context.clear_cookies()
    page.context.set_offline(False)
    page.locator("[data-doors=message] a").wait_for()
    assert_good(page)
    shot(page, "doors-signed-out")
    page.goto("/web/login")
    notice = page.locator("#doors_unsent")
    notice.wait_for()
    assert "2" in notice.inner_text()
    log_in(page, collector)
    page.goto("/kdc/doors")
    page.wait_for_selector("#doors[data-ready='1']")
    taken = page.locator("[data-doors=taken] li")
    taken.locator(".k-badge-ok").wait_for()
    changed = taken.filter(has_text="nộp trước")
    changed.wait_for()
    assert money(changed.locator("strong").inner_text().split("·")[0]) == owed
    assert_good(page)
    shot(page, "doors-sent")
    receipts = rpc(page, "kdc.receipt", "search_read", [["name", "in", papers]], ["name", "amount", "advance"])
    assert {receipt["name"]: receipt["amount"] for receipt in receipts} == {papers[0]: owed, papers[1]: 50_500}
    assert sum(receipt["advance"] for receipt in receipts) >= owed

    page.locator("[data-doors=end]").click()
    page.get_by_text("48 số được ghi là không dùng").wait_for()
    expect(page.locator("[data-doors=taken] li")).to_have_count(0)
    kept = page.evaluate(
        """() => new Promise((resolve) => {
            indexedDB.open('kdc-doors').onsuccess = (event) => {
                const database = event.target.result, found = [];
                const stores = ['list', 'queue', 'ranges'];
                const transaction = database.transaction(stores);
                stores.forEach((name) => (transaction.objectStore(name).count().onsuccess =
                    (answer) => found.push(answer.target.result)));
                transaction.oncomplete = () => resolve(found);
            };
        })"""
    )
    assert kept == [0, 0, 0], "nothing about people stays on the phone"
    days = demo_server.runtime.script("prove", demo_server.database, ("", ""), show_progress=False)
    assert not [day for day in days if day[-1]], "something does not fit"
    new_page.complaints[:] = [line for line in new_page.complaints if "ERR_INTERNET_DISCONNECTED" not in line]


def test_words_and_camera(demo_server, new_page):
    """The phone reads amounts as the server does, and finds the account whose bill the camera sees."""
    page = new_page(by_login(demo_server, "thuquy"), phone=True)
    page.add_init_script(
        """window.BarcodeDetector = class {
            async detect() { return window.kdcSeen ? [{ rawValue: window.kdcSeen }] : []; }
        };
        navigator.mediaDevices.getUserMedia = async () => document.createElement('canvas').captureStream();
        HTMLMediaElement.prototype.play = async () => {};"""
    )
    page.goto("/kdc/doors")
    page.wait_for_selector("#doors[data-ready='1']")
    amounts = [
        *range(0, 1200, 7), 1_021, 21_021, 269_244, 979_560, 1_000_001, 1_234_567, 10**9, 1_002_003_004, 9_999_999_999,
    ]  # fmt: skip
    read = page.evaluate("amounts => amounts.map((amount) => kdcWords(amount, 'linh'))", amounts)
    assert read == [amount_in_words(amount) for amount in amounts]
    assert page.evaluate("kdcWords(105, 'lẻ')") == amount_in_words(105, "lẻ")

    if page.locator("[data-doors=start]").is_visible():
        page.locator("[data-doors=start] button").click()
    page.locator("[data-doors=list] li").first.wait_for()
    account = page.evaluate(
        """() => new Promise((resolve) => {
            indexedDB.open('kdc-doors').onsuccess = (event) => {
                const rows = event.target.result.transaction('list').objectStore('list').getAll();
                rows.onsuccess = () => resolve(rows.result[0].accounts.find((row) => row.codes.length));
            };
        })"""
    )
    page.locator("[data-doors=scan]").click()
    page.locator("[data-doors=video]").wait_for()
    page.evaluate("code => { window.kdcSeen = '0002010102123857' + code + '6304ABCD'; }", account["codes"][0])
    page.locator("[data-doors=who]").filter(has_text=account["number"]).wait_for()


def pay_elsewhere(page, number, key):
    """Somebody pays the same bills at the counter."""
    rpc(page, "kdc.collect", "open_session", 0)
    [account] = rpc(page, "kdc.collect", "find", number)
    shown = rpc(page, "kdc.collect", "preview", account["id"], account["owed"])
    rpc(page, "kdc.collect", "confirm", account["id"], account["owed"], key, shown["fingerprint"])


def number_of_the_paper(page):
    """Wait for the receipt and return its number."""
    page.locator("[data-doors=ticket]").wait_for()
    return page.locator("[data-doors=t_number]").inner_text()


def name_and_number(row):
    """Return name and account number of a line of the list."""
    name, number = row.locator(".k-muted").inner_text().split(" · ")
    return name.removeprefix("Hộ "), number


def money(text):
    """Return the đồng of a formatted amount."""
    return int(re.sub(r"\D", "", text))


def running(name):
    """Return the running number of a receipt's name."""
    return int(name.rpartition("/")[2])
