"""``./kdc lint``: ruff over all Python, pylint-odoo over the addons. The tests run the same commands."""

import subprocess
from pathlib import Path

from .paths import ADDONS, ROOT, Home

#: left out: what speaks for the OCA (author, README.rst), and the wish for one class per model, since ours are split
NOT_OURS = "manifest-required-author,missing-readme,consider-merging-classes-inherited"
#: Without Odoo at hand, as everywhere where pylint-odoo runs: with it, half of the time goes into reading Odoo.
HIDE_ODOO = """
import os, sys
for path in [*sys.path]:
    if os.path.exists(os.path.join(path, "odoo", "release.py")):
        sys.path.remove(path)
"""
FORMATTED = ("kdc", "kdc_cli", "tests/conftest.py", "tests/launcher", "tests/deploy", "tests/bench", "tests/lint")


def commands(python: Path) -> dict[str, list[str]]:
    """The checks by name; ruff's settings are in ``pyproject.toml``."""
    addons = sorted(str(path.parent) for path in ADDONS.glob("*/__manifest__.py"))
    ruff = [str(python), "-m", "ruff"]
    pylint = [str(python), "-m", "pylint", f"--init-hook={HIDE_ODOO}", "--load-plugins=pylint_odoo"]
    pylint += ["--disable=all", "--enable=odoolint"]
    return {
        "ruff": [*ruff, "check", "--no-cache", "."],
        "format": [*ruff, "format", "--check", "--no-cache", *FORMATTED],
        "pylint-odoo": [*pylint, f"--disable={NOT_OURS}", "--valid-odoo-versions=19.0", "-sn", *addons],
    }


def run(home: Home) -> int:
    """Run all checks; 1 when one of them complains."""
    codes = [subprocess.run(argv, cwd=ROOT, check=False).returncode for argv in commands(home.python).values()]
    return int(any(codes))
