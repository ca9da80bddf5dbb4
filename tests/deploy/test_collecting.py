"""Collectors at work while a worker of the server is killed: no payment is lost, doubled or without a number."""

import pytest

from tests.bench._collectors import collect
from tests.bench._context import Context
from tests.bench.collect import compare, kill_worker
from tests.conftest import HOUSEHOLDS

pytestmark = pytest.mark.e2e


def test_a_worker_is_killed(busy_server):
    """Four collectors, the same twelve accounts, two workers of which one dies in the middle of its work."""
    context = Context(busy_server.runtime, HOUSEHOLDS)
    found = context.inside("collect", busy_server.database, "prepare", 4)
    running = busy_server.running
    outcome = collect(running.url, found["logins"], found["accounts"][:12], 20, 0.5, [lambda: kill_worker(running)])
    books = context.inside("collect", busy_server.database, "check")
    told = {key: tuple(value) for key, value in outcome.receipts.items()}
    assert told
    assert compare(told, books) == (0, 0)
    assert (books["gaps"], books["misfits"]) == (0, [])
    assert not outcome.raw, "no error of the server is shown raw"
