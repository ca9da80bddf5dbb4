"""The machine: processes, users, ports and disk."""

import os
import pwd
import random
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import lock
from .console import Problem

GIB = 1024**3
#: how a program ends that Ctrl+C has ended: by the signal, or politely
INTERRUPTED = (-signal.SIGINT, 128 + signal.SIGINT)
#: how apt, pip, Python and PostgreSQL's programs begin the line that says what is wrong
TELLING = re.compile(r"^(?:ERROR\b|E: )|\b(?:[Ee]rror|\w+Error|ERROR):\s")


@dataclass(frozen=True)
class User:
    """An account of this machine that a process can be run as."""

    name: str
    uid: int
    gid: int


def is_root() -> bool:
    """Whether the launcher runs as root."""
    return os.geteuid() == 0


def unprivileged_user() -> User | None:
    """Whom to run PostgreSQL as when we are root (it refuses root); None: as ourselves."""
    if not is_root():
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return User(name, entry.pw_uid, entry.pw_gid)
    raise Problem("PostgreSQL cannot run as root and there is no user 'postgres' or 'nobody': create one with adduser.")


def as_user(user: User | None) -> dict:
    """Arguments of subprocess that drop to that user."""
    return {} if user is None else {"user": user.uid, "group": user.gid, "extra_groups": []}


def run(
    argv: Sequence[str | Path],
    what: str,
    log: Path,
    *,
    hint: str = "",
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    user: User | None = None,
    daemon: bool = False,
) -> None:
    """Run a program with its output in the log.

    It holds our locks too: should we be killed, nobody else begins before it has ended.

    :param daemon: it leaves a server running, which is to hold no lock.
    :raises Problem: when it is missing or fails, with the last line it said and the hint.
    :raises KeyboardInterrupt: when Ctrl+C has ended it.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        out.write(f"\n--- {time.strftime('%F %T')} {' '.join(map(str, argv))}\n".encode())
        out.flush()
        start = out.tell()
        try:
            code = subprocess.run(
                [str(arg) for arg in argv],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=env,
                cwd=cwd,
                check=False,
                pass_fds=() if daemon else lock.held(),
                **as_user(user),
            ).returncode
        except FileNotFoundError:
            raise Problem(f"{what}: the program {argv[0]} is missing. {hint or 'Run ./kdc doctor.'}") from None
    if code in INTERRUPTED:
        raise KeyboardInterrupt
    if code:
        last = last_line(log, start)
        raise Problem(f"{what} failed: {last or f'exit code {code}'}. {hint} (All of it: {log})")


def last_line(log: Path, start: int = 0) -> str:
    """The last telling line of a log from that offset on."""
    with log.open("rb") as stream:
        stream.seek(start)
        lines = stream.read().decode(errors="replace").splitlines()
    lines = [line.strip() for line in lines if line.strip()]
    errors = [line for line in lines if TELLING.search(line)]
    return (errors or lines or [""])[-1][:300]


def reach_oneself(environment: MutableMapping[str, str] = os.environ) -> None:
    """Let nobody ask a proxy for this machine: neither us nor Odoo, whose queue of jobs calls its own server."""
    given = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    names = [name for name in given.split(",") if name.strip()]
    names += [name for name in ("127.0.0.1", "localhost") if name not in names]
    environment["no_proxy"] = environment["NO_PROXY"] = ",".join(names)


def output(argv: Sequence[str | Path], **options) -> str:
    """The standard output of a small program; empty when it fails or is missing."""
    try:
        done = subprocess.run(
            [str(arg) for arg in argv], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, **options
        )
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def need_space(path: Path, gib: float) -> None:
    """Refuse to start work that would fill the disk."""
    free = shutil.disk_usage(path).free / GIB
    if free < gib:
        raise Problem(
            f"Only {free:.1f} GB are free on the disk of {path}, {gib:g} GB are needed: make room, or set KDC_HOME "
            "to a folder on another disk."
        )


def port_is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def need_port(port: int) -> None:
    """Refuse a port that somebody else uses."""
    if not 1 <= port <= 65535:
        raise Problem(f"{port} is not a port: choose one from 1 to 65535 with --port.")
    if port < 1024 and not is_root():
        raise Problem(f"Port {port} needs root: choose one above 1023 with --port.")
    if not port_is_free(port):
        raise Problem(f"Port {port} is in use by another program: choose another one, e.g. --port {port + 11}.")


def free_port() -> int:
    """A port nobody listens on, below those that the kernel gives to clients: these could take it before its server.

    :raises Problem: when none was found.
    """
    for _attempt in range(100):
        port = random.randrange(15_000, 30_000)  # noqa: S311 - no secret
        if port_is_free(port):
            return port
    raise Problem("No free port was found from 15000 to 30000: end programs that listen there.")


def command_line(pid: int) -> str:
    """How a process was started; empty when it is gone."""
    try:
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return ""
    return raw.replace(b"\0", b" ").decode(errors="replace")


def command_line_matches(text: str) -> list[int]:
    """Processes whose command line holds that text."""
    pids = (int(path.name) for path in Path("/proc").glob("[0-9]*"))
    return [pid for pid in pids if text in command_line(pid) and pid != os.getpid()]


def terminate(pid: int, seconds: float = 15) -> None:
    """End a process politely, after some seconds by force."""
    for sent in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.kill(pid, sent)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            _collect(pid)
            if not command_line(pid):
                return
            time.sleep(0.1)


def kill_group(pid: int, seconds: float = 15) -> None:
    """End a process that was started as the head of a session of its own, and all it has started, by force."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    deadline = time.monotonic() + seconds
    while command_line(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
        _collect(pid)


def _collect(pid: int) -> None:
    """Let a child that has ended go."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return


def traversable(path: Path, user: User | None) -> bool:
    """Whether that user can reach a folder."""
    if user is None:
        return True
    done = subprocess.run(
        ["sh", "-c", 'cd "$1"', "sh", str(path)], capture_output=True, check=False, cwd="/", **as_user(user)
    )
    return done.returncode == 0


def remove_tree(path: Path) -> None:
    """Delete a folder if it is there."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path)
