"""What every page has to satisfy (``ux.md``), as functions of a Playwright page."""

import json
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe

#: English words of user interfaces that are no Vietnamese syllables. One of them in a visible text is a missing
#: translation. The addons' own tests read the same list (``addons/kdc_demo/tests/english.py``).
ENGLISH = frozenset((Path(__file__).parents[2] / "addons/kdc_demo/tests/english_words.txt").read_text().split())
#: Texts that are names and may be English: brands, file formats, units; and what Odoo itself leaves in English in
#: attributes nobody can translate from an addon (the logo's label, "… View" in the tooltips of the view switcher).
NAMES = ("logo of", "odoo", "vietqr", "excel", "google", "chromium", "pdf", "csv", ".xls", "http", "@", "www.")

_VISIBLE_TEXT = """() => {
    const found = [];
    const visible = element => element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true });
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const text = walker.currentNode.textContent.trim(), parent = walker.currentNode.parentElement;
        const code = ["SCRIPT", "STYLE", "NOSCRIPT", "TEMPLATE"];
        if (text && parent && !code.includes(parent.tagName) && visible(parent)) {
            found.push(text);
        }
    }
    for (const name of ["placeholder", "title", "aria-label", "alt"]) {
        for (const element of document.querySelectorAll(`[${name}]`)) {
            if (visible(element)) found.push(element.getAttribute(name).trim());
        }
    }
    found.push(document.title);
    return found;
}"""


def english_texts(page) -> list[str]:
    """Return the visible texts of a page (placeholders, titles, labels too) that hold an English word."""
    page.wait_for_load_state()
    texts = dict.fromkeys(page.evaluate(_VISIBLE_TEXT))
    return [text for text in texts if _is_english(text)]


def _is_english(text: str) -> bool:
    if text.endswith(" View") or any(name in text.lower() for name in NAMES):
        return False
    words = "".join(char if char.isalpha() or char == "-" else " " for char in text.lower()).split()
    return any(word in ENGLISH for word in words)


def assert_vietnamese(page) -> None:
    """No line of English is to be seen, and the page says that it is Vietnamese (Odoo's web client says nothing)."""
    language = page.evaluate("document.body.classList.contains('o_web_client') || document.documentElement.lang")
    assert language is True or language.startswith("vi"), f"{page.url} says lang={language!r}"
    assert not (found := english_texts(page)), f"English on {page.url}: {found}"


def assert_fits(page) -> None:
    """The page is not wider than its window: nobody has to scroll sideways."""
    width, window = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert width <= window, f"{page.url} is {width} px wide in a window of {window} px"


def wait_at_rest(page) -> None:
    """Wait until nothing fades in any more: what is half transparent has no contrast to speak of."""
    page.wait_for_function(
        """() => document.getAnimations().every(
            (animation) => animation.playState !== "running" || animation.effect.getTiming().iterations === Infinity
        )"""
    )


def assert_accessible(page, context: str | None = None) -> None:
    """axe-core finds nothing serious or critical.

    :param context: CSS selector of the part to look at, else the whole page
    """
    wait_at_rest(page)
    violations = Axe().run(page, context=context).response["violations"]
    grave = [
        {"rule": item["id"], "impact": item["impact"], "where": [node["target"] for node in item["nodes"]][:5]}
        for item in violations
        if item["impact"] in ("serious", "critical")
    ]
    assert not grave, f"{page.url}: {json.dumps(grave, ensure_ascii=False, indent=1)}"


def assert_tap_targets(page) -> None:
    """What a thumb has to hit is at least 44 px high on the residents' pages (links inside sentences excepted)."""
    small = page.evaluate(
        """() => [...document.querySelectorAll(
                ".k-btn, .k-tile, .k-list-item, .k-task, nav a, select, textarea, "
                + "input:is([type=text], [type=tel], [type=password], [type=number], :not([type]))"
            )]
            .filter(element => element.checkVisibility())
            .map(element => [element.outerHTML.slice(0, 90), element.getBoundingClientRect().height])
            .filter(([, height]) => height < 43.5)"""
    )
    assert not small, f"{page.url}: too small to tap: {small}"


def assert_good(page, *, resident: bool = True) -> None:
    """Everything a resident's page has to satisfy; a staff page has only to be Vietnamese and to fit."""
    assert_vietnamese(page)
    assert_fits(page)
    if resident:
        assert_accessible(page)
        assert_tap_targets(page)
