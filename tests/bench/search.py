"""One search in a register of 100,000 residents: our box, beside Odoo's ``name_search`` on their contacts."""

from ._context import Context
from ._result import Result

RESIDENTS = 100_000
#: what an officer waits for without noticing
LIMIT_MS = 100


def run(context: Context) -> list[Result]:
    """Median and slowest kind of query, in milliseconds; each at most 100."""
    with context.database("search", community=False) as database:
        context.say(f"{RESIDENTS:,} residents")
        found = context.inside("search", database, RESIDENTS)
    lines = [
        Result(
            f"search: {kind}", "ms", times["ours"], "name_search on contacts", times["stock"], LIMIT_MS,
            more_is_better=False, absolute=True,
        )
        for kind, times in found["kinds"].items()
    ]  # fmt: skip
    slowest = max(times["ours"] for times in found["kinds"].values())
    context.notes.append(f"search: slowest kind {slowest:.0f} ms, slowest single call {found['slowest']:.0f} ms")
    return lines
