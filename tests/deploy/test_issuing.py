"""Bills survive the end of the process that issues them, and other people's work in the same journal.

The processes are real ones, killed with ``kill -9``; see ``_issuing.py``.
"""

import json
import subprocess
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest

from kdc_cli import system
from kdc_cli.odoo_process import RESULT, SCRIPTS, Runtime
from tests.conftest import fresh_copy

SEED, BILLS, KILLS, INVOICES = 4, 48, 20, 10
#: customers of a job that computes, and how many of these jobs die
PART, COMPUTE_KILLS = 6, 10


@pytest.fixture(scope="module")
def issued(runtime: Runtime, community: str, worker: str) -> Iterator[dict]:
    """What ``_issuing.py`` found."""
    database = f"kdc_test_issuing_{worker}"
    fresh_copy(runtime, community, database)
    try:
        config = runtime.write_config(f"issuing-{worker}", database, cron_threads=0)
        script = Path(__file__).with_name("_issuing.py")
        log = runtime.home.logs / f"issuing-{worker}.log"
        with log.open("wb") as errors:
            done = subprocess.run(
                [runtime.home.python, script, config, database, str(SEED)],
                stdout=subprocess.PIPE, stderr=errors, text=True, check=False,
                env=runtime.environment() | {"PYTHONPATH": str(SCRIPTS)},
            )  # fmt: skip
        assert done.returncode == 0, system.last_line(log)
        found = json.loads(next(line for line in done.stdout.splitlines() if line.startswith(RESULT))[len(RESULT) :])
        yield found | {"proof": runtime.script("prove", database, ("", ""), show_progress=False)}
    finally:
        runtime.databases.drop(database)


def gaps(numbers: list) -> list:
    """Numbers that are missing or there twice, of each prefix."""
    found = []
    for prefix, group in groupby(numbers, key=lambda entry: entry[0]):
        taken = [number for _prefix, number in group]
        found += [(prefix, number) for number in range(1, max(taken) + 1) if taken.count(number) != 1]
    return found


def test_deaths_while_computing_change_nothing(issued):
    calm, killed, deaths = (issued["computed"][name] for name in ("calm", "killed", "deaths"))
    assert len(deaths) == COMPUTE_KILLS
    assert any(death["inside"] for death in deaths), deaths
    assert (calm["state"], calm["under way"]) == ("computed", False)
    assert sum(line[2] == "ready" for line in calm["lines"]) > PART, "there was something to compute"
    assert killed == calm


def test_killed_inside_of_batches(issued):
    """Else the following would prove nothing: most died with unwritten work behind them, some around the commit."""
    deaths = issued["deaths"]
    assert len(deaths) == KILLS
    assert sum(death["inside"] for death in deaths) >= KILLS // 2, deaths
    copying = [death for death in deaths if death["statement"].startswith('INSERT INTO "account_move" ')]
    assert {"before", "after"} == {death["when"] for death in copying}
    assert {"before", "after"} <= {death["when"] for death in deaths if death["statement"] == "COMMIT"}


def test_twenty_deaths_change_nothing(issued):
    calm, killed = issued["calm"], issued["killed"]
    assert calm["books"]["state"] == killed["books"]["state"] == "issued"
    assert len(calm["books"]["bills"]) == BILLS
    assert killed["books"]["total"] == calm["books"]["total"] > 0
    assert killed["books"] == calm["books"]
    assert killed["new"] == calm["new"], "rows of all kinds that were added"


def test_books_fit_to_the_dong(issued):
    """Receipts, cash book, journal entries and bills of every day, those of the killed run among them."""
    assert len(issued["proof"]) > 3
    assert not [day for day in issued["proof"] if day[-1]]


def test_no_number_is_lost_or_given_twice(issued):
    for month in ("calm", "killed", "pairs", "beside"):
        assert gaps(issued[month]["numbers"]) == [], month


def test_two_workers_issue_one_run(issued):
    calm, pairs = issued["calm"], issued["pairs"]
    assert pairs["books"] == calm["books"]
    assert pairs["new"] == calm["new"]


def test_invoices_beside_a_run(issued):
    """Whoever comes second waits for the number; what is given back is used again; nobody waits for ever."""
    calm, beside = issued["calm"], issued["beside"]
    assert beside["books"] == calm["books"]
    assert beside["new"][0] == calm["new"][0] + INVOICES, "without the one that was rolled back"
    assert issued["deadlocks"] == 0
