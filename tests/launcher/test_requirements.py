"""The pinned packages are a whole environment on every Python and processor we promise, not on this one alone.

Without the network: what needs what is read from the packages installed here.
"""

import re
from functools import cache
from importlib import metadata

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from kdc_cli import venv
from kdc_cli.paths import CONFIG

NAMES = ("requirements.txt", "requirements-server.txt")
#: bookworm's and the newest patch level that ever was of each version
PYTHONS = ("3.10.0", "3.10.99", "3.11.2", "3.11.99", "3.12.0", "3.12.99", "3.13.0", "3.13.99")
MACHINES = ("x86_64", "aarch64")


@cache
def pins_of(name: str) -> tuple[Requirement, ...]:
    """The pins of a file, as the installers read them."""
    return tuple(map(Requirement, re.findall(r"^[\w.-]+==[^\\\n]+", (CONFIG / name).read_text(), re.MULTILINE)))


def environment(python: str, machine: str) -> dict[str, str]:
    """What the markers are asked on such a machine."""
    version = Version(python)
    return default_environment() | {
        "python_version": f"{version.major}.{version.minor}",
        "python_full_version": python,
        "implementation_version": python,
        "platform_machine": machine,
        "extra": "",
    }


def chosen(name: str, where: dict[str, str]) -> dict[str, Requirement]:
    """The pins that hold there, by package."""
    found: dict[str, Requirement] = {}
    for pin in pins_of(name):
        if pin.marker is None or pin.marker.evaluate(where):
            key = canonicalize_name(pin.name)
            assert key not in found, f"two versions of {key} on {where['python_full_version']}"
            found[key] = pin
    return found


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("name", NAMES)
def test_the_pins_are_whole(name, python, machine):
    """What is wanted is pinned in one version there, and so is whatever this needs there, in a version that fits."""
    where = environment(python, machine)
    pins = chosen(name, where)
    lacking = [
        f"{needed} for {key}"
        for key in pins
        for needed in needs(key, where)
        if not fits(pins.get(canonicalize_name(needed.name)), needed)
    ]
    assert not lacking


@cache
def said(name: str) -> tuple[Requirement, ...]:
    """What the installed version of a package says it needs; nothing when it is not installed here."""
    try:
        found = map(Requirement, metadata.requires(name) or ())
        return tuple(needed for needed in found if canonicalize_name(needed.name) not in LEFT_OUT)
    except metadata.PackageNotFoundError:
        return ()


def needs(name: str, where: dict[str, str]) -> list[Requirement]:
    """What a package needs there."""
    return [needed for needed in said(name) if needed.marker is None or needed.marker.evaluate(where)]


def fits(pin: Requirement | None, needed: Requirement) -> bool:
    """Whether a pinned package is what another one needs."""
    if pin is None:
        return False
    [version] = pin.specifier
    return needed.specifier.contains(version.version, prereleases=True)


#: what we do without, on purpose
LEFT_OUT = {
    canonicalize_name(line.split("#")[0].strip())
    for line in (CONFIG / "requirements.exclude").read_text().splitlines()
    if line.split("#")[0].strip()
}


@pytest.mark.parametrize("python", PYTHONS)
def test_what_is_asked_for_is_pinned_everywhere(python):
    where = environment(python, "x86_64")
    for name in NAMES:
        pins = chosen(name, where)
        for line in (CONFIG / name).with_suffix(".in").read_text().splitlines():
            text = line.split("#")[0].strip()
            if text and not text.startswith("-"):
                wanted = Requirement(text)
                if wanted.marker is None or wanted.marker.evaluate(where):
                    assert fits(pins.get(canonicalize_name(wanted.name)), wanted), f"{text} on Python {python}"


def test_all_promised_versions_are_tried():
    first, last = venv.SUPPORTED
    assert {Version(python).release[:2] for python in PYTHONS} == {(3, minor) for minor in range(first[1], last[1] + 1)}
