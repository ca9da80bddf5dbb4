"""What the commands of the launcher decide, with a stand-in for the databases: nothing is installed or served here."""

import shutil
from types import SimpleNamespace

import pytest

from kdc_cli import demo, doctor, main, packages, proxy, system, templates, venv
from kdc_cli.console import Problem
from kdc_cli.main import main as kdc
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
