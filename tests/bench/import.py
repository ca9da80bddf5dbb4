"""Roster rows per second, beside Odoo's ``load()`` of the same people as bare contacts.

Ours also reads the spreadsheet's Vietnamese, checks it, finds who exists already, and makes dwellings, households,
residents and memberships.
"""

from ._context import Context
from ._result import Result

HOUSEHOLDS = 300
GOAL = 1.0


def run(context: Context) -> list[Result]:
    """Writing alone, and with the dry run before it."""
    with context.database("import") as database:
        found = context.inside("import", database, HOUSEHOLDS)
    if found["rejected"]:
        context.say(f"{found['rejected']} of {found['rows']} rows were rejected, the figures hold for the rest")
    rows = found["rows"] - found["rejected"]
    whole = rows / (found["checking"] + found["writing"])
    stock = found["persons"] / found["loading"]
    other = "res.partner load()"
    return [
        Result("import: write", "rows/s", rows / found["writing"], other, stock, GOAL),
        Result("import: dry run + write", "rows/s", whole, other, stock),
    ]
