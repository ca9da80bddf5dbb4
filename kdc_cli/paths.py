"""Where things are: the checkout, which is never written to, and the home of everything the launcher makes."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .console import Problem

ROOT = Path(__file__).resolve().parent.parent
ADDONS = ROOT / "addons"
CONFIG = ROOT / "config"
TESTS = ROOT / "tests"
#: the home when KDC_HOME names none
DEFAULT = ROOT / ".kdc"


#: says that a folder is ours
MARKER = ".kdc-home"
LOCKS = ("lock", "lock-test", "lock-bench", "lock-upstream", "lock-templates")
#: all that we put there, in the order in which it is deleted: what tells whose folder it is goes last
NAMES = (
    "odoo", "odoo.part", "venv", "pg", "data", "conf", "logs", "run", "tmp", "screenshots", "cache", "apt",
    "pytest_cache", *LOCKS, MARKER,
)  # fmt: skip
#: what a home from before the marker has
MADE_FIRST = ("lock", "conf", "data", "logs")


@dataclass(frozen=True)
class Home:
    """The folders under ``KDC_HOME``."""

    path: Path

    @classmethod
    def from_environment(cls) -> "Home":
        """``KDC_HOME`` or ``.kdc`` beside the program."""
        return cls(Path(os.environ.get("KDC_HOME") or DEFAULT).expanduser().resolve())

    def is_ours(self) -> bool:
        """Whether what lies there is what ./kdc has made; an empty folder may become ours, the one beside us is."""
        if self.path == DEFAULT.resolve():
            return True
        present = {path.name for path in self.path.iterdir()} if self.path.is_dir() else set()
        # a run that was killed at once has left nothing but a lock; a new disk has a folder for what it may find
        return MARKER in present or present.issuperset(MADE_FIRST) or present <= {*LOCKS, "lost+found"}

    def claimed(self) -> Path:
        """The folder, unless it holds somebody's files: in it we make and delete by plain names such as ``data``.

        :raises Problem: then.
        """
        if not self.is_ours():
            raise Problem(f"{self.path} holds what ./kdc has not made: set KDC_HOME to a new or empty folder.")
        return self.path

    def ours(self) -> Iterator[Path]:
        """What we have made there."""
        return (self.path / name for name in NAMES if os.path.lexists(self.path / name))

    @property
    def odoo(self) -> Path:
        return self.path / "odoo"

    @property
    def venv(self) -> Path:
        return self.path / "venv"

    @property
    def python(self) -> Path:
        return self.venv / "bin" / "python"

    @property
    def postgres(self) -> Path:
        return self.path / "pg"

    @property
    def data(self) -> Path:
        """Odoo's data_dir: filestore and sessions."""
        return self.path / "data"

    @property
    def conf(self) -> Path:
        return self.path / "conf"

    @property
    def personal_data_keys(self) -> Path:
        """The keys that encrypt personal numbers, one a line; whoever loses them loses the numbers."""
        return self.conf / "personal_data_keys"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def run(self) -> Path:
        return self.path / "run"

    @property
    def tmp(self) -> Path:
        return self.path / "tmp"

    @property
    def screenshots(self) -> Path:
        return self.path / "screenshots"

    @property
    def cache(self) -> Path:
        """Downloads; ``KDC_CACHE`` shares them between several homes."""
        return Path(os.environ.get("KDC_CACHE") or self.path / "cache").expanduser().resolve()

    @property
    def setup_log(self) -> Path:
        return self.logs / "setup.log"

    def make(self) -> None:
        """Create the folders that every command needs."""
        self.path.mkdir(parents=True, exist_ok=True)
        (self.path / MARKER).touch()  # first: without it what a killed call has left would be somebody else's
        for folder in (self.conf, self.logs, self.run, self.tmp, self.data):
            folder.mkdir(exist_ok=True)
        self.conf.chmod(0o700)
        self.data.chmod(0o700)
