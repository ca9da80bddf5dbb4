"""A bank's statement of 2,000 lines with every kind of dirt: how many find their bill, how many a wrong one, how fast.

Such lines also go to Odoo's statement lines with the OCA's ``account_reconcile_oca``, in a database of its own since it
matches whatever is created; fewer, since with it bills are issued one by one. (Odoo Community itself matches nothing:
its reconcile models act in the Enterprise screen.)
"""

from kdc_cli import templates

from ._context import Context
from ._result import Result

LINES, OCA_LINES = 2_000, 500
OCA = "account_reconcile_oca"
#: per cent of the lines with a whole code; seconds for all of them
CLEAN_GOAL, SECONDS_GOAL = 98, 30


def run(context: Context) -> list[Result]:
    """Lines matched per second beside the baseline; shares and mistakes of both."""
    with context.database("statement_oca") as database:
        context.say("the OCA's reconciliation")
        templates.install(context.runtime, database, [OCA])
        theirs = context.inside("statement", database, OCA_LINES, "oca")
    with context.database("statement") as database:
        context.say("our import")
        found = context.inside("statement", database, LINES, "ours")
    if not found["processor"]:
        context.say("the database is on another machine: wall time instead of processor time")
    share, their_share = (100 * one["clean_matched"] / one["clean"] for one in (found, theirs))
    return [
        Result("statement: clean codes matched", "%", share, OCA, their_share, CLEAN_GOAL, absolute=True),
        Result(
            "statement: booked wrongly", "lines", found["wrong"], f"{OCA}, {OCA_LINES}", theirs["wrong"], 0,
            more_is_better=False, absolute=True,
        ),
        Result(
            f"statement: {LINES:,} lines", "s", found["seconds"], goal=SECONDS_GOAL, more_is_better=False,
            absolute=True,
        ),
        Result(
            "statement: right lines", "lines/s", (found["booked"] - found["wrong"]) / found["seconds"], OCA,
            (theirs["booked"] - theirs["wrong"]) / theirs["seconds"],
        ),
    ]  # fmt: skip
