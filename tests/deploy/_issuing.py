"""_issuing.py CONFIG DATABASE SEED: processes of their own compute a month, and issue the same bills for four months.

The month is computed undisturbed, and once more in processes of which ten are killed. The first of the four months is
issued undisturbed; the second in processes of which twenty are killed at a statement, chosen with the seed
among those of the first; the third with two at a time; the fourth while another process posts invoices of Odoo's own in
the same journal. What a job does, and what becomes of the job of a dead process, is ``queue_job``'s own code. See
``test_issuing.py``.
"""

import itertools
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import odoo.sql_db
from _inside import opened, result
from dateutil.relativedelta import relativedelta
from odoo.api import SUPERUSER_ID, Environment
from odoo.modules.registry import Registry
from odoo.service.model import PG_CONCURRENCY_ERRORS_TO_RETRY
from psycopg2 import OperationalError

#: bills, and how many of them in one job
BILLS, BATCH = 48, 10
KILLS = 20
#: customers of one job while a month is computed, and how many of these processes are killed
PART, COMPUTE_KILLS = 6, 10
#: invoices of Odoo's own beside a run
INVOICES = 10
#: what a statement that writes begins with
WRITING = ("INSERT", "UPDATE", "DELETE", "SAVEPOINT", "RELEASE", "COMMIT")
#: how the copies are written, among the statements that begin like it
COPIES = 'INSERT INTO "account_move" ', "json_to_recordset"
#: seconds after which something hangs, on however slow a machine
PATIENCE = 300


# ------------------------------------------------------------------------------------------- a process and its stops
class Process:
    """A process of its own, forked from this one, that may stop at a statement until it is told to go on, or killed.

    :param work: called in it with the registry and a function ``pause``
    :param points: (statement, how many of it come before, ``before`` or ``after``) to stop at
    """

    def __init__(self, registry, work, *points):
        self._hears, says = os.pipe()
        hears, self._says = os.pipe()
        # A connection must not be shared with a child.
        odoo.sql_db.close_all()
        self.pid = os.fork()
        if not self.pid:
            os.close(self._hears)
            os.close(self._says)
            _live(registry, work, points, says, hears)
        os.close(says)
        os.close(hears)
        #: The database connection with which it works, known when it has stopped.
        self.backend = None

    def stopped(self):
        """Wait until it stops; False when it has come to its end instead."""
        said = os.read(self._hears, 20)
        self.backend = int(said) if said else None
        return bool(said)

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        self._close()

    def check_alive(self):
        assert os.waitpid(self.pid, os.WNOHANG) == (0, 0), "a process ended that should have waited"

    def finish(self):
        """Let it go on until its end, which is a good one."""
        if self.backend:
            os.write(self._says, b"!")
        while self.stopped():
            os.write(self._says, b"!")
        _pid, status = os.waitpid(self.pid, 0)
        self._close()
        assert status == 0, f"a process ended with status {status}"

    def _close(self):
        os.close(self._hears)
        os.close(self._says)


def _live(registry, work, points, says, hears):
    """The life of a forked process; it never returns."""
    code = 1
    try:

        def pause(cr):
            os.write(says, str(cr._cnx.get_backend_pid()).encode())
            assert os.read(hears, 1)

        with _listening([], points, pause):
            work(registry, pause)
        code = 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(code)


@contextmanager
def _listening(heard, points=(), pause=None):
    """Hear every statement of all cursors, note it in ``heard``, and call ``pause`` at the points."""
    cursor = odoo.sql_db.Cursor
    execute, commit = cursor.execute, cursor.commit

    def said(cr, text, work):
        place = text, heard.count(text)
        heard.append(text)
        if (*place, "before") in points:
            pause(cr)
        answer = work()
        if (*place, "after") in points:
            pause(cr)
        return answer

    def heard_execute(cr, query, params=None, log_exceptions=True):
        text = query if isinstance(query, str) else getattr(query, "code", str(query))
        return said(cr, " ".join(text.split()), lambda: execute(cr, query, params, log_exceptions))

    def heard_commit(cr):
        cr.flush()
        return said(cr, "COMMIT", lambda: commit(cr))

    cursor.execute, cursor.commit = heard_execute, heard_commit
    try:
        yield heard
    finally:
        cursor.execute, cursor.commit = execute, commit


# ------------------------------------------------------------------------------------------------------ what they do
class Bills:
    """The bills to issue each month: those of the demo in its largest journal, also for further payers."""

    def __init__(self, env):
        company = env.ref("base.main_company")
        runs = env["kdc.billing.run"].search([("company_id", "=", company.id)])
        self.period = self.date = min(runs.mapped("period"))
        journals = runs.line_ids.filtered(lambda line: line.state == "issued").grouped("journal_id")
        journal, models = max(journals.items(), key=lambda item: len(item[1]))
        # a one-off charge is billed once, not in four months more
        models = models.filtered(lambda line: '"charge":' not in json.dumps(line.explanation))
        known = models.account_id[: BILLS // 2]
        partners = env["res.partner"].create(
            [{"name": f"Hộ số {number}", "is_company": True} for number in range(BILLS - len(known))]
        )
        accounts = env["kdc.customer.account"].create(
            [{"partner_id": partner.id, "company_id": company.id, "date_from": self.period} for partner in partners]
        )
        self.journal_id = journal.id
        # Whose bill an account gets does not matter here, only that it is the same one each month.
        self._models = dict(zip((known | accounts).ids, itertools.cycle(models.ids), strict=False))

    def approved_run(self, env):
        """An approved run of these bills for the month before the last one, and its jobs; return its id."""
        self.period -= relativedelta(months=1)
        run = env["kdc.billing.run"].create(
            {"company_id": env.ref("base.main_company").id, "period": self.period, "invoice_date": self.date}
        )
        lines = env["kdc.billing.run.line"]
        for account, model in self._models.items():
            model = lines.browse(model)
            lines.create(
                {"run_id": run.id, "account_id": account, "journal_id": self.journal_id}
                | {name: model[name] for name in ("explanation", "amount_untaxed", "amount_tax", "amount_total")}
            )
        run.write({"state": "approved", "approved_by_id": env.ref("base.user_admin").id, "computed_on": env.cr.now()})
        run.action_issue()
        return run.id


def month_to_compute(env):
    """Read all meters today, and return the id of a billing run of this month."""
    today = env["kdc.meter.reading"].default_get(["date"])["date"]
    for meter in env["kdc.meter"].search([("state", "=", "in_use")]):
        last = meter.reading_ids.sorted("date")[-1:]
        if last.date and last.date < today:
            env["kdc.meter.reading"].create({"meter_id": meter.id, "date": today, "value": last.value + meter.id % 40})
    return env["kdc.billing.run"].create({"company_id": env.ref("base.main_company").id, "period": today}).id


def do_job(uuid):
    """What the server does when it is asked to do a job."""
    from odoo.addons.queue_job.controllers.main import RunJobController

    def work(registry, _pause):
        with registry.cursor() as cr:
            env = Environment(cr, SUPERUSER_ID, {})
            RunJobController._runjob(env, RunJobController._acquire_job(env, uuid))

    return work


def post_invoices(bills, count, keep=True):
    """Invoices of Odoo's own in a journal, each in a transaction; a single one pauses before it is committed."""

    def invoice(env):
        journal = env["account.journal"].browse(bills.journal_id)
        account = env["account.account"].search([("account_type", "=", "income")], limit=1)
        move = env["account.move"].create(
            {
                "move_type": "out_invoice",
                "journal_id": journal.id,
                "partner_id": journal.company_id.partner_id.id,
                "invoice_date": bills.date,
                "invoice_line_ids": [(0, 0, {"name": "Khác", "price_unit": 70000, "account_id": account.id})],
            }
        )
        move.action_post()

    def once(registry, pause):
        with registry.cursor() as cr:
            invoice(Environment(cr, SUPERUSER_ID, {}))
            cr.flush()
            if count == 1:
                pause(cr)
            if not keep:
                cr.rollback()

    def work(registry, pause):
        left = count
        while left:
            try:
                once(registry, pause)
                left -= 1
            except OperationalError as error:
                # As Odoo does for every request. That nobody waited for each other in a circle is asked in the end.
                if error.pgcode not in PG_CONCURRENCY_ERRORS_TO_RETRY:
                    raise

    return work


class Jobs:
    """The jobs of a run, as the runner of ``queue_job`` sees them."""

    def __init__(self, database):
        from odoo.addons.queue_job.jobrunner.runner import Database

        self._runner = Database(database)

    def ask(self, query, *values):
        with self._runner.conn.cursor() as cr:
            cr.execute(query, values)
            return cr.fetchone()

    def next(self):
        """Hand out the first job that waits; return its uuid, or None."""
        found = self.ask(
            "SELECT uuid FROM queue_job WHERE state = 'pending' AND model_name = 'kdc.billing.run' ORDER BY id LIMIT 1"
        )
        if found:
            self._runner.set_job_enqueued(found[0])
        return found and found[0]

    def recover(self):
        """What the runner does every 15 seconds: jobs of dead processes wait again, or have failed too often."""
        with self._runner.conn.cursor() as cr:
            # Those handed out a moment ago would be given ten seconds more.
            cr.execute("UPDATE queue_job SET date_enqueued = date_enqueued - interval '1 hour' WHERE state != 'done'")
        self._runner.requeue_dead_jobs()

    def wait(self, query, *values, meanwhile=lambda: None):
        """Wait until a query answers true."""
        for _turn in range(PATIENCE * 50):
            if self.ask(query, *values)[0]:
                return
            meanwhile()
            time.sleep(0.02)
        raise AssertionError(f"never came true: {query} {values}")

    def meet(self, holding, waiting):
        """Wait until one process waits for a lock of another one that has stopped; let both go on."""
        self.wait(
            "SELECT EXISTS (SELECT FROM pg_stat_activity"
            " WHERE datname = current_database() AND %s = ANY(pg_blocking_pids(pid)))",
            holding.backend,
            meanwhile=waiting.check_alive,
        )
        holding.finish()
        waiting.finish()


@contextmanager
def environment(registry):
    with registry.cursor() as cr:
        yield Environment(cr, SUPERUSER_ID, {})


def books(env, run_id):
    """Everything a run left behind, in a form that depends neither on ids nor on the month."""
    run = env["kdc.billing.run"].browse(run_id)
    bills = run.move_ids.sorted(lambda move: move.kdc_account_id.number)
    entries = [
        {
            "account": bill.kdc_account_id.number,
            "state": [bill.state, bill.payment_state],
            "amounts": [bill.amount_untaxed, bill.amount_tax, bill.amount_total, bill.amount_residual],
            "reference": bill.kdc_reference == bill.payment_reference == bill.line_ids[-1].name,
            "explanation": bill.kdc_explanation,
            "items": [
                [item.account_id.code, item.product_id.id, item.debit, item.credit, item.tax_ids.ids, item.balance]
                for item in bill.line_ids.sorted("id")
            ],
            "grants": env["kdc.relief.grant"].search([("move_id", "=", bill.id)]).mapped("amount"),
        }
        for bill in bills
    ]
    return {
        "state": run.state,
        "lines": sorted([line.account_id.number, line.state, line.move_id in bills] for line in run.line_ids),
        "bills": entries,
        "total": sum(bills.mapped("amount_total")),
    }  # fmt: skip


def counts(env):
    """How much there is of everything a bill may leave behind.

    Odoo counts the invoices of a customer after the commit, in a transaction of its own, so a death may cost a count.
    """
    names = ["account.move", "account.move.line", "kdc.relief.grant", "mail.message", "mail.followers"]
    return [env[name].search_count([]) for name in names]


def numbers(env, journal_id):
    """Prefix and number of every entry that was posted in the journal."""
    moves = env["account.move"].search([("journal_id", "=", journal_id), ("name", "!=", False)])
    return sorted([move.sequence_prefix, move.sequence_number] for move in moves)


def calm(registry, jobs, run_id):
    """Work off the jobs; return the statements of the first one."""
    with environment(registry) as env:
        # What is asked once in a process is in the caches of all that are forked from it.
        env["kdc.billing.run"].browse(run_id).line_ids[:BATCH]._issue()
        env.cr.rollback()
    with tempfile.TemporaryDirectory() as folder:
        notes = Path(folder) / "statements"
        Process(registry, _noted(do_job(jobs.next()), notes)).finish()
        plan = json.loads(notes.read_text())
    while uuid := jobs.next():
        Process(registry, do_job(uuid)).finish()
    return plan


def _noted(work, notes):
    def noted(registry, pause):
        with _listening([]) as heard:
            work(registry, pause)
        notes.write_text(json.dumps(heard))

    return noted


def points(plan, rng, *decisive):
    """Statements at which to die: around what decides; then each kind is as likely, however often it is said.

    :param decisive: (statement, how many of it come before) besides the commit of the job
    """
    changes = max(place for place, text in enumerate(plan) if text.startswith(("INSERT", "UPDATE")))
    counts = Counter(plan[:changes])
    commit = "COMMIT", counts["COMMIT"]
    for point in (*decisive, commit):
        yield [(*point, "before")]
        yield [(*point, "after")]
    kinds = sorted(counts)
    writing = [text for text in kinds if text.startswith(WRITING)]
    while True:
        text = rng.choice(rng.choice([kinds, writing]))
        # Not every job says everything that the first one says; then it dies before the end.
        yield [(text, rng.randrange(counts[text]), rng.choice(["before", "after"])), (*commit, "before")]


def copying(plan):
    """The statement that writes the copies."""
    return next(text for text in plan if text.startswith(COPIES[0]) and COPIES[1] in text)


def killed(registry, jobs, run_id, choice, kills):
    """Work off the jobs in processes that are killed; return where each of them died."""
    deaths = []
    while True:
        uuid = jobs.next()
        if not uuid:
            with environment(registry) as env:
                # The runner gave a job up; the accountant presses the button again.
                if not press_again(env["kdc.billing.run"].browse(run_id)):
                    return deaths
            continue
        chosen = next(choice) if len(deaths) < kills else []
        process = Process(registry, do_job(uuid), *chosen)
        if not process.stopped():
            process.finish()
            continue
        writes = jobs.ask("SELECT backend_xid IS NOT NULL FROM pg_stat_activity WHERE pid = %s", process.backend)[0]
        process.kill()
        deaths.append({"statement": chosen[0][0][:70], "when": chosen[0][2], "inside": writes})
        jobs.wait("SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = %s)", process.backend)
        jobs.recover()


def press_again(run):
    """Go on with what is not done; return whether there was anything left to do."""
    if run.computing_since:
        run.action_continue_computing()
    elif run.state == "approved":
        run.action_issue()
    else:
        return False
    return True


def compute(registry, jobs, run_id, rng):
    """Compute a month undisturbed and once more with deaths; return both results and where each death was."""
    results, plan, deaths = [], [], []
    for _time in range(2):
        with environment(registry) as env:
            env["kdc.billing.run"].browse(run_id).action_compute()
        if plan:
            deaths = killed(registry, jobs, run_id, points(plan, rng), COMPUTE_KILLS)
        else:
            plan = calm(registry, jobs, run_id)
        with environment(registry) as env:
            results.append(previews(env["kdc.billing.run"].browse(run_id)))
    return {"calm": results[0], "killed": results[1], "deaths": deaths}


def previews(run):
    """Everything a dry run left behind, without ids."""
    names = ["state", "amount_total", "amount_tax", "previous_total", "explanation", "issues", "severity", "usage_key"]
    lines = run.line_ids.sorted(lambda line: (line.account_id.number, line.journal_id.id))
    return {
        "state": run.state,
        "under way": bool(run.computing_since),
        "already billed": run.already_billed_count,
        "lines": [[line.account_id.number, line.journal_id.code, *(line[name] for name in names)] for line in lines],
    }


def beside(registry, jobs, bills, plan):
    """Issue while somebody posts invoices of Odoo's own in the same journal."""
    # The run holds the numbers, and the invoice waits for it.
    issuing = Process(registry, do_job(jobs.next()), (copying(plan), 0, "after"))
    assert issuing.stopped()
    jobs.meet(issuing, Process(registry, post_invoices(bills, 1)))
    for keep in (True, False):
        # An invoice holds the next number, and gives it back in the second case; the run waits for it.
        other = Process(registry, post_invoices(bills, 1, keep))
        assert other.stopped()
        jobs.meet(other, Process(registry, do_job(jobs.next())))
    other = Process(registry, post_invoices(bills, INVOICES - 2))
    while uuid := jobs.next():
        Process(registry, do_job(uuid)).finish()
    other.finish()


def pairs(registry, jobs, plan):
    """Let two workers issue side by side: the second begins while the first holds the numbers."""
    while uuid := jobs.next():
        first = Process(registry, do_job(uuid), (copying(plan), 0, "after"))
        uuid = first.stopped() and jobs.next()
        if uuid:
            jobs.meet(first, Process(registry, do_job(uuid)))
        else:
            first.finish()


def main(config, database, seed):
    with opened(config, database) as env:
        from odoo.addons.kdc_utilities.models import kdc_billing_run, kdc_billing_run_compute

        kdc_billing_run.BATCH = BATCH
        kdc_billing_run_compute.AT_ONCE, kdc_billing_run_compute.PART = 0, PART
        bills = Bills(env)
        month = month_to_compute(env)
    registry, jobs, rng = Registry(database), Jobs(database), random.Random(seed)
    found = {"computed": compute(registry, jobs, month, rng)}
    plan, deaths = [], []
    for month in ("calm", "killed", "pairs", "beside"):
        with environment(registry) as env:
            before = counts(env)
            run_id = bills.approved_run(env)
        if month == "calm":
            plan = calm(registry, jobs, run_id)
        elif month == "killed":
            deaths = killed(registry, jobs, run_id, points(plan, rng, (copying(plan), 0)), KILLS)
        elif month == "pairs":
            pairs(registry, jobs, plan)
        else:
            beside(registry, jobs, bills, plan)
        with environment(registry) as env:
            new = [after - count for after, count in zip(counts(env), before, strict=True)]
            found[month] = {"books": books(env, run_id), "new": new, "numbers": numbers(env, bills.journal_id)}
    deadlocks = jobs.ask("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")[0]
    return found | {"deaths": deaths, "deadlocks": deadlocks, "statements": len(plan)}


if __name__ == "__main__":
    result(main(*sys.argv[1:]))
