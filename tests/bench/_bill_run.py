"""_bill_run.py CONFIG DATABASE SIZE…: issue so many bills, stock before and after; give seconds and bills.

From 100,000 bills on it also lets two processes issue as many side by side, and gives the time on the wall.
"""

import resource
import subprocess
import sys
import time
from pathlib import Path

from _clock import Clock
from _inside import opened, result
from _many import Month

#: Stock Odoo is fastest in batches of about this size.
BATCH = 200
#: As many bills as a large ward and its neighbours have; two processes issue them.
MANY, PROCESSES = 100_000, 2


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

    def work() -> None:
        env["account.move"].create(vals).action_post()
        env.cr.commit()

    return clock.timed(work)


def issue(env, clock, lines, job) -> float:
    """Seconds of issuing these lines as the background jobs do."""

    def work(part) -> None:
        part._issue()
        env.cr.commit()

    seconds = 0
    for start in range(0, len(lines), job):
        seconds += clock.timed(work, lines[start : start + job])
        env.invalidate_all()
    assert not lines.search_count([("id", "in", lines.ids), ("state", "!=", "issued")])
    return seconds


def side_by_side(env, lines) -> dict:
    """Seconds on the wall in which processes issue these lines as jobs, and the most memory one of them takes in MB."""
    run = lines.run_id
    run.write({"state": "approved", "approved_by_id": env.ref("base.user_admin").id, "computed_on": env.cr.now()})
    env.cr.commit()
    argv = [sys.executable, Path(__file__).with_name("_bill_jobs.py"), *sys.argv[1:3], run.id]
    workers = [
        subprocess.Popen(
            [str(arg) for arg in (*argv, place, PROCESSES)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for place in range(PROCESSES)
    ]
    for worker in workers:
        # It is ready, as those of a server have been for long.
        worker.stdout.readline()
    started = time.perf_counter()
    for worker in workers:
        worker.stdin.write("\n")
        worker.stdin.flush()
    answers = [worker.communicate()[0] for worker in workers]
    seconds = time.perf_counter() - started
    env.invalidate_all()
    assert run.state == "issued", run.state
    memory = max(float(answer.split()[-1]) for answer in answers)
    return {"bills": len(lines), "seconds": seconds, "memory": memory}


with opened(*sys.argv[1:3]) as env:
    from odoo.addons.kdc_utilities.models.kdc_billing_run import job_size

    sizes = [int(size) for size in sys.argv[3:]]
    env = env["base"].with_company(env.ref("base.main_company")).env
    clock = Clock(env)
    month = Month(env, max(sizes))
    rounds, vals = [], []
    # The first round warms the caches.
    for size in (50, *sizes):
        lines = month.lines(env, size)
        env.cr.commit()
        stock_bills = len(vals)
        seconds = stock(env, clock, vals) if vals else 0
        issuing = issue(env, clock, lines, job_size(size))
        vals = [stock_vals(line.move_id) for line in lines[:BATCH]]
        env.cr.execute("ANALYZE account_move, account_move_line")
        seconds += stock(env, clock, vals)
        stock_bills += len(vals)
        rounds.append({"bills": size, "issuing": issuing, "stock": seconds, "stock_bills": stock_bills})
    pair = side_by_side(env, month.lines(env, MANY)) if max(sizes) >= MANY else None
    computing, computed = month.compute(env, clock)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    result(
        {
            "rounds": rounds[1:],
            "pair": pair,
            "computing": computing,
            "computed": computed,
            "memory": memory,
            "processor": clock.processor,
        }
    )
