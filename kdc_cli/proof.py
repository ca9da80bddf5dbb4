"""``./kdc proof``: receipts, cash book, journal entries and payments on bills say the same, every day, to the đồng."""

from datetime import date

from .console import Problem, say, step
from .odoo_process import Runtime


def run(runtime: Runtime, database: str, first: date | None, last: date | None) -> int:
    """Compare the books of every ward on these days, or all of them; 1 when something does not fit."""
    if not runtime.databases.exists(database):
        raise Problem(f"There is no database {database}.")
    with step(f"Comparing the books of {database}"):
        days = runtime.script("prove", database, [day.isoformat() if day else "" for day in (first, last)])
    wrong = 0
    for company, day, taken, misfits in days:
        wrong += len(misfits)
        say(f"{day}  {company}: {taken:>14,} ₫ collected, {f'{len(misfits)} do not fit' if misfits else 'fits'}")
        for check, model, money, key, left, right in misfits:
            unit = " ₫" if money else ""
            say(f"    {check}: {model} {key} says {left:,}{unit} and {right:,}{unit}")
    if not days:
        say("There are no receipts and no bills on these days.")
    return int(bool(wrong))
