"""``./kdc doctor``: what this machine has, what it lacks, and the command that mends it."""

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from . import apt, odoo_source, packages, postgres, setup, system, venv
from .console import Problem, say
from .paths import Home


@dataclass(frozen=True)
class Finding:
    """One line of the report; ``remedy`` is empty when all is well."""

    title: str
    state: str
    remedy: str = ""
    needed: bool = True


def _python() -> Finding:
    found = venv.find_python()
    if found:
        return Finding("Python", f"{found[1]} ({found[0]})")
    remedy = venv.no_python() if venv.chosen() else "apt-get install python3-venv"
    return Finding("Python", "none from 3.10 to 3.13 with venv", remedy)


def _postgres() -> Finding:
    given = postgres.external()
    if given:
        return Finding("PostgreSQL", f"{postgres.log_in(given)} (the server of KDC_DATABASE_URL)")
    found = postgres.find_binaries()
    if found:
        return Finding("PostgreSQL", f"{postgres.server_version(found)} ({found})")
    return Finding("PostgreSQL", "not found", "apt-get install postgresql")


def _odoo(home: Home) -> Finding:
    chosen = odoo_source.chosen()
    if chosen:
        found = odoo_source.inspect(chosen).python_path if chosen.is_dir() else chosen
        return Finding("Odoo 19", f"KDC_ODOO={found}")
    if (home.odoo / ".complete").exists():
        return Finding("Odoo 19", str(odoo_source.inspect(home.odoo).python_path))
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        return Finding("Odoo 19", "no apt on this machine", "set KDC_ODOO to the source or the .deb of Odoo 19")
    mirror = apt.debian_mirror(apt.read_sources())
    apt.archive_keyring()
    return Finding("Odoo 19", f"will come from {mirror}")


def _disk(home: Home) -> Finding:
    folder = next(path for path in (home.path, *home.path.parents) if path.exists())
    free = shutil.disk_usage(folder).free / system.GIB
    enough = free >= (0.5 if setup.is_complete(home) else setup.FIRST_GIB)
    remedy = "" if enough else "make room or set KDC_HOME to another disk"
    return Finding("Disk", f"{free:.1f} GB free for {home.path}", remedy)


def _memory() -> Finding:
    total = postgres.memory_mb()
    return Finding("Memory", f"{total} MB", "" if total >= 1800 else "2 GB are needed: close other programs")


def _port() -> Finding:
    free = system.port_is_free(8069)
    return Finding("Port 8069", "free" if free else "in use", "" if free else "./kdc demo --port 8080", needed=False)


def _programs() -> Iterator[Finding]:
    for program, package in packages.FOR_TESTS.items():
        found = packages.find_program(program)
        remedy = "" if found else f"apt-get install {package}"
        yield Finding(program, found or "not found (only ./kdc test and bench need it)", remedy, needed=False)


def _guarded(title: str, check, *arguments) -> Finding:
    try:
        return check(*arguments)
    except Problem as problem:
        return Finding(title, "missing", str(problem))


def findings(home: Home) -> list[Finding]:
    """Everything that was looked at."""
    system_name = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {sys.version.split()[0]}"
    return [
        Finding("Machine", system_name),
        _python(),
        _guarded("PostgreSQL", _postgres),
        _guarded("Odoo 19", _odoo, home),
        _disk(home),
        _memory(),
        _port(),
        *_programs(),
    ]


def report(home: Home) -> int:
    """Print the findings; 1 when something is missing that everything needs."""
    failed = False
    for finding in findings(home):
        mark = "✓" if not finding.remedy else ("✗" if finding.needed else "–")
        say(f" {mark} {finding.title:<11} {finding.state}" + (f"  →  {finding.remedy}" if finding.remedy else ""))
        failed = failed or bool(finding.remedy and finding.needed)
    if failed and system.is_root() and shutil.which("apt-get"):
        say("As root, ./kdc demo installs the missing Debian packages itself.")
    return int(failed)
