"""Working time: the vectors a ward meets, and the laws every calendar must obey."""

from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kdc_residents_engine import clock
from kdc_residents_engine.clock import Term, WorkCalendar

H = 60
OFFICE = ((8 * H, 12 * H), (13 * H, 17 * H))
WEEKLY = (OFFICE,) * 5 + ((), ())


def closed(first, last=None):
    """A closure of whole days."""
    last = last or first
    return (
        datetime.combine(first, datetime.min.time()),
        datetime.combine(last + timedelta(days=1), datetime.min.time()),
    )


PLAIN = WorkCalendar(WEEKLY)
# Tết 2026 as decided: 16-20 February off. 2 September: Monday 31 August off, Saturday 22 August worked.
VIETNAM_2026 = WorkCalendar(
    WEEKLY,
    closures=(
        closed(date(2026, 2, 16), date(2026, 2, 20)),
        closed(date(2026, 8, 31), date(2026, 9, 2)),
        closed(date(2026, 11, 24)),
    ),
    swaps=((date(2026, 8, 22), 0),),
)


def test_friday_four_o_clock_urgent_is_due_on_monday():
    friday = datetime(2026, 11, 20, 16, 0)
    assert clock.add_term(PLAIN, friday, Term(4)) == datetime(2026, 11, 23, 11, 0)


def test_urgent_before_the_day_of_culture_skips_the_holiday():
    monday = datetime(2026, 11, 23, 16, 0)
    assert clock.add_term(VIETNAM_2026, monday, Term(4)) == datetime(2026, 11, 25, 11, 0)


def test_four_hours_within_one_day_step_over_lunch():
    assert clock.add_term(PLAIN, datetime(2026, 11, 18, 9, 30), Term(4)) == datetime(2026, 11, 18, 14, 30)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (datetime(2026, 11, 18, 6, 0), datetime(2026, 11, 18, 10, 0)),  # before opening
        (datetime(2026, 11, 18, 12, 30), datetime(2026, 11, 18, 15, 0)),  # at lunch
        (datetime(2026, 11, 18, 22, 0), datetime(2026, 11, 19, 10, 0)),  # at night
        (datetime(2026, 11, 21, 9, 0), datetime(2026, 11, 23, 10, 0)),  # on a Saturday
    ],
)
def test_two_hours_asked_outside_office_time(start, end):
    assert clock.add_term(PLAIN, start, Term(2)) == end


def test_seven_working_days_across_tet():
    sent = datetime(2026, 2, 12, 10, 0)  # Thursday before Tết; counted: 13, 23, 24, 25, 26, 27 Feb, 2 Mar
    assert clock.add_term(VIETNAM_2026, sent, Term(7, "days")) == datetime(2026, 3, 2, 17, 0)
    assert clock.add_term(PLAIN, sent, Term(7, "days")) == datetime(2026, 2, 23, 17, 0)


def test_three_working_days_over_a_swapped_saturday_and_its_bridge():
    sent = datetime(2026, 8, 20, 9, 0)  # Thursday; counted: Fri 21, Sat 22 (worked), Mon 24
    assert clock.add_term(VIETNAM_2026, sent, Term(3, "days")) == datetime(2026, 8, 24, 17, 0)
    sent = datetime(2026, 8, 28, 9, 0)  # Friday; Mon 31 Aug - Wed 2 Sep off; counted: 3, 4, 7 Sep
    assert clock.add_term(VIETNAM_2026, sent, Term(3, "days")) == datetime(2026, 9, 7, 17, 0)


def test_hours_on_a_swapped_saturday_count():
    friday = datetime(2026, 8, 21, 16, 0)
    assert clock.add_term(VIETNAM_2026, friday, Term(4)) == datetime(2026, 8, 22, 11, 0)
    assert clock.worked(VIETNAM_2026, datetime(2026, 8, 22), datetime(2026, 8, 23)) == timedelta(hours=8)


def test_day_term_given_on_a_day_off_or_at_night_counts_from_the_next_working_day():
    saturday = datetime(2026, 11, 14, 9, 0)
    assert clock.add_term(PLAIN, saturday, Term(1, "days")) == datetime(2026, 11, 16, 17, 0)
    assert clock.add_term(PLAIN, datetime(2026, 11, 16, 23, 0), Term(1, "days")) == datetime(2026, 11, 17, 17, 0)


def test_zero_days_end_with_the_running_or_the_next_working_day():
    assert clock.add_days(PLAIN, datetime(2026, 11, 16, 9, 0), 0) == datetime(2026, 11, 16, 17, 0)
    assert clock.add_days(PLAIN, datetime(2026, 11, 16, 18, 0), 0) == datetime(2026, 11, 17, 17, 0)


def test_pause_over_a_weekend_moves_by_its_working_time_only():
    start = datetime(2026, 11, 19, 14, 0)  # Thursday
    pause = (datetime(2026, 11, 20, 15, 0), datetime(2026, 11, 23, 10, 0))  # Fri 15:00 - Mon 10:00 = 2 h + 2 h
    assert clock.paused(PLAIN, start, [pause], datetime(2026, 12, 1)) == timedelta(hours=4)
    assert clock.deadline(PLAIN, start, Term(8), [pause]) == datetime(2026, 11, 20, 14, 0)  # ended before the pause
    assert clock.deadline(PLAIN, start, Term(12), [pause]) == datetime(2026, 11, 23, 14, 0)
    assert clock.deadline(PLAIN, start, Term(3, "days"), [pause]) == datetime(2026, 11, 25, 12, 0)


def test_pause_inside_a_weekend_costs_nothing():
    start = datetime(2026, 11, 20, 14, 0)
    pause = (datetime(2026, 11, 20, 17, 0), datetime(2026, 11, 23, 8, 0))
    assert clock.deadline(PLAIN, start, Term(8), [pause]) == clock.deadline(PLAIN, start, Term(8))


def test_calendar_changed_while_running():
    """A holiday decided after sending moves what has not yet run."""
    sent = datetime(2026, 11, 20, 9, 0)
    assert clock.add_term(PLAIN, sent, Term(3, "days")) == datetime(2026, 11, 25, 17, 0)
    assert clock.add_term(VIETNAM_2026, sent, Term(3, "days")) == datetime(2026, 11, 26, 17, 0)


def test_half_day_closing():
    storm = WorkCalendar(WEEKLY, closures=((datetime(2026, 11, 18, 13, 0), datetime(2026, 11, 18, 23, 59)),))
    assert clock.add_term(storm, datetime(2026, 11, 18, 10, 0), Term(4)) == datetime(2026, 11, 19, 10, 0)
    assert clock.add_term(storm, datetime(2026, 11, 17, 10, 0), Term(1, "days")) == datetime(2026, 11, 18, 12, 0)


def test_a_closure_wins_over_a_swap():
    calendar = WorkCalendar(WEEKLY, closures=(closed(date(2026, 8, 22)),), swaps=((date(2026, 8, 22), 0),))
    assert not calendar.is_working_day(date(2026, 8, 22))


def test_empty_calendar_is_reported_not_endless():
    empty = WorkCalendar(((),) * 7)
    for call in (
        lambda: clock.add_term(empty, datetime(2026, 1, 1), Term(1)),
        lambda: clock.add_term(empty, datetime(2026, 1, 1), Term(1, "days")),
        lambda: clock.subtract_time(empty, datetime(2026, 1, 1), timedelta(hours=1)),
    ):
        with pytest.raises(clock.NoWorkingTime):
            call()


@pytest.mark.parametrize("wrong", [lambda: Term(-1), lambda: Term(1.5, "days"), lambda: Term(1, "weeks")])
def test_impossible_terms_are_refused(wrong):
    with pytest.raises(ValueError, match="term|Unknown"):
        wrong()


def test_time_zone_at_the_edge():
    assert clock.to_local(datetime(2026, 11, 20, 9, 0)) == datetime(2026, 11, 20, 16, 0)
    assert clock.to_utc(datetime(2026, 11, 20, 16, 0)) == datetime(2026, 11, 20, 9, 0)


# ---------------------------------------------------------------- laws

minutes = st.integers(0, 24 * H)
instants = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)).map(lambda d: d.replace(second=0, microsecond=0))
durations = st.integers(0, 60 * H).map(lambda m: timedelta(minutes=m))
weeks = st.lists(
    st.lists(st.tuples(minutes, minutes).map(sorted).map(tuple), max_size=2).map(tuple), min_size=6, max_size=6
).map(lambda days: (*days, ((9 * H, 10 * H),)))  # at least one hour a week
spans = st.tuples(instants, st.integers(0, 6 * 24 * H)).map(lambda s: (s[0], s[0] + timedelta(minutes=s[1])))
calendars = st.builds(
    WorkCalendar,
    weeks,
    st.lists(spans, max_size=4).map(tuple),
    st.lists(st.tuples(st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.integers(0, 6)), max_size=3).map(
        lambda pairs: tuple(dict(pairs).items())
    ),
)


@settings(max_examples=200, deadline=None)
@given(calendars, instants, durations)
def test_adding_then_measuring_gives_the_same(calendar, start, amount):
    end = clock.add_time(calendar, start, amount)
    assert end >= start
    assert clock.worked(calendar, start, end) == amount


@settings(max_examples=200, deadline=None)
@given(calendars, instants, durations)
def test_subtracting_then_measuring_gives_the_same(calendar, end, amount):
    start = clock.subtract_time(calendar, end, amount)
    assert start <= end
    assert clock.worked(calendar, start, end) == amount


@settings(max_examples=200, deadline=None)
@given(calendars, instants, durations, durations)
def test_adding_in_two_steps_is_adding_once(calendar, start, first, second):
    once = clock.add_time(calendar, start, first + second)
    assert clock.add_time(calendar, clock.add_time(calendar, start, first), second) == once


@settings(max_examples=200, deadline=None)
@given(calendars, instants, instants, instants)
def test_measuring_is_additive(calendar, a, b, c):
    a, b, c = sorted((a, b, c))
    assert clock.worked(calendar, a, b) + clock.worked(calendar, b, c) == clock.worked(calendar, a, c)


@settings(max_examples=200, deadline=None)
@given(calendars, instants, st.integers(1, 600), st.lists(spans, max_size=4))
def test_the_running_time_until_the_deadline_is_the_term(calendar, start, term_minutes, pauses):
    """With pauses in hours: worked minus paused equals what was promised, to the minute."""
    end = clock.deadline(calendar, start, Term(term_minutes / 60), pauses)
    ran = clock.elapsed(calendar, start, end, pauses)
    assert abs(ran - timedelta(minutes=term_minutes)) < timedelta(seconds=1)


@settings(max_examples=100, deadline=None)
@given(calendars, instants, st.integers(0, 12), st.lists(spans, max_size=3))
def test_a_pause_never_brings_the_deadline_forward(calendar, start, days, pauses):
    term = Term(days, "days")
    assert clock.deadline(calendar, start, term, pauses) >= clock.deadline(calendar, start, term)


@settings(max_examples=100, deadline=None)
@given(calendars, instants, st.integers(0, 12), spans)
def test_closing_the_office_never_brings_a_deadline_forward(calendar, start, days, closure):
    closed_calendar = WorkCalendar(calendar.weekly, (*calendar.closures, closure), calendar.swaps)
    assert clock.add_days(closed_calendar, start, days) >= clock.add_days(calendar, start, days)


@settings(max_examples=100, deadline=None)
@given(calendars, instants, instants, st.integers(0, 10))
def test_who_asks_later_is_not_answered_earlier(calendar, first, second, days):
    first, second = sorted((first, second))
    assert clock.add_days(calendar, first, days) <= clock.add_days(calendar, second, days)


def test_instants_of_browsers():
    """As every version of Python must read them; 3.10 knows no ``Z`` by itself."""
    assert clock.read_instant("2026-11-21T09:30:00.250Z") == datetime(2026, 11, 21, 9, 30, 0, 250_000, timezone.utc)
    assert clock.read_instant("2026-11-21T16:30:00+07:00") == datetime(2026, 11, 21, 9, 30, tzinfo=timezone.utc)
    for text in ("", "Z", "x"):
        with pytest.raises(ValueError):
            clock.read_instant(text)
    with pytest.raises(TypeError):
        clock.read_instant(None)
