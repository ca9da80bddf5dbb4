"""The public board on a phone: list, filters, one feedback, map and figures; without scripts, by a stranger."""

import pytest

from .checks import assert_good
from .people import follow

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no-scripts"])
def test_a_stranger_reads_the_board(demo_server, new_page, shot, javascript):
    page = new_page(phone=True, javascript=javascript)
    page.goto("/welcome")
    follow(page.locator("main a[href='/phan-anh']"))
    rows = page.locator(".b-list a")
    assert rows.count()
    if javascript:
        assert_good(page)
        shot(page, "board-list")
    page.locator("summary").first.click()
    page.select_option("#state", "done")
    follow(page.locator("form button[type=submit]"))
    assert "state=done" in page.url
    follow(rows.first)
    assert page.locator(".f-timeline li").count()
    if javascript:
        assert_good(page)
        shot(page, "board-page")
    for address, picture in (("/phan-anh/ban-do", "board-map"), ("/phan-anh/thong-ke", "board-figures")):
        page.goto(address)
        if javascript:
            assert_good(page)
            shot(page, picture)
    page.goto("/phan-anh/ban-do")
    follow(page.locator(".b-map a").first)
    assert "v=" in page.url
