"""Odoo's command line as a file: the prefork server starts its websocket process as ``python <this file> gevent …``,
which ``python -m odoo`` does not survive."""

import sys

# the folder of this file has modules of its own
del sys.path[0]

from odoo.cli.command import main  # noqa: E402

main()
