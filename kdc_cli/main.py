"""Reads the command line and runs one command."""

import argparse
import errno
import os
import subprocess
import sys

from . import demo, server, setup
from .console import Problem, ask, say
from .lock import exclusive
from .paths import Home
from .postgres import Cluster, external
from .system import remove_tree


def main(argv: list[str]) -> int:
    """Run a command and return its exit code; what the person can mend is told in one line."""
    options = _parser().parse_args(argv)
    home = Home.from_environment()
    try:
        return options.run(home, options) or 0
    except Problem as problem:
        print(f"kdc: {problem}", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nkdc: interrupted; run the command again, it goes on where it stopped.", file=sys.stderr)
        return 130
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS):
            raise
        print(f"kdc: {error.strerror}: {error.filename or home.path}. Make room or set KDC_HOME.", file=sys.stderr)
    return 1


def _demo(home: Home, options: argparse.Namespace) -> int:
    with exclusive(home.path / "lock", "demo"):
        runtime = setup.ensure(home)
        demo.ensure_database(runtime, options.households)
        if options.no_serve:
            say("The demo community is made; ./kdc demo serves it.")
            return 0
        return demo.serve(runtime, options.port, options.workers, detach=True) if options.detach else _serve(runtime, options)
    return 0


def _stop(home: Home, _options: argparse.Namespace) -> int:
    stopped = False
    for running in server.all_running(home):
        server.stop(home, running)
        say(f"Stopped the server at {running.url}.")
        stopped = True
    if not external() and home.path.exists() and Cluster(home).stop():
        say("Stopped PostgreSQL.")
        stopped = True
    if not stopped:
        say("Nothing was running.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./kdc", description="KDC: an electronic residential community on Odoo 19.")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    command = commands.add_parser("demo", help="set everything up and serve the demo community")
    command.add_argument("--port", type=int, default=8069)
    command.add_argument("--households", type=int, help="size of the community (default 200)")
    command.add_argument("--workers", type=int, default=0, help="prefork server with N workers behind nginx")
    command.add_argument("--detach", action="store_true", help="return when it is ready and leave it running")
    command.add_argument("--no-serve", action="store_true", help="only make the database")
    command.set_defaults(run=_demo)

    command = commands.add_parser("stop", help="stop the servers and the database")
    command.set_defaults(run=_stop)
    return parser
