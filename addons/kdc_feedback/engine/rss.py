"""RSS 2.0 (https://www.rssboard.org/rss-specification), written with lxml."""

import re
from datetime import timezone
from email.utils import format_datetime

from lxml import etree

ATOM = "http://www.w3.org/2005/Atom"
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(channel: dict, items: list) -> bytes:
    """A feed.

    :param channel: ``title``, ``link``, ``description``, ``language``, ``self`` (address of the feed)
    :param items: dicts ``title``, ``link`` (also the guid, so it must stay), ``date`` (naive UTC), ``description``,
        ``category``
    """
    rss = etree.Element("rss", version="2.0", nsmap={"atom": ATOM})
    head = etree.SubElement(rss, "channel")
    for name in ("title", "link", "description", "language"):
        _text(head, name, channel[name])
    etree.SubElement(head, f"{{{ATOM}}}link", href=channel["self"], rel="self", type="application/rss+xml")
    if items:
        _text(head, "lastBuildDate", _date(max(item["date"] for item in items)))
    for item in items:
        element = etree.SubElement(head, "item")
        _text(element, "title", item["title"])
        _text(element, "link", item["link"])
        _text(element, "guid", item["link"]).set("isPermaLink", "true")
        _text(element, "pubDate", _date(item["date"]))
        _text(element, "description", item["description"])
        if item.get("category"):
            _text(element, "category", item["category"])
    return etree.tostring(rss, xml_declaration=True, encoding="utf-8")


def _text(parent, name, text):
    element = etree.SubElement(parent, name)
    element.text = _FORBIDDEN.sub("", text or "")
    return element


def _date(instant):
    return format_datetime(instant.replace(microsecond=0, tzinfo=timezone.utc))
