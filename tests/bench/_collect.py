"""_collect.py CONFIG DATABASE prepare COUNT | check: make collectors of the demo's ward, or read the books."""

import sys

from _inside import opened, result


def prepare(env, count):
    """Make so many collectors, and for the baseline an invoice of Odoo's own that is paid bit by bit."""
    model = env["res.users"].search([("login", "=", "thuquy")])
    users = env["res.users"].with_context(no_reset_password=True).create(
        [
            {
                "name": f"Người thu {number}", "login": f"thu{number:02d}", "password": f"thu{number:02d}",
                "company_id": model.company_id.id, "company_ids": [(6, 0, model.company_id.ids)],
                "group_ids": [(6, 0, (
                    env.ref("kdc_utilities.group_collector") | env.ref("account.group_account_invoice")
                ).ids)],
                "kdc_area_ids": [(6, 0, model.kdc_area_ids.ids)],
            }
            for number in range(1, count + 1)
        ]
    )  # fmt: skip
    accounts = env["kdc.customer.account"].with_user(model).search([], order="id", limit=40)
    journal = env["account.journal"].search([("type", "=", "sale"), ("company_id", "=", model.company_id.id)], limit=1)
    invoice = (
        env["account.move"]
        .with_company(model.company_id)
        .create(
            {
                "move_type": "out_invoice",
                "partner_id": env["res.partner"].create({"name": "Khách hàng lẻ"}).id,
                "journal_id": journal.id,
                "invoice_line_ids": [(0, 0, {"name": "Dịch vụ", "quantity": 1, "price_unit": 10**9, "tax_ids": []})],
            }
        )
    )
    invoice.action_post()
    cash = env["account.journal"].search([("type", "=", "cash"), ("company_id", "=", model.company_id.id)], limit=1)
    return {
        "logins": [[user.login, user.login] for user in users],
        "accounts": accounts.ids,
        "invoice": invoice.id,
        "journal": cash.id,
        "workers": len(users),
    }


def check(env):
    """Return the receipts of the load by key, the numbers that are missing, and what does not fit in the proof."""
    receipts = env["kdc.receipt"].search([("client_key", "=like", "load-%")])
    gaps = 0
    for book in env["kdc.receipt.book"].search([("journal_id", "in", receipts.journal_id.ids)]):
        domain = [("journal_id", "=", book.journal_id.id), ("year", "=", book.year)]
        used = set(env["kdc.receipt"].search(domain).mapped("number"))
        used |= set(env["kdc.receipt.unused"].search(domain).mapped("number"))
        gaps += len(set(range(1, book.last_number + 1)) - used)
    misfits = [
        f"{day}: {check.name} {check.comparison.misfits}"
        for company in env["res.company"].search([])
        for day in env["kdc.proof"]._days(company)
        for check in env["kdc.proof"]._prove(company, day)
        if check.comparison.misfits
    ]
    return {
        "receipts": [[receipt.client_key, receipt.name, round(receipt.amount)] for receipt in receipts],
        "gaps": gaps,
        "misfits": misfits,
    }


with opened(*sys.argv[1:3]) as environment:
    if sys.argv[3] == "prepare":
        result(prepare(environment, int(sys.argv[4])))
    else:
        result(check(environment))
