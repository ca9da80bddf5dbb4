"""Runs a program that starts servers and browsers, and ends whatever of them it leaves behind."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from . import system
from .paths import ROOT

#: seconds that the program has to end by itself after Ctrl+C
LAST_WORDS = 20


def started_with(setting: str, argument: str) -> list[int]:
    """Processes that have inherited ``NAME=value`` in their environment or have that argument, parents before children.

    The argument is for programs that overwrite their environment with a title, as PostgreSQL does.
    """
    pids = set(system.command_line_matches(argument))
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            inherited = path.read_bytes().split(b"\0")
        except OSError:  # gone, or somebody else's
            continue
        if setting.encode() in inherited:
            pids.add(int(path.parent.name))
    return sorted(pids - {os.getpid()})


def run(argv: Sequence[str], env: Mapping[str, str], **options) -> int:
    """Run a program to its end and return its exit code; nothing that it has started is left afterwards.

    It gets a folder for temporary files of its own, which goes with it and by which its offspring is known, also when
    the program itself was killed.
    """
    # short, for the unix sockets in it
    with tempfile.TemporaryDirectory(prefix="kdc-run-", ignore_cleanup_errors=True) as tmp:
        Path(tmp).chmod(0o711)  # the user who runs PostgreSQL passes through to the home of the fresh clone
        process = subprocess.Popen(argv, cwd=ROOT, env={**env, "TMPDIR": tmp}, **options)
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)
            return _last_words(process)
        finally:
            for pid in started_with(f"TMPDIR={tmp}", tmp):
                system.terminate(pid, seconds=5)


def _last_words(process: subprocess.Popen) -> int:
    """Wait a while for a program that was asked to end."""
    try:
        return process.wait(LAST_WORDS)
    except (KeyboardInterrupt, subprocess.TimeoutExpired):
        return 130
