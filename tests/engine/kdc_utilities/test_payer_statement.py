"""Statements of account: the last balance is the closing one, whatever happened in whatever order."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st
from kdc_utilities_engine.payer_statement import Entry, build

DAY = date(2026, 1, 1)
ENTRIES = st.lists(
    st.builds(
        lambda days, charge, credit: Entry(DAY + timedelta(days=days), "", charge, credit),
        st.integers(0, 400), st.integers(0, 10**7), st.integers(0, 10**7),
    )
)  # fmt: skip


def test_running_balance():
    statement = build(
        50_000,
        [
            Entry(DAY + timedelta(days=9), "paid", credit=100_000),
            Entry(DAY, "bill", charge=88_160),
            Entry(DAY + timedelta(days=9), "cancelled receipt"),
        ],
    )
    assert [row.balance for row in statement.rows] == [138_160, 38_160, 38_160]
    assert [row.entry.text for row in statement.rows] == ["bill", "paid", "cancelled receipt"]
    assert (statement.charged, statement.credited, statement.closing) == (88_160, 100_000, 38_160)


@given(st.integers(-(10**8), 10**8), ENTRIES)
def test_closing_is_the_last_balance(opening, entries):
    statement = build(opening, entries)
    assert statement.closing == (statement.rows[-1].balance if entries else opening)
    assert len(statement.rows) == len(entries)
    assert list(statement.rows) == sorted(statement.rows, key=lambda row: row.entry.date)


@given(st.integers(-(10**8), 10**8), ENTRIES, st.integers(0, 400))
def test_one_period_goes_on_where_the_other_ended(opening, entries, days):
    day = DAY + timedelta(days=days)
    first = build(opening, [entry for entry in entries if entry.date < day])
    second = build(first.closing, [entry for entry in entries if entry.date >= day])
    assert second.closing == build(opening, entries).closing
