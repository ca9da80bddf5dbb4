"""Results of benchmarks: goals, table, JSON."""

import json

import pytest

from kdc_cli import bench
from tests.bench._result import Result, json_lines, table


@pytest.mark.parametrize(
    ("result", "met"),
    [
        (Result("a", "rows/s", 100, "load()", 10, goal=5), True),
        (Result("a", "rows/s", 40, "load()", 10, goal=5), False),
        (Result("a", "kB", 20, "/my", 800, goal=0.1, more_is_better=False), True),
        (Result("a", "kB", 61, "/my", 800, goal=60, more_is_better=False, absolute=True), False),
        (Result("a", "s", 1), None),
    ],
)
def test_goals(result, met):
    assert result.met is met


def test_json_has_the_agreed_keys():
    (line,) = json_lines([Result("a", "s", 1, "b", 2)]).splitlines()
    assert list(json.loads(line)) == ["name", "unit", "ours", "baseline_name", "baseline", "ratio", "goal", "met"]


def test_the_table_shows_a_missed_goal():
    assert "NO" in table([Result("a", "rows/s", 1, "load()", 10, goal=5)])


def test_the_benchmarks_of_the_issue_are_there():
    assert {"bill-pdf", "bill-run", "import", "pages", "portal", "tariff"} <= set(bench.names())
