"""Reminders: one step at a time, never the same level twice, nothing too young or too small."""

from hypothesis import given
from hypothesis import strategies as st
from kdc_utilities_engine.dunning import Debt, Level, next_level, remind

FIRST = Level("notice", 1, 5)
SECOND = Level("letter", 2, 30, 50_000, 10)
THIRD = Level("visit", 3, 60, 200_000, 10)
LEVELS = (THIRD, FIRST, SECOND)

DEBTS = st.lists(
    st.builds(
        Debt, st.integers(), st.integers(-30, 400), st.integers(1, 10**7), st.integers(0, 3),
        st.none() | st.integers(0, 100),
    )
)  # fmt: skip


def test_steps_in_order_and_with_time_between():
    assert next_level(Debt("a", 4, 1), LEVELS) is None
    assert next_level(Debt("a", 5, 1), LEVELS) == FIRST
    assert next_level(Debt("a", 400, 1), LEVELS) == FIRST, "Old, but nobody has said anything yet."
    assert next_level(Debt("a", 400, 1, rank=1, since=9), LEVELS) is None
    assert next_level(Debt("a", 400, 1, rank=1, since=10), LEVELS) == SECOND
    assert next_level(Debt("a", 29, 1, rank=1, since=25), LEVELS) is None
    assert next_level(Debt("a", 400, 1, rank=3, since=400), LEVELS) is None


def test_the_highest_level_that_is_worth_it():
    old, new = Debt("old", 70, 40_000, 2, 30), Debt("new", 6, 30_000)
    assert remind([old, new], LEVELS).debts == ((new, FIRST),), "70,000 is no reason to go there."
    rich = Debt("rich", 70, 180_000, 2, 30)
    reminder = remind([rich, new], LEVELS)
    assert (reminder.level, reminder.amount) == (THIRD, 210_000)
    assert dict(reminder.debts) == {rich: THIRD, new: FIRST}
    assert remind([], LEVELS) is None
    assert remind([rich], ()) is None


@given(DEBTS)
def test_whatever_the_debts_are(debts):
    reminder = remind(debts, LEVELS)
    if reminder is None:
        return
    assert reminder.amount >= reminder.level.minimum
    assert reminder.level in [level for _debt, level in reminder.debts]
    for debt, level in reminder.debts:
        assert level.rank == debt.rank + 1 <= reminder.level.rank
        assert debt.days >= level.days
        assert debt.since is None or debt.since >= level.wait
