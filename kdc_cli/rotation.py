"""``./kdc rotate-key``: a new key for personal numbers, and all numbers of a database encrypted under it.

The old keys stay in the file: older backups and other databases of this home were sealed with them. Every step can be
repeated, so that an interrupted rotation goes on with ``--resume``.
"""

from . import server
from .console import Problem, say, step
from .odoo_process import Runtime


def run(runtime: Runtime, database: str, again: bool = False) -> int:
    """Add a key (unless ``again``), let the running servers know it, and encrypt anew what older keys sealed."""
    if not runtime.databases.exists(database):
        raise Problem(f"There is no database {database}.")
    # A number sealed under the new key must not meet a server that does not know it.
    stopped = [running for running in server.all_running(runtime.home) if running.database == database]
    for running in stopped:
        server.stop(runtime.home, running)
        say(f"Stopped the server at {running.url}: it would not know the new key.")
    if not again:
        runtime.add_personal_data_key()
    with step(f"Encrypting the personal numbers and numbers of documents of {database} under the new key"):
        done, left = runtime.script("reseal", database)
    say(f"{done} numbers were encrypted anew. {runtime.home.personal_data_keys} holds the new key first: copy it away.")
    for running in stopped:
        server.start_and_wait(runtime, running.name, database, running.port, workers=running.workers)
        say(f"The server at {running.url} runs again.")
    if left:
        raise Problem(f"{left} numbers were sealed with a key that is in no line of that file; they were left alone.")
    return 0
