"""_bill_run.py CONFIG DATABASE: issue the bills of some months, ours and stock alternating; give seconds and bills."""

import sys
import time

from _inside import opened, result
from dateutil.relativedelta import relativedelta

ROUNDS = 3


def timed(env, work) -> float:
    """Seconds of a piece of work with everything written to the database."""
    env.flush_all()
    started = time.perf_counter()
    work()
    env.flush_all()
    return time.perf_counter() - started


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


def issue(env, company, period) -> tuple[object, float, float]:
    """Run one month; return the run with the seconds of computing and of issuing."""
    run = env["kdc.billing.run"].create(
        {"company_id": company.id, "period": period, "invoice_date": period + relativedelta(months=1, day=5)}
    )
    computing = timed(env, run.action_compute)
    run.with_user(env.ref("base.user_admin")).with_company(company).action_approve()
    issuing = timed(env, run.line_ids._issue)
    return run, computing, issuing


def stock(env, vals: list[dict]) -> float:
    """Seconds that Odoo takes for the same invoices."""
    return timed(env, lambda: env["account.move"].create(vals).action_post())


with opened(*sys.argv[1:3]) as env:
    company = env.ref("base.main_company")
    env = env["base"].with_company(company).env
    first = min(env["kdc.billing.run"].search([("company_id", "=", company.id)]).mapped("period"))
    total = {"bills": 0, "computing": 0.0, "issuing": 0.0, "stock": 0.0}
    for back in range(ROUNDS + 1):
        run, computing, issuing = issue(env, company, first - relativedelta(months=back + 1))
        seconds = stock(env, [stock_vals(move) for move in run.move_ids])
        if back:  # the first round warms the caches
            total["bills"] += len(run.move_ids)
            total["computing"] += computing
            total["issuing"] += issuing
            total["stock"] += seconds
    result(total)
