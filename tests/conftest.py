"""Fixtures that cross addons: a real server with a demo community, and a browser.

They are for ``tests/e2e`` and ``tests/deploy``. Each pytest-xdist worker has its own database and server.
"""

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from kdc_cli import packages, server, setup, system, templates
from kdc_cli.lock import in_turn
from kdc_cli.odoo_process import Runtime
from kdc_cli.paths import ROOT, Home
from tests import together

# The same examples each time and no clock: a slow machine is no fault, and a rare find belongs on somebody's desk, not
# into the way of an unrelated change.
settings.register_profile("kdc", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("kdc")

HOUSEHOLDS = 30
#: milliseconds; generous, since several workers share two slow cores and the first visitor of a page waits longest
PATIENCE = 180_000
#: folders whose tests need servers
SERVED = (("tests", "deploy"), ("tests", "e2e"))
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 800}
#: where a record of a server log begins
RECORD = re.compile(r"^(?=\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ \d+ [A-Z]+ )", re.MULTILINE)
#: what nobody may find in one; the name of the database stands before the logger
TROUBLE = re.compile(r"^\S+ \S+ \d+ (ERROR|CRITICAL) |^Traceback \(most recent call last\)", re.MULTILINE)
#: Two requests have written the same row, and PostgreSQL has told one of them to try again, which Odoo does. Only
#: when it gives up does it write another record, which is trouble.
COLLISION = re.compile(
    r" ERROR \S+ odoo\.sql_db: bad query: (?!.*^Traceback).*\nERROR: could not serialize access",
    re.DOTALL | re.MULTILINE,
)
BROWSER_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of our own."""
    parser.addoption("--no-fresh-clone", action="store_true", help="leave out the tests that set up from a fresh clone")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the minutes-long tests out only when asked; put those with servers last, the longest of them first."""
    if config.getoption("--no-fresh-clone") or os.environ.get("KDC_NO_FRESH_CLONE"):
        skip = pytest.mark.skip(reason="asked for by --no-fresh-clone or KDC_NO_FRESH_CLONE")
        for item in items:
            if item.get_closest_marker("fresh_clone"):
                item.add_marker(skip)
    items.sort(key=lambda item: place(item.path))


def place(path: Path) -> int:
    """Where a test file stands in the order of the suite; those of one place stay as they are."""
    folders = path.relative_to(ROOT).parts[:2]
    return 1 + together.rank(path.relative_to(ROOT)) if folders in SERVED else 0


@pytest.fixture(scope="session")
def load_registry() -> None:
    """None of pytest-odoo's: these tests ask servers of their own, and begin before there is a database."""


@pytest.fixture(scope="session")
def load_http() -> None:
    """None of pytest-odoo's, see ``load_registry``."""


@pytest.fixture(scope="session")
def worker() -> str:
    """Name of this pytest-xdist worker, ``main`` without xdist."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture(scope="session")
def runtime() -> Runtime:
    """The set-up of this home; ``./kdc test`` has made it."""
    return setup.ensure(Home.from_environment())


@pytest.fixture(scope="session")
def community(runtime: Runtime) -> str:
    """Name of the template database with a demo community of 30 households."""
    return templates.ensure_community(runtime, HOUSEHOLDS)


@dataclass(frozen=True)
class DemoServer:
    """A running server with a demo community of its own."""

    base_url: str
    people: list[dict]
    database: str
    log: Path
    runtime: Runtime = field(repr=False)
    #: bytes of the log that were looked at for an earlier file
    log_start: int = 0

    def person(self, role: str) -> dict:
        """The first demo person whose role holds that text."""
        return next(person for person in self.people if role.lower() in person["role"].lower())

    def trouble(self) -> list[str]:
        """Lines of the log that tell of an error."""
        return trouble(self.log, self.log_start)


def trouble(log: Path, since: int = 0) -> list[str]:
    """First and last lines of the records of a server log that tell of an error: where, and which.

    :param since: how many bytes of the log are somebody else's
    """
    records = RECORD.split(log.read_bytes()[since:].decode(errors="replace"))
    found = (record.splitlines() for record in records if TROUBLE.search(record) and not COLLISION.search(record))
    return [f"{lines[0]} … {lines[-1]}" for lines in found]


def fresh_copy(runtime: Runtime, template: str, database: str) -> None:
    """A database of a test's own from a template; not in parallel, since a template must be at rest."""
    with in_turn(runtime.home.tmp / "copies.lock"):
        runtime.databases.drop(database)
        runtime.databases.create(database, template)


@pytest.fixture(scope="session")
def demo_people(runtime: Runtime, community: str) -> list[dict]:
    """The demo persons with their logins, the same in every copy of the community; one worker asks for all."""
    kept = runtime.home.tmp / f"people-{community}.json"
    with in_turn(runtime.home.tmp / "people.lock"):
        if not kept.exists():
            database = "kdc_test_people"
            fresh_copy(runtime, community, database)
            try:
                partial = kept.with_suffix(".part")
                partial.write_text(json.dumps(runtime.script("people", database, show_progress=False)))
                partial.replace(kept)
            finally:
                runtime.databases.drop(database)
        return json.loads(kept.read_text())


class Stage:
    """The server of the group of files this worker is at, with a community of its own (see ``tests/together.py``)."""

    def __init__(self, runtime: Runtime, community: str, name: str):
        self.runtime, self.community, self.name = runtime, community, name
        self.database = f"kdc_test_{name.replace('-', '_')}"
        self.log = runtime.home.logs / f"{name}.log"
        self.group: str | None = None
        self.running: server.Running | None = None
        #: bytes of the log that were looked at for an earlier file
        self.read = 0

    def of(self, group: str, workers: int = 0) -> server.Running:
        """The server of that group; the one of another group makes room for it."""
        if self.group != group or not self.running.is_alive():
            self.close()
            self.log.unlink(missing_ok=True)
            self.read = 0
            fresh_copy(self.runtime, self.community, self.database)
            self.running = server.start(self.runtime, self.name, self.database, system.free_port(), workers=workers)
            server.wait_ready(self.runtime.home, self.running)
            self.group = group
        return self.running

    def close(self) -> None:
        """End the server, whose database is of no more use."""
        if self.running:
            server.kill(self.runtime.home, self.running)
            self.runtime.databases.drop(self.database)
        self.group = self.running = None


@contextmanager
def stage_of(runtime: Runtime, community: str, name: str) -> Iterator[Stage]:
    """A stage that is cleared in the end."""
    stage = Stage(runtime, community, name)
    try:
        yield stage
    finally:
        stage.close()


@pytest.fixture(scope="session")
def stage(runtime: Runtime, community: str, worker: str) -> Iterator[Stage]:
    """A threaded server, as ``./kdc demo`` starts it.

    No test class of Odoo may come between two files of a group: it ends whatever child process it finds.
    """
    with stage_of(runtime, community, f"e2e-{worker}") as found:
        yield found


@pytest.fixture(scope="session")
def busy_stage(runtime: Runtime, community: str, worker: str) -> Iterator[Stage]:
    """Two prefork workers behind nginx, as a real server has them."""
    with stage_of(runtime, community, f"busy-{worker}") as found:
        yield found


def group_of(request: pytest.FixtureRequest) -> str:
    """The group of the file that asks."""
    return together.group(request.path.relative_to(ROOT))


@pytest.fixture(scope="module")
def demo_server(stage: Stage, demo_people: list[dict], request: pytest.FixtureRequest) -> Iterator[DemoServer]:
    """A server with a community for the file and its group; its log must hold no error in the end."""
    running = stage.of(group_of(request))
    found = DemoServer(running.url, demo_people, stage.database, stage.log, stage.runtime, stage.read)
    yield found
    complaints, stage.read = found.trouble(), stage.log.stat().st_size
    assert not complaints, "errors in the server log"


@pytest.fixture(scope="module")
def busy_server(busy_stage: Stage, request: pytest.FixtureRequest) -> Stage:
    """Two workers with a community for the file and its group."""
    busy_stage.of(group_of(request), workers=2)
    return busy_stage


@pytest.fixture(scope="session")
def screenshots(runtime: Runtime) -> Path:
    """Folder for pictures; ``./kdc docs`` copies the chosen ones into the guide."""
    runtime.home.screenshots.mkdir(exist_ok=True)
    return runtime.home.screenshots


@pytest.fixture(scope="module")
def browser() -> Iterator:
    """Debian's Chromium under Playwright, for one file (see ``demo_server``)."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(packages.chromium()), args=BROWSER_ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def new_page(browser, demo_server: DemoServer) -> Iterator[Callable]:
    """Open pages: ``new_page(person=None, phone=False, javascript=True)``; logged in when a person (dict) is given.

    The browser console of every page must hold no error in the end.
    """
    contexts, complaints = [], []

    def open_page(person: dict | None = None, phone: bool = False, javascript: bool = True):
        context = browser.new_context(
            base_url=demo_server.base_url,
            viewport=PHONE if phone else DESK,
            locale="vi-VN",
            timezone_id="Asia/Ho_Chi_Minh",
            java_script_enabled=javascript,
            is_mobile=phone,
            has_touch=phone,
            accept_downloads=True,
            # nothing fades in, so that no test looks at a half transparent page
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        # 422 is our answer to a form with a mistake; Chromium writes every such answer into the console.
        page.on(
            "console",
            lambda message: (
                message.type == "error"
                and "status of 422" not in message.text
                and complaints.append(f"{page.url}: {message.text}")
            ),
        )
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        if person:
            log_in(page, person)
        return page

    open_page.complaints = complaints
    open_page.contexts = contexts
    yield open_page
    for context in contexts:
        context.close()
    assert not complaints, json.dumps(complaints, ensure_ascii=False, indent=1)


def log_in(page, person: dict) -> None:
    """Fill the login form as that person."""
    page.goto("/web/login")
    page.fill("input[name=login]", person["login"])
    page.fill("input[name=password]", person["password"])
    with page.expect_navigation():
        page.click("form:has(input[name=password]) button[type=submit]")
    assert "/web/login" not in page.url, f"{person['login']} could not log in"


@pytest.fixture
def shot(screenshots: Path) -> Callable:
    """Save a picture: ``shot(page, "resident-home")`` makes ``resident-home.png``."""

    def save(page, name: str, full: bool = False) -> Path:
        path = screenshots / f"{name}.png"
        page.screenshot(path=str(path), full_page=full)
        return path

    return save
