"""The Python environment of the launcher."""

import sys
from pathlib import Path

import pytest

from kdc_cli import venv
from kdc_cli.console import Problem
from kdc_cli.paths import Home


@pytest.fixture
def commands(monkeypatch):
    """What is run while an environment is built; uv finds no way to the packages."""
    ran = []

    def run(argv, *_args, **_kwargs):
        ran.append([str(word) for word in argv])
        if "/bin/uv" in ran[-1][0]:
            raise Problem("no network")

    monkeypatch.setattr(venv.system, "run", run)
    return ran


def test_pip_has_the_last_word(tmp_path, commands):
    """Where uv cannot reach the packages pip may, by a proxy or mirror that only its own configuration names."""
    home = Home(tmp_path)
    home.tmp.mkdir(parents=True)
    venv._build(home, "python3", venv.CONFIG / "requirements.txt")
    whole = str(venv.CONFIG / "requirements.txt")
    assert [command[-1] == whole and command[0] for command in commands[-2:]] == [
        str(home.venv / "bin" / "uv"),
        str(home.python),
    ]
    assert all("--require-hashes" in command for command in commands[-2:]), "only what is pinned"


def test_an_environment_is_not_built_from_itself(tmp_path, monkeypatch):
    """The launcher may run inside of the environment it replaces, as it does in these tests."""
    inside = tmp_path / "python"
    inside.symlink_to(sys.executable)
    monkeypatch.setattr(sys, "executable", str(inside))
    assert Path(venv.find_python()[0]) == inside.resolve()
