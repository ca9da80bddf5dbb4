"""``./kdc demo``: a Vietnamese ward at work, in a browser."""

import json
import time
from dataclasses import replace

from . import gateway, postgres, server, system, templates
from .console import Problem, say, step
from .database import Databases
from .odoo_process import Runtime
from .paths import Home

DATABASE = "kdc_demo"
PARTIAL = f"{DATABASE}_part"
NAME = "demo"
HOUSEHOLDS = 200
#: parameters of the finished database: its number of households, and the persons as JSON
DONE, PEOPLE = "kdc_demo.done", "kdc_demo.people"


def ensure_database(runtime: Runtime, households: int | None) -> list[dict]:
    """Make the demo database once and return its persons.

    It is made under another name, which is deleted when it was left half made. Whatever has the name itself is kept,
    and updated after a change of the addons.

    :raises Problem: when another number of households is asked than the finished demo has, or when it is no demo.
    """
    if households is not None and households < 1:
        raise Problem("A community needs at least one household: --households 200")
    databases = runtime.databases
    if not databases.exists(DATABASE):
        return _make(runtime, households or HOUSEHOLDS)
    done = databases.parameter(DATABASE, DONE)
    if not done:
        raise Problem(
            f"The database {DATABASE} is no finished demo: ./kdc backup --database {DATABASE} FILE saves it if it is "
            "of use, ./kdc reset deletes it."
        )
    check_files(databases)
    if households and int(done) != households:
        raise Problem(f"The demo has {done} households already: ./kdc reset first, to make one with {households}.")
    return _up_to_date(runtime)


def check_files(databases: Databases) -> None:
    """Leave the demo of another home on the same server alone.

    :raises Problem: when its files are not in this one.
    """
    if not databases.filestore(DATABASE).is_dir():
        remedy = "dropdb deletes it" if postgres.external() else "./kdc reset deletes it"
        raise Problem(
            f"The database {DATABASE} has no files in {databases.home.path}: if another KDC_HOME has made it, run it "
            f"from there; {remedy}."
        )


def _make(runtime: Runtime, households: int) -> list[dict]:
    template = templates.ensure(runtime)
    runtime.databases.drop(PARTIAL)
    runtime.databases.create(PARTIAL, template)
    with step(f"Making the community of {households} households"):
        people = runtime.script("generate", PARTIAL, [str(households)])
        _remember(runtime, PARTIAL, people)
        runtime.databases.rename(PARTIAL, DATABASE)
    return people


def _remember(runtime: Runtime, database: str, people: list[dict]) -> None:
    """Note in the database itself who is in it and which addons it has: a backup brings both back."""
    runtime.databases.set_parameter(database, PEOPLE, json.dumps(people))
    templates.remember_tree(runtime.databases, database)


def delete(home: Home, databases: Databases) -> None:
    """Stop the demo and delete its database, finished or not."""
    running = server.find(home, NAME)
    if running:
        server.stop(home, running)
    if postgres.external() and databases.exists(DATABASE):
        check_files(databases)
    for name in (PARTIAL, DATABASE):
        databases.drop(name)


def _up_to_date(runtime: Runtime) -> list[dict]:
    """The persons of a finished demo, after updating it where the addons have changed."""
    databases = runtime.databases
    people = databases.parameter(DATABASE, PEOPLE)
    if people and databases.parameter(DATABASE, templates.TREE) == templates.tree_key():
        return json.loads(people)
    running = server.find(runtime.home, NAME)
    if running:
        server.stop(runtime.home, running)
    with step("Updating the demo to the changed addons"):
        templates.update(runtime, DATABASE)
        people = runtime.script("people", DATABASE)
        _remember(runtime, DATABASE, people)
    return people


def introduce(url: str, persons: list[dict]) -> None:
    """Print the address and one line per demo person."""
    say("")
    say(f"The community is ready: {url}")
    columns = ("role", "login", "password")
    widths = [max((len(str(person[key])) for person in persons), default=0) for key in columns]
    for person in persons:
        cells = (str(person[key]).ljust(width) for key, width in zip(columns, widths, strict=True))
        say(f"  {'  '.join(cells)}  {person['try_text']}  {url}{person['url']}")
    say("")


def check_port(home: Home, port: int, workers: int) -> None:
    """Complain about the port before the long work, not after it."""
    running = server.find(home, NAME)
    if not running:
        system.need_port(port)
    elif (running.port, running.workers) != (port, workers):
        raise Problem(f"The demo runs already at {running.url}: ./kdc stop first, to start it differently.")


def ensure_running(runtime: Runtime, port: int, workers: int) -> server.Running:
    """Start the demo server unless it runs, wait for its login page; the same with the stand-in for the gateways."""
    running = server.find(runtime.home, NAME)
    if running:
        server.wait_ready(runtime.home, running)
    else:
        running = server.start_and_wait(runtime, NAME, DATABASE, port, workers=workers)
    if gateway.is_alive(running.gateway_pid):
        return running
    pid = gateway.start(runtime, DATABASE, running.url)
    return server.remember(runtime.home, replace(running, gateway_pid=pid))


def stay(home: Home, running: server.Running) -> int:
    """Keep the server until Ctrl+C.

    :raises Problem: when it ends by itself.
    """
    say("Ctrl+C ends it.")
    try:
        while not server.has_ended(running.pid):
            time.sleep(0.5)
    except KeyboardInterrupt:
        say("\nStopping …")
        server.stop(home, running)
        return 0
    if not server.find_state(home, NAME):  # ./kdc stop in another terminal
        return 0
    server.stop(home, running)
    raise Problem(f"The server ended by itself: see {home.logs / f'{NAME}.log'}.")
