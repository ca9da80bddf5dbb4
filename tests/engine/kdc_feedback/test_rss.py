from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st
from kdc_feedback_engine import rss
from lxml import etree

CHANNEL = {
    "title": "Phản ánh – Phường A", "link": "https://x.vn/phan-anh", "description": "Mô tả", "language": "vi",
    "self": "https://x.vn/phan-anh/rss.xml?area=1&category=2",
}  # fmt: skip
ITEM = {
    "title": "PA-1 <b>Đèn</b>", "link": "https://x.vn/phan-anh/PA-1", "date": datetime(2026, 11, 18, 2, 0),
    "description": "Chữ & chữ", "category": "Đèn",
}  # fmt: skip


def test_the_required_elements():
    root = etree.fromstring(rss.write(CHANNEL, [ITEM]))
    assert (root.tag, root.get("version")) == ("rss", "2.0")
    assert [root.findtext(f"channel/{name}") for name in ("title", "link", "description")] == [
        CHANNEL["title"], CHANNEL["link"], CHANNEL["description"],
    ]  # fmt: skip
    item = root.find("channel/item")
    assert item.findtext("guid") == item.findtext("link") == ITEM["link"]
    assert item.find("guid").get("isPermaLink") == "true"
    assert item.findtext("pubDate") == "Wed, 18 Nov 2026 02:00:00 +0000"
    assert root.findtext("channel/lastBuildDate") == "Wed, 18 Nov 2026 02:00:00 +0000"
    assert root.find(f"channel/{{{rss.ATOM}}}link").get("href") == CHANNEL["self"]


def test_an_empty_feed_is_a_feed():
    assert etree.fromstring(rss.write(CHANNEL, [])).find("channel/item") is None


@given(st.text())
def test_no_text_breaks_it(text):
    root = etree.fromstring(rss.write(CHANNEL, [{**ITEM, "title": text, "description": text, "category": text}]))
    assert len(root.findall("channel/item")) == 1
