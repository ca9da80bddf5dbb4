"""Odoo 19 Community: found where KDC_ODOO says, or unpacked from Debian's package into KDC_HOME."""

import functools
import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from . import system
from .apt import PrivateApt
from .console import Problem, step, warn
from .paths import Home

SERIES = "19.0"
#: what the symbolic links of Debian's package point to; its Font Awesome is version 4.7, which only bookworm has
LINKED = (
    "libjs-jquery/unstable",
    "libjs-jquery-form/unstable",
    "libjs-underscore/unstable",
    "fonts-roboto-unhinted/unstable",
    "fonts-montserrat/unstable",
    "fonts-inconsolata/unstable",
    "fonts-ocr-b/unstable",
    "fonts-font-awesome/bookworm",
)
PACKAGES = ("odoo-19/unstable", *LINKED)
SUITES = ("unstable", "bookworm")
#: the font of point of sale receipts, which is in no Debian package under that name and which we do not use
HARMLESS_LINKS = {"Inconsolata.otf"}
PACKAGE_PATH = Path("usr/lib/python3/dist-packages")
DOWNLOADED, GIVEN = "Delete that file and run the command again.", "Fetch that file again, or unset KDC_ODOO."
WANTED = f"set KDC_ODOO to a source folder or .deb of Odoo {SERIES}, or unset it to use Debian's package"


@dataclass(frozen=True)
class Odoo:
    """An Odoo that can be imported."""

    python_path: Path
    addons_paths: tuple[Path, ...]
    version: str


def read_version(release: Path) -> str:
    """The series in ``odoo/release.py``, e.g. ``19.0``; empty when the file is not there or different."""
    try:
        match = re.search(r"^version_info\s*=\s*\((\d+),\s*(\d+)", release.read_text(), re.MULTILINE)
    except OSError:
        return ""
    return f"{match[1]}.{match[2]}" if match else ""


def addons_folders(base: Path) -> tuple[Path, ...]:
    """A package has all modules inside ``odoo/addons``; a source checkout has most of them in ``addons`` beside it."""
    core = base / "odoo" / "addons"
    return (core,) if (core / "account").is_dir() else (base / "addons", core)


def inspect(folder: Path, name: str = "") -> Odoo:
    """Recognise an unpacked Debian package, a source checkout or a dist-packages folder.

    :param name: what the person knows it by, when that is not the folder.
    :raises Problem: when the folder is not a whole Odoo 19.
    """
    name = name or str(folder)
    for base in (folder / PACKAGE_PATH, folder):
        version = read_version(base / "odoo" / "release.py")
        if not version:
            continue
        if version != SERIES:
            raise Problem(f"{name} holds Odoo {version}: {WANTED}.")
        addons = addons_folders(base)
        if not any((path / "account").is_dir() for path in addons):
            raise Problem(f"{name} holds Odoo {version} without its modules: {WANTED}.")
        return Odoo(base, addons, version)
    raise Problem(f"{name} holds no Odoo: {WANTED}.")


def broken_links(folder: Path) -> list[Path]:
    """Symbolic links that lead nowhere, the known harmless ones left out."""
    found = []
    for base, folders, files in os.walk(folder):
        for name in folders + files:
            path = Path(base, name)
            if path.is_symlink() and not path.exists() and name not in HARMLESS_LINKS:
                found.append(path)
    return found


def _extract(debs: list[Path], into: Path, home: Home, hint: str = DOWNLOADED) -> None:
    for deb in debs:
        system.run(["dpkg-deb", "-x", deb, into], f"Unpacking {deb}", home.setup_log, hint=hint)


def _unpack(given: Path | None, home: Home) -> None:
    """Unpack the .deb of the person, or Debian's; what was there before goes only when the new one is whole."""
    debs = [given] if given else _fetch(PACKAGES, home)
    partial = home.odoo.with_name("odoo.part")
    system.remove_tree(partial)
    partial.mkdir(parents=True)
    with step("Unpacking Odoo 19"):
        _extract(debs, partial, home, GIVEN if given else DOWNLOADED)
        inspect(partial, str(given or ""))
        # Debian's package given as a file; the one Odoo publishes brings its fonts and libraries along
        if given and broken_links(partial):
            _extract(_fetch(LINKED, home), partial, home)
        system.remove_tree(home.odoo)
        partial.rename(home.odoo)
    missing = broken_links(home.odoo)
    if missing:
        names = ", ".join(str(path.relative_to(home.odoo)) for path in missing[:3])
        warn(
            f"{len(missing)} links of the Odoo package lead nowhere, e.g. {names}: some icons or fonts may be missing."
        )


def _downloaded(folder: Path, packages: tuple[str, ...]) -> list[Path] | None:
    """The .deb files of all these packages if they are all there (the newest of each)."""
    found = []
    for package in packages:
        name = package.split("/")[0]
        candidates = sorted(folder.glob(f"{name}_*.deb"), key=lambda path: path.stat().st_mtime)
        if not candidates:
            return None
        found.append(candidates[-1])
    return found


def _fetch(packages: tuple[str, ...], home: Home) -> list[Path]:
    folder = home.cache / "debs"
    debs = _downloaded(folder, packages)
    if debs is None:
        PrivateApt(home.path / "apt", home.setup_log).download(packages, SUITES, folder)
        debs = _downloaded(folder, packages)
    if debs is None:
        raise Problem(f"apt delivered less than asked into {folder}: delete that folder and run the command again.")
    return debs


def chosen() -> Path | None:
    """The folder or file of KDC_ODOO.

    :raises Problem: when it is not there.
    """
    given = os.environ.get("KDC_ODOO")
    if not given:
        return None
    path = Path(given).expanduser().resolve()
    if not path.exists():
        raise Problem(f"KDC_ODOO={given} does not exist: {WANTED}.")
    return path


def _package(deb: Path | None) -> str:
    """What tells one package of Odoo from another."""
    if deb is None:
        return "debian"
    stat = deb.stat()
    return f"{deb} {stat.st_size} {stat.st_mtime_ns}"


@functools.cache
def fingerprint(odoo: Odoo) -> str:
    """Changes with every file of an Odoo that others update; its 40,000 files are looked at, not read."""
    digest = hashlib.sha256()
    inner = odoo.python_path / "odoo"
    for top in (inner, *(path for path in odoo.addons_paths if inner not in path.parents)):
        for base, folders, files in os.walk(top):
            folders[:] = sorted(name for name in folders if name != "__pycache__")
            for name in sorted(files):
                stat = os.lstat(f"{base}/{name}")
                digest.update(os.fsencode(f"{base}/{name} {stat.st_size} {stat.st_mtime_ns}\n"))
    return digest.hexdigest()


def identity(home: Home, odoo: Odoo) -> str:
    """What tells an Odoo in use from another one, also from itself after an update."""
    given = chosen()
    return fingerprint(odoo) if given and given.is_dir() else (home.odoo / ".complete").read_text()


def ensure(home: Home) -> Odoo:
    """Return a usable Odoo 19, after download and unpacking where needed.

    :raises Problem: when it cannot be had.
    """
    given = chosen()
    if given and given.is_dir():
        return inspect(given)
    marker, wanted = home.odoo / ".complete", _package(given)
    if not (marker.is_file() and marker.read_text() == wanted):
        system.need_space(home.path, 3)
        _unpack(given, home)
        marker.write_text(wanted)
    return inspect(home.odoo)
