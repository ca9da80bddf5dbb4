"""``./kdc upstream``: Odoo's own tests with our addons, and those that fail once more without; the difference counts.

Some of Odoo's tests fail on any Debian package or localized database, so a plain en_US database is used and the tests
that fail there anyway are left out of the account. Only post_install tests are run: the others run while Odoo loads the
module they belong to, which is before it loads ours. Tours in a browser are not run: those of the web client fail with
Debian's package, and those of the site begin on its first page, which is ours and has no tours.
"""

import ast
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from . import supervisor, templates
from .console import Problem, say, step
from .odoo_process import Runtime
from .system import free_port

PREFIX = "kdc_up_"
FAILURE = re.compile(r" ERROR \S+ odoo\.addons\.(?P<module>[\w.]+): (?:FAIL|ERROR): (?P<test>\S+)")
CLASS_FAILURE = re.compile(
    r" ERROR \S+ odoo\.tests\.suite: ERROR: \w+ \(odoo\.addons\.(?P<module>[\w.]+)\.(?P<test>\w+)\)"
)
SUMMARY = re.compile(r"(?P<failed>\d+) failed, (?P<errors>\d+) error\(s\) of (?P<count>\d+) tests")
#: a test that calls one of these drives a browser
BROWSER = frozenset({"start_tour", "browser_js"})


def failures(log: str) -> set[str]:
    """The failed tests in a server log, as ``module.tests.file:Class.test``, or ``…:Class`` where all of it failed."""
    found = (match for pattern in (FAILURE, CLASS_FAILURE) for match in pattern.finditer(log))
    return {f"{match['module']}:{match['test']}" for match in found}


def count(log: str) -> int:
    """How many tests ran."""
    return max((int(match["count"]) for match in SUMMARY.finditer(log)), default=0)


def default_modules() -> list[str]:
    """The modules of Odoo that ours stand on; those whose tests would take hours are named by hand."""
    skipped = {"base", "queue_job"}
    return [name for name in templates.outside_dependencies(templates.manifests()) if name not in skipped]


def _ensure_plain(runtime: Runtime, modules: list[str]) -> str:
    """The cached template with Odoo's modules in English."""
    needed = sorted({*modules, *templates.outside_dependencies(templates.manifests())})
    name = f"{PREFIX}tpl_{templates.base_key(runtime, needed)}"
    if runtime.databases.is_whole(name):
        return name
    partial = f"{PREFIX}part"
    for older in (partial, *runtime.databases.names(f"{PREFIX}tpl_")):
        runtime.databases.drop(older)
    with step(f"Installing {', '.join(modules)} in English, without our addons"):
        config = runtime.write_config("upstream", partial, cron_threads=0)
        runtime.odoo_command("Making the database", "db", "-c", config, "init", partial, "--language", "en_US")
        templates.install(runtime, partial, needed)
        runtime.databases.rename(partial, name)
    return name


def _prepare(runtime: Runtime, modules: list[str]) -> tuple[str, str]:
    """Two databases with the same modules, the second with our addons as well."""
    template = _ensure_plain(runtime, modules)
    plain, ours = f"{PREFIX}plain", f"{PREFIX}ours"
    for name in (plain, ours):
        runtime.databases.drop(name)
        runtime.databases.create(name, template)
    with step("Installing our addons in a copy of it"):
        templates.install(runtime, ours, [name for name in templates.manifests() if name != "kdc_demo"])
    return plain, ours


def tours(module: Path) -> Iterator[str]:
    """The tests of a module that drive a browser, as ``module:Class.test``."""
    for path in sorted(module.glob("tests/*.py")):
        for group in ast.parse(path.read_text(encoding="utf-8")).body:
            for test in group.body if isinstance(group, ast.ClassDef) else ():
                names = {node.attr for node in ast.walk(test) if isinstance(node, ast.Attribute)}
                if isinstance(test, ast.FunctionDef) and test.name.startswith("test") and names & BROWSER:
                    yield f"{module.name}:{group.name}.{test.name}"


def tags(chosen: Iterable[str], left_out: Iterable[str] = ()) -> str:
    """What Odoo's ``--test-tags`` takes for modules, or parts of them as ``module:Class`` or ``module:Class.test``."""
    return ",".join([*(f"/{name}" for name in chosen), *(f"-/{name}" for name in left_out), "-at_install"])


def part(test: str) -> str:
    """A failed test as it is chosen: ``module.tests.file:Class.test`` becomes ``module:Class.test``."""
    path, name = test.split(":")
    return f"{path.split('.')[0]}:{name}"


def _run_tests(runtime: Runtime, database: str, chosen: list[str]) -> str:
    """Run tests of one module of Odoo on a database and return the server's log."""
    module = chosen[0].split(":")[0]
    folder = next(path / module for path in runtime.odoo.addons_paths if (path / module).is_dir())
    log = runtime.home.logs / f"{database}_{module}.log"
    log.unlink(missing_ok=True)
    config = runtime.write_config("upstream", database, port=free_port(), cron_threads=0)
    arguments = ("-c", config, "-d", database, "--test-tags", tags(chosen, tours(folder)), "--stop-after-init")
    with log.open("wb") as out:
        # its exit code only says that some test failed, which the log says better
        supervisor.run(runtime.command(*arguments), runtime.environment(), stdout=out, stderr=subprocess.STDOUT)
    text = log.read_text(errors="replace")
    if not SUMMARY.search(text):
        raise Problem(f"The tests did not run to their end: see {log}.")
    return text


def _compare(runtime: Runtime, plain: str, ours: str, module: str, chosen: list[str]) -> list[str]:
    """Say how the tests of one module end, and return those that fail because of our addons.

    What passes with our addons needs no second run, so only what fails with them is run without them.
    """
    with step(f"Running the tests of {module} with our addons"):
        log = _run_tests(runtime, ours, chosen)
    after, before = failures(log), set()
    if after:
        with step(f"Running the {len(after)} that failed without our addons"):
            before = failures(_run_tests(runtime, plain, sorted(map(part, after))))
    say(f"{module}: of {count(log)} tests {len(after)} fail with our addons, {len(after & before)} also without.")
    broken = sorted(after - before)
    for name in broken:
        say(f"  fails because of our addons: {name}")
    return broken


def run(runtime: Runtime, wanted: Iterable[str]) -> int:
    """Print the tests that fail with our addons and pass without; 1 when there are any.

    :param wanted: names of modules, or parts of them as ``module:Class`` or ``module:Class.test``
    """
    chosen: dict[str, list[str]] = {}
    for name in list(wanted) or default_modules():
        chosen.setdefault(name.split(":")[0], []).append(name)
    plain, ours = _prepare(runtime, sorted(chosen))
    broken = [test for module, names in chosen.items() for test in _compare(runtime, plain, ours, module, names)]
    say(f"{len(broken)} tests fail because of our addons." if broken else "No test fails because of our addons.")
    return int(bool(broken))
