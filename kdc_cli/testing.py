"""``./kdc test``: the whole suite in one pytest session, on a copy of the cached template database.

The whole suite begins with tests that need no database. Its templates are made meanwhile, by the first worker that
has come to the tests of the addons: making them keeps one of two cores busy for minutes.
"""

from pathlib import Path

from . import packages, server, setup, supervisor, templates
from .console import step
from .lock import in_turn
from .odoo_process import Runtime
from .paths import ROOT, Home

DATABASE = "kdc_test"
CONFIG_NAME = "test"
#: pure tests first, then Odoo's, then what needs servers and browsers
ORDER = ("tests/engine", "tests/launcher", "tests/lint", "addons", "tests/deploy", "tests/e2e")
#: More than the two cores of the usual machine: many tests wait for a server or a browser.
WORKERS = 3


def prepare(home: Home, given: list[str]) -> Runtime:
    """Set everything up, and make room for a fresh test database; make it at once for tests somebody waits for.

    :param given: what the person wrote behind ``./kdc test``
    """
    runtime = setup.ensure(home, packages.FOR_TESTS)
    for running in server.all_running(home):
        if running.database.startswith(DATABASE):  # of a run that was killed
            server.stop(home, running)
    for name in runtime.databases.names(DATABASE):
        runtime.databases.drop(name)
    if names_a_path(given):
        ensure_database(runtime)
    return runtime


def ensure_database(runtime: Runtime) -> None:
    """Make the test database unless it is there."""
    template = templates.ensure(runtime)
    with in_turn(runtime.home.tmp / "test-database.lock"):
        if runtime.databases.exists(DATABASE):
            return
        with step("Copying the test database"):
            runtime.databases.create(DATABASE, template)
            # a test database may lose its last seconds in a power cut
            runtime.databases.query(f"ALTER DATABASE {DATABASE} SET synchronous_commit = off")


def names_a_path(arguments: list[str]) -> bool:
    """Whether the person chose files or folders."""
    return any(not argument.startswith("-") and Path(argument.split("::")[0]).exists() for argument in arguments)


def arguments(config: Path, given: list[str], cache: Path, root: Path = ROOT) -> list[str]:
    """The arguments of pytest: all suites on three workers unless the person said otherwise."""
    result = [f"--odoo-config={config}", f"--odoo-database={DATABASE}", "--odoo-http", f"--rootdir={root}"]
    result += ["-o", f"cache_dir={cache}"]
    # pytest-odoo silences Odoo by default; a failing test shall show what the server said
    result.append("--odoo-log-level=warn")
    if not any(argument.startswith(("-n", "--numprocesses", "--pdb")) for argument in given):
        # In our order: files with few tests are the long ones here, and would come last, when one worker has no work.
        result += ["-n", str(WORKERS), "--dist", "loadfile", "--no-loadscope-reorder"]
    if not names_a_path(given):
        result += [path for path in ORDER if (root / path).exists()]
    return result + given


def environment(runtime: Runtime) -> dict[str, str]:
    """Environment of the tests: the server for pytest-odoo's own copies, the home for those that start servers."""
    env = runtime.environment() | runtime.databases.connection.environment()
    return env | {
        "KDC_HOME": str(runtime.home.path),
        "KDC_TEST": "1",
        "HYPOTHESIS_STORAGE_DIRECTORY": str(runtime.home.tmp / "hypothesis"),
        "PYTHONPATH": str(ROOT),
    }


def run(runtime: Runtime, given: list[str]) -> int:
    """Run the tests; pytest speaks to the terminal itself and its exit code is ours."""
    config = runtime.write_config(CONFIG_NAME, DATABASE, cron_threads=0)
    argv = [str(runtime.home.python), "-m", "pytest", *arguments(config, given, runtime.home.path / "pytest_cache")]
    return supervisor.run(argv, environment(runtime))
