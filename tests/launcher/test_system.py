"""Locks, ports, disk, processes, templates of configuration."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections import namedtuple

import pytest

from kdc_cli import render, setup, system
from kdc_cli.console import Problem
from kdc_cli.lock import exclusive
from kdc_cli.paths import CONFIG, ROOT, Home


def test_the_lock_names_its_holder(tmp_path):
    lock = tmp_path / "lock"
    with (
        exclusive(lock, "demo"),
        pytest.raises(Problem, match=rf"\./kdc demo \(process {os.getpid()}"),
        exclusive(lock, "test"),
    ):
        pass


def test_the_lock_is_free_after_an_error(tmp_path):
    with pytest.raises(ValueError), exclusive(tmp_path / "lock", "demo"):
        raise ValueError
    with exclusive(tmp_path / "lock", "demo"):
        pass


def test_the_lock_of_a_killed_process_is_free(tmp_path):
    code = "import fcntl, os, sys; fcntl.flock(os.open(sys.argv[1], os.O_RDWR | os.O_CREAT), 2); os._exit(9)"
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "lock")], check=False)
    with exclusive(tmp_path / "lock", "demo"):
        pass


def test_a_program_that_outlives_the_launcher_holds_its_lock(tmp_path):
    """An apt or uv that goes on after ``kill -9`` would meet the next run in the same folders."""
    code = (
        "import sys; from pathlib import Path; from kdc_cli import lock, system\n"
        "with lock.exclusive(Path(sys.argv[1]), 'demo'):\n"
        "    system.run(['sh', '-c', 'kill -9 $PPID; read _ < $0', sys.argv[2]], 'Work', Path(sys.argv[3]))"
    )
    os.mkfifo(tmp_path / "pipe")
    argv = [sys.executable, "-c", code, tmp_path / "lock", tmp_path / "pipe", tmp_path / "log"]
    assert subprocess.run(argv, check=False, cwd=ROOT).returncode == -9
    with pytest.raises(Problem, match="demo"), exclusive(tmp_path / "lock", "test"):
        pass
    (tmp_path / "pipe").write_text("end\n")
    for _attempt in range(100):
        try:
            with exclusive(tmp_path / "lock", "test"):
                return
        except Problem:
            time.sleep(0.05)
    pytest.fail("the lock is never free again")


@pytest.mark.parametrize("end", ["kill -INT $$", "exit 130"])
def test_a_program_that_ctrl_c_has_ended_was_interrupted(tmp_path, end):
    with pytest.raises(KeyboardInterrupt):
        system.run(["sh", "-c", end], "Work", tmp_path / "log")


@pytest.mark.parametrize("place", ["file/home", "file", "/proc/nowhere/home"])
def test_an_impossible_home_is_told(tmp_path, place):
    (tmp_path / "file").touch()
    with pytest.raises(Problem, match="set KDC_HOME"), exclusive(tmp_path / place / "lock", "demo"):
        pass


def test_a_small_disk_is_told_before_the_set_up_begins(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.delenv("KDC_ODOO", raising=False)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(10, 10, system.GIB))
    monkeypatch.setattr(setup, "install_system_packages", lambda *_arguments: pytest.fail("has begun"))
    with pytest.raises(Problem, match=r"3\.5 GB are needed"):
        setup.ensure(Home(tmp_path / "home"))


def test_a_used_port_is_told_with_another_one():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(Problem, match="in use"):
            system.need_port(taken.getsockname()[1])


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_an_impossible_port_is_told(port):
    with pytest.raises(Problem, match="is not a port"):
        system.need_port(port)


def test_a_full_disk_is_told_before_the_work(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(10, 10, system.GIB))
    with pytest.raises(Problem, match=r"1\.0 GB are free .* 3 GB are needed"):
        system.need_space(tmp_path, 3)


def test_a_missing_program_is_told(tmp_path):
    with pytest.raises(Problem, match="no-such-program is missing"):
        system.run(["no-such-program"], "Work", tmp_path / "log")


def test_a_failure_shows_its_last_error_and_the_log(tmp_path):
    code = "print('E: mirror is gone'); print('bye'); raise SystemExit(3)"
    with pytest.raises(Problem, match=r"E: mirror is gone.*Look there.*setup\.log"):
        system.run([sys.executable, "-c", code], "Download", tmp_path / "setup.log", hint="Look there.")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "127.0.0.1,localhost"),
        ({"no_proxy": "pypi.org"}, "pypi.org,127.0.0.1,localhost"),
        ({"NO_PROXY": "localhost, a.vn"}, "localhost, a.vn,127.0.0.1"),
    ],
)
def test_nobody_asks_a_proxy_for_this_machine(given, expected):
    environment = {"http_proxy": "http://127.0.0.1:9", **given}
    system.reach_oneself(environment)
    assert environment["no_proxy"] == environment["NO_PROXY"] == expected
    system.reach_oneself(environment)
    assert environment["no_proxy"] == expected


def test_terminate_collects_a_child():
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    system.terminate(child.pid)
    assert not system.command_line(child.pid)


def test_render_fills_capitals_only():
    assert render.render("${HOST} $host ${lower}", {"HOST": "h"}) == "h $host ${lower}"


def test_render_refuses_a_missing_value():
    with pytest.raises(KeyError):
        render.render("${HOST}", {})


def test_a_rendered_secret_is_readable_for_us_alone(tmp_path):
    (tmp_path / "in").write_text("${WORD}")
    render.render_file(tmp_path / "in", tmp_path / "out", {"WORD": "đúng"}, mode=0o600)
    assert (tmp_path / "out").read_text(encoding="utf-8") == "đúng"
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o600


def test_no_template_has_a_fixed_password():
    for path in CONFIG.glob("odoo*.in"):
        for match in re.finditer(r"^(admin_passwd|db_password)\s*=\s*(.*)$", path.read_text(), re.MULTILINE):
            assert match[2].startswith("${"), f"{path.name}: {match[0]}"
