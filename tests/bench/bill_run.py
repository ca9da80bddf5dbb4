"""Bills per second of issuing a billing run, beside stock ``account.move`` create and post of the same invoices.

Time is processor time of Odoo and its database connection. Stock Odoo posts batches of 200 before and after ours; its
time per bill does not depend on their number. ``KDC_BENCH_BILLS=10000`` measures that many bills besides 200 and 1,000.
"""

import os

from ._context import Context
from ._result import Result

#: bills → how many times as fast as stock
GOALS = {200: 10, 1000: 25, 10000: 40}
#: MB
MEMORY = 1024


def run(context: Context) -> list[Result]:
    """A line per size, one for the dry run before it, and the memory."""
    wanted = int(os.environ.get("KDC_BENCH_BILLS") or 0)
    sizes = [size for size in GOALS if size < 10000] + [wanted] * (wanted > 0)
    with context.database("bill_run") as database:
        found = context.inside("bill_run", database, *sizes)
    if not found["processor"]:
        context.say("the database is on another machine: wall time instead of processor time")
    results = [
        Result(
            f"bill-run: issue {one['bills']:,}",
            "bills/s",
            one["bills"] / one["issuing"],
            "stock create + post",
            one["stock_bills"] / one["stock"],
            GOALS.get(one["bills"]),
        )
        for one in found["rounds"]
    ]
    results.append(Result("bill-run: compute", "bills/s", found["computed"] / found["computing"]))
    results.append(Result("bill-run: memory", "MB", found["memory"], goal=MEMORY, more_is_better=False, absolute=True))
    return results
