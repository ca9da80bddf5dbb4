"""_bill_run.py CONFIG DATABASE SIZE…: issue so many bills, stock before and after; give seconds and bills."""

import resource
import sys

from _clock import Clock
from _inside import opened, result
from dateutil.relativedelta import relativedelta

#: Stock Odoo is fastest in batches of about this size.
BATCH = 200

CLONE_PAYERS = """
    WITH n AS MATERIALIZED (
        SELECT i, nextval('res_partner_id_seq')::int AS partner FROM generate_series(1, %(count)s) i
    ), payers AS (
        INSERT INTO res_partner
        SELECT (jsonb_populate_record(p, jsonb_build_object(
            'id', n.partner, 'name', 'Hộ số ' || i, 'complete_name', 'Hộ số ' || i, 'commercial_partner_id', n.partner,
            'commercial_company_name', 'Hộ số ' || i, 'customer_rank', 0
        ))).* FROM n, res_partner p WHERE p.id = %(payer)s
    )
    INSERT INTO kdc_customer_account
    SELECT (jsonb_populate_record(a, jsonb_build_object(
        'id', nextval('kdc_customer_account_id_seq'), 'partner_id', n.partner, 'household_id', NULL,
        'number', '9' || lpad(i::text, 7, '0')
    ))).* FROM n, kdc_customer_account a WHERE a.id = %(account)s
    RETURNING id
"""
CLONE_LINES = """
    INSERT INTO kdc_billing_run_line
    SELECT (jsonb_populate_record(l, jsonb_build_object(
        'id', nextval('kdc_billing_run_line_id_seq'), 'run_id', %(run)s, 'account_id', a.id
    ))).*
      FROM unnest(%(accounts)s) WITH ORDINALITY a(id, place)
      JOIN unnest(%(models)s) WITH ORDINALITY m(id, place) ON m.place = a.place %% %(count)s + 1
      JOIN kdc_billing_run_line l ON l.id = m.id
"""


def add_power(env, accounts, service, period) -> None:
    """Give accounts without electricity this third service, with readings of that month."""
    without = accounts.filtered(lambda account: service not in account.connection_ids.service_id)
    for number, account in enumerate(without):
        connection = env["kdc.connection"].create(
            {
                "account_id": account.id,
                "service_id": service.id,
                "tariff_id": service.tariff_ids[0].id,
                "date_from": period - relativedelta(months=2),
            }
        )
        meter = env["kdc.meter"].create({"serial": f"BENCH-{number}", "connection_id": connection.id})
        for months, value in ((0, 100), (1, 250 + 10 * number)):
            env["kdc.meter.reading"]._record(meter, period + relativedelta(months=months, days=-1), value, "officer")


def many_accounts(env, model, count) -> list[int]:
    """Ids of that many customer accounts like the model, each with a payer of its own."""
    values = {"count": count, "payer": model.partner_id.id, "account": model.id}
    env.cr.execute(CLONE_PAYERS, values)
    accounts = [row[0] for row in env.cr.fetchall()]
    env.cr.execute("ANALYZE res_partner, kdc_customer_account")
    return accounts


def many_lines(env, company, period, accounts, models):
    """Previews of a run of its own for these accounts, with the explanations of the model lines."""
    run = env["kdc.billing.run"].create(
        {"company_id": company.id, "period": period, "invoice_date": period + relativedelta(months=1, day=5)}
    )
    env.flush_all()
    env.cr.execute(CLONE_LINES, {"run": run.id, "accounts": accounts, "models": models.ids, "count": len(models)})
    env.cr.execute("ANALYZE kdc_billing_run_line")
    env.invalidate_all()
    return run.line_ids.sudo()


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


def stock(env, clock, vals: list[dict]) -> float:
    """Seconds that Odoo takes for the same invoices."""
    seconds = clock.timed(lambda: env["account.move"].create(vals).action_post())
    env.cr.commit()
    return seconds


def issue(env, clock, lines, job) -> float:
    """Seconds of issuing these lines as the background jobs do."""
    seconds = 0
    for start in range(0, len(lines), job):
        seconds += clock.timed(lines[start : start + job]._issue)
        env.cr.commit()
        env.invalidate_all()
    assert set(lines.mapped("state")) == {"issued"}, set(lines.mapped("failure"))
    return seconds


with opened(*sys.argv[1:3]) as env:
    from odoo.addons.kdc_utilities.models.kdc_billing_run import BATCH as job

    sizes = [int(size) for size in sys.argv[3:]]
    company = env.ref("base.main_company")
    env = env["base"].with_company(company).env
    clock = Clock(env)
    period = min(env["kdc.billing.run"].search([("company_id", "=", company.id)]).mapped("period"))
    period -= relativedelta(months=1)
    billed = env["kdc.billing.run.line"].search([("company_id", "=", company.id), ("move_id", "!=", False)])
    power = env["kdc.service"].search([("company_id", "=", company.id), ("code", "=", "DIEN")])
    add_power(env, billed.account_id[:20], power, period)
    run = env["kdc.billing.run"].create({"company_id": company.id, "period": period})
    computing = clock.timed(run.action_compute)
    models = run.line_ids.filtered(lambda line: line.account_id in billed.account_id[:20] and line.state == "ready")
    accounts = many_accounts(env, models[0].account_id, max(sizes))
    rounds, vals = [], []
    # The first round warms the caches.
    for back, size in enumerate((50, *sizes), 1):
        lines = many_lines(env, company, period - relativedelta(months=back), accounts[:size], models)
        env.cr.commit()
        stock_bills = len(vals)
        seconds = stock(env, clock, vals) if vals else 0
        issuing = issue(env, clock, lines, job)
        vals = [stock_vals(line.move_id) for line in lines[:BATCH]]
        env.cr.execute("ANALYZE account_move, account_move_line")
        seconds += stock(env, clock, vals)
        stock_bills += len(vals)
        rounds.append({"bills": size, "issuing": issuing, "stock": seconds, "stock_bills": stock_bills})
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    result(
        {
            "rounds": rounds[1:],
            "computing": computing,
            "computed": len(run.line_ids),
            "memory": memory,
            "processor": clock.processor,
        }
    )
