"""The market page with 10,000 listings of 500 shops, beside Odoo's own ``/shop`` with the same goods.

Odoo's own stands in a database without our addons: the same names, prices, categories and photos, made by the same
script and asked in the same run. That 50 buyers at once get exactly the last 10 pieces is a test of the addon
(``test_concurrency.py``).
"""

from contextlib import ExitStack

from kdc_cli import templates
from kdc_cli.visitor import Visitor

from ._context import Context
from ._result import Result
from .portal import measure

LISTINGS, SHOPS = 10_000, 500
#: what is asked of both: name of the line → address; the words have no diacritics, since Odoo finds only what is typed
PAGES = {
    "first page": "/shop",
    "page 300": "/shop/page/300",
    "category": "/shop/category/{category}",
    "words": "/shop?search=nem+chua",
    "by price": "/shop?order=list_price+asc",
    "one listing": "/shop/{product}",
}
#: what only the market has
OWN = {
    "words without diacritics": "/shop?search=ca+thu",
    "one shop": "/shop/of/{shop}",
    "open now": "/shop?kdc_open_now=1",
}
#: asked by a resident who has signed in: prices for residents, the own area; of Odoo's by a customer
SIGNED_IN = {"first page, signed in": "/shop", "by price, signed in": "/shop?order=list_price+asc"}
#: no worse than Odoo's: a tenth of the time cannot be told from the noise of two runs of the same page, a query can
GOAL, QUERY_GOAL = 1.1, 1.0
#: five orders may cost what five confirmations of Odoo's cost, and no more
BASKET_GOAL = 5.0
#: these show more than Odoo's own: who sells, its hours and its rating, as the law and the buyers ask
MORE = ("one listing",)


def run(context: Context) -> list[Result]:
    """Two lines for each page: milliseconds on the server (95 % of the visits) and queries; and splitting a basket."""
    with context.database("market", community=False) as ours, _without_addons(context) as stock:
        context.say(f"{LISTINGS:,} listings of {SHOPS} shops, and the same goods without shops")
        made = {name: context.inside("market", name, LISTINGS, SHOPS) for name in (ours, stock)}
        found = _visit(context, made)
    results, less = [], {"more_is_better": False}
    for name, mine in found[ours].items():
        theirs = found[stock].get(name)
        other, p95, queries = ("Odoo's own /shop", theirs.p95, theirs.queries) if theirs else ("", None, None)
        goal, query_goal = (GOAL, QUERY_GOAL) if theirs and name not in MORE else (None, None)
        results += [
            Result(f"market: {name}", "ms, p95", mine.p95, other, p95, goal, **less),
            Result(f"market: {name}", "queries", mine.queries, other, queries, query_goal, **less),
        ]
    other = "Odoo's confirmation of one order of as many lines"
    name = "market: basket of 5 shops into 5 orders"
    for unit in ("ms", "queries"):
        mine, theirs = made[ours]["basket"][unit], made[stock]["basket"][unit]
        results.append(Result(name, unit, mine, other, theirs, BASKET_GOAL, **less))
    return results


def _without_addons(context: Context):
    """Return a context manager for a database with Odoo's own modules only."""
    return context.copy("market_stock", templates.ensure_base(context.runtime))


def _visit(context: Context, made: dict[str, dict]) -> dict[str, dict]:
    """Return what each page takes, by database; page by page in turn, so that both meet the same weather."""
    found = {database: {} for database in made}
    buyers = {}
    with ExitStack() as stack:
        servers = {database: stack.enter_context(context.server(database)) for database in made}
        for database, running in servers.items():
            buyers[database] = Visitor(running.url)
            buyers[database].log_in(*made[database]["buyer"])
        for name, path in {**PAGES, **OWN, **SIGNED_IN}.items():
            for database, running in servers.items():
                if name not in OWN or made[database]["shop"]:
                    address = path.format(**made[database])
                    log = context.runtime.home.logs / f"{running.name}.log"
                    visitor = buyers[database] if name in SIGNED_IN else Visitor(running.url)
                    found[database][name] = measure(visitor, log, [address])[address]
    return found
