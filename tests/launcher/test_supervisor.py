"""Whatever ends a test run or a benchmark: the servers and browsers it has started end with it."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kdc_cli import supervisor, system
from kdc_cli.paths import ROOT

#: starts a server in a session of its own, as ``server.start`` does, and tells its process number
PROGRAM = """
import os, signal, subprocess, sys, time
if sys.argv[2] == "deaf":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
server = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
with open(sys.argv[1] + ".part", "w") as stream:
    stream.write(f"{os.getpid()} {server.pid}")
os.rename(sys.argv[1] + ".part", sys.argv[1])
if sys.argv[2] != "quick":
    time.sleep(600)
"""
#: begins as a terminal's shell starts it, also when pytest itself was started in the background
LAUNCHER = """
import os, signal, sys
from kdc_cli import main, supervisor
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
main.end_politely()
supervisor.LAST_WORDS = 1
sys.exit(supervisor.run(sys.argv[1:], os.environ))
"""


@pytest.fixture
def program(tmp_path):
    """Give the command line of the program by how it behaves, and the file in which it tells its processes."""
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    return lambda kind: [sys.executable, str(path), str(tmp_path / "pids"), kind], tmp_path / "pids"


def pids(path: Path) -> list[int]:
    """Wait for the processes that the program tells."""
    while not path.exists():
        time.sleep(0.05)
    return [int(pid) for pid in path.read_text().split()]


def test_a_program_leaves_nothing_behind(program, monkeypatch):
    command, told = program
    assert supervisor.run(command("quick"), {}) == 0
    assert [system.command_line(pid) for pid in pids(told)] == ["", ""]


@pytest.mark.parametrize("kind", ["patient", "deaf"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_run_leaves_nothing_behind(program, kind, number):
    command, told = program
    launcher = subprocess.Popen([sys.executable, "-c", LAUNCHER, *command(kind)], cwd=ROOT, stderr=subprocess.DEVNULL)
    started = pids(told)
    launcher.send_signal(number)
    assert launcher.wait() != 0
    assert [system.command_line(pid) for pid in started] == ["", ""]


def test_nohup_stays_nohup():
    code = (
        "import signal; from kdc_cli import main; signal.signal(signal.SIGHUP, signal.SIG_IGN); main.end_politely();"
        "raise SystemExit(signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
