"""Bills per second of a billing run, beside stock ``account.move`` create and post of the same invoices.

Time is processor time of Odoo and its database connection; ours and stock take turns.
"""

from statistics import median

from ._context import Context
from ._result import Result

#: our bills carry reference, period and explanation besides; that may cost a tenth
GOAL = 0.9


def run(context: Context) -> list[Result]:
    """Two lines: issuing alone, and the whole run with its dry run."""
    with context.database("bill_run") as database:
        found = context.inside("bill_run", database)
    if not found["processor"]:
        context.say("the database is on another machine: wall time instead of processor time")

    def rate(*parts: str) -> float:
        return median(one["bills"] / sum(one[part] for part in parts) for one in found["rounds"])

    stock = rate("stock")
    other = "stock create + post"
    return [
        Result("bill-run: issue", "bills/s", rate("issuing"), other, stock, GOAL),
        Result("bill-run: compute + issue", "bills/s", rate("computing", "issuing"), other, stock),
    ]
