"""A running Odoo server: started in the background, waited for, found again, stopped."""

import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from . import gateway, proxy, system
from .console import Problem, step
from .odoo_process import NO_LIMITS, Limits, Runtime
from .paths import Home

PAGE = "/web/login"
READY_SECONDS = 300


@dataclass(frozen=True)
class Running:
    """What is known of a started server; kept in ``KDC_HOME/run``."""

    name: str
    port: int
    pid: int
    database: str
    workers: int = 0
    proxy_pid: int = 0
    #: where this run begins in its log, to which every run appends
    log_start: int = 0
    #: of the stand-in for the payment gateways
    gateway_pid: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def is_alive(self) -> bool:
        """Whether that process is still our Odoo (process numbers are used again)."""
        return f"{self.name}.conf" in system.command_line(self.pid)


def _state_file(home: Home, name: str) -> Path:
    return home.run / f"{name}.json"


def find_state(home: Home, name: str) -> Running | None:
    """The server of that name if it was started and not stopped since."""
    try:
        return Running(**json.loads(_state_file(home, name).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def find(home: Home, name: str) -> Running | None:
    """The server of that name if it runs."""
    running = find_state(home, name)
    return running if running and running.is_alive() else None


def all_running(home: Home) -> list[Running]:
    """Every server of this home that runs."""
    found = (find(home, path.stem) for path in sorted(home.run.glob("*.json")))
    return [running for running in found if running]


def start(
    runtime: Runtime,
    name: str,
    database: str,
    port: int,
    *,
    workers: int = 0,
    limits: Limits | None = None,
    cron_threads: int = 1,
) -> Running:
    """Start a server without waiting for it.

    Threaded by default; with workers prefork, its websocket process, and nginx in front on the asked port.
    """
    system.need_port(port)
    inner = system.free_port() if workers else port
    gevent = system.free_port()
    config = runtime.write_config(
        name,
        database,
        port=inner,
        gevent_port=gevent,
        workers=workers,
        proxy=bool(workers),
        limits=limits or (Limits() if workers else NO_LIMITS),
        cron_threads=cron_threads,
    )
    # first, since it may be missing: then nothing runs yet
    proxy_pid = proxy.start(runtime.home, name, port, inner, gevent) if workers else 0
    pid, log_start = _spawn(runtime, name, config)
    return remember(runtime.home, Running(name, port, pid, database, workers, proxy_pid, log_start))


def start_again(runtime: Runtime, running: Running) -> Running:
    """Start a server that has ended as it was, behind its proxy if it has one."""
    pid, log_start = _spawn(runtime, running.name, runtime.home.conf / f"{running.name}.conf")
    return remember(runtime.home, replace(running, pid=pid, log_start=log_start))


def _spawn(runtime: Runtime, name: str, config: Path) -> tuple[int, int]:
    """Run Odoo in the background; returns its process number and where in the log this run begins."""
    with (runtime.home.logs / f"{name}.log").open("ab") as out:
        log_start = out.tell()
        process = subprocess.Popen(
            runtime.command("server", "-c", config),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=runtime.environment(),
            start_new_session=True,
        )
    return process.pid, log_start


def remember(home: Home, running: Running) -> Running:
    """Keep what is known of a server, for whoever looks for it."""
    _state_file(home, running.name).write_text(json.dumps(asdict(running)))
    return running


def answers(url: str, seconds: float = 10) -> bool:
    """Whether the login page is really there."""
    try:
        with urllib.request.urlopen(url + PAGE, timeout=seconds) as response:
            return response.status == 200 and b'name="password"' in response.read()
    except (urllib.error.URLError, OSError):
        return False


def wait_ready(home: Home, running: Running, seconds: float = READY_SECONDS) -> None:
    """Wait until the login page answers.

    :raises Problem: when the server ends or does not answer in time.
    """
    log = home.logs / f"{running.name}.log"
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if has_ended(running.pid):
            raise Problem(f"The server ended: {system.last_line(log, running.log_start)} (All of it: {log})")
        if running.proxy_pid and has_ended(running.proxy_pid):
            raise Problem(f"nginx ended: see {proxy.log(home, running.name)}.")
        if answers(running.url):
            return
        time.sleep(0.3)
    stop(home, running)
    raise Problem(f"The server did not answer within {seconds:.0f} s: see {log}.")


def has_ended(pid: int) -> bool:
    """Whether a process is gone; collects it when it was our child.

    The command line tells of others' children only: that of a child is empty for a moment while it starts.
    """
    try:
        return os.waitpid(pid, os.WNOHANG) != (0, 0)
    except ChildProcessError:
        return not system.command_line(pid)


def start_and_wait(runtime: Runtime, name: str, database: str, port: int, *, workers: int = 0) -> Running:
    """Start a server and wait for its login page; an interrupt leaves nothing behind."""
    with step("Starting the server"):
        running = start(runtime, name, database, port, workers=workers)
        try:
            wait_ready(runtime.home, running)
        except BaseException:
            stop(runtime.home, running)
            raise
    return running


def stop(home: Home, running: Running) -> None:
    """End a server and its proxy."""
    _state_file(home, running.name).unlink(missing_ok=True)
    if running.proxy_pid:
        proxy.stop(home, running.name, running.proxy_pid)
    if running.gateway_pid:
        gateway.stop(running.gateway_pid)
    if running.is_alive():
        system.terminate(running.pid)


def kill(home: Home, running: Running) -> None:
    """End a server with all its processes at once; for one whose database is deleted afterwards."""
    _state_file(home, running.name).unlink(missing_ok=True)
    if running.proxy_pid:
        proxy.stop(home, running.name, running.proxy_pid)
    if running.is_alive():
        system.kill_group(running.pid)
