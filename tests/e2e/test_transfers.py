"""The accountant imports the statement of the bank: proven transfers are on the bill at once, others are decided."""

import re

import pytest

from .checks import assert_vietnamese
from .generator import today
from .people import by_login, follow, open_client, press, upload

pytestmark = pytest.mark.e2e


def test_statement_of_the_bank(demo_server, new_page, shot):
    """A transfer by code is received on the resident's bill; one without is set aside by mistake and taken back."""
    resident = new_page(by_login(demo_server, "cudan"), phone=True)
    resident.goto("/my/bills")
    follow(resident.locator("section:has(.k-title .k-amount) .k-list-item").first)
    bill = resident.url
    code = resident.locator(".k-copy").last.inner_text()

    accountant = new_page(by_login(demo_server, "ketoan"))
    open_client(accountant, "kdc-transfers-open")
    accountant.locator(".o_data_row").first.wait_for()
    assert_vietnamese(accountant)
    shot(accountant, "accountant-transfers-queue")
    accountant.locator(".o_menu_sections").get_by_text("Thu tiền").first.click()
    accountant.locator(".dropdown-item, .o-dropdown-item").filter(has_text="Nhập sao kê").first.click()
    accountant.locator(".modal button[name=action_check]").wait_for()
    upload(accountant, "file", "sao-ke.csv", statement(code))
    press(accountant, "action_check")
    accountant.locator(".modal button[name=action_import]").wait_for()
    assert_vietnamese(accountant)
    shot(accountant, "accountant-statement-checked")
    press(accountant, "action_import")
    accountant.locator(".modal").wait_for(state="detached")

    resident.goto(bill)
    assert resident.get_by_text(re.compile("đã nhận ngày")).count(), "the bill does not show the transfer"
    shot(resident, "resident-transfer-received")

    open_client(accountant, "kdc-transfers-open")
    accountant.locator(".o_data_row").filter(has_text="khong ghi ma").locator("td[name=text]").click()
    accountant.locator("button[name=action_not_ours]").wait_for()
    assert_vietnamese(accountant)
    shot(accountant, "accountant-transfer")
    for button, words in (("action_not_ours", "Nhầm mục"), ("action_undo", "Bấm nhầm")):
        press(accountant, button)
        accountant.locator(".modal .o_field_widget[name=reason] input").fill(words)
        press(accountant, "action_confirm")
        accountant.locator(".modal").wait_for(state="detached")
    accountant.locator("button[name=action_not_ours]").wait_for()


def statement(code: str) -> bytes:
    """Return a statement of three movements as a bank exports it."""
    day = today().strftime("%d/%m/%Y")
    rows = (
        "SAO KÊ TÀI KHOẢN",
        "Ngày giao dịch;Số giao dịch;Ghi nợ;Ghi có;Số dư;Nội dung",
        f"{day};FTE2E0001;;1.000;1.001.000;{code.lower()} tra truoc",
        f"{day};FTE2E0002;;77.000;1.078.000;khong ghi ma",
        f"{day};FTE2E0003;11.000;;1.067.000;Phi",
    )
    return "\n".join(rows).encode()
