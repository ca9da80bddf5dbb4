"""The public board with 50,000 feedbacks, beside the portal list of the OCA's ``helpdesk_mgmt`` with as many tickets.

Both lists stand in the same database and are asked by the same server; each ticket belongs to the customer who looks,
as each feedback is open to everybody.
"""

from kdc_cli import templates
from kdc_cli.visitor import Visitor

from ._context import Context
from ._crowd import send_at_once
from ._result import Result
from .portal import measure

FEEDBACK = 50_000
OCA = "helpdesk_mgmt"
LIMIT_MS = 300
#: what a person about to send waits for, in the model
LOOKUP_MS = 50
GUESTS = 100
#: what is asked of the board: name of the line → address; the first is compared with the OCA's list
PAGES = {
    "list": "/phan-anh",
    "words": "/phan-anh?q=den+duong",
    "state and area": "/phan-anh?state=late&area={area}",
    "page 2,000": "/phan-anh?page=2000",
    "map": "/phan-anh/ban-do",
    "map, closer": "/phan-anh/ban-do?v=12.24,109.2,0.01",
    "map of a choice": "/phan-anh/ban-do?state=late&category={category}",
    "one feedback": "/phan-anh/{number}",
    "figures": "/phan-anh/thong-ke",
    "RSS": "/phan-anh/rss.xml",
    "Open311, 100": "/open311/v2/requests.json?page_size=100",
}


def lost_guests(context: Context) -> Result:
    """How many of a hundred guests who send at once, each with a photo, are not found afterwards, or found twice."""
    with context.database("guests") as database, context.server(database, workers=2) as running:
        context.say(f"{GUESTS} guests at once")
        guests, _links = send_at_once(running.url, GUESTS)
        found = context.inside("guests", database)
    wrong = len({guest.words for guest in guests} ^ set(found["words"])) + abs(len(found["words"]) - found["photos"])
    wrong += len(found["words"]) - found["numbers"]
    return Result("feedback: guests lost of 100", "", wrong, goal=0, more_is_better=False, absolute=True)


def run(context: Context) -> list[Result]:
    """Two lines for each page: milliseconds on the server (95 % of the visits), and queries."""
    lost = lost_guests(context)
    with context.database("feedback") as database:
        context.say(f"{OCA} of the OCA")
        templates.install(context.runtime, database, [OCA])
        context.say(f"{FEEDBACK:,} feedbacks and as many tickets")
        made = context.inside("feedback", database, FEEDBACK)
        with context.server(database) as running:
            log = context.runtime.home.logs / f"{running.name}.log"
            customer, guest = Visitor(running.url), Visitor(running.url)
            customer.log_in(made["login"], made["password"])
            stock = measure(customer, log, ["/my/tickets"])["/my/tickets"]
            pages = {name: path.format(**made) for name, path in PAGES.items()}
            found = measure(guest, log, list(pages.values()))
    less = {"more_is_better": False}
    lookup = Result("feedback: similar ones nearby", "ms, p95", made["lookup"], goal=LOOKUP_MS, absolute=True, **less)
    results = [lookup, lost]
    for name, path in pages.items():
        other, p95, queries = (
            ("ticket list of OCA helpdesk_mgmt", stock.p95, stock.queries) if name == "list" else ("", None, None)
        )
        visits = found[path]
        results.append(Result(f"feedback: {name}", "ms, p95", visits.p95, other, p95, LIMIT_MS, absolute=True, **less))
        results.append(Result(f"feedback: {name}", "queries", visits.queries, other, queries, **less))
    return results
