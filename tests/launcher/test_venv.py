"""The Python environment of the launcher."""

import os
import sys
from pathlib import Path

import pytest

from kdc_cli import doctor, packages, setup, venv
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


def test_an_interpreter_is_chosen_by_its_name(monkeypatch):
    base = os.path.realpath(sys.executable)
    monkeypatch.setenv("PATH", str(Path(base).parent))
    monkeypatch.setenv("KDC_PYTHON", Path(base).name)
    assert venv.find_python() == (base, "%d.%d" % sys.version_info[:2])


@pytest.mark.parametrize("name", ["/nowhere/python3", "no-such-python", "/bin/true"])
def test_a_wrong_choice_is_told_and_nothing_is_installed_instead(tmp_path, monkeypatch, name):
    home = Home(tmp_path)
    monkeypatch.setenv("KDC_PYTHON", name)
    monkeypatch.setattr(packages, "install", lambda *_arguments: pytest.fail("installed"))
    setup.install_system_packages(home, {})
    with pytest.raises(Problem, match=f"KDC_PYTHON={name} is no Python 3.10 to 3.13"):
        venv.ensure(home)
    assert "KDC_PYTHON" in doctor._python().remedy


def test_another_choice_builds_the_environment_anew(tmp_path, monkeypatch):
    home, built = Home(tmp_path), []
    home.python.parent.mkdir(parents=True)
    home.python.touch()
    monkeypatch.setattr(venv, "probe", lambda executable: "3.12" if "3.12" in executable else "3.11")
    monkeypatch.setattr(venv, "_build", lambda _home, executable, _requirements: built.append(executable))
    monkeypatch.delenv("KDC_PYTHON", raising=False)
    venv.ensure(home)
    built.clear()
    venv.ensure(home)
    assert not built, "it is complete"
    monkeypatch.setenv("KDC_PYTHON", "/nowhere/python3.12")
    venv.ensure(home)
    assert built == ["/nowhere/python3.12"]


def test_a_half_made_environment_is_made_anew(tmp_path, monkeypatch):
    home, built = Home(tmp_path), []
    home.python.parent.mkdir(parents=True)
    home.python.touch()
    monkeypatch.setattr(venv, "_build", lambda _home, executable, _requirements: built.append(executable))
    venv.ensure(home)
    assert built
