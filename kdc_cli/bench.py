"""``./kdc bench``: runs the benchmarks of ``tests/bench`` with the Python of the set-up."""

from pathlib import Path

from . import supervisor
from .console import Problem
from .odoo_process import Runtime
from .paths import TESTS


def names(folder: Path = TESTS / "bench") -> list[str]:
    """The benchmarks there are, as typed: ``bill-run`` for ``bill_run.py``."""
    return sorted(path.stem.replace("_", "-") for path in folder.glob("[a-z]*.py"))


def run(runtime: Runtime, name: str | None, as_json: bool) -> int:
    """Run one benchmark or all; 1 when a goal is missed."""
    if name and name not in names():
        raise Problem(f"There is no benchmark '{name}'; there are: {', '.join(names())}.")
    argv = [str(runtime.home.python), "-m", "tests.bench", *([name] if name else names())]
    env = runtime.environment() | {"KDC_HOME": str(runtime.home.path), "PYTHONDONTWRITEBYTECODE": "1"}
    return supervisor.run([*argv, *(["--json"] if as_json else [])], env)
