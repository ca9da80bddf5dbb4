"""The nightly rhythm of the backup container."""

import os
import time
from datetime import datetime

import pytest

from kdc_cli import container


@pytest.mark.parametrize(
    ("now", "seconds"),
    [(datetime(2026, 11, 21, 1, 59), 60), (datetime(2026, 11, 21, 2, 0), 86400), (datetime(2026, 11, 21, 22), 14400)],
)
def test_it_sleeps_until_the_hour(now, seconds):
    assert container.seconds_until(2, now) == seconds


def test_old_archives_go_but_the_newest_stays(tmp_path):
    now = time.time()
    for age in (1, 20, 30):
        path = tmp_path / f"kdc-{age}.tar.gz"
        path.touch()
        os.utime(path, (now - age * 86400,) * 2)
    assert {path.name for path in container.outdated(tmp_path, 14, now)} == {"kdc-20.tar.gz", "kdc-30.tar.gz"}
    (tmp_path / "kdc-1.tar.gz").unlink()
    assert {path.name for path in container.outdated(tmp_path, 14, now)} == {"kdc-30.tar.gz"}
