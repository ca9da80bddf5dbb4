"""Starting and waiting for servers; databases that somebody still uses; what a log tells."""

import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from types import SimpleNamespace

import pytest

from kdc_cli import database, gateway, server, system
from kdc_cli.console import Problem
from kdc_cli.paths import Home
from kdc_cli.postgres import Connection
from tests.conftest import trouble


def test_free_ports_are_not_those_that_the_kernel_gives_to_clients():
    with open("/proc/sys/net/ipv4/ip_local_port_range") as stream:
        first = int(stream.read().split()[0])
    ports = {system.free_port() for _attempt in range(20)}
    assert len(ports) > 10, "two workers would get the same one"
    assert all(1023 < port < first for port in ports)


def test_a_server_that_ends_is_told_with_the_words_of_this_run(tmp_path):
    home = Home(tmp_path)
    home.make()
    log = home.logs / "demo.log"
    log.write_text("RuntimeError: of yesterday\n")
    start = log.stat().st_size
    with log.open("a") as stream:
        stream.write("the address is in use\n")
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    running = server.Running("demo", system.free_port(), child.pid, "kdc_demo", log_start=start)
    with pytest.raises(Problem, match="The server ended: the address is in use"):
        server.wait_ready(home, running)


def test_the_state_of_an_older_version_is_read(tmp_path):
    """A server that an earlier ./kdc has started can be stopped by this one."""
    home = Home(tmp_path)
    home.make()
    (home.run / "demo.json").write_text('{"name": "demo", "port": 8069, "pid": 1, "database": "kdc_demo"}')
    assert server.find_state(home, "demo").log_start == 0


@pytest.mark.parametrize(
    "line",
    [
        "E: The repository is not signed.",
        "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES",
        'dropdb: error: database removal failed: ERROR:  database "x" is being accessed by other users',
        "psycopg2.OperationalError: connection refused",
        "ValueError: no",
    ],
)
def test_the_telling_line_is_found(tmp_path, line):
    (tmp_path / "log").write_text(f"Reading …\n  {line}\nDETAIL:  There is 1 other session.\n")
    assert system.last_line(tmp_path / "log") == line


@pytest.fixture
def databases(tmp_path, monkeypatch):
    """Databases without a server; pauses take no time."""
    monkeypatch.setattr(database.Databases, "program", lambda self, name: name)
    monkeypatch.setattr(database.Databases, "disconnect", lambda self, name: None)
    monkeypatch.setattr(database.time, "sleep", lambda seconds: None)
    return database.Databases(Home(tmp_path), Connection("/nowhere"))


def test_a_database_in_use_is_tried_again(databases, monkeypatch):
    calls = []

    def refuse_twice(argv, *_arguments, **_options):
        calls.append(argv[0])
        if len(calls) < 3:
            raise Problem('ERROR:  database "x" is being accessed by other users')

    monkeypatch.setattr(database.system, "run", refuse_twice)
    databases.drop("x")
    assert calls == ["dropdb"] * 3


def test_a_finished_database_gets_its_name_after_its_files(databases, monkeypatch):
    """So a run that is killed in between leaves no database that lacks them."""
    (databases.filestore("part") / "ab").mkdir(parents=True)
    (databases.filestore("done") / "of an older one").mkdir(parents=True)
    seen = []

    def query(_self, sql, database="postgres"):
        if sql.startswith("ALTER"):
            seen.append([path.name for path in databases.filestore("done").iterdir()])
        return []

    monkeypatch.setattr(database.Databases, "query", query)
    databases.rename("part", "done")
    assert seen == [["ab"]]
    monkeypatch.setattr(database.Databases, "exists", lambda _self, _name: True)
    (databases.filestore("part") / "cd").mkdir(parents=True)
    with pytest.raises(Problem, match="done exists already"):
        databases.rename("part", "done")
    assert databases.filestore("done").joinpath("ab").exists(), "the files of whoever has the name"


@pytest.mark.parametrize(("words", "attempts"), [("accessed by other users", 4), ("no permission", 1)])
def test_a_database_that_stays_in_use_is_told(databases, monkeypatch, words, attempts):
    calls = []

    def refuse(argv, *_arguments, **_options):
        calls.append(argv[0])
        raise Problem(words)

    monkeypatch.setattr(database.system, "run", refuse)
    with pytest.raises(Problem, match=words):
        databases.create("copy", "template")
    assert len(calls) == attempts


def test_collisions_that_odoo_repeats_are_no_trouble(tmp_path):
    """Errors of any other kind are, and so is a collision that was repeated in vain."""
    stamp = "2026-11-21 10:00:00,000 9"
    collision = (
        f"{stamp} ERROR db odoo.sql_db: bad query: UPDATE a\n SET b = 1\n"
        "ERROR: could not serialize access due to concurrent update\n\n"
    )
    log = tmp_path / "log"
    log.write_text(
        f"{stamp} INFO db odoo.http: fine\n{collision}{stamp} INFO db x: SERIALIZATION_FAILURE, 4 tries left\n"
    )
    assert trouble(log) == []
    wrong = f"{stamp} ERROR db odoo.sql_db: bad query: SELECT\nERROR: syntax error"
    vain = f"{stamp} ERROR db odoo.http: Exception during request handling.\nTraceback (most recent call last):"
    log.write_text(f"{collision}{wrong}\n{collision}{vain}\n{collision}Traceback (most recent call last):\n")
    assert [line.split(": ")[1].split(" …")[0] for line in trouble(log)] == [
        "bad query",
        "Exception during request handling.",
        "bad query",
    ]


def test_stand_in_for_the_gateways(tmp_path):
    """It is started on a free port, the gateways of the database are led there, and it ends with the server."""
    asked = []
    runtime = SimpleNamespace(
        home=SimpleNamespace(python=sys.executable, logs=tmp_path),
        databases=SimpleNamespace(query=lambda sql, name: asked.append((name, sql))),
    )
    pid = gateway.start(runtime, "kdc_demo", "http://127.0.0.1:1")
    try:
        [(name, sql)] = asked
        page = re.search(r"http://127\.0\.0\.1:\d+/vnpay/pay", sql)[0]
        assert name == "kdc_demo"
        assert answer_of(page) == 400, "a page without a signed order"
    finally:
        gateway.stop(pid)
    assert not system.command_line(pid)
    gateway.stop(pid)  # once more does no harm


def answer_of(url):
    """HTTP status of a page that may still be starting."""
    for _attempt in range(600):
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            time.sleep(0.1)
    return None
