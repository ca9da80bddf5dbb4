"""Which test files share a server: a community of its own for each costs half a minute of both processors.

The tests of one group do not get into each other's way: they read, or each works on what is its own. A group runs on
one pytest-xdist worker, its files in the order of their names.
"""

from pathlib import PurePath

GROUPS = (
    {"tests/e2e/test_board.py", "tests/e2e/test_feedback.py", "tests/e2e/test_first_pages.py",
     "tests/e2e/test_resident.py"},
    {"tests/e2e/test_books.py", "tests/e2e/test_transfers.py"},
    {"tests/e2e/test_doors.py", "tests/e2e/test_field_round.py"},
    {"tests/e2e/test_market.py", "tests/e2e/test_market_orders.py"},
    {"tests/deploy/test_collecting.py", "tests/deploy/test_guests.py", "tests/deploy/test_open311.py"},
)  # fmt: skip


def group(file: str | PurePath) -> str:
    """Return the name of a test file's group; a file that shares nothing is a group by itself.

    :param file: its path from the root of the repository
    """
    name = PurePath(file).as_posix()
    return next((min(files) for files in GROUPS if name in files), name)
