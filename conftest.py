"""What all tests share, those of the addons and those of ``tests``."""

import os
import shutil
from functools import partialmethod
from pathlib import Path
from unittest.mock import patch

import pytest
from xdist.scheduler import LoadFileScheduling

from kdc_cli import templates
from kdc_cli.database import copy_filestore
from tests.together import group

#: Their tests need a database in which they are installed; ``tests/deploy/test_apart.py`` runs them in one.
collect_ignore = [] if os.environ.get("KDC_APART") else [f"addons/{name}" for name in templates.APART]


class LoadGroupScheduling(LoadFileScheduling):
    """Gives each worker file after file, those that share a server one after the other to the same one."""

    def _split_scope(self, nodeid):
        return group(super()._split_scope(nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Keep together what belongs together, where whole files are dealt out."""
    return LoadGroupScheduling(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.fixture(scope="session", autouse=True)
def own_filestore(request):
    """Give every pytest-xdist worker a filestore of its own.

    pytest-odoo lets the workers share one. But each test class of Odoo ends by deleting the files that its database
    does not know, and those are the files another worker's test has just written.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if not worker or not request.config.pluginmanager.hasplugin("odoo"):
        yield
        return
    request.getfixturevalue("load_registry")
    from odoo.tools import config

    shared = Path(config.filestore(config["db_name"]))
    own = shared.with_name(f"{shared.name}-{worker}")
    copy_filestore(shared, own)
    with patch.object(config, "filestore", lambda _database: str(own)):
        yield
    shutil.rmtree(own, ignore_errors=True)


@pytest.fixture(scope="session", autouse=True)
def patient_requests(request):
    """Let Odoo's HTTP tests wait longer than its 12 seconds: on a slow machine the first visit of a page takes more."""
    if not request.config.pluginmanager.hasplugin("odoo"):
        yield
        return
    from odoo.tests.common import HttpCase

    with patch.object(HttpCase, "url_open", partialmethod(HttpCase.url_open, timeout=300)):
        yield
