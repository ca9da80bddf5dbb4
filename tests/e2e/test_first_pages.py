"""The first pages: the ward's own for everybody, and the staff's; the staff's screens for screen readers."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from .checks import assert_accessible, assert_good, assert_vietnamese, wait_at_rest
from .people import by_login, follow, open_client

pytestmark = pytest.mark.e2e


#: Parts of a screen that are Odoo's own templates, with faults no addon can mend: navigation, search, selectors and
#: optional columns of lists, its colours of badges, tabs, portraits, the conversation below a form.
ODOO_MARKUP = (
    ".o_main_navbar", ".o_control_panel", ".o_list_record_selector", ".o_optional_columns_dropdown", ".o_field_badge",
    ".o_notebook_headers", ".o-mail-Form-chatter", ".o-mail-Avatar", ".o_list_activity_cell", ".o_statusbar_status",
)  # fmt: skip


def grave(page):
    """What axe-core finds on a screen of the web client outside of Odoo's own markup, serious or critical."""
    wait_at_rest(page)
    found = Axe().run(
        page,
        context={"exclude": [[selector] for selector in ODOO_MARKUP]},
        options={"rules": {"html-has-lang": {"enabled": False}}},  # the client's page says no language
    )
    return [
        (item["id"], [node["html"][:120] for node in item["nodes"]][:3])
        for item in found.response["violations"]
        if item["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no-scripts"])
def test_welcome(demo_server, new_page, shot, javascript):
    """A stranger on a phone learns whose page this is, signs in from here, and opens the account from here."""
    page = new_page(phone=True, javascript=javascript)
    page.goto("/welcome")
    if javascript:
        assert_good(page)
        shot(page, "welcome")
    follow(page.locator("main a[href='/activate']"))
    assert page.locator("#code").is_visible()
    page.goto("/welcome")
    follow(page.locator("main a[href='/web/login']"))
    assert page.locator("input[name=password]").is_visible()


def test_home_of_the_staff(demo_server, new_page):
    """Each count opens a list with as many lines; the page itself has no fault for a screen reader."""
    page = new_page(by_login(demo_server, "canbo"))
    open_client(page, "today")
    cards = page.locator(".o_kdc_home_card")
    cards.first.wait_for()
    assert_vietnamese(page)
    assert_accessible(page, ".o_kdc_home")
    keys = cards.evaluate_all("cards => cards.map(card => card.dataset.card)")
    assert {"corrections", "letters", "households"} <= set(keys)
    for key in ("corrections", "letters", "households"):
        card = page.locator(f".o_kdc_home_card[data-card={key}]")
        card.wait_for()
        count = int(card.locator(".o_kdc_home_count").inner_text().replace(".", ""))
        card.click()
        # The client draws the frame of a list before its lines have come.
        expect(page.locator(".o_list_view .o_data_row"), key).to_have_count(min(count, 80))
        open_client(page, "today")


def test_lists_and_forms_of_the_staff(demo_server, new_page):
    """What is ours on them can be read and used by everybody."""
    page = new_page(by_login(demo_server, "admin"))
    for path in ("kdc-households", "kdc-letters", "receipts"):
        open_client(page, path)
        page.locator(".o_data_row").first.wait_for()
        assert not grave(page), path
        page.locator(".o_data_row .o_data_cell").nth(1).click()
        page.locator(".o_form_view").wait_for()
        assert not grave(page), f"form of {path}"
