"""System packages that cannot live in KDC_HOME; root gets them through apt, others get the command to type."""

import os
import shutil
from pathlib import Path

from . import system
from .console import Problem, step
from .paths import Home

#: program → Debian package that brings it
FOR_TESTS = {
    "chromium": "chromium",
    "nginx": "nginx-light",
    "zbarimg": "zbar-tools",
    "pdftotext": "poppler-utils",
    "git": "git",
}


def find_program(name: str) -> str | None:
    """The path of a program, also in the folders of root that users do not have in their PATH."""
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin", "/usr/local/sbin"])
    return shutil.which(name, path=path)


def missing_packages(programs: dict[str, str]) -> list[str]:
    """The Debian packages that would bring what is missing."""
    return [package for program, package in programs.items() if not find_program(program)]


def install(packages: list[str], home: Home, why: str) -> None:
    """Install Debian packages on the system when we may.

    :raises Problem: with the command to type, when we are not root or there is no apt.
    """
    command = f"apt-get install {' '.join(packages)}"
    if not system.is_root() or not shutil.which("apt-get"):
        raise Problem(f"{', '.join(packages)} missing ({why}). As root: {command}")
    # runlevel 1: the packages are wanted for their programs, their services need not start
    env = dict(os.environ, DEBIAN_FRONTEND="noninteractive", RUNLEVEL="1")
    with step(f"Installing {' '.join(packages)} ({why})"):
        # Debian's own nightly upgrades may be at work: up to five minutes are given to them.
        settings = ["Dpkg::Options::=--force-confold", "Dpkg::Use-Pty=0", "DPkg::Lock::Timeout=300"]
        options = [part for setting in settings for part in ("-o", setting)]
        arguments = ["apt-get", "-y", "-q", "--no-install-recommends", *options, "install", *packages]
        try:
            system.run(arguments, command, home.setup_log, env=env)
        except Problem:
            system.run(
                ["apt-get", "-q", "update"], "apt-get update", home.setup_log, env=env, hint="Check the network."
            )
            system.run(arguments, command, home.setup_log, env=env, hint="Run it by hand to see why.")


def need(programs: dict[str, str], home: Home, why: str) -> None:
    """Make sure that programs are there."""
    packages = missing_packages(programs)
    if packages:
        install(packages, home, why)


def chromium() -> Path:
    """The browser of the end-to-end tests."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = find_program(name)
        if found:
            return Path(found)
    raise Problem("Chromium is missing. As root: apt-get install chromium")
