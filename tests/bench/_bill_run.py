"""_bill_run.py CONFIG DATABASE: issue the bills of some months, ours and stock alternating; give seconds and bills."""

import sys

from _clock import Clock
from _inside import opened, result
from dateutil.relativedelta import relativedelta

ROUNDS = 5


def stock_vals(move) -> dict:
    """What somebody would give ``create`` for the same invoice without our addons."""
    lines = [
        (0, 0, {
            "product_id": line.product_id.id,
            "name": line.name,
            "account_id": line.account_id.id,
            "quantity": line.quantity,
            "price_unit": line.price_unit,
            "tax_ids": [(6, 0, line.tax_ids.ids)],
        })
        for line in move.invoice_line_ids
    ]  # fmt: skip
    return {
        "move_type": "out_invoice",
        "journal_id": move.journal_id.id,
        "partner_id": move.partner_id.id,
        "invoice_date": move.invoice_date,
        "invoice_line_ids": lines,
    }


def issue(env, clock, company, period) -> tuple[object, float, float]:
    """Run one month; return the run with the seconds of computing and of issuing."""
    run = env["kdc.billing.run"].create(
        {"company_id": company.id, "period": period, "invoice_date": period + relativedelta(months=1, day=5)}
    )
    computing = clock.timed(run.action_compute)
    run.with_user(env.ref("base.user_admin")).with_company(company).action_approve()
    issuing = clock.timed(run.line_ids._issue)
    return run, computing, issuing


def stock(env, clock, vals: list[dict]) -> float:
    """Seconds that Odoo takes for the same invoices."""
    return clock.timed(lambda: env["account.move"].create(vals).action_post())


with opened(*sys.argv[1:3]) as env:
    company = env.ref("base.main_company")
    env = env["base"].with_company(company).env
    clock = Clock(env)
    first = min(env["kdc.billing.run"].search([("company_id", "=", company.id)]).mapped("period"))
    rounds = []
    for back in range(ROUNDS + 1):
        run, computing, issuing = issue(env, clock, company, first - relativedelta(months=back + 1))
        seconds = stock(env, clock, [stock_vals(move) for move in run.move_ids])
        if back:  # the first round warms the caches
            rounds.append({"bills": len(run.move_ids), "computing": computing, "issuing": issuing, "stock": seconds})
    result({"rounds": rounds, "processor": clock.processor})
