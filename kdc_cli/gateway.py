"""The stand-in for the payment gateways, which ``./kdc demo`` runs beside its server: no money moves."""

import subprocess

from . import system
from .odoo_process import Runtime
from .paths import ADDONS

PROGRAM = ADDONS / "kdc_utilities_payment" / "tools" / "stand_in.py"


def start(runtime: Runtime, database: str, shop: str) -> int:
    """Start it on a free port, lead the gateways in test mode of a database there and show them to the residents.

    :param shop: address of the server that it notifies
    :return: the number of its process
    """
    port = system.free_port()
    base = f"http://127.0.0.1:{port}"
    log = runtime.home.logs / "gateway.log"
    with log.open("ab") as out:
        process = subprocess.Popen(
            [str(runtime.home.python), str(PROGRAM), "--port", str(port), "--shop", shop],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    runtime.databases.query(
        f"""
        UPDATE payment_provider SET is_published = true, kdc_page_url = '{base}/vnpay/pay',
               kdc_api_url = '{base}/vnpay/query' WHERE code = 'kdc_vnpay' AND state = 'test';
        UPDATE payment_provider SET is_published = true, kdc_api_url = '{base}/payos'
         WHERE code = 'kdc_payos' AND state = 'test';
        """,
        database,
    )
    return process.pid


def is_alive(pid: int) -> bool:
    """Whether that process is still the stand-in (process numbers are used again)."""
    return PROGRAM.name in system.command_line(pid)


def stop(pid: int) -> None:
    """End it."""
    if is_alive(pid):
        system.terminate(pid)
