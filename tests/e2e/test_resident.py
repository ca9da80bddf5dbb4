"""The resident on a phone: home, bill with explanation and QR, papers, household, notices; with and without
JavaScript.
"""

import io
import re

import pytest
from pypdf import PdfReader

from .checks import assert_fits, assert_good
from .people import by_login, follow

pytestmark = pytest.mark.e2e
AMOUNT = re.compile(r"\d{1,3}(\.\d{3})* ₫")


def test_bill_from_home_to_paper(demo_server, new_page, shot):
    """Flow 4: from home to the QR code in two taps, the explanation adds up, the paper can be downloaded."""
    page = new_page(by_login(demo_server, "cudan"), phone=True)
    assert page.url.endswith("/my")
    assert_good(page)
    shot(page, "resident-home", full=True)
    follow(page.locator(".k-task[href^='/my/bills/']").first)
    page.wait_for_selector(".k-qr svg")
    assert AMOUNT.search(page.locator(".k-bill-sum .k-amount").inner_text().replace("\xa0", " "))
    assert page.locator(".k-why tbody tr").count() >= 4, "no explanation tier by tier"
    assert page.locator(".k-bars li").count() == 12
    assert_good(page)
    shot(page, "resident-bill", full=True)
    page.locator(".k-card:has(.k-why)").evaluate("card => window.scrollTo(0, card.offsetTop - 12)")
    shot(page, "resident-bill-why")
    for path, start in (("pdf", b"%PDF"), ("qr.png", b"\x89PNG")):
        answer = page.request.get(f"{page.url}/{path}")
        assert answer.ok and answer.body().startswith(start)
    page.goto("/my/bills")
    assert_good(page)
    shot(page, "resident-bills")
    follow(page.locator(".k-list-item:has(.k-badge-ok)").first)
    follow(page.locator("a[href^='/my/receipts/']").first)
    assert_good(page)
    shot(page, "resident-receipt", full=True)
    assert page.request.get(f"{page.url}/pdf").body().startswith(b"%PDF")


@pytest.mark.parametrize(
    "path",
    [
        "household",
        "household/consents",
        "household/my-data",
        "notifications",
        "password",
        "feedback",
        "feedback/new",
        "orders",
    ],
)
def test_every_page_of_a_resident(demo_server, new_page, shot, path):
    """Vietnamese, no sideways scrolling, accessible, large enough to tap."""
    page = new_page(by_login(demo_server, "cudan"), phone=True)
    assert page.goto(f"/my/{path}").ok
    shot(page, f"resident-{path.replace('/', '-')}", full=True)
    assert_good(page)


def test_without_javascript(demo_server, new_page, shot):
    """Log in, read a bill, read a notice and change the password, with scripts switched off."""
    person = by_login(demo_server, "cudan2")
    page = new_page(person, phone=True, javascript=False)
    page.goto("/my/bills")
    follow(page.locator(".k-list-item").first)
    assert page.locator(".k-qr svg, .k-badge-ok").count()
    page.goto("/my/notifications")
    shot(page, "resident-notices-nojs")
    if page.locator("form button[type=submit]:visible").count():
        follow(page.locator("form button[type=submit]:visible").first)
        assert "/my/notifications" in page.url
    change_password(page, "not it", "hẻm nhỏ phố dài")
    assert page.locator(".k-error").count(), "a wrong password must be told"
    shot(page, "resident-password-wrong-nojs")
    change_password(page, person["password"], person["password"] + "1")
    assert page.locator(".k-flash").count() and not page.locator(".k-error").count()
    change_password(page, person["password"] + "1", person["password"])
    assert page.locator(".k-flash").count() and not page.locator(".k-error").count()


def change_password(page, old, new):
    """Fill and send the form for a new password."""
    page.goto("/my/password")
    page.fill("#password", old)
    page.fill("#new_password", new)
    page.fill("#new_password_again", new)
    follow(page.locator(".k-actions button"))


def test_login_and_activation_pages(new_page, shot):
    """The first pages anybody sees; a wrong code gets a sentence and keeps what was typed."""
    page = new_page(phone=True)
    for path in ("/web/login", "/activate"):
        assert page.goto(path).ok
        assert_good(page)
        shot(page, f"resident-{path.rsplit('/', 1)[1]}")
    page.fill("#code", "1234 5678 9012")
    page.fill("#last_four", "1234")
    page.fill("#phone", "0905 123 456")
    page.fill("#new_password", "hẻm nhỏ phố dài")
    page.fill("#new_password_again", "hẻm nhỏ phố dài")
    follow(page.locator(".k-actions button[type=submit]"))
    assert page.locator(".k-error").count()
    assert "0905" in page.input_value("#phone")
    assert_good(page)
    shot(page, "resident-activate-wrong")


def test_other_households_stay_closed(demo_server, new_page):
    """Somebody else's numbers in every address are answered like pages that do not exist."""
    owner = new_page(by_login(demo_server, "cudan2"), phone=True, javascript=False)
    owner.goto("/my/bills")
    bill = owner.locator(".k-list-item").first.get_attribute("href")
    stranger = new_page(by_login(demo_server, "cudan"), phone=True, javascript=False)
    for path in (bill, f"{bill}/pdf", f"{bill}/qr.png", bill.replace("bills", "receipts"), "/my/receipts/999999/pdf",
                 "/my/feedback/999999", "/my/shop/orders/1", "/my/shop/listings/1", "/my/orders/999999"):  # fmt: skip
        answer = stranger.request.get(path, max_redirects=0)
        assert answer.status in (303, 403, 404), f"{path} → {answer.status}"


def test_anybody_can_check_a_letter(demo_server, new_page, shot):
    """The code on a letter leads to its number and validity and to nothing else; a wrong one gets a plain answer."""
    owner = new_page(by_login(demo_server, "cudan"), phone=True, javascript=False)
    owner.goto("/my/letters")
    follow(owner.locator(".k-list-item:has(.k-badge-ok) a, a.k-list-item:has(.k-badge-ok)").first)
    letter = PdfReader(io.BytesIO(owner.request.get(owner.locator("a[href$='/file']").get_attribute("href")).body()))
    words = re.sub(r"\s", "", "".join(sheet.extract_text() for sheet in letter.pages))
    token = re.search(r"/verify/([\w-]{22})", words)[1]
    stranger = new_page(phone=True, javascript=False)
    assert stranger.goto(f"/verify/{token}").ok
    assert stranger.locator(".k-badge-ok").is_visible()
    assert_fits(stranger)
    shot(stranger, "verify-letter")
    answer = stranger.request.get(f"/verify/{token[:-1]}_")
    assert answer.status == 404 and "Không tìm thấy" in answer.text()
