"""What the commands of the launcher decide, with a stand-in for the databases: nothing is installed or served here."""

import configparser
import errno
import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from kdc_cli import database, demo, doctor, main, odoo_process, packages, postgres, proxy, system, templates, venv
from kdc_cli.console import Problem
from kdc_cli.main import main as kdc
from kdc_cli.odoo_source import Odoo
from kdc_cli.paths import Home

PERSONS = [{"login": "cudan"}]


class Databases:
    """The demo database as it may be found: absent, half made (no number of households), or finished."""

    def __init__(self, households=None, exists=True):
        self.households, self.there, self.done = households, exists, []

    def exists(self, _name):
        return self.there

    def parameter(self, _name, _key):
        return self.households or ""

    def drop(self, name):
        self.done.append(f"drop {name}")

    def create(self, name, template):
        self.done.append(f"create {name} from {template}")


@pytest.fixture
def ensure(tmp_path, monkeypatch):
    """Call ``demo.ensure_database`` on such a database; returns the persons and what was done."""
    home = Home(tmp_path)
    home.make()
    monkeypatch.setattr(templates, "ensure", lambda _runtime: "template")

    def ensure(databases: Databases, households=None):
        def script(name, _database, arguments=()):
            databases.done.append(" ".join([name, *arguments]))
            return PERSONS

        runtime = SimpleNamespace(home=home, databases=databases, script=script)
        monkeypatch.setattr(templates, "update", lambda *_arguments: databases.done.append("update"))
        persons = demo.ensure_database(runtime, households)
        return persons, databases.done

    return ensure


def test_the_demo_is_made_once(ensure):
    made = [f"create {demo.DATABASE} from template", "generate 200"]
    assert ensure(Databases(exists=False)) == (PERSONS, made)
    assert ensure(Databases("200")) == (PERSONS, []), "a second call has nothing to do"


def test_a_half_made_demo_is_made_anew(ensure, capsys):
    persons, done = ensure(Databases(households=None), 12)
    assert done == [f"drop {demo.DATABASE}", f"create {demo.DATABASE} from template", "generate 12"]
    assert persons == PERSONS
    assert "half made" in capsys.readouterr().out


def test_a_finished_demo_is_updated_when_the_addons_have_changed(ensure, monkeypatch):
    ensure(Databases(exists=False))
    monkeypatch.setattr(templates, "tree_key", lambda: "changed")
    assert ensure(Databases("200")) == (PERSONS, ["update", "people"])
    assert ensure(Databases("200")) == (PERSONS, [])


@pytest.mark.parametrize("households", [0, -5])
def test_a_community_of_nobody_is_refused(ensure, households):
    with pytest.raises(Problem, match="at least one household"):
        ensure(Databases(exists=False), households)


def test_a_finished_demo_is_not_replaced_by_one_of_another_size(ensure):
    databases = Databases("200")
    with pytest.raises(Problem, match="has 200 households already: ./kdc reset first"):
        ensure(databases, 50)
    assert databases.done == []


def test_reset_asks_before_it_deletes(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("KDC_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    kept = tmp_path / "home" / "kept"
    kept.touch()
    asked = []
    monkeypatch.setattr(main, "ask", asked.append)
    assert kdc(["reset", "--all"]) == 1
    assert "everything" in asked[0]
    assert kept.exists()
    assert "Nothing was deleted" in capsys.readouterr().err


def test_an_unknown_log_is_told_with_those_there_are(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("KDC_HOME", str(tmp_path))
    Home(tmp_path).make()
    (tmp_path / "logs" / "setup.log").write_text("first\nlast\n")
    assert kdc(["logs", "demo"]) == 1
    assert "there are: setup" in capsys.readouterr().err


def test_the_doctor_names_what_is_missing_and_what_mends_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(venv, "find_python", lambda: None)
    monkeypatch.setattr(packages, "find_program", lambda _program: None)
    assert doctor.report(Home(tmp_path)) == 1
    told = capsys.readouterr().out
    assert "✗ Python" in told
    assert "apt-get install python3-venv" in told
    assert "– nginx" in told, "what only the tests need fails nobody"


def test_a_machine_with_everything_is_healthy(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=100 * system.GIB))
    assert doctor.report(Home(tmp_path)) == 0
    assert "✗" not in capsys.readouterr().out


def test_nginx_takes_the_configuration_of_several_workers(tmp_path):
    """As ``./kdc demo --workers 2`` fills it; the deployment's own is proved in tests/deploy."""
    home = Home(tmp_path)
    home.make()
    config = proxy.write_config(home, "demo", 8069, 8070, 8072)
    nginx = packages.find_program("nginx")
    system.run([nginx, "-p", proxy.folder(home, "demo"), "-c", config, "-t"], "nginx", home.setup_log)
    text = config.read_text()
    assert "listen 127.0.0.1:8069" in text
    assert "${" not in text


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (KeyboardInterrupt(), 130, "interrupted; run the command again"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/srv/kdc/x"), 1, "No space left on device: /srv/kdc/x"),
        (OSError(errno.EACCES, os.strerror(errno.EACCES), "/srv/kdc/x"), 1, "Permission denied: /srv/kdc/x"),
        (Problem("Port 8069 is in use"), 1, "Port 8069 is in use"),
    ],
    ids=["interrupt", "full disk", "no right", "problem"],
)
def test_what_stops_a_command_is_told_in_one_line(tmp_path, monkeypatch, capsys, error, code, words):
    def stop(_home):
        raise error

    monkeypatch.setenv("KDC_HOME", str(tmp_path))
    monkeypatch.setattr(doctor, "report", stop)
    assert kdc(["doctor"]) == code
    told = capsys.readouterr().err.strip()
    assert told.startswith("kdc: ")
    assert words in told
    assert "\n" not in told


def test_a_mistake_of_ours_is_not_hidden(tmp_path, monkeypatch):
    def fail(_home):
        raise OSError(errno.EBADF, "ours")

    monkeypatch.setenv("KDC_HOME", str(tmp_path))
    monkeypatch.setattr(doctor, "report", fail)
    with pytest.raises(OSError, match="ours"):
        kdc(["doctor"])


def test_the_configuration_of_a_server_behind_nginx(tmp_path):
    """Closed to other databases and to their manager, with limits, a password of its own and the queue of jobs."""
    home = Home(tmp_path)
    home.make()
    databases = database.Databases(home, postgres.Connection("/run/pg"))
    runtime = odoo_process.Runtime(home, Odoo(Path("/odoo"), (Path("/odoo/addons"),), "19.0"), databases)
    path = runtime.write_config("demo", "kdc_demo", workers=2, proxy=True, limits=odoo_process.Limits())
    read = configparser.RawConfigParser()
    read.read(path)
    found = dict(read["options"])
    wanted = {"list_db": "False", "dbfilter": "^kdc_demo$", "proxy_mode": "True", "http_interface": "127.0.0.1"}
    assert found | wanted == found
    assert "queue_job" in found["server_wide_modules"].split(",")
    assert all(int(found[key]) > 0 for key in found if key.startswith("limit_"))
    assert len(found["admin_passwd"]) >= 24
    assert path.stat().st_mode & 0o777 == 0o600
    again = runtime.write_config("other", "kdc_demo").read_text()
    assert found["admin_passwd"] in again, "one for the whole home"
