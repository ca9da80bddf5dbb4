"""What every page has to satisfy (``ux.md``), as functions of a Playwright page."""

import json

from axe_playwright_python.sync_playwright import Axe

#: English words of user interfaces that are no Vietnamese syllables. One of them in a visible text is a missing
#: translation.
ENGLISH = frozenset(
    """
    about accept accepted access account accounts action actions activate activity add address after again all already
    amount and answer any approve approved archive area areas attachment available back balance bank basket be before
    bill
    billing bills birth buyer by call cancel cancelled category change choose city clear click clock close closed code
    collect collector community company compute computed confirm confirmed contact copy correct country create created
    currency customer customers cut dashboard date day days deadline delete delivery describe description details
    disputed
    done download draft due dwelling edit empty error existing expired export failed favorites feedback female
    field file filter filters find first follow follower followers for forgot form from given group guest handed handled
    handler handling have head help hidden hide home hour household households image import important in-progress income
    invite invoice is issue issued item items journal keep kept language last later latest less list listing listings
    load
    loading log login logout lost male market member members message messages meter meters missing month months more
    move name new newer next nothing notice notices notification notifications number odd of off older only open
    optional
    order orders other our overdue owed owner page paid partial password pay payer payment payments pending people
    period
    person phone photo photos pick picture place please posted preview previous price prices print privacy product
    products
    progress promised public published quantity ready reading readings reason receipt receipts receive received record
    records reference refund refuse refused register registered remove reply report reporter required resident residents
    result results review role save saved scan search see select send sent service services session settings sex shop
    shops show sign skip sold something sort start state status stock stop street subject submit subtotal success sum
    system take taken tariff tax taxes text thank thanks there this till title today total type unit unpaid until update
    upload used user users value view waiting warning was water week welcome what when where which why with without
    words write year yes yesterday you your
    """.split()
)
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
