"""Cached template databases, so that nothing is installed twice.

Two layers: the modules of Odoo that ours need (made again when Odoo or that list changes), and on it our addons
(made again when a file of them changes). Demo and test databases are copies, which take a second. Whoever needs a
template that another process is making waits for it.
"""

import ast
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from . import odoo_source, server
from .console import Problem, step
from .database import Databases
from .lock import in_turn
from .odoo_process import Runtime
from .paths import ADDONS, CONFIG
from .postgres import external, short_key
from .system import free_port
from .venv import pick_requirements
from .visitor import Visitor

PREFIX = "kdc_tpl_"
#: the parameter of a database that says which state of our addons it has
TREE = "kdc.tree"
LANGUAGE, COUNTRY = "vi_VN", "vn"
SKIPPED_FOLDERS = {"tests", "__pycache__"}
SKIPPED_KINDS = {".md", ".pot", ".pyc"}
#: Addons that join ours with a module of Odoo that only some wards have. They install themselves where that
#: module is; their tests have a database of their own, see ``tests/deploy/test_apart.py``.
APART = ("kdc_utilities_edi",)


def manifests(addons: Path = ADDONS, apart: bool = False) -> dict[str, dict]:
    """The manifests of our installable addons by name, or of those that are installed apart from them."""
    found = {}
    for path in sorted(addons.glob("*/__manifest__.py")):
        manifest = ast.literal_eval(path.read_text(encoding="utf-8"))
        if manifest.get("installable", True) and (path.parent.name in APART) is apart:
            found[path.parent.name] = manifest
    return found


def outside_dependencies(found: dict[str, dict]) -> list[str]:
    """The modules of Odoo and the OCA that our addons need."""
    needed = {name for manifest in found.values() for name in manifest.get("depends", [])}
    return sorted(needed - found.keys() | {"queue_job"})


def tree_files(addons: Path = ADDONS) -> Iterable[Path]:
    """The files that decide what an installed database looks like."""
    for path in sorted(addons.rglob("*")):
        inside = path.relative_to(addons)
        if path.is_file() and not SKIPPED_FOLDERS.intersection(inside.parts) and path.suffix not in SKIPPED_KINDS:
            yield path


def tree_key(addons: Path = ADDONS) -> str:
    """Changes with every file that matters."""
    digest = hashlib.sha256()
    for path in tree_files(addons):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(addons)}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:12]


def remember_tree(databases: Databases, name: str) -> None:
    """Note in a database which state of the addons it has; so the note goes where the database goes."""
    databases.set_parameter(name, TREE, tree_key())


def base_key(runtime: Runtime, modules: list[str]) -> str:
    """Changes with Odoo, the OCA's addons and the list of modules."""
    requirements = (CONFIG / "requirements.txt").read_text()
    oca = pick_requirements(requirements, tuple(re.findall(r"^odoo-addon-[\w-]+", requirements, re.MULTILINE)))
    identity = odoo_source.identity(runtime.home, runtime.odoo)
    parts = [runtime.odoo.version, identity, oca, LANGUAGE, COUNTRY, *modules]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def install(runtime: Runtime, database: str, modules: Iterable[str]) -> None:
    """Install modules in a database.

    :raises Problem: when one of them is not installed afterwards.
    """
    config = runtime.write_config("setup", database, cron_threads=0)
    names = ",".join(modules)
    runtime.odoo_command(
        f"Installing {names}", "-c", config, "-d", database, "-i", names, "--stop-after-init", "--no-http"
    )
    wanted = ", ".join(f"'{name}'" for name in names.split(","))
    rows = runtime.databases.query(
        f"SELECT name FROM ir_module_module WHERE name IN ({wanted}) AND state <> 'installed'", database
    )
    if rows:
        missing = ", ".join(row[0] for row in rows)
        raise Problem(f"Odoo did not install {missing}: see {runtime.home.setup_log}.")


def update(runtime: Runtime, database: str) -> None:
    """Bring our addons in a database to the state of the files."""
    config = runtime.write_config("setup", database, cron_threads=0)
    names = ",".join(manifests())
    arguments = ("-c", config, "-d", database, "-u", names, "-i", names, "--stop-after-init", "--no-http")
    runtime.odoo_command(f"Updating {names}", *arguments)


def ensure_base(runtime: Runtime) -> str:
    """The template with Odoo's own modules, Vietnamese only, company in Vietnam."""
    with in_turn(_lock(runtime)):
        return _base(runtime)


def _base(runtime: Runtime) -> str:
    modules = outside_dependencies(manifests())
    name = f"{_prefix(runtime)}base_{base_key(runtime, modules)}"
    if runtime.databases.is_whole(name):
        return name
    _drop_older(runtime, f"{_prefix(runtime)}base_")
    partial = f"{_prefix(runtime)}part"
    runtime.databases.drop(partial)
    with step("Installing Odoo's modules (once)"):
        config = runtime.write_config("setup", partial, cron_threads=0)
        runtime.odoo_command(
            "Making the first database",
            "db",
            "-c",
            config,
            "init",
            partial,
            "--language",
            LANGUAGE,
            "--country",
            COUNTRY,
        )
        install(runtime, partial, modules)
        runtime.databases.rename(partial, name)
    return name


def build_assets(runtime: Runtime, database: str) -> None:
    """Visit the site and the web client once, so that in the copies nobody's first page waits for the bundles."""
    # Scheduled jobs would compete with the bundles for the processor, and what they change is not for a template.
    running = server.start(runtime, "template", database, free_port(), cron_threads=0)
    try:
        server.wait_ready(runtime.home, running)
        visitor = Visitor(running.url)
        visitor.fetch_bundles(["/web/login", "/shop"])
        visitor.log_in("admin", "admin")
        visitor.fetch_bundles(["/odoo"])
    except OSError as error:
        raise Problem(f"A page of the new database does not open ({error}): see ./kdc logs template.") from None
    finally:
        server.stop(runtime.home, running)


def ensure(runtime: Runtime) -> str:
    """The template with all our addons installed and no community in it."""
    with in_turn(_lock(runtime)):
        return _ours(runtime)


def _ours(runtime: Runtime) -> str:
    found = manifests()
    base = _base(runtime)
    name = f"{_prefix(runtime)}kdc_{_key(runtime)}"
    if runtime.databases.is_whole(name):
        return name
    _drop_older(runtime, f"{_prefix(runtime)}kdc_")
    partial = f"{_prefix(runtime)}part"
    runtime.databases.drop(partial)
    runtime.databases.create(partial, base)
    with step(f"Installing {', '.join(found)}"):
        install(runtime, partial, found)
    with step("Building style sheets and scripts"):
        build_assets(runtime, partial)
    runtime.databases.rename(partial, name)
    return name


def _prefix(runtime: Runtime) -> str:
    """How the templates are called; on a server that several homes share, each has its own, for the files lie in it."""
    return f"{PREFIX}{short_key(runtime.home.path)[:6]}_" if external() else PREFIX


def _lock(runtime: Runtime) -> Path:
    return runtime.home.path / "lock-templates"


def _key(runtime: Runtime) -> str:
    base = base_key(runtime, outside_dependencies(manifests()))
    return hashlib.sha256(f"{base}{tree_key()}".encode()).hexdigest()[:12]


def ensure_community(runtime: Runtime, households: int) -> str:
    """The template with a demo community of that many households."""
    with in_turn(_lock(runtime)):
        return _community(runtime, households)


def _community(runtime: Runtime, households: int) -> str:
    name = f"{_prefix(runtime)}demo{households}_{_key(runtime)}"
    if runtime.databases.is_whole(name):
        return name
    _drop_older(runtime, f"{_prefix(runtime)}demo{households}_")
    template = _ours(runtime)
    partial = f"{_prefix(runtime)}demo_part"
    runtime.databases.drop(partial)
    runtime.databases.create(partial, template)
    with step(f"Making a community of {households} households"):
        runtime.script("generate", partial, [str(households)])
        runtime.databases.rename(partial, name)
    return name


def ensure_apart(runtime: Runtime) -> str:
    """The template with all our addons, also those that only some wards have, with the modules they join."""
    with in_turn(_lock(runtime)):
        return _apart(runtime)


def _apart(runtime: Runtime) -> str:
    name = f"{_prefix(runtime)}apart_{_key(runtime)}"
    if runtime.databases.is_whole(name):
        return name
    _drop_older(runtime, f"{_prefix(runtime)}apart_")
    template, found = _ours(runtime), manifests(apart=True)
    partial = f"{_prefix(runtime)}apart_part"
    runtime.databases.drop(partial)
    runtime.databases.create(partial, template)
    with step(f"Installing {', '.join(found)}"):
        install(runtime, partial, found)
        runtime.databases.rename(partial, name)
    return name


def _drop_older(runtime: Runtime, prefix: str) -> None:
    for name in runtime.databases.names(prefix):
        runtime.databases.drop(name)
