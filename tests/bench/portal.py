"""Server time and number of queries of the residents' bill page, beside Odoo's own invoice page for the same bill."""

import re
import statistics
from dataclasses import dataclass
from pathlib import Path

from kdc_cli.visitor import Visitor

from ._context import Context
from ._result import Result

ROUNDS, WARM_UP = 40, 3
#: the end of a line of Odoo's request log: status, –, queries, seconds in SQL, seconds outside
LINE = re.compile(r'"GET (?P<path>\S+) HTTP/1\.[01]" 200 - (?P<queries>\d+) (?P<sql>[\d.]+) (?P<rest>[\d.]+)')


def read_log(log: Path, start: int, path: str) -> list[tuple[int, float]]:
    """(queries, seconds) of every request of a path from that offset of the log on."""
    text = log.read_text(errors="replace")[start:]
    return [
        (int(match["queries"]), float(match["sql"]) + float(match["rest"]))
        for match in LINE.finditer(re.sub(r"\x1b\[[\d;]*m", "", text))
        if match["path"] == path
    ]


@dataclass(frozen=True)
class Visits:
    """Queries (median) and milliseconds on the server (half and 95 % of the visits took at most so long)."""

    queries: float
    p50: float
    p95: float


def measure(visitor: Visitor, log: Path, paths: list[str]) -> dict[str, Visits]:
    """What each path takes, all visited in turn."""
    for path in paths * WARM_UP:
        visitor.fetch(path)
    start = len(log.read_text(errors="replace"))
    for path in paths * ROUNDS:
        visitor.fetch(path)
    found = {}
    for path in paths:
        rows = read_log(log, start, path)
        if len(rows) < ROUNDS:
            raise RuntimeError(f"{path}: {len(rows)} of {ROUNDS} requests are in the log")
        times = [row[1] * 1000 for row in rows]
        p95 = statistics.quantiles(times, n=20, method="inclusive")[-1]
        found[path] = Visits(statistics.median(row[0] for row in rows), statistics.median(times), p95)
    return found


def run(context: Context) -> list[Result]:
    """Three lines for each page: milliseconds on the server, half and 95 % of the visits, and queries."""
    with context.database("portal") as database:
        person = context.inside("resident", database)
        ours, stock, home = f"/my/bills/{person['invoice']}", f"/my/invoices/{person['invoice']}", "/my"
        with context.server(database) as running:
            visitor = Visitor(running.url)
            visitor.log_in(person["login"], person["password"])
            log = context.runtime.home.logs / f"{running.name}.log"
            found = measure(visitor, log, [ours, stock, home])
    other, less = "Odoo's invoice page", {"more_is_better": False}
    results = []
    for name, path, goal in (("bill page", ours, 1.0), ("home", home, None)):
        visits, base = found[path], found[stock]
        for unit, mine, theirs in (
            ("ms, p50", visits.p50, base.p50),
            ("ms, p95", visits.p95, base.p95),
            ("queries", visits.queries, base.queries),
        ):
            results.append(Result(f"portal: {name}", unit, mine, other, theirs, goal, **less))
    return results
