"""The linters are part of the suite: what ./kdc lint says, the tests say."""

import subprocess
import sys
from pathlib import Path

import pytest

from kdc_cli import lint
from kdc_cli.paths import ROOT

COMMANDS = lint.commands(Path(sys.executable))


@pytest.mark.parametrize("name", COMMANDS)
def test_lint(name):
    done = subprocess.run(COMMANDS[name], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
