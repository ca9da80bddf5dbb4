"""A bank's statement of 2,000 lines with every kind of dirt: how many find their bill, how many a wrong one, how fast.

Such lines also go to Odoo's statement lines with the OCA's ``account_reconcile_oca``, in a database of its own since it
matches whatever is created. Fewer, since with it bills are issued one by one, and no longer than :data:`OCA_SECONDS`:
its matching of a line looks at every open bill. The table says how many lines were tried; its time for all of them is
extrapolated as if each line took as long, which is in its favour. (Odoo Community itself matches nothing: its reconcile
models act in the Enterprise screen.)
"""

from kdc_cli import templates

from ._context import Context
from ._result import Result

LINES, OCA_LINES = 2_000, 200
#: The baseline begins no further lines after so many seconds of wall clock.
OCA_SECONDS = 180
OCA = "account_reconcile_oca"
#: per cent of the lines with a whole code; seconds for all of them
CLEAN_GOAL, SECONDS_GOAL = 98, 30


def run(context: Context) -> list[Result]:
    """Lines matched per second beside the baseline; shares and mistakes of both."""
    with context.database("statement_oca") as database:
        context.say("the OCA's reconciliation")
        templates.install(context.runtime, database, [OCA])
        theirs = context.inside("statement", database, OCA_LINES, "oca", OCA_SECONDS)
    with context.database("statement") as database:
        context.say("our import")
        found = context.inside("statement", database, LINES, "ours")
    if not found["processor"]:
        context.say("the database is on another machine: wall time instead of processor time")
    tried = f"{OCA}, {theirs['lines']} lines"
    share, their_share = (100 * one["clean_matched"] / one["clean"] for one in (found, theirs))
    return [
        Result("statement: clean codes matched", "%", share, tried, their_share, CLEAN_GOAL, absolute=True),
        Result(
            "statement: booked wrongly", "lines", found["wrong"], tried, theirs["wrong"], 0,
            more_is_better=False, absolute=True,
        ),
        Result(
            f"statement: {LINES:,} lines", "s", found["seconds"], f"{tried}, extrapolated",
            theirs["seconds"] * LINES / theirs["lines"], SECONDS_GOAL, more_is_better=False, absolute=True,
        ),
        Result(
            "statement: right lines", "lines/s", (found["booked"] - found["wrong"]) / found["seconds"], tried,
            (theirs["booked"] - theirs["wrong"]) / theirs["seconds"],
        ),
    ]  # fmt: skip
