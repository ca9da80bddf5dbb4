"""Where things are: the checkout, which is never written to, and the home of everything the launcher makes."""

import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ADDONS = ROOT / "addons"
CONFIG = ROOT / "config"
TESTS = ROOT / "tests"


@dataclass(frozen=True)
class Home:
    """The folders under ``KDC_HOME``."""

    path: Path

    @classmethod
    def from_environment(cls) -> "Home":
        """``KDC_HOME`` or ``.kdc`` beside the program."""
        return cls(Path(os.environ.get("KDC_HOME") or ROOT / ".kdc").expanduser().resolve())

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
        for folder in (self.path, self.conf, self.logs, self.run, self.tmp, self.data):
            folder.mkdir(parents=True, exist_ok=True)
        self.conf.chmod(0o700)
        self.data.chmod(0o700)
