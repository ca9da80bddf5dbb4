"""Which test files share a server: a community of its own for each costs half a minute of both processors.

The tests of one group do not get into each other's way: they read, or each works on what is its own. A group runs on
one pytest-xdist worker, its files in the order of their names.
"""

from pathlib import PurePath

#: Those that take longest stand first and begin first, so that all workers end at about the same time.
GROUPS = (
    {"tests/deploy/test_collecting.py", "tests/deploy/test_guests.py", "tests/deploy/test_open311.py"},
    {"tests/deploy/test_issuing.py"},
    {"tests/e2e/test_accountant.py"},
    {"tests/e2e/test_cash_day_300.py"},
    {"tests/e2e/test_market.py", "tests/e2e/test_market_orders.py"},
    {"tests/e2e/test_doors.py", "tests/e2e/test_field_round.py"},
    {"tests/e2e/test_board.py", "tests/e2e/test_feedback.py", "tests/e2e/test_first_pages.py",
     "tests/e2e/test_resident.py"},
    {"tests/deploy/test_topology.py"},
    {"tests/deploy/test_apart.py"},
    {"tests/e2e/test_books.py", "tests/e2e/test_transfers.py"},
)  # fmt: skip


def rank(file: str | PurePath) -> int:
    """Return which place a test file has among those that need a server; all others come at the end.

    :param file: its path from the root of the repository
    """
    name = PurePath(file).as_posix()
    return next((place for place, files in enumerate(GROUPS) if name in files), len(GROUPS))


def group(file: str | PurePath) -> str:
    """Return the name of a test file's group; a file that shares nothing is a group by itself.

    :param file: its path from the root of the repository
    """
    name = PurePath(file).as_posix()
    return next((min(files) for files in GROUPS if name in files), name)
