"""The containers of our own image: making and updating the database, the nightly rhythm of the backup."""

import os
import subprocess
import time
from datetime import datetime
from types import SimpleNamespace

import pytest

from kdc_cli import archive, container
from kdc_cli.console import Problem
from kdc_cli.lock import exclusive


@pytest.mark.parametrize(
    ("now", "seconds"),
    [(datetime(2026, 11, 21, 1, 59), 60), (datetime(2026, 11, 21, 2, 0), 86400), (datetime(2026, 11, 21, 22), 14400)],
)
def test_it_sleeps_until_the_hour(now, seconds):
    assert container.seconds_until(2, now) == seconds


def test_old_archives_go_but_the_newest_stays(tmp_path):
    now = time.time()
    for age in (1, 20, 30):
        path = tmp_path / f"kdc-{age}.tar.gz"
        path.touch()
        os.utime(path, (now - age * 86400,) * 2)
    assert {path.name for path in container.outdated(tmp_path, 14, now)} == {"kdc-20.tar.gz", "kdc-30.tar.gz"}
    (tmp_path / "kdc-1.tar.gz").unlink()
    assert {path.name for path in container.outdated(tmp_path, 14, now)} == {"kdc-30.tar.gz"}


def test_what_a_killed_backup_has_left_goes(tmp_path):
    part = tmp_path / "kdc-20261123-020000.tar.gz.part"
    part.touch()
    (tmp_path / "of-a-neighbour.tar.gz.part").touch()
    assert container.outdated(tmp_path, 14, time.time()) == [part]


def test_the_health_of_the_backup_is_the_archive_of_last_night(tmp_path):
    with pytest.raises(Problem, match="docker compose logs backup"):
        container.check_backup(tmp_path)
    path = tmp_path / "kdc-1.tar.gz"
    path.touch()
    container.check_backup(tmp_path)
    os.utime(path, (time.time() - 27 * 3600,) * 2)
    with pytest.raises(Problem, match="last 26 hours"):
        container.check_backup(tmp_path)


class Morning(Exception):
    """Ends the endless service of a test."""


@pytest.fixture
def nights(tmp_path, monkeypatch):
    """Two nights of the backup service; returns what it did, ``s`` for sleeping, with a disk that is full at first."""
    done = []

    def sleep(_seconds):
        done.append("s")
        if done.count("s") > 2:
            raise Morning

    def back_up(_databases, _name, target):
        done.append("fail" if list(tmp_path.glob("kdc-old*")) else target.name[:4])
        if done[-1] == "fail":
            raise OSError(28, "No space left on device")
        target.touch()

    monkeypatch.setattr(container, "databases", lambda _environment: None)
    monkeypatch.setattr(container, "settings", lambda _environment: {"DB_NAME": "kdc"})
    monkeypatch.setattr(container, "time", SimpleNamespace(sleep=sleep, time=time.time, strftime=time.strftime))
    monkeypatch.setattr(archive, "backup", back_up)

    def run():
        with pytest.raises(Morning):
            container.back_up_nightly({}, tmp_path)
        return done

    return run


def test_the_first_archive_is_made_at_once_and_then_one_a_night(nights, tmp_path):
    assert nights() == ["kdc-", "s", "kdc-", "s", "kdc-", "s"]


def test_after_a_restart_it_waits_for_the_night(nights, tmp_path):
    (tmp_path / "kdc-1.tar.gz").touch()
    assert nights() == ["s", "kdc-", "s", "kdc-", "s"]


def test_room_is_made_before_the_archive(nights, tmp_path):
    """Or a full disk would stay full for ever."""
    (tmp_path / "kdc-20261124.tar.gz").touch()
    for name in ("kdc-old.tar.gz", "kdc-older.tar.gz.part"):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (time.time() - 20 * 86400,) * 2)
    assert nights() == ["s", "kdc-", "s", "kdc-", "s"]


def test_two_backups_at_once_do_not_meet(nights, tmp_path, capsys):
    with exclusive(tmp_path / "lock", "backup"):
        assert nights() == ["s", "s", "s"]
    assert "at work" in capsys.readouterr().err


class Server:
    """Stands for the databases of a server: their names, parameters and installed modules."""

    def __init__(self, names=(), modules=()):
        self.present, self.modules, self.parameters, self.dropped = set(names), modules, {}, []

    def exists(self, name):
        return name in self.present

    def parameter(self, name, key):
        return self.parameters.get((name, key), "")

    def drop(self, name):
        self.dropped.append(name)
        self.present.discard(name)

    def rename(self, old, new):
        self.present.add(new)
        for key in [key for key in self.parameters if key[0] == old]:
            self.parameters[new, key[1]] = self.parameters.pop(key)

    def query(self, sql, name):
        assert sql.startswith("SELECT name FROM ir_module_module"), f"asked {name}: {sql}"
        return [[module] for module in self.modules]

    def set_parameter(self, name, key, value):
        self.parameters[name, key] = value


@pytest.fixture
def start(tmp_path, monkeypatch):
    """Start the init container on a server; returns the command lines of Odoo that it ran."""

    def start(server: Server, fails: bool = False) -> list[str]:
        ran = []

        def run(argv, check):
            ran.append(" ".join(map(str, argv)))
            if fails:
                raise subprocess.CalledProcessError(1, argv)

        monkeypatch.setattr(container, "databases", lambda _environment: server)
        monkeypatch.setattr(subprocess, "run", run)
        secret = tmp_path / "secret"
        secret.write_text("secret")
        given = {f"KDC_{name}_FILE": str(secret) for name in ("DB_PASSWORD", "ADMIN_PASSWORD", "PERSONAL_DATA_KEYS")}
        try:
            container.init({**given, "KDC_RUN": str(tmp_path), "KDC_MODULES": "kdc_residents,kdc_feedback"})
        except subprocess.CalledProcessError:
            assert fails
        return ran

    return start


def test_the_first_start_makes_the_database_and_the_second_has_nothing_to_do(start):
    server = Server()
    made = start(server)
    assert len(made) == 2
    assert "-i kdc_residents,kdc_feedback" in made[1]
    assert server.exists("kdc")
    assert start(server) == []


def test_a_database_gets_its_name_when_it_is_complete(start):
    server = Server()
    start(server, fails=True)
    assert not server.exists("kdc")
    start(server)
    assert server.exists("kdc")


def test_changed_addons_are_updated_whatever_their_version_says(start, monkeypatch):
    server = Server()
    start(server)
    server.modules = ["base", "kdc_residents", "kdc_utilities_edi"]
    monkeypatch.setattr(container.templates, "tree_key", lambda: "changed")
    (command,) = start(server)
    assert "-u kdc_residents,kdc_utilities_edi -i kdc_residents,kdc_feedback" in command
    assert start(server) == []


def test_an_update_that_failed_is_tried_again(start):
    server = Server(["kdc"], ["kdc_residents"])
    assert start(server, fails=True)
    assert start(server)
    assert start(server) == []


def test_no_database_with_the_name_is_ever_deleted(start):
    """Restored from elsewhere, or its note lost: it holds a ward's books all the same."""
    server = Server(["kdc"], ["kdc_residents"])
    start(server)
    assert server.dropped == []
