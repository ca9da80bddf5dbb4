"""What the tests of the addons share: pytest-odoo's database and server, adapted."""

import os
import shutil
from functools import partialmethod
from pathlib import Path
from unittest.mock import patch

import pytest

from kdc_cli import setup, testing
from kdc_cli.database import copy_filestore
from kdc_cli.paths import Home

#: What is cheap to make again; the others are "routing", "templates" and "groups" (who sees what of a page).
ALWAYS_DROPPED = ("default", "assets", "stable")


@pytest.fixture(scope="session", autouse=True)
def load_registry(request):
    """Wait for the database that pytest-odoo copies, or be the one who makes it."""
    if request.config.getoption("odoo_database") == testing.DATABASE:
        testing.ensure_database(setup.ensure(Home.from_environment()))
    return request.getfixturevalue("load_registry")


@pytest.fixture(scope="session", autouse=True)
def own_filestore(load_registry):
    """Give every pytest-xdist worker a filestore of its own.

    pytest-odoo lets the workers share one. But each test class of Odoo ends by deleting the files that its database
    does not know, and those are the files another worker's test has just written.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if not worker:
        yield
        return
    from odoo.tools import config

    shared = Path(config.filestore(config["db_name"]))
    own = shared.with_name(f"{shared.name}-{worker}")
    copy_filestore(shared, own)
    with patch.object(config, "filestore", lambda _database: str(own)):
        yield
    shutil.rmtree(own, ignore_errors=True)


@pytest.fixture(scope="session", autouse=True)
def kept_caches(load_registry):
    """Keep routes and compiled pages from one test to the next, unless its class has changed what they are made of.

    Odoo's tests drop all caches after each method and each class, since what these changed is rolled back. To look for
    the routes of all controllers again, and to compile the same pages, was a fifth of what the suite did. Whatever
    changes them says so to the registry, in tests as in life; then they are dropped as before until the class has
    ended.
    """
    from odoo.modules.registry import Registry
    from odoo.tests import TransactionCase

    clear_cache, set_up_class, changed = Registry.clear_cache, TransactionCase.setUpClass.__func__, set()

    def note(registry, *names):
        changed.update(names)
        clear_cache(registry, *names)

    def clear_all_but_kept(registry):
        clear_cache(registry, *ALWAYS_DROPPED, *changed)

    def begin(cls):
        changed.clear()
        set_up_class(cls)

    with (
        patch.object(Registry, "clear_cache", note),
        patch.object(Registry, "clear_all_caches", clear_all_but_kept),
        patch.object(TransactionCase, "setUpClass", classmethod(begin)),
    ):
        yield


@pytest.fixture(scope="session", autouse=True)
def patient_requests():
    """Let Odoo's HTTP tests wait longer than its 12 seconds: on a slow machine the first visit of a page takes more."""
    from odoo.tests.common import HttpCase

    with patch.object(HttpCase, "url_open", partialmethod(HttpCase.url_open, timeout=300)):
        yield
