"""Whether somebody who reads Vietnamese meets English: on pages, and in the views of the web client."""

import re
from pathlib import Path

from lxml import etree, html

#: Words of user interfaces that are no Vietnamese syllables; the browser tests read the same list.
ENGLISH = frozenset(Path(__file__).with_name("english_words.txt").read_text().split())
#: Texts that are names and may be English: brands, file formats, addresses.
NAMES = ("odoo", "open311", "“delete”", "vietqr", "excel", "google", "pdf", "csv", ".xls", "http", "@", "www.")
#: Attributes of views and pages that are shown.
SHOWN = ("string", "placeholder", "title", "help", "confirm", "aria-label", "alt", "add-label", "sum", "avg")
ALWAYS = ("1", "True")
#: What the software puts something in for.
PLACE = re.compile(r"\{\w+\}")
CODE = ("script", "style", "template", "noscript", "code")


def english(texts):
    """Return those of the texts that hold an English word."""
    found = []
    for text in dict.fromkeys(text.strip() for text in texts if text):
        plain = PLACE.sub("", text.lower())
        words = "".join(char if char.isalpha() or char == "-" else " " for char in plain).split()
        if not any(name in text.lower() for name in NAMES) and ENGLISH.intersection(words):
            found.append(text)
    return found


def page_texts(content):
    """Return what somebody reads on a page.

    :param bytes content: the HTML
    """
    return list(_shown(html.fromstring(content)))


def view_texts(views, model):
    """Return what the web client shows of a model before there are records: labels, choices, buttons, hints.

    :param dict views: answer of ``get_views``
    :param str model: name of the model
    """
    texts = []
    for view in views["views"].values():
        tree = etree.fromstring(view["arch"])
        # nothing shows how a view itself is called
        tree.attrib.pop("string", None)
        texts += [*_shown(tree), *_field_texts(tree, model, views["models"])]
    return texts


def _shown(tree):
    """Yield the texts of a page or of the architecture of a view, without what is never shown."""
    for node in tree.iter():
        if not isinstance(node.tag, str) or node.tag in CODE or _hidden(node):
            continue
        yield node.text
        yield from (node.get(name) for name in SHOWN)
        yield from (child.tail for child in node)


def _field_texts(node, model, models):
    """Yield label, choices and hint of the fields below a node of a view, which is of this model."""
    for child in node.iterchildren(tag=etree.Element):
        field = child.tag == "field" and models.get(model, {}).get("fields", {}).get(child.get("name"))
        if not field:
            yield from _field_texts(child, model, models)
        elif not _hidden(child):
            yield from (child.get("string") or field["string"], field.get("help"))
            yield from (label for _value, label in field.get("selection") or ())
            yield from _field_texts(child, field.get("relation"), models)


def _hidden(node):
    return node.get("invisible") in ALWAYS or node.get("column_invisible") in ALWAYS
