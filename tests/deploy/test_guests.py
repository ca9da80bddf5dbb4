"""Many guests send at the same moment, each with a photo, to two workers: none is lost, none is doubled.

``./kdc bench feedback`` does it with a hundred.
"""

import pytest

from tests.bench._context import Context
from tests.bench._crowd import send_at_once
from tests.conftest import HOUSEHOLDS, trouble

pytestmark = pytest.mark.e2e
GUESTS = 40


def test_many_guests_at_once(busy_server):
    before = busy_server.log.stat().st_size
    guests, links = send_at_once(busy_server.running.url, GUESTS)
    found = Context(busy_server.runtime, HOUSEHOLDS).inside("guests", busy_server.database)
    assert len(set(links)) == GUESTS
    assert sorted(found["words"]) == sorted(guest.words for guest in guests)
    assert (found["photos"], found["numbers"], found["drafts"]) == (GUESTS, GUESTS, 0)
    told = [line for line in trouble(busy_server.log, before) if "Request timed out" not in line]
    assert not told
