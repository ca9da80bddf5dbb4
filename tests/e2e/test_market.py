"""Shop owner, moderator and buyer: flow 6 from a photo on the phone to an accepted order."""

import re

import pytest

from .checks import assert_accessible, assert_fits, assert_good, assert_vietnamese
from .generator import drawing
from .people import by_login, follow, open_client, put_into_basket

pytestmark = pytest.mark.e2e
GOODS = "Bánh xèo tôm mực"


def test_from_listing_to_order(demo_server, new_page, shot):
    """The owner adds a listing with a photo, the moderator publishes it, a resident orders, the owner accepts."""
    owner = new_page(by_login(demo_server, "chushop"), phone=True)
    owner.goto("/my/shop")
    assert_good(owner)
    shot(owner, "shop-home", full=True)
    add_listing(owner, GOODS, "35000", drawing.goods("cake", "#f3d27a", "#d98b2b"))
    assert owner.get_by_text(GOODS).count()
    assert_good(owner)
    shot(owner, "shop-listings")

    visitor = new_page(phone=True)
    visitor.goto("/shop")
    assert not visitor.get_by_text(GOODS).count(), "shown before anybody has checked it"

    moderator = new_page(by_login(demo_server, "cho"))
    open_client(moderator, "market-queue")
    moderator.get_by_text(GOODS).first.click()
    moderator.locator("button[name=action_kdc_publish]").wait_for()
    assert_vietnamese(moderator)
    shot(moderator, "moderator-listing")
    moderator.locator("button[name=action_kdc_publish]").click()
    moderator.locator("button[name=action_kdc_publish]").wait_for(state="hidden")

    visitor.goto("/shop")
    assert_vietnamese(visitor)
    assert_fits(visitor)
    assert_accessible(visitor)
    shot(visitor, "market", full=True)
    follow(visitor.get_by_text(GOODS).first)
    visitor.wait_for_url(re.compile("/shop/"))
    assert_vietnamese(visitor)
    assert_fits(visitor)
    assert_accessible(visitor)
    shot(visitor, "market-listing", full=True)

    buyer = new_page(by_login(demo_server, "cudan2"), phone=True)
    order(buyer, visitor.url, shot)
    assert buyer.locator(".k-list-item, .k-card").get_by_text("Bún cá Cô Tám").count()
    shot(buyer, "buyer-orders")

    owner.goto("/my/shop/orders")
    assert_good(owner)
    shot(owner, "shop-orders")
    follow(owner.locator("a.k-list-item").filter(has_text=GOODS).first)
    assert_good(owner)
    shot(owner, "shop-order", full=True)
    follow(owner.locator("form[action$='/accepted'] button"))
    assert not owner.locator(".k-error").count()

    buyer.goto("/my/notifications")
    assert buyer.locator(".k-list-item, li").first.inner_text()
    buyer.goto("/my/orders")
    follow(buyer.locator("a.k-list-item").first)
    assert_good(buyer)
    shot(buyer, "buyer-order", full=True)


def add_listing(page, name, price, photo, category=None):
    """Fill the form of a listing as a shop owner does on the phone.

    :param category: its name; a shop that has listings is offered the category of the newest one
    """
    page.goto("/my/shop/listings/new")
    page.set_input_files("#photo", {"name": "IMG_0001.jpg", "mimeType": "image/jpeg", "buffer": photo})
    page.fill("#name", name)
    if category:
        page.select_option("#category", label=category)
    page.fill("#price", price)
    page.fill("#unit", "phần")
    if page.locator("#quantity").count():
        page.fill("#quantity", "10")
    page.fill("#description", "Đổ khi có khách, kèm rau sống và nước mắm.")
    follow(page.locator(".k-actions button[type=submit]"))
    page.wait_for_url(re.compile("/my/shop/listings$"))


def order(page, url, shot):
    """Put the listing into the basket and order it."""
    put_into_basket(page, url)
    page.goto("/shop/cart")
    assert_vietnamese(page)
    assert_fits(page)
    shot(page, "market-basket", full=True)
    page.goto("/shop/handover")
    assert_good(page)
    shot(page, "market-handover", full=True)
    follow(page.locator("button[value=order]"))
    page.wait_for_url(re.compile("/my/orders"))


def test_without_javascript(demo_server, new_page, shot):
    """A listing is sent and goods are ordered with scripts switched off; a file that is no photo is refused kindly."""
    owner = new_page(by_login(demo_server, "chushop"), phone=True, javascript=False)
    owner.goto("/my/shop/listings/new")
    owner.set_input_files("#photo", {"name": "virus.jpg", "mimeType": "image/jpeg", "buffer": b"<svg onload=alert(1)>"})
    owner.fill("#name", "Chè đậu xanh")
    owner.fill("#price", "15.000")
    follow(owner.locator(".k-actions button[type=submit]"))
    assert owner.locator(".k-error").count() and owner.input_value("#name") == "Chè đậu xanh"
    shot(owner, "shop-listing-bad-photo-nojs")
    add_listing(owner, "Chè đậu xanh", "15.000", drawing.goods("bowl", "#8a9a4b", "#c9d08f"))

    buyer = new_page(by_login(demo_server, "cudan"), phone=True, javascript=False)
    buyer.goto("/shop?search=bun+ca")
    follow(buyer.locator("a[href*='/shop/']").filter(has_text="Bún cá dầm").first)
    follow(buyer.locator("form[action='/shop/basket/add'] button"))
    buyer.goto("/shop/handover")
    follow(buyer.locator("button[value=order]"))
    assert "/my/orders" in buyer.url
    shot(buyer, "buyer-orders-nojs")
