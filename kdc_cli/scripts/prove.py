"""prove.py CONFIG DATABASE FIRST LAST: compare the books of every ward from FIRST to LAST (ISO, or empty)."""

import sys
from datetime import date

from _inside import opened, result

first, last = (date.fromisoformat(text) if text else None for text in sys.argv[3:5])
found = []
with opened(*sys.argv[1:3]) as env:
    env = env(context={"lang": "en_US"})
    for company in env["res.company"].search([]):
        for day in env["kdc.proof"]._days(company, since=first):
            if last and day > last:
                break
            checks = env["kdc.proof"]._prove(company, day)
            misfits = [
                [check.name, check.model, check.money, key, *amounts]
                for check in checks
                for key, amounts in check.comparison.misfits.items()
            ]
            found.append([company.name, day.isoformat(), checks[0].comparison.totals[0], misfits])
            env.invalidate_all()
result(found)
