"""A resident pays a bill at a gateway, and the open pages show by themselves when the money has arrived."""

import importlib.util
import re

import pytest

from kdc_cli import system
from kdc_cli.gateway import PROGRAM

from .checks import assert_good, assert_vietnamese
from .people import by_login, click_surely, follow, open_client

pytestmark = pytest.mark.e2e


@pytest.fixture
def gateway(demo_server):
    """The stand-in for both gateways, and the demo's gateways led there."""
    spec = importlib.util.spec_from_file_location("stand_in", PROGRAM)
    stand_in = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(stand_in)
    stand_in.LATE_SECONDS = 3
    port = system.free_port()
    server = stand_in.serve(port, demo_server.base_url)
    base = f"http://127.0.0.1:{port}"
    demo_server.runtime.databases.query(
        f"""
        UPDATE payment_provider SET is_published = true, kdc_page_url = '{base}/vnpay/pay' WHERE code = 'kdc_vnpay';
        UPDATE payment_provider SET is_published = true, kdc_api_url = '{base}/payos' WHERE code = 'kdc_payos';
        """,
        demo_server.database,
    )
    yield server.gateway
    server.shutdown()


def open_bill(page):
    """Open the first unpaid bill of the list and return its address."""
    page.goto("/my/bills")
    follow(page.locator("section:has(.k-title .k-amount) .k-list-item").last)
    return page.url


def test_redirect_gateway(demo_server, new_page, shot, gateway):
    """VNPay: the payer comes back to a page that waits, and turns to received without being reloaded."""
    page = new_page(by_login(demo_server, "cudan2"), phone=True)
    bill = open_bill(page)
    assert_good(page)
    shot(page, "resident-bill-online", full=True)
    watcher = page.context.new_page()
    watcher.goto(bill)
    follow(page.locator("button[name=gateway]").first)
    page.locator("button[value=late]").wait_for()
    follow(page.locator("button[value=late]"))
    page.get_by_text("Đang chờ ngân hàng xác nhận").wait_for()
    assert_good(page)
    shot(page, "resident-payment-waiting", full=True)
    page.locator("main .k-badge-ok").wait_for()
    assert_good(page)
    shot(page, "resident-payment-received", full=True)
    assert gateway.told[-1][1]["RspCode"] == "00"
    follow(page.locator("a[href^='/my/receipts/']").first)
    assert page.get_by_text(re.compile("VNPay, ")).count()
    assert page.request.get(f"{page.url}/pdf").body().startswith(b"%PDF")
    watcher.locator("main [role=status].k-flash-ok").wait_for()


def test_webhook_gateway(demo_server, new_page, shot, gateway):
    """payOS: our page shows the code of the gateway; another amount than asked for waits for the accountant."""
    page = new_page(by_login(demo_server, "cudan"), phone=True)
    open_bill(page)
    follow(page.locator("button[name=gateway]").last)
    page.locator(".k-qr svg").wait_for()
    assert_good(page)
    shot(page, "resident-payment-qr", full=True)
    [order] = [order for (kind, _code), order in gateway.orders.items() if kind == "payos"]
    gateway.settle(order, "amount")
    page.locator("main .k-badge", has_text="Kế toán đang xem xét").wait_for()
    assert_good(page)
    shot(page, "resident-payment-examined", full=True)

    accountant = new_page(by_login(demo_server, "ketoan"))
    open_client(accountant, "online-payments")
    accountant.locator(".o_data_row").first.wait_for()
    assert_vietnamese(accountant)
    shot(accountant, "accountant-online-payments")
    accountant.locator(".o_data_row:has(button[name=action_book]) td[name=reference]").first.click()
    accountant.locator("button[name=action_returned]").wait_for()
    assert_vietnamese(accountant)
    accountant.locator(".o_form_view header button[name=action_book], button[name=action_book]:visible").first.click()
    accountant.locator(".modal .o_field_widget[name=preview]").wait_for()
    assert_vietnamese(accountant)
    shot(accountant, "accountant-online-payment")
    click_surely(accountant.locator(".modal button[name=action_confirm]"))
    accountant.locator(".modal").wait_for(state="detached")
    page.reload()
    assert page.locator("main .k-badge-ok").count(), "the resident does not see that it was booked"


def test_without_javascript(demo_server, new_page, gateway):
    """The form works, the waiting page looks again by itself."""
    page = new_page(by_login(demo_server, "cudan"), phone=True, javascript=False)
    open_bill(page)
    follow(page.locator("button[name=gateway]").first)
    follow(page.locator("button[value=paid]"))
    assert page.locator("main .k-badge-ok").count()
