"""What the commands of the launcher decide, with a stand-in for the databases: nothing is installed or served here."""

import configparser
import errno
import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from kdc_cli import (
    archive,
    database,
    demo,
    doctor,
    gateway,
    main,
    odoo_process,
    odoo_source,
    packages,
    paths,
    postgres,
    proxy,
    server,
    system,
    templates,
    venv,
)
from kdc_cli.console import Problem
from kdc_cli.main import main as kdc
from kdc_cli.odoo_source import Odoo
from kdc_cli.paths import NAMES, Home

PERSONS = [{"login": "cudan"}]


class Databases:
    """The databases of a home by name with their parameters; what is done to them is written down."""

    def __init__(self, home, **present):
        self.home, self.present, self.done = home, present, []
        for name in present:
            self.filestore(name).mkdir(parents=True, exist_ok=True)

    def filestore(self, name):
        return self.home.data / "filestore" / name

    def exists(self, name):
        return name in self.present

    def is_whole(self, name):
        return self.exists(name) and self.filestore(name).is_dir()

    def parameter(self, name, key):
        return self.present[name].get(key, "")

    def set_parameter(self, name, key, value):
        self.present[name][key] = value

    def drop(self, name):
        if self.present.pop(name, None) is not None:
            shutil.rmtree(self.filestore(name), ignore_errors=True)
            self.done.append(f"drop {name}")

    def create(self, name, template):
        self.present[name] = {}
        self.filestore(name).mkdir(parents=True)
        self.done.append(f"create {name} from {template}")

    def rename(self, old, new):
        self.present[new] = self.present.pop(old)
        self.filestore(old).rename(self.filestore(new))
        self.done.append(f"rename {old} to {new}")


@pytest.fixture
def home(tmp_path):
    """An empty home."""
    home = Home(tmp_path)
    home.make()
    return home


@pytest.fixture
def ensure(monkeypatch):
    """Call ``demo.ensure_database`` on such databases; returns what was done this time."""
    monkeypatch.setattr(templates, "ensure", lambda _runtime: "template")

    def ensure(databases: Databases, households=None):
        def script(name, database, arguments=()):
            databases.done.append(" ".join([name, *arguments]))
            if name == "generate":
                databases.present[database][demo.DONE] = arguments[0]
            return PERSONS

        runtime = SimpleNamespace(home=databases.home, databases=databases, script=script)
        monkeypatch.setattr(templates, "update", lambda *_arguments: databases.done.append("update"))
        databases.done.clear()
        assert demo.ensure_database(runtime, households) == PERSONS
        return databases.done

    return ensure


MADE = [f"create {demo.PARTIAL} from template", "generate 200", f"rename {demo.PARTIAL} to {demo.DATABASE}"]


def test_the_demo_is_made_once(ensure, home):
    databases = Databases(home)
    assert ensure(databases) == MADE
    assert ensure(databases) == [], "a second call has nothing to do"


def test_a_half_made_demo_is_made_anew(ensure, home):
    assert ensure(Databases(home, **{demo.PARTIAL: {}})) == [f"drop {demo.PARTIAL}", *MADE]


def test_whatever_else_has_the_name_of_the_demo_is_kept(ensure, home):
    """A ward's books, restored to try them out."""
    databases = Databases(home, kdc_demo={"database.uuid": "of a ward"})
    with pytest.raises(Problem, match=r"no finished demo: \./kdc backup .* \./kdc reset deletes it"):
        ensure(databases)
    assert databases.done == []


def test_the_demo_of_another_home_on_the_same_server_is_left_alone(ensure, home, monkeypatch):
    databases = Databases(home)
    ensure(databases)
    shutil.rmtree(databases.filestore(demo.DATABASE))
    monkeypatch.setenv("KDC_DATABASE_URL", "postgresql://kdc@db.example")
    with pytest.raises(Problem, match="if another KDC_HOME has made it"):
        ensure(databases)
    with pytest.raises(Problem, match="if another KDC_HOME has made it"):
        demo.delete(home, databases)
    assert databases.exists(demo.DATABASE)
    monkeypatch.delenv("KDC_DATABASE_URL")
    demo.delete(home, databases)
    assert not databases.exists(demo.DATABASE), "nobody else has a private server"


def test_a_finished_demo_is_updated_when_the_addons_have_changed(ensure, home, monkeypatch):
    databases = Databases(home)
    ensure(databases)
    saved = dict(databases.present[demo.DATABASE])
    monkeypatch.setattr(templates, "tree_key", lambda: "changed")
    assert ensure(databases) == ["update", "people"]
    assert ensure(databases) == []
    databases.present[demo.DATABASE] = saved
    assert ensure(databases) == ["update", "people"], "a backup from before the change was restored"


@pytest.mark.parametrize("households", [0, -5])
def test_a_community_of_nobody_is_refused(ensure, home, households):
    with pytest.raises(Problem, match="at least one household"):
        ensure(Databases(home), households)


def test_a_finished_demo_is_not_replaced_by_one_of_another_size(ensure, home):
    databases = Databases(home)
    ensure(databases)
    with pytest.raises(Problem, match="has 200 households already: ./kdc reset first"):
        ensure(databases, 50)
    assert databases.done == []


def test_a_stand_in_that_has_ended_is_started_again(home, monkeypatch):
    server.remember(home, server.Running(demo.NAME, 8069, 4, demo.DATABASE, gateway_pid=5))
    started = []
    monkeypatch.setattr(system, "command_line", lambda pid: {4: "demo.conf", 6: "python stand_in.py"}.get(pid, ""))
    monkeypatch.setattr(server, "wait_ready", lambda *_arguments: None)
    monkeypatch.setattr(gateway, "start", lambda *arguments: started.append(arguments) or 6)
    for _call in range(2):
        assert demo.ensure_running(SimpleNamespace(home=home), 8069, 0).gateway_pid == 6
    assert len(started) == 1
    assert server.find_state(home, demo.NAME).gateway_pid == 6


@pytest.mark.parametrize("command", [["reset", "--all", "--yes"], ["reset", "--yes"], ["demo"], ["test"], ["psql"]])
def test_a_folder_of_somebody_is_not_taken_for_a_home(tmp_path, monkeypatch, capsys, command):
    """With KDC_HOME=/srv, say: its ``data`` is not ours."""
    monkeypatch.setenv("KDC_HOME", str(tmp_path))
    monkeypatch.setattr(demo, "check_port", lambda *_arguments: None)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "photo").touch()
    assert kdc(command) == 1
    assert "holds what ./kdc has not made: set KDC_HOME" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    assert (tmp_path / "data" / "photo").exists()


@pytest.mark.parametrize("names", [[], ["lock"], ["lost+found"], ["lock", "conf", "data", "logs", "run", "tmp", "pg"]])
def test_a_new_home_and_one_from_before_the_marker_are_ours(tmp_path, names):
    for name in names:
        (tmp_path / name).mkdir()
    assert Home(tmp_path).claimed() == tmp_path


def test_the_folder_beside_the_program_is_always_ours(tmp_path, monkeypatch):
    """A machine that tests may have put downloads there before the first call."""
    (tmp_path / "cache").mkdir()
    with pytest.raises(Problem, match="has not made"):
        Home(tmp_path).claimed()
    monkeypatch.setattr(paths, "DEFAULT", tmp_path)
    assert Home(tmp_path).claimed() == tmp_path


def test_reset_deletes_what_we_have_made_and_nothing_else(tmp_path, monkeypatch, capsys):
    path = tmp_path / "home"
    monkeypatch.setenv("KDC_HOME", str(path))
    monkeypatch.setattr(main, "stop_everything", lambda *_arguments, **_options: None)
    monkeypatch.setattr(postgres, "CLUSTERS_OF_ROOT", tmp_path / "clusters")
    Home(path).make()
    (path / "letter.odt").touch()
    (path / "venv").symlink_to(tmp_path)
    assert kdc(["reset", "--all", "--yes"]) == 0
    assert "stays what is not of ./kdc: letter.odt" in capsys.readouterr().out
    assert [left.name for left in path.iterdir()] == ["letter.odt"]
    (path / "letter.odt").unlink()
    Home(path).make()
    assert kdc(["reset", "--all", "--yes"]) == 0
    assert not path.exists()


def test_every_name_in_a_home_is_known_to_reset(home, monkeypatch):
    """What is added to ``Home`` later must be deleted too."""
    monkeypatch.delenv("KDC_CACHE", raising=False)
    given = {name: getattr(home, name) for name, kind in vars(Home).items() if isinstance(kind, property)}
    assert {path.relative_to(home.path).parts[0] for path in given.values()} <= set(NAMES)


@pytest.mark.parametrize("command", ["psql", "shell"])
def test_a_program_for_a_person_takes_our_place(home, monkeypatch, command):
    """So Ctrl+C in it ends what it does, and not it."""
    databases = SimpleNamespace(program=lambda name: f"/bin/{name}", environment=lambda: {"PGHOST": "here"})
    runtime = SimpleNamespace(
        databases=databases,
        write_config=lambda *_arguments, **_options: "conf",
        command=lambda *arguments: ["python", *arguments],
        environment=lambda: {"PGHOST": "here"},
    )
    became = []
    monkeypatch.setenv("KDC_HOME", str(home.path))
    monkeypatch.setattr(main, "_ready", lambda *_arguments: runtime)
    monkeypatch.setattr(os, "execvpe", lambda *arguments: became.append(arguments))
    kdc([command])
    [(program, arguments, environment)] = became
    assert (program, environment) == (arguments[0], {"PGHOST": "here"})


@pytest.mark.parametrize(("given", "name"), [([], "kdc"), (["--database", "practice"], "practice")])
def test_a_backup_comes_back_under_its_own_name(home, monkeypatch, given, name):
    """So a ward's is never taken for the demo."""
    restored = []
    monkeypatch.setenv("KDC_HOME", str(home.path))
    monkeypatch.setattr(archive, "contents_of", lambda _source: {"database": "kdc"})
    monkeypatch.setattr(main.setup, "databases", lambda _home: Databases(home))
    monkeypatch.setattr(archive, "restore", lambda _databases, database, *_arguments: restored.append(database))
    assert kdc(["restore", "ward.tar.gz", *given]) == 0
    assert restored == [name]


def test_apt_waits_for_the_upgrades_of_the_night(home, monkeypatch):
    ran = []
    monkeypatch.setattr(system, "is_root", lambda: True)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(system, "run", lambda argv, *_arguments, **_options: ran.append(argv))
    packages.install(["nginx-light"], home, "to run several workers")
    assert "DPkg::Lock::Timeout=300" in ran[0]


def test_reset_asks_before_it_deletes(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("KDC_HOME", str(tmp_path / "home"))
    Home(tmp_path / "home").make()
    kept = tmp_path / "home" / "data"
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
    home = Home(tmp_path / "Khu dân cư")
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


def test_another_odoo_gets_a_template_of_its_own(tmp_path, monkeypatch):
    """Also the same folder after an update."""
    for name in ("one", "two"):
        (tmp_path / name / "odoo" / "addons" / "account").mkdir(parents=True)
        (tmp_path / name / "odoo" / "release.py").write_text("version_info = (19, 0, 0)")

    def key(name):
        monkeypatch.setenv("KDC_ODOO", str(tmp_path / name))
        odoo_source.fingerprint.cache_clear()
        home = Home(tmp_path / "home")
        return templates.base_key(SimpleNamespace(home=home, odoo=odoo_source.ensure(home)), ["account"])

    keys = [key("one"), key("one"), key("two")]
    assert keys[0] == keys[1] != keys[2]
    (tmp_path / "one" / "odoo" / "addons" / "account" / "models.py").touch()
    assert key("one") not in keys


@pytest.mark.parametrize("kind", ["base", "kdc"])
def test_a_template_without_its_files_is_made_anew(home, monkeypatch, kind):
    """It is what another home, or this one before a reset, has left on a server that stays."""
    monkeypatch.setenv("KDC_DATABASE_URL", "postgresql://kdc@db.example")
    monkeypatch.setattr(templates, "base_key", lambda *_arguments: "key")
    for work in ("install", "build_assets"):
        monkeypatch.setattr(templates, work, lambda *_arguments: None)
    databases = Databases(home)
    databases.names = lambda prefix: [name for name in databases.present if name.startswith(prefix)]
    runtime = SimpleNamespace(
        home=home,
        databases=databases,
        write_config=lambda *_arguments, **_options: "conf",
        odoo_command=lambda *arguments: databases.create(arguments[5], "nothing"),
    )
    make = {"base": templates.ensure_base, "kdc": templates.ensure}[kind]
    name = make(runtime)
    databases.done.clear()
    assert (make(runtime), databases.done) == (name, [])
    databases.present["kdc_tpl_000000_kdc_key"] = {}
    shutil.rmtree(databases.filestore(name))
    assert make(runtime) == name
    assert databases.done[0] == f"drop {name}"
    assert databases.exists("kdc_tpl_000000_kdc_key"), "another home's"


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
