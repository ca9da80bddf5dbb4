"""Resident and ward: flow 7 from a photo on the phone to a promised date, an answer, a better one and a rating."""

import re

import pytest
from playwright.sync_api import expect

from .checks import assert_good, assert_vietnamese
from .generator import drawing
from .people import by_login, click_surely, follow, open_client, press

pytestmark = pytest.mark.e2e
WORDS = "Bóng đèn trước cổng trường mẫu giáo không sáng từ tối chủ nhật"
#: What the phone still keeps of the form when it was given a minute to forget it; other pages keep things of their own.
LEFT_ON_THE_PHONE = """async () => {
    let left = [];
    for (let attempt = 0; attempt < 300; attempt++) {
        const databases = await indexedDB.databases();
        left = [...Object.keys(localStorage), ...databases.map((database) => database.name)]
            .filter((name) => name.startsWith("kdc-feedback"));
        if (!left.length) {
            break;
        }
        await new Promise((done) => setTimeout(done, 200));
    }
    return left;
}"""
ANSWER = "Đội điện đã thay bóng lúc 15 giờ, mời Ông/Bà kiểm tra tối nay."
OBJECTION = "Tối qua đèn vẫn tắt"
FINAL = "Đã thay cả chấn lưu, đèn sáng từ 18 giờ."
#: All that the clocks of a feedback count from and to.
TIMES = (
    "submitted_at", "term_start", "received_at", "reception_warning", "reception_deadline", "reception_escalation_at",
    "handling_warning", "handling_deadline", "escalation_at", "next_deadline",
)  # fmt: skip


def test_from_phone_to_answer(demo_server, new_page, shot):
    """Sent with a photo from a dead spot, promised, received, overdue by time alone, answered, disputed, answered again
    and rated; both are told in the system.
    """
    resident = new_page(by_login(demo_server, "cudan2"), phone=True)
    send_without_network(resident, "Đèn đường không sáng", WORDS, shot)
    # Chromium writes into the console what it could not load meanwhile.
    new_page.complaints[:] = [line for line in new_page.complaints if "ERR_INTERNET_DISCONNECTED" not in line]
    address = re.sub(r"\?.*", "", resident.url)
    number = re.search(r"PA-\d{4}-\d{5}", resident.inner_text("body"))[0]
    assert re.search(r"\d{2}/\d{2}/\d{4}", resident.inner_text("main, body")), "no promised date"
    assert resident.locator("img.k-photo, img[src*='/photo/']").count(), "the photo is not shown"
    assert_good(resident)
    shot(resident, "feedback-sent", full=True)

    officer = new_page(by_login(demo_server, "tiepnhan"))
    open_client(officer, "feedback-inbox")
    assert_vietnamese(officer)
    shot(officer, "feedback-inbox")
    officer.get_by_text(number).first.click()
    officer.locator("button[name=action_receive]").wait_for()
    assert_vietnamese(officer)
    shot(officer, "feedback-form")
    press(officer, "action_receive")
    officer.locator("button[name=action_start]").wait_for()
    press(officer, "action_start")
    let_time_pass(demo_server, new_page().request, number)
    resident.goto(address)
    expect(resident.locator(".f-promise.f-late .k-error")).to_be_visible()
    shot(resident, "feedback-overdue", full=True)
    give_result(officer, ANSWER)

    resident.goto("/my")
    assert_good(resident)
    shot(resident, "feedback-home-answer", full=True)
    resident.goto("/my/notifications")
    assert resident.get_by_text(number).count(), "the resident was not told"
    resident.goto(address)
    assert resident.get_by_text(ANSWER).count()
    assert_good(resident)
    shot(resident, "feedback-answer", full=True)
    resident.locator("details:has(form[action$='/dispute']) summary").click()
    resident.fill("#dispute_body", OBJECTION)
    follow(resident.locator("form[action$='/dispute'] button"))
    expect(resident.locator(".f-promise:not(.f-late) .f-date")).to_be_visible()

    officer.reload()
    officer.locator("button[name=action_start]").wait_for()
    press(officer, "action_start")
    give_result(officer, FINAL)
    resident.goto(address)
    expect(resident.get_by_text(FINAL)).to_be_visible()
    resident.locator("form[action$='/confirm'] input[value='5']").check()
    follow(resident.locator("form[action$='/confirm'] button"))
    assert not resident.locator("form[action$='/confirm']").count()


def let_time_pass(server, http, number):
    """Forty days go by for one feedback, then the scheduled job runs; nobody opens it."""
    moved = ", ".join(f"{name} = {name} - interval '40 days'" for name in TIMES)
    query = server.runtime.databases.query
    query(f"UPDATE kdc_feedback SET {moved} WHERE number = '{number}'", server.database)
    ((job,),) = query("SELECT res_id FROM ir_model_data WHERE name = 'ir_cron_update_clocks'", server.database)
    admin = by_login(server, "admin")
    who = {"db": server.database, "login": admin["login"], "password": admin["password"]}
    run = {"model": "ir.cron", "method": "method_direct_trigger", "args": [[int(job)]], "kwargs": {}}
    for path, params in (("session/authenticate", who), ("dataset/call_kw", run)):
        answer = http.post(f"/web/{path}", data={"jsonrpc": "2.0", "method": "call", "params": params}).json()
        assert "error" not in answer, answer


def send_without_network(page, category, words, shot):
    """The form opens; words and photo wait on the phone, are there when it is opened again, and leave it once."""
    page.goto("/my/feedback/new")
    page.locator("html[data-feedback-kept]").wait_for()
    page.context.set_offline(True)
    page.goto("/my/feedback/new")
    page.locator("form[data-offline]").wait_for()
    fill(page, category, words)
    expect(page.locator("[data-preview] img")).to_have_count(1)
    page.locator(".k-actions button[type=submit]").click()
    expect(page.locator("[data-waiting]")).to_be_visible()
    shot(page, "feedback-no-network", full=True)
    page.goto("about:blank")  # the phone is put away
    page.context.set_offline(False)
    page.goto("/my/feedback/new", wait_until="commit")  # the page goes on by itself
    page.wait_for_url(re.compile(r"/my/feedback/\d+"))
    expect(page.locator("img.k-photo")).to_have_count(1)
    assert page.evaluate(LEFT_ON_THE_PHONE) == []
    sent = page.url
    page.goto("/my/feedback")
    expect(page.get_by_text(words)).to_have_count(1)
    page.goto(sent)


def send(page, category, words):
    """Send the form as on a phone."""
    page.goto("/my/feedback/new")
    fill(page, category, words)
    follow(page.locator(".k-actions button[type=submit]"))


def fill(page, category, words):
    """Fill the form in."""
    page.set_input_files(
        "#photo_choose", {"name": "IMG_0001.jpg", "mimeType": "image/jpeg", "buffer": drawing.scene("lamp")}
    )
    if page.locator("#location").is_visible():
        page.fill("#location", "Trường mẫu giáo Hướng Dương")
    page.select_option("#category_id", label=category)
    page.fill("#description", words)


def give_result(page, words):
    """Answer through the dialog that the button opens."""
    page.locator(".o_form_statusbar .btn-primary:visible, .o_statusbar_buttons .btn-primary:visible").first.click()
    page.locator(".modal .o_field_widget[name=body] textarea").fill(words)
    assert_vietnamese(page)
    click_surely(page.locator(".modal button[name=action_apply]:visible"))
    page.locator(".modal").wait_for(state="hidden")


def test_without_javascript(demo_server, new_page, shot):
    """An emergency says whom to call and sends nothing; nothing is lost when something is missing, a file that is no
    picture is refused, sending works without scripts.
    """
    page = new_page(by_login(demo_server, "cudan"), phone=True, javascript=False)
    page.goto("/my/feedback/new")
    emergency = page.locator("#category_id option[data-phone]").first.get_attribute("value")
    page.select_option("#category_id", emergency)
    page.fill("#description", "Cháy nhà")
    page.fill("#location", "Chợ")
    follow(page.locator(".k-actions button[type=submit]"))
    assert page.locator("#emergency a[href^='tel:']").count()
    shot(page, "feedback-emergency", full=True)
    page.goto("/my/feedback/new")
    page.set_input_files("#photo_choose", {"name": "anh.jpg", "mimeType": "image/jpeg", "buffer": b"khong phai anh"})
    page.fill("#description", "Nước chảy tràn vỉa hè")
    follow(page.locator(".k-actions button[type=submit]"))
    assert page.locator(".k-error").count()
    assert page.input_value("#description") == "Nước chảy tràn vỉa hè"
    shot(page, "feedback-bad-photo-nojs", full=True)
    send(page, "Rò rỉ đường ống", "Nước chảy tràn vỉa hè trước nhà sinh hoạt tổ dân phố")
    assert re.search(r"/my/feedback/\d+", page.url), page.inner_text("body")[:500]
    page.locator("details summary").first.click() if page.locator("details").count() else None
    shot(page, "feedback-sent-nojs", full=True)
    page.goto("/my/feedback")
    done = page.locator("a.k-list-item:has(.k-badge-ok)")
    if done.count():
        follow(done.first)
        if page.locator("form[action$='/confirm']").count():
            follow(page.locator("form[action$='/confirm'] button"))
            assert "/my/feedback" in page.url
