"""Bills per second of issuing a billing run, beside stock ``account.move`` create and post of the same invoices.

Time is processor time of Odoo and its database connection: other work on the machine does not count. Stock Odoo
posts batches of 200 before and after ours; its time per bill does not depend on their number, so it is measured on some
hundred bills, and so is the ``contract`` of the OCA, in a database of its own since it changes invoices. The goals are
for the faster of the two. ``KDC_BENCH_BILLS=10000`` measures that many bills besides 200 and 1,000;
``KDC_BENCH_BILLS=100000`` that many besides 200, 1,000 and 10,000, what one of them costs beside one of 10,000, and in
which time on the wall two processes issue as many.
"""

import os

from kdc_cli import templates

from ._context import Context
from ._result import Result

#: bills → how many times as fast as the faster baseline
GOALS = {200: 10, 1000: 25, 10000: 40}
#: What a bill of 100,000 may cost of one of 10,000, and the seconds on the wall in which two processes issue them.
GROWTH, WALL = 1.3, 360
#: MB
MEMORY = 1024
CONTRACT, CONTRACTS = "contract", 210


def run(context: Context) -> list[Result]:
    """A line per size and baseline, one for the dry run before it, and the memory."""
    wanted = int(os.environ.get("KDC_BENCH_BILLS") or 0)
    sizes = [size for size in GOALS if size < max(wanted, 10000)] + [wanted] * (wanted > 0)
    with context.database("contract") as database:
        context.say("the OCA's contract")
        templates.install(context.runtime, database, [CONTRACT])
        contract = context.inside("contract", database, CONTRACTS)
    with context.database("bill_run") as database:
        context.say("our run and stock Odoo")
        found = context.inside("bill_run", database, *sizes)
    if not found["processor"]:
        context.say("the database is on another machine: wall time instead of processor time")
    results = []
    for one in found["rounds"]:
        rates = {
            "stock create + post": one["stock_bills"] / one["stock"],
            "OCA contract + post": contract["bills"] / contract["seconds"],
        }
        fastest = max(rates, key=rates.get)
        issued = one["bills"] / one["issuing"]
        for name, rate in rates.items():
            goal = GOALS.get(one["bills"]) if name == fastest else None
            results.append(Result(f"bill-run: issue {one['bills']:,}", "bills/s", issued, name, rate, goal))
    results += _large(found)
    slowest = min(result.ours for result in results)
    results.append(
        Result(
            f"bill-run: compute {found['computed']:,}",
            "bills/s",
            found["computed"] / found["computing"],
            "issue",
            slowest,
        )
    )
    results.append(Result("bill-run: memory", "MB", found["memory"], goal=MEMORY, more_is_better=False, absolute=True))
    return results


def _large(found: dict) -> list[Result]:
    """What a bill costs in the largest run beside the one before it, and two processes; nothing without such a run."""
    pair = found["pair"]
    if not pair:
        return []
    before, largest = found["rounds"][-2:]
    costs = [1000 * one["issuing"] / one["bills"] for one in (before, largest)]
    name = f"bill-run: {pair['bills']:,} bills by 2 processes"
    return [
        Result(
            f"bill-run: a bill of {largest['bills']:,}",
            "ms",
            costs[1],
            f"a bill of {before['bills']:,}",
            costs[0],
            GROWTH,
            more_is_better=False,
        ),
        Result(f"{name}, wall clock", "s", pair["seconds"], goal=WALL, more_is_better=False, absolute=True),
        Result(f"{name}, memory", "MB", pair["memory"], goal=MEMORY, more_is_better=False, absolute=True),
    ]
