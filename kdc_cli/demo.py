"""``./kdc demo``: a Vietnamese ward at work, in a browser."""

import json
import signal
import time
from pathlib import Path

from . import server, system, templates
from .console import Problem, say, step
from .odoo_process import Runtime
from .paths import Home

DATABASE = "kdc_demo"
NAME = "demo"
HOUSEHOLDS = 200
DONE = "kdc_demo.done"


def _people_file(home: Home) -> Path:
    return home.data / f"{DATABASE}.people.json"


def ensure_database(runtime: Runtime, households: int | None) -> None:
    """Make the demo database once; one that was left half made is made anew.

    :raises Problem: when another number of households is asked than the finished demo has.
    """
    databases = runtime.databases
    if databases.exists(DATABASE):
        done = databases.parameter(DATABASE, DONE)
        if done and households and int(done) != households:
            raise Problem(f"The demo has {done} households already: ./kdc reset first, to make one with {households}.")
        if done:
            return
        say("The demo database was left half made; it is made anew.")
        databases.drop(DATABASE)
    count = households or HOUSEHOLDS
    template = templates.ensure(runtime)
    databases.create(DATABASE, template)
    with step(f"Making the community of {count} households"):
        people = runtime.script("generate", DATABASE, [str(count)])
        _people_file(runtime.home).write_text(json.dumps(people))


def people(runtime: Runtime) -> list[dict]:
    """The persons to log in as."""
    path = _people_file(runtime.home)
    if not path.exists():
        path.write_text(json.dumps(runtime.script("people", DATABASE)))
    return json.loads(path.read_text())


def introduce(url: str, persons: list[dict]) -> None:
    """Print the address and one line per demo person."""
    say("")
    say(f"The community is ready: {url}")
    widths = [max(len(str(person[key])) for person in persons) for key in ("role", "login", "password")]
    for person in persons:
        role, login, password = (
            str(person[key]).ljust(width) for key, width in zip(("role", "login", "password"), widths, strict=True)
        )
        say(f"  {role}  {login}  {password}  {person['try_text']}  {url}{person['url']}")
    say("")


def serve(runtime: Runtime, port: int, workers: int, detach: bool) -> int:
    """Serve until interrupted, or in the background."""
    running = server.find(runtime.home, NAME)
    if running and (running.port, running.workers) != (port, workers):
        raise Problem(f"The demo runs already at {running.url}: ./kdc stop first, to start it differently.")
    persons = people(runtime)
    if running:
        server.wait_ready(runtime.home, running)
    else:
        running = server.start_and_wait(runtime, NAME, DATABASE, port, workers=workers)
    introduce(running.url, persons)
    if detach:
        say("It runs in the background. ./kdc logs shows what it says, ./kdc stop ends it.")
        return 0
    say("Ctrl+C ends it.")
    return _stay(runtime.home, running)


def _stay(home: Home, running: server.Running) -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        while system.command_line(running.pid) and not server._has_ended(running.pid):
            time.sleep(1)
    except KeyboardInterrupt:
        say("\nStopping …")
        server.stop(home, running)
        return 0
    server.stop(home, running)
    raise Problem(f"The server ended by itself: see {home.logs / f'{NAME}.log'}.")
