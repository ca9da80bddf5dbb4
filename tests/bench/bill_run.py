"""Bills per second of a billing run, beside stock ``account.move`` create and post of the same invoices."""

from ._context import Context
from ._result import Result

#: our bills carry reference, period and explanation besides; that may cost a tenth
GOAL = 0.9


def run(context: Context) -> list[Result]:
    """Two lines: issuing alone, and the whole run with its dry run."""
    with context.database("bill_run") as database:
        found = context.inside("bill_run", database)
    bills = found["bills"]
    whole = bills / (found["computing"] + found["issuing"])
    stock = bills / found["stock"]
    other = "stock create + post"
    return [
        Result("bill-run: issue", "bills/s", bills / found["issuing"], other, stock, GOAL),
        Result("bill-run: compute + issue", "bills/s", whole, other, stock),
    ]
