"""A cash day of 300 payments: at the counter, at the door and by transfer, whole, in part, in advance, cancelled.

Most go through HTTP as the screens do, some through the screens with keys only. The drawer closes with a stated
difference, another person countersigns, the money goes to the bank, whose statement shows it, and every đồng fits.
"""

import io
import random
from datetime import datetime, timezone

import pytest
from pypdf import PdfReader

from tests.bench._collectors import Client

from .checks import assert_vietnamese
from .generator import today
from .people import by_login, field, open_client, press, rpc, upload

pytestmark = pytest.mark.e2e

PAYMENTS, TRANSFERS_AT_MOST, ON_THE_SCREEN = 300, 10, 3
#: a phone takes so many payments each time it goes out, with 50 numbers set apart for it
ROUNDS, AT_THE_DOOR = 4, 48
CANCELLED, FLOAT, MISSING = 6, 500_000, 20_000
NOTES = (500_000, 200_000, 100_000, 50_000, 20_000, 10_000, 5_000, 2_000, 1_000, 500)


def test_a_cash_day(demo_server, new_page, shot):
    """Receipts, about ten transfers, a drawer that is 20,000 ₫ short, and the proof of every day."""
    people = {login: by_login(demo_server, login) for login in ("thuquy", "ketoan", "ketoantruong")}
    clerk, office = (
        Client(demo_server.base_url, people[login]["login"], people[login]["password"])
        for login in ("thuquy", "ketoan")
    )
    accounts = clerk.call("kdc.customer.account", "search", [], order="id")
    # These pay by transfer, so that their bills are still open when the statement of the bank comes.
    owed = open_bills(office, accounts)[: TRANSFERS_AT_MOST // 2]
    assert owed
    count = PAYMENTS - 2 * len(owed)  # of receipts
    by_transfer = list({bill["kdc_account_id"][0] for bill in owed})
    payers = [account for account in accounts if account not in by_transfer]
    chance = random.Random(300)

    page = new_page(people["thuquy"])
    open_the_drawer(page)
    names = take_at_the_counter(clerk, payers, chance, count - ROUNDS * AT_THE_DOOR - ON_THE_SCREEN)
    for number in range(ROUNDS):
        names += take_at_the_door(clerk, payers, chance, f"cash-day-round-{number}")
    names += [take_on_the_screen(page, account) for account in chance.sample(payers, ON_THE_SCREEN)]
    shot(page, "cash-day-counter")
    print_twice(page)
    assert len(set(names)) == count

    accountant = new_page(people["ketoan"])
    cancel_some(accountant, office, chance.sample(names, CANCELLED), shot)
    session = clerk.call("kdc.collect", "get_session")
    counted = count_and_close(page, session["expected_cash"], shot)
    slip = countersign_and_deposit(accountant, session["id"], shot)
    [closed] = office.call("kdc.cash.session", "read", [session["id"]], [
        "state", "receipt_count", "expected_cash", "difference", "deposited", "to_deposit",
    ])  # fmt: skip
    assert (closed["state"], closed["receipt_count"]) == ("countersigned", count)
    assert closed["difference"] == counted - closed["expected_cash"]
    assert -MISSING - NOTES[-1] < closed["difference"] <= -MISSING
    assert (closed["deposited"], closed["to_deposit"]) == (counted - FLOAT, 0)

    left = sum(bill["amount_residual"] for bill in open_bills(office, by_transfer))
    left -= sum(bill["amount_residual"] for bill in owed)
    import_statement(accountant, owed, counted - FLOAT, slip, shot)
    assert left == sum(bill["amount_residual"] for bill in open_bills(office, by_transfer))
    assert office.call("kdc.cash.deposit", "search_count", [["slip_number", "=", slip], ["arrived", "=", True]])

    approver = new_page(people["ketoantruong"])
    open_client(approver, "day-proof")
    approver.locator(".alert-success").filter(has_text="không lệch một đồng").wait_for()
    shot(approver, "cash-day-proof")
    days = demo_server.runtime.script("prove", demo_server.database, ("", ""), show_progress=False)
    assert not [day for day in days if day[-1]], "something does not fit"


def open_bills(office, accounts):
    """Return the bills of accounts with something left to pay."""
    fields = ["kdc_account_id", "kdc_reference", "amount_residual"]
    return office.call("account.move", "search_read", [
        ["kdc_account_id", "in", accounts], ["state", "=", "posted"], ["move_type", "=", "out_invoice"],
        ["amount_residual", ">", 0],
    ], fields)  # fmt: skip


def open_the_drawer(page):
    """Type the change money, Enter."""
    open_client(page, "counter")
    page.locator("#kdc_float").fill(str(FLOAT))
    page.keyboard.press("Enter")
    page.locator("#kdc_search:focus").wait_for()


def take_at_the_counter(clerk, accounts, chance, count):
    """Whole debts, parts, advances; in cash, by transfer, by card and mixed. Returns the names of the receipts."""
    names = []
    for serial in range(count):
        account = chance.choice(accounts)
        owed = clerk.call("kdc.collect", "get_owed", account)["total"] if serial % 5 == 0 else 0
        amount = owed or 1_000 * chance.randint(5, 400)
        mixed = {"transfer": amount // 2_000 * 1_000, "card": amount // 4_000 * 1_000}
        ways = {1: {"transfer": amount}, 3: mixed}.get(serial % 6, {})
        if ways:
            ways["reference"] = f"FT-COUNTER-{serial:04d}"
        shown = clerk.call("kdc.collect", "preview", account, amount, [], ways)
        key = f"cash-day-{serial:04d}"
        done = clerk.call("kdc.collect", "confirm", account, amount, key, shown["fingerprint"], None, [], ways)
        names.append(done["name"])
    return names


def take_at_the_door(clerk, accounts, chance, key):
    """Payments of a phone without network, sent in parcels, each parcel twice; then the round ends."""
    phone = "cash-day-phone"
    numbers = clerk.post("/kdc/doors/numbers", device=phone, name="Android", key=key)
    now = datetime.now(timezone.utc).isoformat()
    payments = [
        {
            "key": f"{key}-{serial:04d}", "account": chance.choice(accounts),
            "amount": 1_000 * chance.randint(5, 200), "range": numbers["id"], "number": numbers["next"] + serial,
            "taken": now, "prints": 1,
        }
        for serial in range(AT_THE_DOOR)
    ]  # fmt: skip
    names = []
    for start in range(0, AT_THE_DOOR, 20):
        parcel = payments[start : start + 20]
        clerk.post("/kdc/doors/send", payments=parcel, sent=now)
        answers = clerk.post("/kdc/doors/send", payments=parcel, sent=now)  # the first answer was lost
        assert {answer["state"] for answer in answers} == {"done"}
        names += [answer["name"] for answer in answers]
    assert clerk.post("/kdc/doors/end", device=phone) == 50 - AT_THE_DOOR
    return names


def take_on_the_screen(page, account):
    """Scan, Enter, Enter; an account that owes nothing pays in advance. Returns the name of the receipt."""
    [found] = rpc(page, "kdc.customer.account", "read", [account], ["number"])
    open_client(page, "counter")
    page.locator("#kdc_search:focus").wait_for()
    page.keyboard.type(found["number"])
    page.keyboard.press("Enter")
    page.locator("#kdc_amount:focus").wait_for()
    if not page.locator("#kdc_amount").input_value():
        page.keyboard.type("30000")
    page.keyboard.press("Enter")
    page.locator(".o_kdc_words").filter(has_text="đồng").wait_for()
    page.keyboard.press("Enter")
    page.locator(".o_kdc_done").wait_for()
    return page.locator(".o_kdc_panel p strong").first.inner_text()


def print_twice(page):
    """The second print of a receipt says that it is a copy."""
    paper = page.locator("a[href*='/kdc/receipts/pdf']").first.get_attribute("href")
    first, second = (PdfReader(io.BytesIO(page.request.get(paper).body())).pages[0].extract_text() for _ in range(2))
    assert "BẢN SAO" not in first
    assert "BẢN SAO (in lần 2)" in second


def cancel_some(page, office, names, shot):
    """The accountant cancels receipts of the collector, one of them on the screen."""
    receipts = office.call("kdc.receipt", "search", [["name", "in", names]])
    for receipt in receipts[1:]:
        dialogue = office.call("kdc.collect.cancel", "create", [{"receipt_id": receipt, "reason": "Thu nhầm hộ"}])
        office.call("kdc.collect.cancel", "action_confirm", dialogue)
    open_client(page, f"receipts/{receipts[0]}")
    press(page, "action_cancel")
    page.locator(".modal [name=reason] input").fill("Thu nhầm hộ")
    assert_vietnamese(page)
    press(page, "action_confirm")
    page.locator(".modal").wait_for(state="detached")
    field(page, "cancelled_by_id").wait_for()
    shot(page, "cash-day-cancelled")


def count_and_close(page, expected, shot):
    """Count note by note with keys only, less than there should be, say why and close. Returns what was counted."""
    counted = (expected - MISSING) // NOTES[-1] * NOTES[-1]
    page.get_by_role("button", name="Đếm tiền, đóng phiên").click()
    page.locator("button[name=action_close]").wait_for()
    rows = page.locator(".o_field_widget[name=count_ids] .o_data_row")
    rows.first.locator("td[name=pieces]").click()
    left = counted
    for place, note in enumerate(NOTES):
        rows.nth(place).locator("td[name=pieces] input:focus").wait_for()
        page.keyboard.type(str(left // note))
        page.keyboard.press("Enter")
        left %= note
    field(page, "counted_cash").filter(has_text=f"{counted:,}".replace(",", ".")).wait_for()
    field(page, "difference_reason").locator("input").fill("Thối nhầm một tờ 20.000 ₫")
    assert_vietnamese(page)
    shot(page, "cash-day-count")
    press(page, "action_close", confirm=True)
    page.locator("button[name=action_close]").wait_for(state="hidden")
    return counted


def countersign_and_deposit(page, session, shot):
    """A second person countersigns and brings the money to the bank. Returns the number of the slip."""
    open_client(page, f"cash-sessions/{session}")
    page.locator("button[name=action_countersign]").wait_for()
    press(page, "action_countersign")
    field(page, "difference_move_id").wait_for()
    assert_vietnamese(page)
    shot(page, "cash-day-countersigned")
    press(page, "action_deposit")
    field(page, "slip_number").locator("input").fill("GNT-300")
    press(page, "action_post", confirm=True)
    page.locator("button[name=action_post]").wait_for(state="hidden")
    assert_vietnamese(page)
    shot(page, "cash-day-deposit")
    return "GNT-300"


def import_statement(page, bills, deposit, slip, shot):
    """The bank shows two transfers for each of these bills, written carelessly, and the deposit."""
    rows = ["SAO KÊ TÀI KHOẢN", "Ngày giao dịch;Số giao dịch;Ghi nợ;Ghi có;Số dư;Nội dung"]
    movements = [(round(deposit), f"Nop tien mat {slip}")]
    for bill in bills:
        half = round(bill["amount_residual"]) // 2
        movements.append((half, f"MBVCB.{half}.{bill['kdc_reference'].lower()}.tien nuoc"))
        movements.append((round(bill["amount_residual"]) - half, f"CT tu 0123 {bill['kdc_reference']} phan con lai"))
    balance = 0
    for number, (amount, words) in enumerate(movements):
        balance += amount
        rows.append(f"{today():%d/%m/%Y};FT300{number:03d};;{amount};{balance};{words}")
    open_client(page, "kdc-transfers-open")
    page.locator(".o_menu_sections").get_by_text("Thu tiền").first.click()
    page.locator(".dropdown-item, .o-dropdown-item").filter(has_text="Nhập sao kê").first.click()
    page.locator(".modal button[name=action_check]").wait_for()
    upload(page, "file", "sao-ke-300.csv", "\n".join(rows).encode())
    press(page, "action_check")
    page.locator(".modal button[name=action_import]").wait_for()
    assert_vietnamese(page)
    shot(page, "cash-day-statement")
    press(page, "action_import")
    page.locator(".modal").wait_for(state="detached")
