"""Server time and number of queries of the residents' bill page, beside Odoo's own invoice page for the same bill."""

import re
import statistics
from pathlib import Path

from kdc_cli.visitor import Visitor

from ._context import Context
from ._result import Result

ROUNDS, WARM_UP = 20, 3
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


def measure(visitor: Visitor, log: Path, paths: list[str]) -> dict[str, tuple[float, float]]:
    """Median queries and milliseconds of each path, visited in turn."""
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
        found[path] = statistics.median(row[0] for row in rows), statistics.median(row[1] for row in rows) * 1000
    return found


def run(context: Context) -> list[Result]:
    """Two lines: milliseconds and queries."""
    with context.database("portal") as database:
        person = context.inside("resident", database)
        ours, stock, home = f"/my/bills/{person['invoice']}", f"/my/invoices/{person['invoice']}", "/my"
        with context.server(database) as running:
            visitor = Visitor(running.url)
            visitor.log_in(person["login"], person["password"])
            log = context.runtime.home.logs / f"{running.name}.log"
            found = measure(visitor, log, [ours, stock, home])
    other = "Odoo's invoice page"
    less = {"more_is_better": False, "goal": 1.0}
    return [
        Result("portal: bill page", "ms on the server", found[ours][1], other, found[stock][1], **less),
        Result("portal: bill page", "queries", found[ours][0], other, found[stock][0], **less),
        Result("portal: home", "ms on the server", found[home][1], other, found[stock][1]),
        Result("portal: home", "queries", found[home][0], other, found[stock][0]),
    ]
