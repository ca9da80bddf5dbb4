"""``./kdc demo``: a Vietnamese ward at work, in a browser."""

import json
import time
from dataclasses import replace
from pathlib import Path

from . import gateway, server, system, templates
from .console import Problem, say, step
from .odoo_process import Runtime
from .paths import Home

DATABASE = "kdc_demo"
NAME = "demo"
HOUSEHOLDS = 200
DONE = "kdc_demo.done"


def _note(home: Home) -> Path:
    """What we remember of the finished demo database: the persons, and the addons it was made with."""
    return home.data / f"{DATABASE}.json"


def ensure_database(runtime: Runtime, households: int | None) -> list[dict]:
    """Make the demo database once and return its persons.

    A database that was left half made is made anew; after a change of the addons it is updated.

    :raises Problem: when another number of households is asked than the finished demo has.
    """
    if households is not None and households < 1:
        raise Problem("A community needs at least one household: --households 200")
    databases = runtime.databases
    if databases.exists(DATABASE):
        done = databases.parameter(DATABASE, DONE)
        if done and households and int(done) != households:
            raise Problem(f"The demo has {done} households already: ./kdc reset first, to make one with {households}.")
        if done:
            return _up_to_date(runtime)
        say("The demo database was left half made; it is made anew.")
        databases.drop(DATABASE)
    count = households or HOUSEHOLDS
    template = templates.ensure(runtime)
    databases.create(DATABASE, template)
    with step(f"Making the community of {count} households"):
        people = runtime.script("generate", DATABASE, [str(count)])
    return _remember(runtime, people)


def _remember(runtime: Runtime, people: list[dict]) -> list[dict]:
    _note(runtime.home).write_text(json.dumps({"tree": templates.tree_key(), "people": people}))
    return people


def _up_to_date(runtime: Runtime) -> list[dict]:
    """The persons of a finished demo, after updating it where the addons have changed."""
    try:
        note = json.loads(_note(runtime.home).read_text())
        if note["tree"] == templates.tree_key():
            return note["people"]
    except (OSError, ValueError, KeyError):
        pass
    running = server.find(runtime.home, NAME)
    if running:
        server.stop(runtime.home, running)
    with step("Updating the demo to the changed addons"):
        templates.update(runtime, DATABASE)
        people = runtime.script("people", DATABASE)
    return _remember(runtime, people)


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
    """Start the demo server unless it runs, wait for its login page, and start the stand-in for the gateways."""
    running = server.find(runtime.home, NAME)
    if not running:
        running = server.start_and_wait(runtime, NAME, DATABASE, port, workers=workers)
        pid = gateway.start(runtime, DATABASE, running.url)
        return server.remember(runtime.home, replace(running, gateway_pid=pid))
    server.wait_ready(runtime.home, running)
    return running


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
