"""_resident.py CONFIG DATABASE: a resident of the demo with a bill: login and number of the bill."""

import sys

from _inside import opened, result

with opened(*sys.argv[1:3]) as env:
    for person in env["kdc.demo"]._people():
        user = env["res.users"].search([("login", "=", person["login"])])
        household = user._kdc_household() if user.share else None
        bill = household and env["account.move"].search(
            [("partner_id", "=", household.partner_id.id), ("kdc_account_id", "!=", False), ("state", "=", "posted")],
            order="invoice_date desc, id desc",
            limit=1,
        )
        if bill:
            result({"login": person["login"], "password": person["password"], "invoice": bill.id})
            break
    else:
        raise SystemExit("no resident of the demo has a bill")
