"""Odoo 19 Community: found where KDC_ODOO says, or unpacked from Debian's package into KDC_HOME."""

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


def inspect(folder: Path) -> Odoo:
    """Recognise an unpacked Debian package, a source checkout or a dist-packages folder.

    :raises Problem: when the folder is not Odoo 19.
    """
    for base in (folder / PACKAGE_PATH, folder):
        version = read_version(base / "odoo" / "release.py")
        if not version:
            continue
        if version != SERIES:
            raise Problem(f"{folder} holds Odoo {version}: {WANTED}.")
        return Odoo(base, addons_folders(base), version)
    raise Problem(f"{folder} holds no Odoo: {WANTED}.")


def broken_links(folder: Path) -> list[Path]:
    """Symbolic links that lead nowhere, the known harmless ones left out."""
    found = []
    for base, folders, files in os.walk(folder):
        for name in folders + files:
            path = Path(base, name)
            if path.is_symlink() and not path.exists() and name not in HARMLESS_LINKS:
                found.append(path)
    return found


def _unpack(debs: list[Path], home: Home) -> None:
    partial = home.odoo.with_name("odoo.part")
    system.remove_tree(partial)
    partial.mkdir(parents=True)
    with step("Unpacking Odoo 19"):
        for deb in debs:
            system.run(["dpkg-deb", "-x", deb, partial], f"Unpacking {deb.name}", home.setup_log)
        inspect(partial)
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


def _wanted_debs(home: Home) -> tuple[str, list[Path] | None]:
    """What identifies the wanted Odoo, and the files if they are known without a download."""
    given = os.environ.get("KDC_ODOO")
    if not given:
        return "debian", None
    deb = Path(given).expanduser().resolve()
    stat = deb.stat()
    return f"{deb} {stat.st_size} {stat.st_mtime_ns}", [deb]


def ensure(home: Home) -> Odoo:
    """Return a usable Odoo 19, after download and unpacking where needed.

    :raises Problem: when it cannot be had.
    """
    given = os.environ.get("KDC_ODOO")
    if given:
        path = Path(given).expanduser().resolve()
        if path.is_dir():
            return inspect(path)
        if not path.is_file():
            raise Problem(f"KDC_ODOO={given} does not exist: {WANTED}.")
    identity, debs = _wanted_debs(home)
    marker = home.odoo / ".complete"
    if not (marker.is_file() and marker.read_text() == identity):
        system.need_space(home.path, 3)
        debs = debs + _fetch(LINKED, home) if debs else _fetch(PACKAGES, home)
        _unpack(debs, home)
        marker.write_text(identity)
    return inspect(home.odoo)
