"""The officer imports a roster and invites residents; a resident opens the account: flows 1 and 2."""

import io
import re

import pytest
from pypdf import PdfReader

from .checks import assert_good, assert_vietnamese
from .generator import samples, today
from .people import by_login, choose, choose_file, click_surely, field, follow, look_up, open_client, press, upload

pytestmark = pytest.mark.e2e
FILES = samples.files(today())


def start_import(page, name):
    """Choose a spreadsheet and let it be checked."""
    open_client(page, "kdc-import")
    page.locator(".o_list_button_add, .o_control_panel_main_buttons .btn-primary").first.click()
    page.locator(".o_form_view button[name=action_check]").wait_for()
    upload(page, "file", name, FILES[name]())
    press(page, "action_check")


def counts(page):
    """Return new, changed and same persons as the screen shows them."""
    return [
        int(field(page, name).inner_text().replace(".", "")) for name in ("new_count", "changed_count", "same_count")
    ]


def test_roster_to_activated_account(demo_server, new_page, shot):
    """Dry run, import, nothing on the second run; slip as PDF; the resident activates on the phone without scripts."""
    rows = samples.roster_rows(samples._households(14, today()))
    page = new_page(by_login(demo_server, "canbo"))
    start_import(page, "danh_sach_ho.xls")
    page.locator("button[name=action_import]").first.wait_for()
    assert counts(page) == [len(rows), 0, 0]
    assert_vietnamese(page)
    shot(page, "officer-import-checked")
    press(page, "action_import")
    page.locator("button[name=action_open_households]").wait_for()
    shot(page, "officer-import-done")
    start_import(page, "danh_sach_ho.xlsx")
    field(page, "same_count").wait_for()
    assert counts(page) == [0, 0, len(rows)], "the same list a second time changes something"

    head = next(row for row in rows if row[6] == "Chủ hộ" and row[5] and row[10])
    open_client(page, "kdc-households")
    page.locator(".o_searchview_input").fill(head[1])
    # Enter before the client has taken up the words would search for nothing.
    page.locator(".o_searchview_autocomplete").get_by_text(head[1]).first.wait_for()
    page.keyboard.press("Enter")
    page.locator(".o_searchview_facet").first.wait_for()
    page.wait_for_function("document.querySelectorAll('.o_data_row').length === 1")
    assert_vietnamese(page)
    shot(page, "officer-households")
    page.locator(".o_data_row .o_list_record_selector input").first.check()
    page.locator(".o_cp_action_menus button").first.click()
    page.get_by_role("menuitem").filter(has_text=re.compile("Mời", re.IGNORECASE)).first.click()
    page.locator(".modal button[name=action_print]").wait_for()
    assert_vietnamese(page)
    shot(page, "officer-invite")
    page.locator(".modal button[name=action_print]").click()
    page.locator(".modal button[name=action_download]").wait_for()
    with page.context.expect_event("request", lambda request: request.url.endswith("/slips.pdf")) as asked:
        page.locator(".modal button[name=action_download]").click()
    slip = page.request.get(asked.value.url).body()
    assert slip.startswith(b"%PDF")
    text = "".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(slip)).pages)
    code = re.search(r"\b\d{4}[ \u00a0]?\d{4}[ \u00a0]?\d{4}\b", text)[0]

    phone = new_page(phone=True, javascript=False)
    phone.goto("/activate")
    phone.fill("#code", code)
    phone.fill("#last_four", str(head[5])[-4:])
    phone.fill("#phone", str(head[10]))
    phone.fill("#new_password", "hẻm nhỏ phố dài")
    phone.fill("#new_password_again", "hẻm nhỏ phố dài")
    follow(phone.locator(".k-actions button[type=submit]"))
    assert phone.url.split("?")[0].endswith("/my"), phone.inner_text("body")[:400]
    shot(phone, "resident-activated-nojs", full=True)

    again = new_page({"login": str(head[10]), "password": "hẻm nhỏ phố dài"}, phone=True)
    assert_good(again)


def test_faults_are_told_by_row(demo_server, new_page, shot):
    """A list with faults is shown row by row, in Vietnamese, and nothing is written by looking."""
    page = new_page(by_login(demo_server, "canbo"))
    start_import(page, "danh_sach_ho_loi.xlsx")
    page.locator(".o_field_widget[name=issue_ids] .o_data_row").nth(4).wait_for()
    assert_vietnamese(page)
    shot(page, "officer-import-faults")


def test_archiving_asks_why(demo_server, new_page, shot):
    """The menu of the client leads to our dialogue: what is archived needs a reason, and events are offered first."""
    page = new_page(by_login(demo_server, "canbo"))
    open_client(page, "kdc-residents")
    page.locator(".o_data_row .o_data_cell").first.click()
    page.locator(".o_form_view .o_cp_action_menus button").first.click()
    page.get_by_role("menuitem").filter(has_text=re.compile("^Lưu trữ", re.IGNORECASE)).first.click()
    page.locator(".modal button[name=action_confirm]").wait_for()
    assert page.locator(".modal").count() == 1, "one dialogue, not the client's question before it"
    assert page.locator(".modal button[name=action_move_out]").is_visible()
    assert_vietnamese(page)
    shot(page, "officer-archive")
    page.locator(".modal .btn-close").click()


def test_bad_files_are_survived(demo_server, new_page):
    """Each gets a sentence or, when only its name was wrong, is read all the same; never a traceback."""
    page = new_page(by_login(demo_server, "canbo"))
    for name in (name for name in FILES if name.startswith("bad_")):
        open_client(page, "kdc-import")
        page.locator(".o_list_button_add, .o_control_panel_main_buttons .btn-primary").first.click()
        page.locator(".o_form_view button[name=action_check]").wait_for()
        content = FILES[name]()
        if not content:
            # the web client itself refuses a file of 0 bytes
            choose_file(page, "file", name, content)
            page.locator(".o_notification").first.wait_for()
            continue
        upload(page, "file", name, content)
        click_surely(page.locator("button[name=action_check]:visible").first)
        told = page.locator(
            ".modal-body, .o_notification, .o_field_widget[name=issue_ids] .o_data_row, "
            "button[name=action_back]:visible"
        )
        told.first.wait_for()
        assert "Traceback" not in page.inner_text("body"), name
        assert_vietnamese(page)


def test_dwellings_on_the_map(demo_server, new_page, shot):
    """The map works with nothing from outside: pins open dwellings, a click sets a position that is kept."""
    page = new_page(by_login(demo_server, "canbo"))
    foreign = []
    page.on("request", lambda request: foreign.append(request.url) if demo_server.base_url not in request.url else None)
    open_client(page, "kdc-map")
    page.locator("path.o_kdc_pin_occupied").first.wait_for()
    page.locator("path.o_kdc_pin_vacant").first.wait_for()
    assert_vietnamese(page)
    shot(page, "officer-map")
    page.locator("path.o_kdc_pin_vacant").first.click()
    page.locator(".o_form_view .nav-link", has_text="Bản đồ").click()
    page.locator(".o_kdc_map_pin").wait_for()
    before = field(page, "latitude").locator("input").first.input_value()
    page.locator(".o_form_view .o_kdc_map").click(position={"x": 60, "y": 60})
    page.wait_for_function(
        "before => document.querySelector('.o_field_widget[name=latitude] input').value !== before", arg=before
    )
    shot(page, "officer-map-position")
    page.locator(".o_form_button_save").click()
    page.locator(".o_form_status_indicator_buttons.invisible").wait_for(state="attached")
    assert not [url for url in foreign if not url.startswith(("data:", "blob:"))], foreign


def record_event(page, kind):
    """Open the dialogue for an event of the first household with several members; return it."""
    click_surely(page.locator("button[name=action_record_event]:visible"))
    dialogue = page.locator(".modal")
    dialogue.locator(".o_form_view").wait_for()
    choose(page, dialogue, "kind", kind)
    return dialogue


def cancel_event(page):
    """Follow the notice to the event that was just confirmed and take it back."""
    link = page.locator(".o_notification a").first.get_attribute("href")
    page.goto(link)
    click_surely(page.locator("button[name=action_cancel]:visible").first)
    page.locator(".modal [name=reason]").locator("input, textarea").first.fill("Ghi nhầm")
    click_surely(page.locator(".modal .modal-footer .btn-primary"))
    page.get_by_text("Đã hủy: Ghi nhầm").wait_for()


def test_split_and_merge_and_take_back(demo_server, new_page, shot):
    """A member forms a household of the own, two households become one, and each is taken back with a reason."""
    page = new_page(by_login(demo_server, "canbo"))
    open_client(page, "kdc-households")
    people = page.locator(".o_data_row td[name=member_count]")
    people.first.wait_for()
    sizes = [int(cell.inner_text()) for cell in people.all()]
    people.nth(next(number for number, size in enumerate(sizes) if size > 2)).click()
    members = page.locator(".o_field_widget[name=live_membership_ids] .o_data_row td[name=resident_id]")
    members.first.wait_for()
    names, household = members.all_inner_texts(), page.url

    dialogue = record_event(page, "Tách hộ")
    dialogue.locator(".o_field_x2many_list_row_add a").first.click()
    row = dialogue.locator(".o_selected_row")
    look_up(page, row, "resident_id", names[-1])
    choose(page, row, "role", "Chủ hộ")
    assert_vietnamese(page)
    shot(page, "officer-split")
    press(page, "action_confirm")
    page.locator(".o_notification a").nth(1).wait_for()
    page.wait_for_function("count => document.querySelectorAll("
                           "'.o_field_widget[name=live_membership_ids] .o_data_row').length === count",
                           arg=len(names) - 1)  # fmt: skip
    cancel_event(page)

    page.goto(household)
    dialogue = record_event(page, "Nhập hộ")
    look_up(page, dialogue, "target_household_id", "Hộ ")
    rows = dialogue.locator(".o_field_widget[name=line_ids] .o_data_row")
    for number in range(len(names)):
        rows.nth(number).locator("[name=role]").click()
        choose(page, rows.nth(number), "role", "Khác")
    press(page, "action_confirm")
    page.locator(".o_notification a").nth(1).wait_for()
    page.locator(".ribbon").wait_for()
    assert_vietnamese(page)
    cancel_event(page)
    page.goto(household)
    members.nth(len(names) - 1).wait_for()
    assert sorted(members.all_inner_texts()) == sorted(names)


def test_duplicates_become_one(demo_server, new_page, shot):
    """The administrator compares two records of one person and makes one of them."""
    page = new_page(by_login(demo_server, "admin"))
    open_client(page, "kdc-duplicates")
    page.locator(".o_data_row button[name=action_merge]").first.click()
    page.locator(".modal [name=drop_id]").wait_for()
    assert_vietnamese(page)
    shot(page, "admin-merge")
    press(page, "action_merge")
    page.locator(".o_form_view .o_Chatter, .o_form_view .o-mail-Chatter").get_by_text("Đã gộp với hồ sơ").wait_for()
