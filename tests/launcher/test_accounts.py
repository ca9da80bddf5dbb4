"""The launcher as root, which PostgreSQL refuses, and as an ordinary account; a database server of one's own."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

from kdc_cli import doctor, dump, postgres, system
from kdc_cli.console import Problem
from kdc_cli.database import Databases
from kdc_cli.paths import CONFIG, ROOT, Home
from kdc_cli.postgres import Connection

#: what the package of a plain Debian offers everybody; the interpreter of these tests may lie where only root may go
PATH = "/usr/local/bin:/usr/bin:/bin"
SECRET = "Bí mật: 1@2/3"
ORDINARY = pwd.getpwnam("nobody")


@dataclass(frozen=True)
class Person:
    """Somebody at a terminal with a copy of the launcher."""

    folder: Path
    home: Home
    user: system.User | None

    @property
    def uid(self) -> int:
        return self.user.uid if self.user else os.geteuid()

    def kdc(self, *arguments: str) -> tuple[int, str]:
        """Run the launcher: exit code, and what was printed."""
        done = subprocess.run(
            ["/usr/bin/python3", "kdc", *arguments],
            cwd=self.folder,
            env={"PATH": PATH, "HOME": str(self.folder), "KDC_HOME": str(self.home.path)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            umask=0o077,  # the strictest that people set
            **system.as_user(self.user),
        )
        assert "Traceback" not in done.stdout, done.stdout
        return done.returncode, done.stdout


def person(folder: Path, user: system.User | None) -> Person:
    """Give that account a copy of the launcher and a home beside it."""
    shutil.copytree(ROOT / "kdc_cli", folder / "kdc_cli", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(CONFIG, folder / "config")
    (folder / "tests" / "bench").mkdir(parents=True)
    shutil.copy(ROOT / "kdc", folder)
    if user:
        os.chown(folder, user.uid, user.gid)
    return Person(folder, Home(folder / "home"), user)


@pytest.fixture(scope="module", params=["ordinary", "root"])
def somebody(request) -> Iterator[Person]:
    """An ordinary account, and root in a folder where nobody else may go (elsewhere is where these tests run).

    One after the other; the tests below follow each other through the life of a cluster. Nothing of it stays.
    """
    if request.param == "root" and not system.is_root():
        pytest.skip("needs root")
    folder = Path(tempfile.mkdtemp(prefix="kdc-account-"))
    user = None
    if request.param == "ordinary" and system.is_root():
        user = system.User(ORDINARY.pw_name, ORDINARY.pw_uid, ORDINARY.pw_gid)
    found = person(folder, user)
    try:
        yield found
    finally:
        found.kdc("reset", "--all", "--yes")
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def base(somebody) -> Path:
    """The folder of the cluster, which the only command that needs nothing else has made and started."""
    assert "usage: ./kdc" in somebody.kdc("--help")[1]
    code, text = somebody.kdc("backup", "demo.tar.gz")
    assert (code, "There is no database kdc_demo" in text) == (1, True), text
    assert "✓ Starting PostgreSQL" in text
    if somebody.uid:
        return somebody.home.postgres
    found = Path("/var/lib/kdc") / postgres.short_key(somebody.home.path)
    assert f"so the database lives in {found}" in text
    return found


def test_the_doctor_is_content(somebody):
    assert "✓ PostgreSQL" in somebody.kdc("doctor")[1]


def test_the_server_is_never_root_and_closed_to_others(somebody, base):
    pid = int((base / "data" / "postmaster.pid").read_text().split()[0])
    expected = somebody.uid or system.unprivileged_user().uid
    assert Path(f"/proc/{pid}").stat().st_uid == expected
    assert {(base / name).stat().st_mode & 0o777 for name in (".", "data", "run")} == {0o700}


@pytest.fixture
def url(base, monkeypatch):
    """Use the cluster as somebody's own server: set KDC_DATABASE_URL for a user, who has a password there."""
    admin = Databases(Home(base), Connection(str(base / "run"), user=postgres.ADMIN))
    admin.query(f"DROP ROLE IF EXISTS guest; CREATE ROLE guest LOGIN PASSWORD '{SECRET}'")
    rules = base / "data" / "pg_hba.conf"
    if "guest" not in rules.read_text():
        rules.write_text(f"local all guest scram-sha-256\n{rules.read_text()}")
        admin.query("SELECT pg_reload_conf()")

    def use(password: str = SECRET, allow: bool = True) -> None:
        admin.query(f"ALTER ROLE guest {'CREATEDB' if allow else 'NOCREATEDB'}")
        monkeypatch.setenv("KDC_DATABASE_URL", f"postgresql://guest:{quote(password, safe='')}@/?host={base / 'run'}")

    return use


def test_databases_are_made_on_a_server_of_ones_own(somebody, url):
    """With what the person may do there, and nothing else; the private cluster is not asked for."""
    url()
    databases = Databases(somebody.home, postgres.ensure(somebody.home))
    assert databases.connection.user == "guest"
    databases.create("kdc_guest")
    assert databases.query("SELECT current_user, current_database()", "kdc_guest") == [["guest", "kdc_guest"]]
    databases.drop("kdc_guest")
    assert not databases.exists("kdc_guest")
    assert doctor._postgres().remedy == ""


def test_a_dump_of_a_newer_server_is_loaded_and_starts_no_program(somebody, url, tmp_path):
    url()
    databases = Databases(somebody.home, postgres.ensure(somebody.home))
    head = [b"\\restrict key\n", b"SET lock_timeout = 0;\n", b"SET of_tomorrow = 0;\n", b"CREATE TABLE a (b text);\n"]
    databases.create("kdc_guest")
    try:
        dump.run(databases, "kdc_guest", [*head, b"COPY a FROM stdin;\n", b"1\n", b"\\.\n", b"\\unrestrict key\n"])
        assert databases.query("SELECT b FROM a", "kdc_guest") == [["1"]]
        with pytest.raises(Problem, match="commands are restricted"):
            dump.run(databases, "kdc_guest", [f"\\! touch {tmp_path / 'open'}\n".encode()])
        assert not (tmp_path / "open").exists()
        with pytest.raises(Problem, match='could not load the backup: .*relation "a" already exists'):
            dump.run(databases, "kdc_guest", head)
    finally:
        databases.drop("kdc_guest")


@pytest.mark.parametrize(
    ("use", "minimum", "words"),
    [
        ({"password": "wrong"}, 15, "does not let us in: .*password authentication failed"),
        ({"allow": False}, 15, r'may not make databases.*ALTER ROLE "guest" CREATEDB'),
        ({}, 99, r"is PostgreSQL \d+: 99 or later is needed"),
    ],
    ids=["password", "rights", "version"],
)
def test_what_is_wrong_with_a_server_of_ones_own_is_told(somebody, url, monkeypatch, use, minimum, words):
    url(**use)
    monkeypatch.setattr(postgres, "MINIMUM", minimum)
    with pytest.raises(Problem, match=rf"^KDC_DATABASE_URL \(guest at .*\).*{words}") as told:
        postgres.ensure(somebody.home)
    assert "\n" not in str(told.value)
    assert SECRET not in str(told.value)


def test_a_cluster_keeps_its_data_until_it_is_deleted(somebody, base):
    databases = Databases(somebody.home, Connection(str(base / "run"), user=postgres.ADMIN))
    databases.query("CREATE ROLE kept")
    assert somebody.kdc("stop") == (0, "Stopped PostgreSQL.\n")
    text = somebody.kdc("backup", "demo.tar.gz")[1]
    assert "Making the database cluster" not in text
    assert databases.query("SELECT count(*) FROM pg_roles WHERE rolname = 'kept'") == [["1"]]
    assert somebody.kdc("reset", "--all", "--yes")[0] == 0
    assert not base.exists()
    assert not system.command_line_matches(str(base / "data"))
