"""A shop from its application to the first order handed over, and a basket over three shops, on phones of 360 px."""

import re

import pytest
from playwright.sync_api import expect

from .checks import assert_accessible, assert_good, assert_vietnamese
from .generator import drawing
from .people import by_login, follow, open_client, press, put_into_basket
from .test_market import add_listing

pytestmark = pytest.mark.e2e
SHOP = "Vườn dừa Sáu Đông"
GOODS = "Dừa xiêm Ninh Đa"
CATEGORY = "Rau củ, trái cây"
#: what else lies in the basket: listings of two other shops of the demo
OTHERS = {"nem nuong": "Nem nướng cuốn", "buoi da xanh": "Bưởi da xanh"}


def test_from_application_to_the_first_order_handed_over(demo_server, new_page, shot):
    """A resident opens a shop and sells; a neighbour buys from three shops at once and changes his mind about one."""
    owner = new_page(by_login(demo_server, "cudan"), phone=True)
    moderator = new_page(by_login(demo_server, "cho"))
    buyer = new_page(by_login(demo_server, "cudan2"), phone=True)

    apply(owner, shot)
    approve(moderator, shot)
    owner.goto("/my/shop")
    expect(owner.locator(".k-badge-ok")).to_be_visible()
    add_listing(owner, GOODS, "30000", drawing.goods("fruit", "#7fae4a", "#b9d77f"), category=CATEGORY)
    publish(moderator)

    fill_basket(buyer)
    watch(owner)
    number = order_all(buyer, shot)
    rings(owner)
    cancel_one(buyer, number, shot)

    serve(owner, shot)
    follow(order_of(buyer, SHOP))
    follow(buyer.locator("form[action$='/received'] button"))
    expect(buyer.locator("form[action$='/received']")).to_have_count(0)
    assert_good(buyer)
    shot(buyer, "orders-done", full=True)
    owner.goto("/my/shop/statement")
    assert_good(owner)
    expect(owner.get_by_text("30.000").first).to_be_visible()
    shot(owner, "orders-statement", full=True)


def apply(page, shot):
    """Apply for a shop on the phone; what is missing is asked for and nothing typed is lost."""
    page.goto("/my/shop")
    assert_good(page)
    shot(page, "orders-no-shop")
    follow(page.locator(".k-actions a.k-btn-primary"))
    page.fill("#name", SHOP)
    page.fill("#address", "12 Trần Phú, trước cổng chợ")
    page.fill("#description", "Dừa hái mỗi sáng tại vườn.")
    assert_good(page)
    follow(page.locator(".k-actions button[type=submit]"))
    expect(page.locator("p.k-error").first).to_be_visible()  # the promise to answer for the goods was not ticked
    expect(page.locator("#name")).to_have_value(SHOP)
    page.check("input[name=agree]")
    shot(page, "orders-apply", full=True)
    follow(page.locator(".k-actions button[type=submit]"))
    page.wait_for_url(re.compile("/my/shop$"))
    expect(page.locator(".k-badge-info")).to_be_visible()
    assert_good(page)


def approve(page, shot):
    """The moderator opens the new shop from the list of applications."""
    open_client(page, "market-shops")
    page.locator(".o_kanban_record, .o_data_row").filter(has_text=SHOP).first.click()
    page.locator("button[name=action_approve]").wait_for()
    assert_vietnamese(page)
    shot(page, "orders-application")
    press(page, "action_approve")
    page.locator("button[name=action_approve]").wait_for(state="hidden")


def publish(page):
    """The moderator publishes the first listing of the shop."""
    open_client(page, "market-queue")
    page.get_by_text(GOODS).first.click()
    page.locator("button[name=action_kdc_publish]").wait_for()
    press(page, "action_kdc_publish")
    page.locator("button[name=action_kdc_publish]").wait_for(state="hidden")


def watch(page):
    """The owner leaves the page of the shop open; its clock can be turned from here on."""
    page.clock.install()
    page.goto("/my/shop")
    expect(page.locator("[data-market-watch]")).to_be_hidden()


def rings(page):
    """Half a minute later the open page has asked: the number stands in its title, the way to the order on it."""
    page.clock.run_for(31_000)
    expect(page.locator("[data-market-watch]")).to_be_visible()
    expect(page).to_have_title(re.compile(r"^\(1\) "))


def fill_basket(page):
    """Find goods of three shops without typing diacritics and put them into one basket."""
    for words, name in {"dua xiem": GOODS, **OTHERS}.items():
        page.goto(f"/shop?search={words.replace(' ', '+')}")
        follow(page.locator("a[href*='/shop/']").filter(has_text=name).first)
        put_into_basket(page, page.url)


def order_all(page, shot):
    """Order the basket of three shops with one tap; return the number all three orders share."""
    page.goto("/shop/handover")
    expect(page.locator("section[data-market-shop]")).to_have_count(3)
    assert_good(page)
    shot(page, "orders-three-shops", full=True)
    follow(page.locator("button[value=order]"))
    page.wait_for_url(re.compile("/my/orders$"))
    assert_good(page)
    shot(page, "orders-sent", full=True)
    number = page.locator("a.k-list-item").filter(has_text=SHOP).inner_text()
    number = re.search(r"(\S+)-\d\b", number)[1]
    expect(page.locator("a.k-list-item").filter(has_text=number)).to_have_count(3)
    return number


def order_of(page, shop):
    """Return the newest of my orders in this shop."""
    page.goto("/my/orders")
    return page.locator("a.k-list-item").filter(has_text=shop).first


def cancel_one(page, number, shot):
    """Cancel one order of the basket before its shop has answered; the others go on."""
    follow(order_of(page, "Nem nướng Bà Hai"))
    page.fill("#reason", "Tối nay nhà tôi đi vắng.")
    follow(page.locator("form[action$='/cancel'] button"))
    expect(page.locator(".k-badge-muted")).to_be_visible()
    expect(page.locator("form[action$='/cancel']")).to_have_count(0)
    assert_good(page)
    shot(page, "orders-cancelled", full=True)
    page.goto("/my/orders")
    expect(page.locator("a.k-list-item").filter(has_text=number).locator(".k-badge-info")).to_have_count(2)


def serve(page, shot):
    """The owner finds the order among the new ones and takes it to the hand-over, step by step."""
    page.goto("/my")
    expect(page.locator("a.k-task[href='/my/shop/orders']")).to_be_visible()
    page.goto("/my/shop/orders")
    assert_good(page)
    follow(page.locator("a.k-list-item").filter(has_text=GOODS).first)
    address = page.url
    for step in ("accepted", "ready", "handed_over"):
        page.goto(address)
        assert_accessible(page)
        shot(page, f"orders-before-{step}", full=True)
        follow(page.locator(f"form[action$='/{step}'] button"))
        expect(page.locator(".k-error")).to_have_count(0)
    page.goto(address)
    expect(page.locator(".k-badge-ok")).to_be_visible()
    expect(page.locator("form[action$='/handed_over']")).to_have_count(0)
