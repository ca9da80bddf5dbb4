"""Brings a machine from nothing to a runtime: Odoo, Python packages and PostgreSQL, side by side where possible."""

from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

from . import odoo_source, packages, postgres, system, venv
from .database import Databases
from .odoo_process import Runtime
from .paths import Home


def install_system_packages(home: Home, programs: dict[str, str]) -> None:
    """One apt run for all system packages that are missing; two at once would block each other."""
    missing = packages.missing_packages(programs)
    if not postgres.external() and not postgres.find_binaries():
        missing.append("postgresql")
    if not venv.find_python() and not home.python.exists():
        missing.append("python3-venv")
    if missing:
        packages.install(missing, home, "for PostgreSQL, Python and the tests")


def databases(home: Home) -> Databases:
    """Only the database server, which is all that backup and restore need."""
    home.make()
    install_system_packages(home, {})
    return Databases(home, postgres.ensure(home))


def ensure(home: Home, programs: dict[str, str] | None = None) -> Runtime:
    """Do whatever part of the set-up is not done yet; takes a fraction of a second when all of it is.

    :param programs: further system programs that the command needs.
    :raises Problem: with what to do.
    """
    home.make()
    system.need_space(home.path, 0.5)
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
