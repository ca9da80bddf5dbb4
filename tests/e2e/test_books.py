"""The accountant's books and debts: each report opens, adds up, opens what is behind a figure, and prints."""

import re

import pytest
from playwright.sync_api import expect

from .checks import assert_fits, assert_vietnamese
from .people import by_login, field, open_client, press, rpc

pytestmark = pytest.mark.e2e


def test_books_and_debts(demo_server, new_page, shot):
    """One morning of the accountant: what came in, who owes, since when, and where the money of others went."""
    page = new_page(by_login(demo_server, "ketoan"))
    for look in (fee_balance, cash_book, area_register, journal, debts_by_age, reminders, funds_and_providers):
        look(page, shot)
        assert_vietnamese(page)
        assert_fits(page)
    statement_of_account(page)


def number(text: str) -> int:
    """Read an amount as it is shown, ``-1.234.567 ₫``."""
    return int(re.sub(r"[^\d-]", "", text))


def download(page, name: str) -> bytes:
    """Press a button that gives a file and return its content."""
    with page.expect_download() as event:
        page.locator(f".o_form_view button[name={name}]").click()
    return event.value.path().read_bytes()


def column_total(page, name: str) -> int:
    """Return the sum that stands below a column of the open form's list."""
    return number(
        page.evaluate(
            """name => {
                const table = document.querySelector(".o_field_widget[name=line_ids] table");
                const place = [...table.querySelectorAll("thead th")].findIndex(head => head.dataset.name === name);
                return table.querySelectorAll("tfoot td")[place].innerText;
            }""",
            name,
        )
    )


def fee_balance(page, shot):
    """Demand and collection: each line and the total add up, and an amount opens what it is made of."""
    open_client(page, "fee-balance")
    rows = page.locator(".o_field_widget[name=line_ids] .o_data_row")
    rows.first.wait_for()
    shot(page, "accountant-fee-balance")
    for name in ("opening", "billed", "cash", "transfer", "closing"):
        parts = [number(text) for text in rows.locator(f"td[name={name}]").all_inner_texts()]
        assert sum(parts) == column_total(page, name), name
    rows.first.locator("td[name=billed] button").click()
    page.locator(".o_list_view .o_data_row").first.wait_for()
    assert_vietnamese(page)


def cash_book(page, shot):
    """What was in the drawer, came in, went out and is left."""
    open_client(page, "cash-book")
    field(page, "line_ids").wait_for()
    shot(page, "accountant-cash-book")
    opening, money_in, money_out, closing = (
        number(field(page, name).inner_text()) for name in ("opening", "money_in", "money_out", "closing")
    )
    assert opening + money_in - money_out == closing
    assert download(page, "action_xlsx").startswith(b"PK")


def area_register(page, shot):
    """Who has paid, for the board of the residential group."""
    open_client(page, "area-register")
    page.locator(".o_field_widget[name=line_ids] .o_data_row").first.wait_for()
    shot(page, "accountant-area-register")
    counts = [number(field(page, name).inner_text()) for name in ("paid_count", "part_count", "open_count")]
    expect(page.locator(".o_field_widget[name=line_ids] .o_data_row")).to_have_count(sum(counts))


def journal(page, shot):
    """The journal for the accounting software."""
    open_client(page, "journal-export")
    field(page, "entry_count").wait_for()
    shot(page, "accountant-journal")
    assert download(page, "action_xlsx").startswith(b"PK")


def debts_by_age(page, shot):
    """The table of debts by age; its total is the balance of the payers' accounts less what was paid in advance."""
    open_client(page, "kdc-billing")
    page.locator(".o_menu_sections").get_by_text("Công nợ", exact=True).first.click()
    page.locator(".dropdown-item, .o-dropdown-item").filter(has_text="Tuổi nợ").first.click()
    press(page, "action_open")
    page.locator(".o_pivot td.o_pivot_cell_value").first.wait_for()
    shot(page, "accountant-ageing")


def reminders(page, shot):
    """The reminders that wait for another person, and the debts that a decision or a plan settles."""
    for path, name in (
        ("kdc-reminders", "reminders"),
        ("kdc-instalments", "instalments"),
        ("kdc-write-offs", "write-offs"),
    ):
        open_client(page, path)
        page.locator(".o_data_row td.o_data_cell").first.click()
        page.locator(".o_form_view .o_statusbar_status").wait_for()
        assert_vietnamese(page)
        shot(page, f"accountant-{name}")


def funds_and_providers(page, shot):
    """What a fund has, and what went to a provider."""
    for path, name in (("funds", "fund"), ("fund-spending", "fund-spending"), ("remittances", "remittance")):
        open_client(page, path)
        page.locator(".o_data_row td.o_data_cell").first.click()
        page.locator(".o_form_view .o_form_sheet").wait_for()
        assert_vietnamese(page)
        shot(page, f"accountant-{name}")


def statement_of_account(page):
    """The paper that says what was billed to a customer and paid."""
    [account, *_others] = rpc(page, "kdc.customer.account", "search", [])
    paper = page.request.get(f"/kdc/accounts/{account}/statement")
    assert paper.body().startswith(b"%PDF")
