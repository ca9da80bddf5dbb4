"""Reads the command line and runs one command."""

import argparse
import errno
import os
import signal
import subprocess
import sys
from contextlib import suppress
from datetime import date
from pathlib import Path

from . import (
    archive,
    bench,
    demo,
    docs,
    doctor,
    i18n,
    lint,
    packages,
    proof,
    rotation,
    server,
    setup,
    testing,
    upstream,
)
from .console import Problem, ask, say
from .lock import exclusive
from .odoo_process import Runtime
from .paths import Home
from .postgres import Cluster, external
from .system import reach_oneself, remove_tree


def main(argv: list[str]) -> int:
    """Run a command and return its exit code; what the person can mend is told in one line."""
    options = parser().parse_args(argv)
    home = Home.from_environment()
    end_politely()
    reach_oneself()
    try:
        return options.run(home, options) or 0
    except Problem as problem:
        print(f"kdc: {problem}", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nkdc: interrupted; run the command again, it goes on where it stopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # ./kdc … | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS):
            raise
        print(f"kdc: {error.strerror}: {error.filename or home.path}. Make room or set KDC_HOME.", file=sys.stderr)
    return 1


def end_politely() -> None:
    """Take a request to end and a closed terminal for Ctrl+C: what was started is stopped (nohup stays nohup)."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)


def _ready(home: Home, command: str, programs: dict[str, str] | None = None) -> Runtime:
    """The set-up, with the lock held only while it is made."""
    with exclusive(home.claimed() / "lock", command):
        return setup.ensure(home, programs)


def _demo(home: Home, options: argparse.Namespace) -> int:
    if not options.no_serve:
        demo.check_port(home, options.port, options.workers)
    with exclusive(home.claimed() / "lock", "demo"):
        runtime = setup.ensure(home)
        persons = demo.ensure_database(runtime, options.households)
        if options.no_serve:
            say("The demo community is made; ./kdc demo serves it.")
            return 0
        running = demo.ensure_running(runtime, options.port, options.workers)
    demo.introduce(running.url, persons)
    if not options.detach:
        return demo.stay(home, running)
    say("It runs in the background. ./kdc logs shows what it says, ./kdc stop ends it.")
    return 0


def _test(home: Home, options: argparse.Namespace) -> int:
    with exclusive(home.claimed() / "lock-test", "test"):
        with exclusive(home.claimed() / "lock", "test"):
            runtime = testing.prepare(home, options.arguments)
        return testing.run(runtime, options.arguments)


def _bench(home: Home, options: argparse.Namespace) -> int:
    with exclusive(home.claimed() / "lock-bench", "bench"):
        runtime = _ready(home, "bench", packages.FOR_TESTS)
        return bench.run(runtime, options.name, options.json)


def _upstream(home: Home, options: argparse.Namespace) -> int:
    with exclusive(home.claimed() / "lock-upstream", "upstream"):
        runtime = _ready(home, "upstream", packages.FOR_TESTS)
        return upstream.run(runtime, options.modules)


def _shell(home: Home, options: argparse.Namespace) -> int:
    runtime = _ready(home, "shell")
    config = runtime.write_config("shell", options.database, cron_threads=0)
    argv = runtime.command("shell", "-c", config, "-d", options.database, "--no-http", "--log-level=warn")
    return _become(argv, runtime.environment())


def _psql(home: Home, options: argparse.Namespace) -> int:
    databases = _ready(home, "psql").databases
    argv = [databases.program("psql"), options.database, *options.arguments]
    return _become(argv, databases.environment())


def _become(argv: list[str], environment: dict[str, str]) -> int:
    """Turn into a program for a person at a terminal: its Ctrl+C belongs to it alone."""
    sys.stdout.flush()
    os.execvpe(argv[0], argv, environment)


def _logs(home: Home, options: argparse.Namespace) -> int:
    path = home.logs / f"{options.name}.log"
    if not path.exists():
        known = ", ".join(sorted(log.stem for log in home.logs.glob("*.log"))) or "none yet"
        raise Problem(f"There is no log '{options.name}'; there are: {known}.")
    follow = ["-f"] if options.follow else []
    try:
        return subprocess.run(["tail", "-n", str(options.lines), *follow, str(path)], check=False).returncode
    except KeyboardInterrupt:
        return 0


def _stop(home: Home, _options: argparse.Namespace) -> int:
    if not stop_everything(home):
        say("Nothing was running.")
    return 0


def stop_everything(home: Home, *, for_good: bool = False) -> bool:
    """Stop the servers and the database of this home; whether anything ran."""
    stopped = False
    for running in server.all_running(home):
        server.stop(home, running)
        say(f"Stopped the server at {running.url}.")
        stopped = True
    if not external() and home.path.exists() and Cluster(home).stop(for_good=for_good):
        say("Stopped PostgreSQL.")
        stopped = True
    return stopped


def _reset(home: Home, options: argparse.Namespace) -> int:
    if not home.path.exists():
        say(f"{home.path} does not exist; there is nothing to delete.")
        return 0
    what = "everything ./kdc has made" if options.all else "the demo community and all its data"
    if not options.yes and not ask(f"Delete {what} in {home.path}?"):
        raise Problem("Nothing was deleted. Confirm in a terminal, or add --yes.")
    with exclusive(home.claimed() / "lock", "reset"):
        if options.all:
            return _delete_all(home)
        demo.delete(home, setup.databases(home))
    say("Deleted. ./kdc demo makes it anew.")
    return 0


def _delete_all(home: Home) -> int:
    """Delete what we have made, by name: somebody may have put more into the folder."""
    stop_everything(home, for_good=True)
    if external():
        say("The databases on the server of KDC_DATABASE_URL stay.")
    else:
        Cluster(home).remove()
    for path in home.ours():
        remove_tree(path)
    left = sorted(path.name for path in home.path.iterdir())
    if left:
        say(f"In {home.path} stays what is not of ./kdc: {', '.join(left)}")
    else:
        with suppress(OSError):  # a disk of its own, or in somebody else's folder
            home.path.rmdir()
    return 0


def _backup(home: Home, options: argparse.Namespace) -> int:
    with exclusive(home.claimed() / "lock", "backup"):
        archive.backup(setup.databases(home), options.database, Path(options.file).resolve())
        say(
            f"Personal numbers in it are encrypted. Keep {home.personal_data_keys} too, apart from the backups: "
            "without it they stay unreadable."
        )
    return 0


def _restore(home: Home, options: argparse.Namespace) -> int:
    source = Path(options.file).resolve()
    name = options.database or archive.contents_of(source)["database"]

    def stop_servers() -> None:
        for running in server.all_running(home):
            if running.database == name:
                server.stop(home, running)
                say(f"Stopped the server at {running.url}; ./kdc demo starts it again.")

    with exclusive(home.claimed() / "lock", "restore"):
        databases = setup.databases(home)
        replace = options.yes or (databases.exists(name) and ask(f"Replace the database {name} by {options.file}?"))
        archive.restore(databases, name, source, replace, stop_servers)
        say(
            f"Personal numbers are readable when {home.personal_data_keys} holds the key they were sealed with; "
            "from another machine, add its lines to that file."
        )
    return 0


def _rotate_key(home: Home, options: argparse.Namespace) -> int:
    with exclusive(home.claimed() / "lock", "rotate-key"):
        return rotation.run(setup.ensure(home), options.database, again=options.resume)


def _proof(home: Home, options: argparse.Namespace) -> int:
    return proof.run(_ready(home, "proof"), options.database, options.since or options.day, options.day)


def _doctor(home: Home, _options: argparse.Namespace) -> int:
    return doctor.report(home)


def _i18n(home: Home, _options: argparse.Namespace) -> int:
    with exclusive(home.claimed() / "lock", "i18n"):
        return i18n.run(setup.ensure(home))


def _lint(home: Home, _options: argparse.Namespace) -> int:
    _ready(home, "lint")
    return lint.run(home)


def _docs(home: Home, _options: argparse.Namespace) -> int:
    return docs.run(home)


def _a_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no day; write it as 2026-11-30") from None


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(
        prog="./kdc",
        description="KDC (Khu dân cư số): an electronic residential community on Odoo 19.",
        epilog="State is kept in .kdc beside this program, or in KDC_HOME. KDC_ODOO, KDC_DATABASE_URL, KDC_PYTHON and "
        "KDC_CACHE choose an own Odoo, database server, Python and download cache.",
    )
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def add(name: str, run, text: str, **options) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".", **options)
        command.set_defaults(run=run)
        return command

    command = add("demo", _demo, "set everything up and serve the demo community")
    command.add_argument("--port", type=int, default=8069, help="default 8069")
    command.add_argument(
        "--households", type=int, metavar="N", help=f"size of the community (default {demo.HOUSEHOLDS})"
    )
    command.add_argument("--workers", type=int, default=0, metavar="N", help="prefork server behind nginx, as deployed")
    command.add_argument("--detach", action="store_true", help="return when it is ready and leave it running")
    command.add_argument("--no-serve", action="store_true", help="only make the database")

    command = add("test", _test, "run the whole test suite", prefix_chars="\0", add_help=False)
    command.add_argument("arguments", nargs=argparse.REMAINDER, metavar="PYTEST ARGUMENTS")

    command = add("bench", _bench, "run the benchmarks")
    command.add_argument("name", nargs="?", help=f"one of {', '.join(bench.names())}; default all")
    command.add_argument("--json", action="store_true", help="one JSON object per line")

    command = add("shell", _shell, "open a Python shell inside Odoo")
    command.add_argument("--database", default=demo.DATABASE)
    command = add("psql", _psql, "open the database", prefix_chars="\0", add_help=False)
    command.add_argument("arguments", nargs=argparse.REMAINDER, metavar="PSQL ARGUMENTS")
    command.set_defaults(database=demo.DATABASE)

    command = add("logs", _logs, "show what the server says")
    command.add_argument("name", nargs="?", default=demo.NAME, help="demo (default), setup, generate …")
    command.add_argument("-f", "--follow", action="store_true")
    command.add_argument("-n", "--lines", type=int, default=60)
    add("stop", _stop, "stop the servers and the database")

    command = add("reset", _reset, "delete the demo community (asks first)")
    command.add_argument("--all", action="store_true", help="delete the whole set-up with all its downloads as well")
    command.add_argument("--yes", action="store_true", help="do not ask")

    command = add("backup", _backup, "save database and files in one archive")
    command.add_argument("file")
    command.add_argument("--database", default=demo.DATABASE)
    command = add("restore", _restore, "bring an archive back and verify it")
    command.add_argument("file")
    command.add_argument("--database", metavar="NAME", help="default: as it was called when it was saved")
    command.add_argument("--yes", action="store_true", help="replace an existing database without asking")

    command = add("rotate-key", _rotate_key, "encrypt all personal numbers under a new key")
    command.add_argument("--database", default=demo.DATABASE)
    command.add_argument("--resume", action="store_true", help="go on with a rotation that was interrupted")

    command = add("proof", _proof, "prove that receipts, cash book, journal entries and payments on bills fit")
    command.add_argument("day", nargs="?", type=_a_day, help="the last or only one; default all")
    command.add_argument("--since", type=_a_day, metavar="DAY", help="the first of several days")
    command.add_argument("--database", default=demo.DATABASE)

    add("doctor", _doctor, "tell what this machine lacks and how to mend it")
    add("i18n", _i18n, "refresh the translation files and list what is not translated")
    add("lint", _lint, "run ruff and pylint-odoo")
    add("docs", _docs, "copy the chosen screenshots into the user guide")
    command = add("upstream", _upstream, "run Odoo's own tests without and with our addons, and show the difference")
    command.add_argument("modules", nargs="*", metavar="MODULE[:CLASS[.TEST]]")
    return top
