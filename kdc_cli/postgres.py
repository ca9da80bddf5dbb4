"""PostgreSQL: a private cluster on a unix socket in KDC_HOME, or the server that KDC_DATABASE_URL names."""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from . import packages, system
from .console import Problem, step, warn
from .paths import CONFIG, Home
from .render import render_file

MINIMUM = 15
#: where Debian has the versions of PostgreSQL side by side
VERSIONS = Path("/usr/lib/postgresql")
SOCKET_NAME = ".s.PGSQL.5432"
#: a unix socket address holds 108 bytes, the closing zero included
SOCKET_LIMIT = 107
ADMIN = "kdc"
ROLE = "odoo"
#: where root's clusters are when the home is closed to the user who runs them
CLUSTERS_OF_ROOT = Path("/var/lib/kdc")
#: after which a server that does not answer is given up
CONNECT_SECONDS = 10
URL_FORM = "KDC_DATABASE_URL must look like postgresql://user:password@host:5432"


@dataclass(frozen=True)
class Connection:
    """How clients reach the server."""

    host: str
    port: str = "5432"
    user: str = ROLE
    password: str = field(default="", repr=False)
    sslmode: str = "prefer"

    def environment(self) -> dict[str, str]:
        """For libpq programs."""
        env = {"PGHOST": self.host, "PGPORT": self.port, "PGUSER": self.user, "PGSSLMODE": self.sslmode}
        if self.password:
            env["PGPASSWORD"] = self.password
        return env


def parse_url(url: str) -> Connection:
    """Read ``postgresql://user:password@host:port?sslmode=…`` (host may be ``?host=/socket/folder``).

    :raises Problem: when it is not of that form.
    """
    parts = urlsplit(url)
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    try:
        port = str(parts.port or query.get("port", 5432))
    except ValueError:
        raise Problem(f"{URL_FORM}: the port is not a number.") from None
    host = query.get("host") or unquote(parts.hostname or "")
    if parts.scheme not in ("postgresql", "postgres") or not host or not parts.username:
        raise Problem(f"{URL_FORM}.")
    return Connection(
        host, port, unquote(parts.username), unquote(parts.password or ""), query.get("sslmode", "prefer")
    )


def find_binaries() -> Path | None:
    """The folder with the newest server programs of PostgreSQL 15 or later."""
    folders = list(VERSIONS.glob("*/bin"))
    folders += [Path(folder) for folder in filter(None, [system.output(["pg_config", "--bindir"])])]
    initdb = shutil.which("initdb")
    folders += [Path(initdb).resolve().parent] if initdb else []
    rated = [(server_version(folder), folder) for folder in folders if (folder / "initdb").exists()]
    rated = [pair for pair in rated if pair[0] >= MINIMUM]
    return max(rated)[1] if rated else None


def newest(program: str) -> Path | None:
    """The newest of the installed versions of a program, also where its server is not installed."""
    found = [path for path in VERSIONS.glob(f"*/bin/{program}") if path.parent.parent.name.isdigit()]
    return max(found, key=lambda path: int(path.parent.parent.name), default=None)


def server_version(folder: Path) -> int:
    """Major version of the programs in a folder; 0 if unknown."""
    match = re.search(r"(\d+)", system.output([folder / "postgres", "--version"]))
    return int(match[1]) if match else 0


def short_key(path: Path) -> str:
    """A short name for a path, to keep several homes apart."""
    return hashlib.sha256(str(path).encode()).hexdigest()[:10]


def socket_folder(base: Path, home: Home, environment: Mapping[str, str] = os.environ) -> Path:
    """Where the socket goes: beside the data, or in a short folder when that path is too long for a socket."""
    wanted = base / "run"
    if len(os.fsencode(wanted / SOCKET_NAME)) <= SOCKET_LIMIT:
        return wanted
    runtime = environment.get("XDG_RUNTIME_DIR")
    parent = Path(runtime) if runtime and not system.is_root() else Path("/tmp")
    return parent / f"kdc-{os.geteuid()}-{short_key(home.path)}"


def memory_mb() -> int:
    """Memory of the machine."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20


def tuning(memory: int) -> dict[str, int]:
    """Sizes for the configuration: an eighth of the memory for PostgreSQL itself, at most 512 MB."""
    return {"SHARED_BUFFERS_MB": max(64, min(512, memory // 8)), "CACHE_MB": max(256, memory // 2)}


class Cluster:
    """The private server of one KDC_HOME."""

    def __init__(self, home: Home):
        self.home = home
        self.user = system.unprivileged_user()
        self.base = self._base()
        self.data = self.base / "data"
        self.socket = socket_folder(self.base, home)
        self.log = self.base / "postgresql.log"

    def _base(self) -> Path:
        """The cluster's folder: in KDC_HOME, unless root's database user cannot get in there."""
        if system.traversable(self.home.path, self.user):
            return self.home.postgres
        return CLUSTERS_OF_ROOT / short_key(self.home.path)

    @property
    def connection(self) -> Connection:
        return Connection(str(self.socket))

    def _binaries(self) -> Path:
        binaries = find_binaries()
        if not binaries:
            packages.install(["postgresql"], self.home, f"PostgreSQL {MINIMUM} or later")
            binaries = find_binaries()
        if not binaries:
            raise Problem(f"PostgreSQL {MINIMUM} or later is needed: install it or set KDC_DATABASE_URL.")
        return binaries

    def _own(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        if self.user:
            os.chown(folder, self.user.uid, self.user.gid)

    def _initialize(self, binaries: Path) -> None:
        partial = self.base / "data.part"
        system.remove_tree(partial)
        with step("Making the database cluster"):
            system.run(
                [binaries / "initdb", "-D", partial, "-U", ADMIN, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"],
                "Making the database cluster",
                self.home.setup_log,
                user=self.user,
                cwd=self.base,
            )
            with (partial / "postgresql.conf").open("a") as conf:
                conf.write("include 'kdc.conf'\n")
            partial.rename(self.data)

    def is_running(self) -> bool:
        """Whether the server accepts connections."""
        binaries = find_binaries()
        return bool(binaries) and (
            subprocess.run(
                [binaries / "pg_isready", "-q", "-h", self.socket], check=False, capture_output=True
            ).returncode
            == 0
        )

    def ensure(self) -> Connection:
        """Make and start the server if need be.

        :raises Problem: when there is no PostgreSQL or it does not start.
        """
        binaries = self._binaries()
        if self.base != self.home.postgres and not self.data.exists():
            warn(f"user {self.user.name} cannot enter {self.home.path}, so the database lives in {self.base}.")
        if self.base != self.home.postgres:
            _open_folder(self.base.parent)
        self._own(self.base)
        self._own(self.socket)
        if not (self.data / "PG_VERSION").is_file():
            self._initialize(binaries)
        if not self.is_running():
            self._start(binaries)
        self._make_role(binaries)
        return self.connection

    def _start(self, binaries: Path) -> None:
        made_with = (self.data / "PG_VERSION").read_text().strip()
        if int(made_with) != server_version(binaries):
            binaries = VERSIONS / made_with / "bin"
            if not binaries.is_dir():
                raise Problem(
                    f"The database was made by PostgreSQL {made_with}: apt-get install postgresql-{made_with}"
                )
        render_file(
            CONFIG / "postgresql.conf.in",
            self.data / "kdc.conf",
            {"SOCKET_FOLDER": self.socket, **tuning(memory_mb())},
        )
        with step("Starting PostgreSQL"):
            system.run(
                [binaries / "pg_ctl", "-D", self.data, "-l", self.log, "-w", "-t", "90", "start"],
                "Starting PostgreSQL",
                self.home.setup_log,
                user=self.user,
                cwd=self.base,
                hint=f"Its own words are in {self.log}.",
                daemon=True,
            )

    def _make_role(self, binaries: Path) -> None:
        sql = (
            f"SELECT 'CREATE ROLE {ROLE} LOGIN CREATEDB' WHERE NOT EXISTS "
            f"(SELECT FROM pg_roles WHERE rolname = '{ROLE}') \\gexec"
        )
        done = subprocess.run(
            [binaries / "psql", "-qX", "-h", self.socket, "-U", ADMIN, "-d", "postgres"],
            input=sql, text=True, capture_output=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise Problem(f"PostgreSQL does not answer: {done.stderr.strip()[:200]}. See {self.log}.")

    def stop(self, *, for_good: bool = False) -> bool:
        """Stop the server; whether it was running.

        :param for_good: its data are deleted afterwards, so nothing is written to disk any more.
        """
        binaries = find_binaries()
        if not binaries or not self.is_running():
            return False
        mode = "immediate" if for_good else "fast"
        arguments = [binaries / "pg_ctl", "-D", self.data, "-m", mode, "-w", "stop"]
        system.run(arguments, "Stopping PostgreSQL", self.home.setup_log, user=self.user, cwd=self.base)
        return True

    def remove(self) -> None:
        """Delete the stopped cluster with all its databases."""
        system.remove_tree(self.base)
        system.remove_tree(self.socket)
        if self.base != self.home.postgres:
            with suppress(OSError):  # another home's cluster is there, or never was one
                self.base.parent.rmdir()


def _open_folder(folder: Path) -> None:
    """Make a folder that others may pass through, whatever the umask."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)


def external() -> Connection | None:
    """The server of KDC_DATABASE_URL, if set."""
    url = os.environ.get("KDC_DATABASE_URL")
    return parse_url(url) if url else None


def log_in(given: Connection) -> int:
    """Try the server of KDC_DATABASE_URL; its major version.

    :raises Problem: when it does not let us in, is too old, or Odoo could not make databases there.
    """
    name = f"KDC_DATABASE_URL ({given.user} at {given.host}:{given.port})"
    if given.user == "postgres":
        raise Problem(f"{name}: Odoo refuses the user postgres. On that server: CREATE ROLE {ROLE} LOGIN CREATEDB")
    psql = packages.find_program("psql")
    if not psql:
        raise Problem("The program psql is missing: apt-get install postgresql-client")
    sql = (
        "SELECT current_setting('server_version_num')::int / 10000, rolcreatedb OR rolsuper "
        "FROM pg_roles WHERE rolname = current_user"
    )
    done = subprocess.run(
        [psql, "-wqXAt", "-F", " ", "-d", "postgres", "-c", sql],
        env=dict(os.environ, **given.environment(), PGCONNECT_TIMEOUT=str(CONNECT_SECONDS)),
        stdin=subprocess.DEVNULL, text=True, capture_output=True, check=False,
    )  # fmt: skip
    if done.returncode:
        words = (done.stderr.strip().splitlines() or ["no word"])[0].removeprefix("psql: error: ")
        raise Problem(f"{name} does not let us in: {words}")
    version, may_create = done.stdout.split()
    if int(version) < MINIMUM:
        raise Problem(f"{name} is PostgreSQL {version}: {MINIMUM} or later is needed.")
    if may_create != "t":
        raise Problem(f'{name} may not make databases. On that server: ALTER ROLE "{given.user}" CREATEDB')
    return int(version)


def ensure(home: Home) -> Connection:
    """A connection to a running server."""
    given = external()
    if given:
        packages.need({"psql": "postgresql-client"}, home, "the client of PostgreSQL")
        log_in(given)
        return given
    return Cluster(home).ensure()
