"""Resident and ward: flow 7 from a photo on the phone to a promised date, an answer, a better one and a rating; what
the staff do beside it on the spot, with photos and with figures.
"""

import io
import math
import re

import pytest
from PIL import Image
from playwright.sync_api import expect

from .checks import assert_good, assert_vietnamese
from .generator import drawing
from .people import by_login, choose, click_surely, field, follow, open_client, press, rpc

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
ON_THE_SPOT = "Đã xử lý xong tại chỗ, mời Ông/Bà xem ảnh."
#: metres of a degree of latitude
DEGREE = 111_320
#: A rectangle and places inside and outside of it, as parts of the width and the height of a photo.
CORNERS = ((0.1, 0.1), (0.6, 0.6))
INSIDE = ((0.15, 0.15), (0.35, 0.35), (0.55, 0.55))
OUTSIDE = ((0.05, 0.05), (0.35, 0.8), (0.8, 0.35), (0.8, 0.8))
#: of 255: how much of a colour JPEG may change
JPEG = 16
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


def test_result_from_a_dead_spot(demo_server, new_page, shot):
    """The handler's cases lie on the way on foot; a result with a photo is taken once, though its answer got lost."""
    page = new_page(by_login(demo_server, "xuly"), phone=True)
    page.goto("/kdc/inspection")
    page.wait_for_selector("#inspection[data-ready='1'][data-kept='1']")
    cases = page.request.post("/kdc/inspection/list", data={"jsonrpc": "2.0", "params": {}}).json()["result"]["cases"]
    rows = page.locator("[data-inspection=list] li")
    placed = [case for case in cases if case["position"]]
    expect(rows.first, "the most urgent one").to_contain_text(placed[0]["number"])
    page.context.set_offline(True)
    expect(page.locator("[data-inspection=offline]")).to_be_visible()
    page.reload()
    page.wait_for_selector("#inspection[data-ready='1']")
    case = walk(page, rows, placed)
    assert_good(page)
    shot(page, "inspection-way")

    rows.first.locator("button").click()
    page.locator("[name=outcome][value=done]").check()
    page.locator("[data-inspection=form] button[type=submit]").click()
    expect(page.locator("[data-inspection=problem]"), "asked for where it can still be answered").to_be_visible()
    page.fill("#i_body", ON_THE_SPOT)
    page.set_input_files("#i_photo", {"name": "IMG_2.jpg", "mimeType": "image/jpeg", "buffer": drawing.scene("lamp")})
    assert_good(page)
    shot(page, "inspection-result", full=True)
    page.locator("[data-inspection=form] button[type=submit]").click()
    expect(rows.locator(".k-badge-warn")).to_have_count(1)
    page.reload()
    expect(rows.locator(".k-badge-warn"), "closing the page loses nothing").to_have_count(1)

    sent = []
    page.context.route("**/kdc/inspection/send", lambda route: lose_answer(route, sent), times=1)
    page.goto("about:blank")  # the phone is put away
    page.context.set_offline(False)
    for _time in range(2):  # the page sends by itself when it is opened, and again what was not answered
        page.goto("/kdc/inspection")
        page.wait_for_selector("#inspection[data-ready='1']")
    assert [[result["state"] for result in answer] for answer in sent] == [["done"]], "taken, and the answer got lost"
    expect(rows).to_have_count(len(cases) - 1)
    expect(rows.filter(has_text=case["number"])).to_have_count(0)
    told = [["body", "ilike", ON_THE_SPOT]]  # the note of one that came too late would hold the words too
    results = rpc(page, "kdc.feedback.message", "search_read", told, ["feedback_id", "photo_ids"])
    assert [(result["feedback_id"][0], len(result["photo_ids"])) for result in results] == [(case["id"], 1)]
    # Chromium writes into the console what it could not load meanwhile.
    lost = ("ERR_INTERNET_DISCONNECTED", "ERR_FAILED")
    new_page.complaints[:] = [line for line in new_page.complaints if not any(one in line for one in lost)]


def walk(page, rows, cases):
    """Stand where the least urgent case is: the way begins there, and each step goes to the nearest one left.

    :param cases: those with a position; the others come at the end
    :returns: the case the way begins with
    """
    elsewhere = [case["position"] for case in cases if case["position"] != cases[0]["position"]]
    assert elsewhere, "the demo leaves a way to walk"
    here = elsewhere[-1]
    start = next(case for case in cases if case["position"] == here)
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation(dict(zip(("latitude", "longitude"), here, strict=True)))
    page.locator("[data-inspection=order]").select_option("here")
    expect(rows.first).to_contain_text(start["number"])
    numbers = [re.search(r"PA-\d{4}-\d{5}", text)[0] for text in rows.all_inner_texts()[: len(cases)]]
    places = {case["number"]: ground(case["position"]) for case in cases}
    assert sorted(numbers) == sorted(places)
    for step, (number, following) in enumerate(zip(numbers, numbers[1:], strict=False), start=1):
        nearest = min(math.dist(places[number], places[other]) for other in numbers[step:])
        assert math.dist(places[number], places[following]) < nearest + 1, numbers
    return start


def ground(position):
    """Return a position in metres, near enough for one ward."""
    latitude, longitude = position
    return latitude * DEGREE, longitude * DEGREE * math.cos(math.radians(latitude))


def lose_answer(route, sent):
    """The server takes what was sent, and the network fails before the phone reads so."""
    sent.append(route.fetch().json()["result"])
    route.abort()


def test_part_of_a_photo_and_the_list_behind_a_figure(demo_server, new_page, shot):
    """What the dispatcher draws over is black for everybody until the original is put back; a figure opens its list."""
    page, public = new_page(by_login(demo_server, "tiepnhan")), new_page().request
    shown = [["is_public", "=", True], ["photo_ids.kind", "=", "before"]]
    [feedback] = rpc(page, "kdc.feedback", "search_read", shown, ["number", "photo_ids"], 0, 1, "id")
    address = f"/phan-anh/{feedback['number']}/anh/{feedback['photo_ids'][0]}/full"
    before = public.get(address).body()
    open_client(page, f"feedback-inbox/{feedback['id']}")
    draw_over(page, shot)
    covered = public.get(address).body()
    assert all(max(colour) < JPEG for colour in colours(covered, INSIDE))
    assert not any(max(colour) < JPEG for colour in colours(before, INSIDE)), "nothing was black before"
    for old, new in zip(colours(before, OUTSIDE), colours(covered, OUTSIDE), strict=True):
        assert max(abs(one - other) for one, other in zip(old, new, strict=True)) < JPEG
    page.locator(".o_notebook .nav-link[name=moderation]").click()
    press(page, "action_restore")
    assert public.get(address).body() == before, "the original was kept"

    open_client(page, "feedback-figures")
    figure = field(page, "line_ids").locator("td[name=open] button").first
    count = figure.inner_text()
    figure.click()
    expect(page.locator(".o_list_view .o_pager_limit")).to_have_text(count)
    assert_vietnamese(page)


def draw_over(page, shot):
    """Draw one black rectangle over the first photo of the open feedback, and say why."""
    click_surely(page.locator(".o_form_statusbar").get_by_role("button", name="Kiểm duyệt", exact=True))
    dialog = page.locator(".modal")
    choose(page, dialog, "what", "Che một phần ảnh")
    dialog.locator("[name=mode] input[data-value=cover]").check()
    field(page, "reason").locator("input").fill("Thấy rõ biển số xe")
    photo = dialog.locator(".o_kdc_boxes_ground img")
    expect(photo).to_have_js_property("complete", True)
    photo.scroll_into_view_if_needed()
    frame = photo.bounding_box()
    corners = [(frame["x"] + x * frame["width"], frame["y"] + y * frame["height"]) for x, y in CORNERS]
    page.mouse.move(*corners[0])
    page.mouse.down()
    page.mouse.move(*corners[1], steps=4)
    page.mouse.up()
    expect(dialog.locator(".o_kdc_box")).to_have_count(1)
    expect(dialog.locator("[name=preview] img")).to_be_visible()
    assert_vietnamese(page)
    shot(page, "feedback-photo-boxes")
    press(page, "action_apply")
    dialog.wait_for(state="hidden")


def colours(photo, places):
    """Return the colours of a photo at some places."""
    image = Image.open(io.BytesIO(photo)).convert("RGB")
    return [image.getpixel((int(x * image.width), int(y * image.height))) for x, y in places]
