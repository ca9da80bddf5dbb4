"""Opens an Odoo environment in a script: ``with opened(config, database) as env``."""

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def opened(config: str, database: str) -> Iterator:
    """An environment of the superuser; committed when the body ends well."""
    import odoo.api
    import odoo.modules.registry
    import odoo.service.server
    from odoo.tools import config as settings

    threading.current_thread().dbname = database
    settings.parse_config(["-c", config, "-d", database], setup_logging=True)
    odoo.service.server.load_server_wide_modules()
    registry = odoo.modules.registry.Registry(database)
    with registry.cursor() as cr:
        yield odoo.api.Environment(cr, odoo.SUPERUSER_ID, {})


def progress(text: object, *rest: object) -> None:
    """Tell the person at the terminal."""
    print("KDC-PROGRESS", text, *rest, flush=True)


def result(value: object) -> None:
    """Hand a value to the launcher."""
    sys.stdout.write(f"KDC-RESULT {json.dumps(value)}\n")
    sys.stdout.flush()
