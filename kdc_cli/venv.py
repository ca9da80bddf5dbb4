"""The Python environment in KDC_HOME: pinned packages with hashes, and a path file that makes Odoo importable."""

import hashlib
import os
import re
import shutil
import sys
from pathlib import Path

from . import system
from .console import Problem, step
from .paths import CONFIG, Home

SUPPORTED = ((3, 10), (3, 13))
NAMES = ("python3.12", "python3.11", "python3.13", "python3.10", "python3")
PROBE = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"
#: needed before the rest: some packages exist as source only and are built with them, and uv is quicker than pip
BUILD_TOOLS = ("setuptools", "wheel", "uv")
WRONG_PYTHON = "KDC_PYTHON={} is no Python 3.10 to 3.13 with the venv module: name another one, or unset KDC_PYTHON"
NO_PYTHON = "No Python 3.10 to 3.13 with the venv module was found. On Debian, as root: apt-get install python3-venv"


def probe(executable: str) -> str:
    """The version of an interpreter that can make environments, e.g. ``3.12``; empty if it cannot."""
    return system.output([executable, "-c", PROBE])


def is_supported(version: str) -> bool:
    """Whether Odoo 19 runs on that version."""
    match = re.fullmatch(r"(\d+)\.(\d+)", version)
    return bool(match) and SUPPORTED[0] <= (int(match[1]), int(match[2])) <= SUPPORTED[1]


def chosen() -> str:
    """The interpreter of KDC_PYTHON, a path or a name like ``python3.12``; empty when the choice is ours."""
    given = os.environ.get("KDC_PYTHON", "")
    return shutil.which(given) or given


def no_python() -> str:
    """What to do when none was found."""
    return WRONG_PYTHON.format(chosen()) if chosen() else NO_PYTHON


def find_python() -> tuple[str, str] | None:
    """An interpreter to build the environment from, and its version; the one running the launcher is preferred.

    Links are followed: the one in an environment, maybe the very one that is about to be replaced, leads to its base.
    """
    asked = chosen()
    candidates = [asked] if asked else [sys.executable, *filter(None, map(shutil.which, NAMES)), "/usr/bin/python3"]
    for executable in map(os.path.realpath, candidates):
        version = probe(executable)
        if is_supported(version):
            return executable, version
    return None


def choose_python(home: Home) -> tuple[str, str]:
    """Like :func:`find_python`, but root may install what is missing.

    :raises Problem: when there is none.
    """
    found = find_python()
    if not found and not chosen() and system.is_root() and shutil.which("apt-get"):
        from . import packages

        packages.install(["python3-venv"], home, "to make the Python environment")
        found = find_python()
    if not found:
        raise Problem(no_python())
    return found


def pick_requirements(text: str, names: tuple[str, ...]) -> str:
    """The entries of a pinned requirements file (with their hashes) for some packages."""
    entries = re.split(r"\n(?=\S)", text)
    return "\n".join(entry for entry in entries if re.split(r"[=\s;]", entry, maxsplit=1)[0] in names) + "\n"


def fingerprint(requirements: str, version: str) -> str:
    """Changes when the environment has to be built again."""
    return hashlib.sha256(f"{version}\n{requirements}".encode()).hexdigest()


def _install(home: Home, requirements: Path, *command: str | Path, env: dict[str, str] | None = None) -> None:
    system.run(
        [*command, "--no-deps", "--require-hashes", "--no-build-isolation", "-r", requirements],
        "Installing the Python packages",
        home.setup_log,
        hint="Check the network and the disk, then run the command again.",
        env={key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | (env or {}),
    )


def _pip(home: Home, requirements: Path) -> None:
    options = ("--disable-pip-version-check", "--no-input", "--no-warn-script-location")
    command = (home.python, "-m", "pip", "install", *options, "--cache-dir", home.cache / "pip")
    _install(home, requirements, *command)


def _uv(home: Home, requirements: Path) -> None:
    env = {"UV_CACHE_DIR": str(home.cache / "uv"), "UV_SYSTEM_CERTS": "true"}
    _install(home, requirements, home.venv / "bin" / "uv", "pip", "install", "--python", home.python, env=env)


def _build(home: Home, executable: str, requirements: Path) -> None:
    system.remove_tree(home.venv)
    system.run([executable, "-m", "venv", home.venv], "Making the Python environment", home.setup_log)
    first = home.tmp / "build-tools.txt"
    first.write_text(pick_requirements(requirements.read_text(), BUILD_TOOLS))
    _pip(home, first)
    try:
        _uv(home, requirements)
    except Problem:
        # a proxy or a mirror may be known to pip alone, which has a configuration of its own
        _pip(home, requirements)


def ensure(home: Home) -> None:
    """Make ``KDC_HOME/venv`` as ``config/requirements.txt`` says; a half-made one is made anew.

    :raises Problem: without a suitable Python or when a package cannot be installed.
    """
    requirements = CONFIG / "requirements.txt"
    marker = home.venv / ".complete"
    version = probe(str(home.python)) if home.python.exists() else ""
    wanted = not chosen() or probe(chosen()) == version
    if wanted and marker.is_file() and marker.read_text() == fingerprint(requirements.read_text(), version):
        return
    executable, version = choose_python(home)
    with step(f"Installing the Python packages (Python {version})"):
        _build(home, executable, requirements)
    marker.write_text(fingerprint(requirements.read_text(), version))


def link_odoo(home: Home, python_path: Path) -> None:
    """Let the environment import Odoo from where it is.

    After all packages are there: once the path file exists pip takes Odoo for installed and minds its version limits.
    """
    site = next((home.venv / "lib").glob("python3.*/site-packages"))
    target = site / "kdc_odoo.pth"
    if not target.is_file() or target.read_text() != f"{python_path}\n":
        target.write_text(f"{python_path}\n")
