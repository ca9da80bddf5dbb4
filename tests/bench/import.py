"""Roster rows per second, beside Odoo's ``load()`` of the same people in the same run.

Ours reads a ward's .xls as clerks keep it, checks it, finds who exists already, and makes dwellings, households,
residents and memberships. Odoo's ``load()`` gets clean values: once for the same models (four files with invented ids),
once for bare contacts without anything of the register. Time is processor time of Odoo and its database connection.
"""

from statistics import median

from ._context import Context
from ._result import Result

HOUSEHOLDS = 200
RESIDENTS = 10_000
#: issue 3: at least five times as fast as ``load()`` of the same data, 10,000 residents in a minute and a gigabyte
GOAL, LIMIT_SECONDS, LIMIT_MEGABYTES = 5.0, 60, 1000


def run(context: Context) -> list[Result]:
    """Writing alone and with the dry run before it, beside both baselines; then one large list."""
    with context.database("import", community=False) as database:
        found = context.inside("import", database, HOUSEHOLDS, RESIDENTS)
    if not found["processor"]:
        context.say("the database is on another machine: wall time instead of processor time")

    def rate(rows: str, *parts: str) -> float:
        return median(one[rows] / sum(one[part] for part in parts) for one in found["rounds"])

    same, bare = rate("loaded", "register"), rate("contacts_loaded", "contacts")
    write, whole = rate("rows", "writing"), rate("rows", "checking", "writing")
    large = found["large"]
    less = {"more_is_better": False, "absolute": True}
    title = f"import: {large['rows']:,} residents"
    return [
        Result("import: write", "rows/s", write, "load() of the same data", same, GOAL),
        Result("import: dry run + write", "rows/s", whole, "load() of the same data", same, GOAL),
        Result("import: write", "rows/s", write, "load() of bare contacts", bare),
        Result("import: dry run + write", "rows/s", whole, "load() of bare contacts", bare),
        Result(title, "s", large["checking"] + large["writing"], goal=LIMIT_SECONDS, **less),
        Result(title, "s on the clock", large["wall"]),
        Result(title, "MB", large["megabytes"], goal=LIMIT_MEGABYTES, **less),
    ]
