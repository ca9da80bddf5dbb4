"""Collectors at work while a worker of the server is killed: no payment is lost, doubled or without a number."""

import pytest

from kdc_cli import server, system
from tests.bench._collectors import collect
from tests.bench._context import Context
from tests.bench.collect import compare, kill_worker
from tests.conftest import HOUSEHOLDS, fresh_copy

pytestmark = pytest.mark.e2e


def test_a_worker_is_killed(runtime, community, worker):
    """Four collectors, the same twelve accounts, two workers of which one dies in the middle of its work."""
    database = f"kdc_test_collect_{worker}"
    fresh_copy(runtime, community, database)
    context = Context(runtime, HOUSEHOLDS)
    try:
        found = context.inside("collect", database, "prepare", 4)
        running = server.start(runtime, f"collect-{worker}", database, system.free_port(), workers=2)
        try:
            server.wait_ready(runtime.home, running)
            outcome = collect(
                running.url, found["logins"], found["accounts"][:12], 20, 0.5, [lambda: kill_worker(running)]
            )
        finally:
            server.stop(runtime.home, running)
        books = context.inside("collect", database, "check")
    finally:
        runtime.databases.drop(database)
    told = {key: tuple(value) for key, value in outcome.receipts.items()}
    assert told
    assert compare(told, books) == (0, 0)
    assert (books["gaps"], books["misfits"]) == (0, [])
    assert not outcome.raw, "no error of the server is shown raw"
