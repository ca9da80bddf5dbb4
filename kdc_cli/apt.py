"""Downloads Debian packages from the machine's own mirror into private folders, without installing anything.

The mirror's address is read from the machine's apt configuration (proxies set there hold too), signatures are checked
against Debian's archive keyring, and the private lists let a Debian 12 machine fetch single packages of another suite.
"""

import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import system
from .console import Problem, step

SYSTEM_SOURCES = Path("/etc/apt")
KEYRINGS = tuple(Path("/usr/share/keyrings") / f"debian-archive-keyring.{kind}" for kind in ("gpg", "pgp"))
DEBIAN_SUITES = {
    "bookworm", "trixie", "forky", "duke", "sid", "stable", "testing", "unstable",
}  # fmt: skip
NO_MIRROR = (
    "No Debian mirror was found in the apt sources of this machine: get the .deb of Odoo 19 or its source "
    "and set KDC_ODOO to that file or folder."
)


@dataclass(frozen=True)
class Source:
    """One entry of a sources file, for binary packages."""

    uris: tuple[str, ...]
    suites: tuple[str, ...]
    components: tuple[str, ...]
    signed_by: str = ""


def parse_one_line(text: str) -> list[Source]:
    """Read the classic format: ``deb [options] uri suite component …``."""
    sources = []
    for line in text.splitlines():
        match = re.match(r"\s*deb\s+(?:\[(?P<options>[^\]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)(?P<rest>[^#]*)", line)
        if match:
            options = dict(part.split("=", 1) for part in shlex.split(match["options"] or "") if "=" in part)
            sources.append(
                Source((match["uri"],), (match["suite"],), tuple(match["rest"].split()), options.get("signed-by", ""))
            )
    return sources


def parse_deb822(text: str) -> list[Source]:
    """Read the stanza format (``Types:``, ``URIs:``, ``Suites:`` …), without disabled stanzas and source packages."""
    sources = []
    for stanza in re.split(r"\n\s*\n", text):
        fields: dict[str, str] = {}
        key = ""
        for line in stanza.splitlines():
            if line.startswith("#") or not line.strip():
                continue
            if line[0] in " \t":
                fields[key] = f"{fields.get(key, '')} {line.strip()}"
            elif ":" in line:
                key, value = line.split(":", 1)
                key = key.strip().lower()
                fields[key] = value.strip()
        if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes").lower() in ("no", "false"):
            continue
        signed_by = fields.get("signed-by", "")
        sources.append(
            Source(
                tuple(fields.get("uris", "").split()),
                tuple(fields.get("suites", "").split()),
                tuple(fields.get("components", "").split()),
                signed_by if signed_by.startswith("/") else "",
            )
        )
    return sources


def read_sources(folder: Path = SYSTEM_SOURCES) -> list[Source]:
    """All binary sources that apt of this machine knows."""
    sources = []
    parts = folder / "sources.list.d"
    for path in [folder / "sources.list", *sorted(parts.glob("*.list"))]:
        if path.is_file():
            sources += parse_one_line(path.read_text(errors="replace"))
    for path in sorted(parts.glob("*.sources")):
        sources += parse_deb822(path.read_text(errors="replace"))
    return sources


def debian_mirror(sources: Iterable[Source]) -> str:
    """The address of the mirror that carries Debian itself (not its security or a third party's archive).

    :raises Problem: when the machine has none.
    """
    for source in sources:
        if "main" in source.components and DEBIAN_SUITES.intersection(source.suites):
            for uri in source.uris:
                if uri.startswith(("http://", "https://", "mirror", "file:", "copy:", "tor+")):
                    return uri
    raise Problem(NO_MIRROR)


def archive_keyring(candidates: Sequence[Path] = KEYRINGS) -> Path:
    """Debian's archive keyring.

    :raises Problem: when it is not installed.
    """
    for path in candidates:
        if path.is_file():
            return path
    raise Problem("Debian's archive keyring is missing: apt-get install debian-archive-keyring.")


def sources_list(mirror: str, keyring: Path, suites: Iterable[str]) -> str:
    """The private sources.list."""
    return "".join(f"deb [signed-by={keyring}] {mirror} {suite} main\n" for suite in suites)


@dataclass(frozen=True)
class PrivateApt:
    """apt-get with its own lists, cache and sources under one folder."""

    folder: Path
    log: Path

    def _options(self) -> list[str]:
        settings = {
            "Dir::Etc::sourcelist": self.folder / "sources.list",
            "Dir::Etc::sourceparts": "-",
            "Dir::Etc::preferences": "/dev/null",
            "Dir::Etc::preferencesparts": "-",
            "Dir::State::lists": self.folder / "lists",
            "Dir::Cache": self.folder / "cache",
            "Acquire::Languages": "none",
            "Acquire::Retries": "3",
            # apt's own download user cannot reach a private KDC_HOME; signatures are checked all the same
            "APT::Sandbox::User": "root",
        }
        return [part for key, value in settings.items() for part in ("-o", f"{key}={value}")]

    def _update(self, suites: Sequence[str]) -> None:
        for name in ("lists/partial", "cache/archives/partial"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        text = sources_list(debian_mirror(read_sources()), archive_keyring(), suites)
        (self.folder / "sources.list").write_text(text)
        try:
            system.run(["apt-get", *self._options(), "update"], "Reading Debian's package lists", self.log)
        except Problem:
            # clean-up hooks of container images fail for ordinary users although the lists have arrived
            if len(list((self.folder / "lists").glob("*_InRelease"))) < len(suites):
                raise

    def download(self, packages: Sequence[str], suites: Sequence[str], into: Path) -> None:
        """Fetch packages (``name/suite``) into a folder.

        :raises Problem: without a mirror, without the network, or when a signature is wrong.
        """
        partial = into.with_name(into.name + ".part")
        system.remove_tree(partial)
        partial.mkdir(parents=True)
        with step("Downloading Odoo 19 and its fonts through apt"):
            self._update(suites)
            hint = "Check the network, then run the command again."
            system.run(
                ["apt-get", *self._options(), "download", *packages], "Download", self.log, cwd=partial, hint=hint
            )
        into.mkdir(parents=True, exist_ok=True)
        for path in partial.iterdir():
            path.replace(into / path.name)
        partial.rmdir()
