"""What all tests share, those of the addons and those of ``tests``."""

import os

import pytest
from xdist.scheduler import LoadFileScheduling

from kdc_cli import templates
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
