"""Twenty collectors take payments at once, of the same accounts, while an Odoo worker and PostgreSQL are killed.

Two prefork workers, real HTTP, a database cluster of its own, since it is killed. Each collector takes a payment about
every ``PACE`` seconds, which is several times what a person can do. Beside it, in the same run, the same people
register payments with Odoo's own ``account.payment.register``. ``KDC_COLLECT_SECONDS`` makes it shorter.
"""

import os
import signal
import subprocess
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import replace

from kdc_cli import postgres, server, system
from kdc_cli.database import Databases
from kdc_cli.paths import Home

from ._collectors import Client, Outcome, Refused, collect
from ._context import Context
from ._result import Result

COLLECTORS = 20
#: seconds
LENGTH, PACE = 300, 8
P95_GOAL = 1


def workers_of(pid: int) -> list[int]:
    """The HTTP workers of a prefork server: its children, but the one for websockets."""
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False).stdout.split()
    return [int(child) for child in found if " gevent " not in system.command_line(int(child))]


def kill_worker(running: server.Running) -> None:
    """End one worker in the middle of whatever it does."""
    os.kill(workers_of(running.pid)[0], signal.SIGKILL)


def kill_postgres(cluster: postgres.Cluster) -> None:
    """End PostgreSQL with all its processes at once, as a power cut does, and start it again."""
    pid = int((cluster.data / "postmaster.pid").read_text().splitlines()[0])
    children = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False).stdout.split()
    for process in (pid, *map(int, children)):
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    time.sleep(2)
    (cluster.data / "postmaster.pid").unlink(missing_ok=True)
    cluster.ensure()


@contextmanager
def kept_running(context: Context, running: server.Running):
    """Start the server again when it ends, as ``restart: unless-stopped`` of docker-compose.yml does.

    The main process of Odoo ends when it wants to replace a worker just while PostgreSQL is away. Gives a function that
    returns the server as it runs now.
    """
    now, over = [running], threading.Event()

    def watch() -> None:
        while not over.wait(0.5):
            if server.has_ended(now[0].pid):
                context.say("the server has ended, and is started again")
                now[0] = server.start_again(context.runtime, now[0])

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield lambda: now[0]
    finally:
        over.set()
        watcher.join()


@contextmanager
def private_copy(context: Context, database: str):
    """The database in a cluster that may be killed; gives the context that works there, and the cluster."""
    runtime = context.runtime
    cluster = postgres.Cluster(Home(runtime.home.tmp / "collect"))
    cluster.home.make()
    apart = Databases(runtime.home, cluster.ensure())
    try:
        subprocess.run([apart.program("createdb"), database], env=apart.environment(), check=True)
        dump = subprocess.Popen(
            [runtime.databases.program("pg_dump"), database],
            env=runtime.databases.environment(), stdout=subprocess.PIPE,
        )  # fmt: skip
        argv = [apart.program("psql"), "-qX", "-d", database, "-o", os.devnull]
        subprocess.run(argv, env=apart.environment(), stdin=dump.stdout, check=True)
        yield replace(context, runtime=replace(runtime, databases=apart)), cluster
    finally:
        cluster.stop()
        cluster.remove()


def stock(url: str, found: dict, seconds: float) -> Outcome:
    """The same people register payments of one invoice with Odoo's own dialogue, at the same pace."""
    outcome, lock = Outcome(), threading.Lock()
    clients = [Client(url, login, password) for login, password in found["logins"]]
    until = time.monotonic() + seconds
    where = {"active_model": "account.move", "active_ids": [found["invoice"]]}

    def work(number: int, client: Client) -> None:
        time.sleep(PACE * number / COLLECTORS)
        while time.monotonic() < until:
            started = time.monotonic()
            try:
                vals = {"amount": 1_000 + number, "journal_id": found["journal"]}
                dialogue = client.call("account.payment.register", "create", [vals], context=where)
                client.call("account.payment.register", "action_create_payments", dialogue, context=where)
            except Refused as refusal:
                outcome.raw.append(str(refusal))
            else:
                with lock:
                    outcome.seconds.append(time.monotonic() - started)
            time.sleep(max(0.0, PACE - (time.monotonic() - started)))

    crowd = [threading.Thread(target=work, args=pair, daemon=True) for pair in enumerate(clients)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    return outcome


def compare(told: dict, books: dict) -> tuple[int, int]:
    """Return how many payments are in the books twice or otherwise than told, and how many are not there."""
    booked = {}
    for key, name, amount in books["receipts"]:
        booked.setdefault(key, []).append((name, amount))
    doubles = sum(len(found) - 1 for found in booked.values())
    doubles += sum(found != [told[key]] for key, found in booked.items() if key in told)
    return doubles, len(told.keys() - booked.keys())


def run(context: Context) -> list[Result]:
    """Latency and throughput undisturbed beside the baseline; then what a kill leaves behind."""
    length = float(os.environ.get("KDC_COLLECT_SECONDS", LENGTH))
    with context.database("collect") as database, private_copy(context, database) as (apart, cluster):
        found = apart.inside("collect", database, "prepare", COLLECTORS)
        with apart.server(database, workers=2) as running, kept_running(apart, running) as now:
            context.say("Odoo's own payments")
            theirs = stock(running.url, found, length / 4)
            context.say(f"{COLLECTORS} collectors for {length:.0f} s, with kills")
            kills = (lambda: None, lambda: kill_worker(now()), lambda: kill_postgres(cluster))
            ours = collect(running.url, found["logins"], found["accounts"], length, PACE, kills)
        books = apart.inside("collect", database, "check")
    told = {key: tuple(value) for key, value in ours.receipts.items()}
    doubles, lost = compare(told, books)
    for text in [*ours.raw[:5], *books["misfits"][:5]]:
        context.say(text)
    wrong = {"doubles": doubles, "lost": lost, "gaps": books["gaps"], "misfits of the proof": len(books["misfits"])}
    return [
        Result("collect: p95", "s", ours.percentile(0.95), "account.payment.register", theirs.percentile(0.95),
               P95_GOAL, more_is_better=False, absolute=True),
        Result("collect: p50", "s", ours.percentile(0.5), "account.payment.register", theirs.percentile(0.5)),
        Result("collect: payments", "1/s", len(told) / length, "account.payment.register",
               len(theirs.seconds) / (length / 4)),
        Result("collect: receipts", "", len(told)),
        Result("collect: raw errors", "", len(ours.raw), "account.payment.register", len(theirs.raw)),
        *(Result(f"collect: {name}", "", number, goal=0, more_is_better=False, absolute=True)
          for name, number in wrong.items()),
    ]  # fmt: skip
