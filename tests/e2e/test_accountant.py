"""Accountant, chief accountant and collector: a month from the readings to the receipt, flows 3 and 5."""

import re
import time
from datetime import timedelta

import pytest

from tests.conftest import HOUSEHOLDS

from .checks import assert_vietnamese
from .generator import Community, samples, today
from .people import by_login, field, folded, open_client, press, rpc, upload

pytestmark = pytest.mark.e2e


def test_month_from_readings_to_bills(demo_server, new_page, shot):
    """Readings come by spreadsheet, the run is computed, approved by another person and issued; residents see it."""
    accountant = new_page(by_login(demo_server, "ketoan"))
    import_readings(accountant, demo_server, shot)

    open_client(accountant, "kdc-billing")
    assert_vietnamese(accountant)
    shot(accountant, "accountant-runs")
    accountant.locator(".o_list_button_add").first.click()
    accountant.locator("button[name=action_compute]").first.wait_for()
    press(accountant, "action_compute")
    field(accountant, "line_count").wait_for()
    assert_vietnamese(accountant)
    shot(accountant, "accountant-run-computed", full=True)
    run = accountant.url
    correct_a_figure(accountant)
    accountant.goto(run)
    accountant.locator("button[name=action_compute_changed]").wait_for()
    shot(accountant, "accountant-run-changed")
    press(accountant, "action_compute_changed")
    accountant.locator("button[name=action_compute_changed]").wait_for(state="hidden")

    approver = new_page(by_login(demo_server, "ketoantruong"))
    approver.goto(run)
    approver.locator("button[name=action_approve]").wait_for()
    press(approver, "action_approve", confirm=True)
    approver.locator("button[name=action_approve]").wait_for(state="hidden")
    shot(approver, "approver-run")

    accountant.goto(run)
    accountant.locator("button[name=action_issue]").first.wait_for()
    press(accountant, "action_issue", confirm=True)
    deadline = time.monotonic() + 600  # bills are issued in the background
    while not accountant.locator("button[name=action_close]").count() and time.monotonic() < deadline:
        accountant.wait_for_timeout(1000)
        accountant.goto(run)
        accountant.locator(".o_statusbar_status .o_arrow_button_current").wait_for()
    accountant.locator("button[name=action_view_bills]").wait_for()
    shot(accountant, "accountant-run-issued", full=True)

    resident = new_page(by_login(demo_server, "cudan"), phone=True)
    resident.goto("/my/bills")
    assert resident.get_by_text(f"Tháng {today().month}/{today().year}").count(), "the new bill is not there"
    shot(resident, "resident-new-bill")


def correct_a_figure(page):
    """Type another figure into the list of the month, by keyboard once it is open."""
    open_client(page, "kdc-billing")
    page.locator(".o_menu_sections").get_by_text("Ghi chỉ số").first.click()
    page.locator(".dropdown-item, .o-dropdown-item").filter(has_text="Ghi chỉ số tháng").first.click()
    press(page, "action_open")
    page.locator("td[name=entry_value]").first.wait_for()
    if page.locator(".o_searchview_facet").count():
        # Some meters are not read yet, and the first of them waits for its figure.
        page.locator(".o_selected_row td[name=entry_value] input:focus").wait_for()
        page.keyboard.press("Escape")
        page.locator(".o_facet_remove").first.click()
    rows = page.locator(".o_data_row:not(.text-muted)").filter(has_text="Hộ ")
    figure = rows.locator("td[name=entry_value]").first
    figure.wait_for()
    value = int(re.sub(r"\D", "", figure.inner_text().split(",")[0]))
    figure.click()
    page.keyboard.type(str(value + 1))
    page.keyboard.press("Enter")
    page.locator("td[name=entry_value]").get_by_text(re.compile(rf"^{value + 1:,}$".replace(",", r"\."))).wait_for()
    page.locator(".o_data_row.o_selected_row").first.wait_for()
    page.keyboard.press("Escape")


def test_a_list_of_charges_with_mistakes(demo_server, new_page, shot):
    """Nothing is imported while a row is wrong; each mistake is named by its row."""
    page = new_page(by_login(demo_server, "ketoan"))
    open_client(page, "kdc-billing")
    page.locator(".o_menu_sections").get_by_text("Điều chỉnh").first.click()
    page.locator(".dropdown-item, .o-dropdown-item").filter(has_text="Nhập danh sách thu").first.click()
    page.locator(".modal button[name=action_import]").wait_for()
    page.fill(".modal [name=list_name] input", "Thay khóa nước")
    page.fill(".modal [name=name] input", "Thay khóa nước")
    page.fill(".modal [name=decision] input", "QĐ 5")
    page.locator(".modal [name=service_id] input").click()
    page.locator(".o-autocomplete--dropdown-item").first.click()
    upload(page, "file", "danh_sach.csv", "Mã khách hàng,Số tiền\n0000000,abc\n99,50000\n".encode())
    press(page, "action_import")
    error = page.locator(".o_error_dialog, .modal").filter(has_text="Dòng 2")
    error.first.wait_for()
    assert error.filter(has_text="Dòng 3").count()
    assert_vietnamese(page)
    shot(page, "accountant-charges-refused")


def import_readings(page, demo_server, shot):
    """Import this month's readings of the whole demo ward."""
    households = [h for h in Community(HOUSEHOLDS, today()) if h.group.quarter.ward == "22366"]
    # The last day of the month before is read already.
    yesterday_or_the_first = max(today() - timedelta(days=1), today().replace(day=1))
    content = samples.readings_file(households, yesterday_or_the_first)
    open_client(page, "kdc-billing")
    page.locator(".o_menu_sections").get_by_text("Ghi chỉ số").first.click()
    page.locator(".dropdown-item, .o-dropdown-item").filter(
        has_text=re.compile("tệp|bảng|Nhập", re.IGNORECASE)
    ).first.click()
    page.locator(".modal button[name=action_check]").wait_for()
    assert_vietnamese(page)
    upload(page, "file", "chi_so.xlsx", content)
    press(page, "action_check")
    page.locator(".modal button[name=action_import]").wait_for()
    shot(page, "accountant-readings-checked")
    press(page, "action_import")
    page.locator(".modal .alert-success").wait_for()
    shot(page, "accountant-readings-done")
    page.locator(".modal button.btn-secondary, .modal .btn-close").first.click()


def test_cash_at_the_counter(demo_server, new_page, shot):
    """The collector finds the payer without diacritics, takes the sum by two Enters and prints; both see it as paid."""
    resident = new_page(by_login(demo_server, "cudan2"), phone=True)
    resident.goto("/my/bills")
    open_bills = resident.locator("section:has(.k-title .k-amount) .k-list-item").count()
    assert open_bills >= 1
    name = by_login(demo_server, "cudan2")["name"]

    collector = new_page(by_login(demo_server, "thuquy"))
    open_client(collector, "counter")
    collector.locator("#kdc_float, #kdc_search").first.wait_for()
    if collector.locator("#kdc_float").count():
        collector.fill("#kdc_float", "500000")
        collector.keyboard.press("Enter")
    collector.locator("#kdc_search").wait_for()
    assert_vietnamese(collector)
    shot(collector, "counter-search")
    collector.fill("#kdc_search", folded(name))
    collector.keyboard.press("Enter")
    collector.locator("#kdc_amount, [role=listbox]").first.wait_for()
    if collector.locator("[role=listbox]").count():
        collector.locator("[role=option]").filter(has_text=name).first.click()
    collector.locator("#kdc_amount").wait_for()
    assert_vietnamese(collector)
    shot(collector, "counter-owed")
    collector.locator("#kdc_amount").press("Enter")
    collector.locator(".o_kdc_words").filter(has_text="đồng").wait_for()
    shot(collector, "counter-preview")
    collector.locator("#kdc_amount").press("Enter")
    collector.locator(".o_kdc_done").wait_for()
    shot(collector, "counter-done")
    paper = collector.locator("a[href*='/kdc/receipts/pdf']").first.get_attribute("href")
    assert collector.request.get(paper).body().startswith(b"%PDF")

    resident.goto("/my/bills")
    assert not resident.locator("section:has(.k-title .k-amount) .k-list-item").count(), "still shown as owed"
    shot(resident, "resident-all-paid")
    resident.goto("/my/notifications")
    shot(resident, "resident-paid-notice")

    accountant = new_page(by_login(demo_server, "ketoan"))
    open_client(accountant, "receipts")
    accountant.locator(".o_data_row").first.wait_for()
    accountant.get_by_text(name).first.wait_for()
    see_a_former_payers_debt(collector, accountant)
    assert_vietnamese(accountant)
    shot(accountant, "accountant-receipts")

    count_by_notes(demo_server, new_page, shot, collector)
    accountant.goto(collector.url)
    accountant.locator("button[name=action_countersign]").wait_for()
    press(accountant, "action_countersign")
    accountant.locator(".o_field_widget[name=difference_move_id]").wait_for()
    open_client(accountant, "cash-evening")
    accountant.locator(".o_data_row").first.wait_for()
    assert_vietnamese(accountant)
    shot(accountant, "accountant-evening")

    approver = new_page(by_login(demo_server, "ketoantruong"))
    open_client(approver, "day-proof")
    approver.locator(".alert-success").filter(has_text="không lệch một đồng").wait_for()
    assert_vietnamese(approver)
    shot(approver, "approver-day-proof")
    days = demo_server.runtime.script("prove", demo_server.database, ("", ""), show_progress=False)
    assert len(days) > 3
    assert not [day for day in days if day[-1]], "something does not fit"


def count_by_notes(demo_server, new_page, shot, collector):
    """The collector counts note by note on a phone, keyboard only, and closes the drawer with a stated difference."""
    collector.get_by_role("button", name="Đếm tiền, đóng phiên").click()
    collector.locator("button[name=action_close]").wait_for()
    phone = new_page(by_login(demo_server, "thuquy"), phone=True)
    phone.goto(collector.url)
    rows = phone.locator(".o_field_widget[name=count_ids] .o_data_row")
    rows.first.locator("td[name=pieces]").click()
    for row, pieces in enumerate(("1", "0", "1", "2")):  # 500.000, 200.000, 100.000, 50.000
        rows.nth(row).locator("td[name=pieces] input").fill(pieces)
        phone.keyboard.press("Enter")
    field(phone, "counted_cash").filter(has_text="700.000").wait_for()
    assert_vietnamese(phone)
    shot(phone, "counter-count")
    field(phone, "difference_reason").locator("input").fill("Đếm thử trong bài kiểm tra")
    press(phone, "action_close", confirm=True)
    phone.locator("button[name=action_close]").wait_for(state="hidden")


def see_a_former_payers_debt(collector, accountant):
    """After a change of the payer the counter says whose the older bills are, and takes them when they are chosen."""
    one, other, *_more = (row for row in rpc(collector, "kdc.collect", "find", "00000") if row["owed"])
    rpc(accountant, "kdc.customer.account", "write", [one["id"]], {"partner_id": other["payer_id"]})
    try:
        collector.fill("#kdc_search", one["number"])
        collector.keyboard.press("Enter")
        notice = collector.locator(".o_kdc_others").filter(has_text=one["name"])
        notice.wait_for()
        assert collector.locator("#kdc_amount").input_value() == "", "the former payer's debt is in the amount"
        assert_vietnamese(collector)
        notice.get_by_role("button").click()
        collector.locator(".o_kdc_former").filter(has_text=one["name"]).wait_for()
        assert collector.locator("#kdc_amount").input_value().replace(".", "") == str(one["owed"])
        assert_vietnamese(collector)
        collector.locator("#kdc_amount").press("Escape")
    finally:
        rpc(accountant, "kdc.customer.account", "write", [one["id"]], {"partner_id": one["payer_id"]})


@pytest.mark.parametrize(
    "login",
    ["canbo", "xahoi", "totruong", "ketoan", "ketoantruong", "thuquy", "tiepnhan", "xuly", "cho", "chutich", "admin"],
)
def test_first_screen_of_each_job(demo_server, new_page, shot, login):
    """Each job begins on its own work, in Vietnamese. That every menu opens is proved in kdc_demo without a browser."""
    page = new_page(by_login(demo_server, login))
    open_client(page, "")
    page.locator(".o_kdc_home_card").first.wait_for()
    assert_vietnamese(page)
    shot(page, f"staff-{login}")
