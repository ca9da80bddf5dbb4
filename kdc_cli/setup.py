"""Brings a machine from nothing to a runtime: Odoo, Python packages and PostgreSQL, side by side where possible."""

import os
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

from . import odoo_source, packages, postgres, system, venv
from .database import Databases
from .odoo_process import Runtime
from .paths import Home

#: what the first set-up takes: downloads, Odoo, Python packages, the first databases
FIRST_GIB = 3.5


def install_system_packages(home: Home, programs: dict[str, str]) -> None:
    """One apt run for all system packages that are missing; two at once would block each other."""
    missing = packages.missing_packages(programs)
    if not postgres.external() and not postgres.find_binaries():
        missing.append("postgresql")
    if not venv.chosen() and not venv.find_python() and not home.python.exists():
        missing.append("python3-venv")
    if missing:
        packages.install(missing, home, "for PostgreSQL, Python and the tests")


def databases(home: Home) -> Databases:
    """Only the database server, which is all that backup and restore need."""
    home.make()
    install_system_packages(home, {})
    return Databases(home, postgres.ensure(home))


def is_complete(home: Home) -> bool:
    """Whether the large parts, Odoo and the Python environment, are there."""
    odoo = bool(os.environ.get("KDC_ODOO")) or (home.odoo / ".complete").exists()
    return odoo and home.python.exists()


def ensure(home: Home, programs: dict[str, str] | None = None) -> Runtime:
    """Do whatever part of the set-up is not done yet; takes a fraction of a second when all of it is.

    :param programs: further system programs that the command needs.
    :raises Problem: with what to do.
    """
    home.make()
    # told before the work begins, not when one of the parts below is done and another has failed
    system.need_space(home.path, 0.5 if is_complete(home) else FIRST_GIB)
    install_system_packages(home, programs or {})
    with ThreadPoolExecutor(3) as pool:
        connection = pool.submit(postgres.ensure, home)
        odoo = pool.submit(odoo_source.ensure, home)
        python = pool.submit(venv.ensure, home)
        wait([connection, odoo, python], return_when=FIRST_EXCEPTION)
        for task in (connection, odoo, python):
            task.result()
    venv.link_odoo(home, odoo.result().python_path)
    return Runtime(home, odoo.result(), Databases(home, connection.result()))
