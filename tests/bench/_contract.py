"""_contract.py CONFIG DATABASE COUNT: the OCA's ``contract`` invoices the bills of so many accounts; give seconds."""

import sys

from _clock import Clock
from _inside import opened, result
from _many import Month

BATCH = 200


def contracts(env, month, count: int):
    """A contract for each account, which invoices each month what a bill of the demo says."""
    bills = month.lines(env, len(month.models))
    bills._issue()
    for item in bills.move_id.invoice_line_ids:
        # A contract leaves account and taxes to the product.
        item.product_id.write(
            {"property_account_income_id": item.account_id.id, "taxes_id": [(6, 0, item.tax_ids.ids)]}
        )
    accounts = env["kdc.customer.account"].browse(month.accounts[:count])
    models = [bills.move_id[place % len(bills)] for place in range(count)]
    return env["contract.contract"].create(
        [
            {
                "name": account.number,
                "partner_id": account.partner_id.id,
                "company_id": env.company.id,
                "journal_id": model.journal_id.id,
                "contract_line_ids": [
                    (0, 0, {
                        "product_id": item.product_id.id,
                        "name": item.name,
                        "quantity": 1,
                        "specific_price": item.price_unit,
                        "price_unit": item.price_unit,
                        "recurring_rule_type": "monthly",
                        "date_start": month.period,
                        "recurring_next_date": month.period,
                    })
                    for item in model.invoice_line_ids
                ],
            }
            for account, model in zip(accounts, models, strict=True)
        ]
    )  # fmt: skip


with opened(*sys.argv[1:3]) as env:
    count = int(sys.argv[3])
    env = env["base"].with_company(env.ref("base.main_company")).env
    clock = Clock(env)
    month = Month(env, count)
    found = contracts(env, month, count)
    env.cr.commit()
    env.cr.execute("ANALYZE")

    def invoice(part) -> None:
        moves = part._recurring_create_invoice()
        moves.action_post()
        env.cr.commit()
        assert len(moves) == len(part) and set(moves.mapped("state")) == {"posted"}

    # The first invoices warm the caches.
    invoice(found[:10])
    rest = found[10:]
    seconds = sum(clock.timed(invoice, rest[start : start + BATCH]) for start in range(0, len(rest), BATCH))
    lines = env["account.move.line"].search_count([("move_id.invoice_origin", "in", rest.mapped("name"))])
    result({"seconds": seconds, "bills": len(rest), "lines": lines / len(rest)})
