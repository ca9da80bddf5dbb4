"""What runs in the containers of ``docker-compose.yml``: serve, init, backup [--now], restore FILE, health [backup], …

Settings come from the environment (``KDC_…``), secrets from the files that ``KDC_…_FILE`` name; nothing has a default
password.
"""

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from . import archive, postgres, system, templates
from .console import Problem, say
from .database import Databases
from .lock import exclusive
from .odoo_process import SCRIPTS, odoo_command_line
from .paths import ADDONS, CONFIG, ROOT, Home
from .render import render_file

#: where the official image has Odoo's addons
IMAGE_ADDONS = "/usr/lib/python3/dist-packages/odoo/addons"
#: after which the archive of last night is missed
HOURS_WITHOUT_BACKUP = 26


def secret(name: str, environment: Mapping[str, str]) -> str:
    """The content of a secret's file.

    :raises Problem: when it is not given or empty.
    """
    path = environment.get(f"KDC_{name}_FILE", "")
    try:
        value = Path(path).read_text().strip() if path else ""
    except OSError as error:
        raise Problem(f"The secret {path} cannot be read: {error.strerror}. Run config/docker/make-secrets.") from None
    if not value:
        raise Problem(f"KDC_{name}_FILE must name a file with the secret. Run config/docker/make-secrets.")
    return value


def settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Values for ``odoo.docker.conf.in``."""
    get = environment.get
    return {
        "ADDONS_PATH": get("KDC_ADDONS_PATH", f"{IMAGE_ADDONS},{ADDONS}"),
        "DATA_DIR": get("KDC_DATA_DIR", "/var/lib/odoo"),
        "ADMIN_PASSWORD": secret("ADMIN_PASSWORD", environment),
        "PERSONAL_DATA_KEYS": ",".join(secret("PERSONAL_DATA_KEYS", environment).split()),
        "DB_HOST": get("KDC_DB_HOST", "db"),
        "DB_PORT": get("KDC_DB_PORT", "5432"),
        "DB_USER": get("KDC_DB_USER", "odoo"),
        "DB_PASSWORD": secret("DB_PASSWORD", environment),
        "DB_NAME": get("KDC_DB_NAME", "kdc"),
        "HTTP_INTERFACE": get("KDC_HTTP_INTERFACE", "0.0.0.0"),  # noqa: S104 - inside the container nginx comes from outside
        "HTTP_PORT": get("KDC_HTTP_PORT", "8069"),
        "GEVENT_PORT": get("KDC_GEVENT_PORT", "8072"),
        "WORKERS": get("KDC_WORKERS", "4"),
        "CRON_THREADS": get("KDC_CRON_THREADS", "2"),
    }


def write_config(environment: Mapping[str, str]) -> Path:
    """Write Odoo's configuration, readable for us alone."""
    target = Path(environment.get("KDC_RUN", ROOT / "run")) / "odoo.conf"
    render_file(CONFIG / "odoo.docker.conf.in", target, settings(environment), mode=0o600)
    return target


def odoo(*arguments: str | Path) -> list[str]:
    """An Odoo command line with the Python that runs us."""
    return odoo_command_line(sys.executable, *arguments)


def databases(environment: Mapping[str, str]) -> Databases:
    """The server and the filestore; Odoo's data folder is ``data`` of the home."""
    values = settings(environment)
    home = Home(Path(environment.get("KDC_RUN", ROOT / "run")))
    home.make()
    if home.data.resolve() != Path(values["DATA_DIR"]).resolve():
        home.data.rmdir()
        home.data.symlink_to(values["DATA_DIR"])
    url = "postgresql://{}:{}@{}:{}".format(
        *(quote(values[key], safe="") for key in ("DB_USER", "DB_PASSWORD", "DB_HOST", "DB_PORT"))
    )
    return Databases(home, postgres.parse_url(url))


def init(environment: Mapping[str, str]) -> None:
    """Make the database once; later bring it to the addons of this image, whatever their versions say.

    It is made under another name. Whatever has the name is somebody's data, so it is never deleted here.

    :raises subprocess.CalledProcessError: when Odoo fails; the next start tries again.
    """
    name = settings(environment)["DB_NAME"]
    modules = environment.get("KDC_MODULES", "").split(",")
    found = databases(environment)
    if not found.exists(name):
        _make(environment, found, f"{name}_part", modules)
        found.rename(f"{name}_part", name)
    elif found.parameter(name, templates.TREE) != templates.tree_key():
        _update(write_config(environment), found, name, modules)


def _make(environment: Mapping[str, str], found: Databases, name: str, modules: list[str]) -> None:
    found.drop(name)
    config = write_config({**environment, "KDC_DB_NAME": name})
    password = settings(environment)["ADMIN_PASSWORD"]
    language = ("--language", "vi_VN", "--country", "vn", "--password", password)
    subprocess.run(odoo("db", "-c", config, "init", name, *language), check=True)
    _install(config, name, "-i", ",".join(modules))
    templates.remember_tree(found, name)


def _update(config: Path, found: Databases, name: str, modules: list[str]) -> None:
    """Update what is installed of ours, also what only some wards have, and install what is new in the list."""
    ours = {*templates.manifests(), *templates.manifests(apart=True)}
    rows = found.query("SELECT name FROM ir_module_module WHERE state IN ('installed', 'to upgrade')", name)
    installed = sorted(ours.intersection(row[0] for row in rows))
    _install(config, name, "-u", ",".join(installed), "-i", ",".join(modules))
    templates.remember_tree(found, name)


def _install(config: Path, name: str, *what: str) -> None:
    subprocess.run(odoo("-c", config, "-d", name, *what, "--stop-after-init", "--no-http"), check=True)


def seconds_until(hour: int, now: datetime) -> float:
    """How long to sleep until that hour comes next."""
    target = now.replace(hour=hour, minute=0, second=0, microsecond=0)
    if target <= now:
        target += timedelta(days=1)
    return (target - now).total_seconds()


def archives(folder: Path) -> list[Path]:
    """The whole archives, the newest one last."""
    return sorted(folder.glob("kdc-*.tar.gz"), key=lambda path: path.stat().st_mtime)


def outdated(folder: Path, days: int, now: float) -> list[Path]:
    """Archives that are older than that, but for the newest, and what a backup that was killed has left."""
    old = [path for path in archives(folder)[:-1] if now - path.stat().st_mtime > days * 86400]
    return old + sorted(folder.glob("kdc-*.tar.gz.part"))


def back_up_once(environment: Mapping[str, str], folder: Path) -> Path:
    """Delete the archives that are too old and write one; in this order, or a full disk would stay full.

    :raises Problem: when another backup or a restore is at work.
    """
    with exclusive(folder / "lock", "backup"):
        for path in outdated(folder, int(environment.get("KDC_BACKUP_DAYS", "14")), time.time()):
            path.unlink()
        target = folder / f"kdc-{time.strftime('%Y%m%d-%H%M%S')}.tar.gz"
        archive.backup(databases(environment), settings(environment)["DB_NAME"], target)
    return target


def back_up_nightly(environment: Mapping[str, str], folder: Path) -> None:
    """Once a night for ever, at first at once if last night's is missing.

    A night that fails is told, and does not end the service.
    """
    late = not is_recent(folder, time.time())
    while True:
        if not late:
            time.sleep(seconds_until(int(environment.get("KDC_BACKUP_HOUR", "2")), datetime.now()))
        late = False
        try:
            back_up_once(environment, folder)
        except (Problem, OSError, ValueError) as problem:
            print(f"The backup of tonight failed: {problem}", file=sys.stderr, flush=True)


def is_recent(folder: Path, now: float) -> bool:
    """Whether last night's archive is there."""
    return any(now - path.stat().st_mtime < HOURS_WITHOUT_BACKUP * 3600 for path in archives(folder)[-1:])


def check_backup(folder: Path) -> None:
    """Complain when last night's archive is missing.

    :raises Problem: then.
    """
    if not is_recent(folder, time.time()):
        raise Problem(
            f"No archive in {folder} is from the last {HOURS_WITHOUT_BACKUP} hours: docker compose logs backup"
        )


def restore(environment: Mapping[str, str], folder: Path, source: Path) -> None:
    """Put an archive in the place of the database."""
    with exclusive(folder / "lock", "restore"):
        archive.restore(databases(environment), settings(environment)["DB_NAME"], source, replace=True)


def check_health(environment: Mapping[str, str]) -> None:
    """Ask the server whether it and its database live.

    :raises OSError: when they do not.
    """
    port = environment.get("KDC_HTTP_PORT", "8069")
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/web/health?db_server_status=1", timeout=8) as response:
        response.read()


def main(argv: list[str]) -> int:
    """Run one command of a container."""
    system.reach_oneself()
    environment = os.environ
    command, rest = (argv[0], argv[1:]) if argv else ("serve", [])
    backups = Path(environment.get("KDC_BACKUPS", "/backups"))
    if command == "serve":
        arguments = odoo("server", "-c", write_config(environment), *rest)
        os.execv(arguments[0], arguments)
    elif command == "odoo":
        arguments = odoo(*rest)
        write_config(environment)
        os.execv(arguments[0], arguments)
    elif command == "init":
        init(environment)
    elif command == "backup":
        back_up_once(environment, backups) if "--now" in rest else back_up_nightly(environment, backups)
    elif command == "restore" and rest:
        restore(environment, backups, Path(rest[0]))
    elif command == "reseal":
        # after a new key was put first in secrets/personal_data_keys and the server restarted
        name = settings(environment)["DB_NAME"]
        subprocess.run([sys.executable, SCRIPTS / "reseal.py", write_config(environment), name], check=True)
    elif command == "health":
        check_backup(backups) if rest == ["backup"] else check_health(environment)
    else:
        say(__doc__ or "")
        return 2
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (Problem, OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"kdc: {error}")
