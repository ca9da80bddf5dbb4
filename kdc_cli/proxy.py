"""nginx in front of the prefork server, with the same route files as the server deployment."""

import os
import subprocess
from pathlib import Path

from . import packages, system
from .paths import CONFIG, Home
from .render import render_file

TEMPLATES = CONFIG / "nginx"


def folder(home: Home, name: str) -> Path:
    """Where the proxy of one server keeps its files."""
    return home.run / f"nginx-{name}"


def log(home: Home, name: str) -> Path:
    """Where the proxy of one server complains."""
    return home.logs / f"{name}-nginx.log"


def write_config(home: Home, name: str, port: int, odoo_port: int, gevent_port: int) -> Path:
    """Fill the templates for one server and return the main file."""
    base = folder(home, name)
    (base / "tmp").mkdir(parents=True, exist_ok=True)
    values = {
        "KDC_ODOO": f"127.0.0.1:{odoo_port}",
        "KDC_WEBSOCKET": f"127.0.0.1:{gevent_port}",
        "FOLDER": base,
        "SHARED": TEMPLATES,
        "PORT": port,
        "LOG": log(home, name),
        "USER_LINE": "user root;" if system.is_root() else "",
    }
    render_file(TEMPLATES / "upstreams.conf.template", base / "upstreams.conf", values)
    render_file(TEMPLATES / "process.conf.in", base / "nginx.conf", values)
    return base / "nginx.conf"


def start(home: Home, name: str, port: int, odoo_port: int, gevent_port: int) -> int:
    """Start nginx on the port and return its process number.

    It may still end, when somebody takes the port in this moment; who waits for the page notices.

    :raises Problem: when nginx is missing or refuses its configuration.
    """
    packages.need({"nginx": "nginx-light"}, home, "to run several workers")
    nginx = packages.find_program("nginx")
    config = write_config(home, name, port, odoo_port, gevent_port)
    arguments = [nginx, "-p", folder(home, name), "-c", config, "-e", log(home, name)]
    system.run([*arguments, "-t"], "nginx", home.setup_log)
    process = subprocess.Popen(
        [str(arg) for arg in arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={"PATH": os.environ.get("PATH", "")},
    )
    return process.pid


def stop(home: Home, name: str, pid: int) -> None:
    """End nginx."""
    if str(folder(home, name)) in system.command_line(pid):
        system.terminate(pid)
    system.remove_tree(folder(home, name))
