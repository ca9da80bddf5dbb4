"""Opening hours: examples of a fish stall and a night kitchen, and properties against a count minute by minute."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kdc_marketplace_engine.opening import DAY, Opening, OpeningError, format_spans, merge, parse_spans

MONDAY = date(2026, 11, 23)
STALL = Opening(
    {day: parse_spans("6:00–11:00, 15:00–19:00") for day in range(6)},
    {MONDAY + timedelta(days=1): (), MONDAY + timedelta(days=6): parse_spans("7-9")},
)
NIGHT = Opening({4: parse_spans("18:00-2:00"), 5: parse_spans("0:30-1:00, 18:00-24:00")})


def at(day, hour, minute=0):
    return datetime(2026, 11, 23 + day, hour, minute)


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("6:00–11:00 và 15h-19h30", ((360, 660), (900, 1170))),
        ("15h30 đến 19h; 6-9", ((360, 540), (930, 1140))),
        ("18:00-2:00", ((1080, 1560),)),
        ("0-24", ((0, 1440),)),
        ("", ()),
    ],
)
def test_parse(text, spans):
    assert parse_spans(text) == spans
    assert parse_spans(format_spans(spans)) == spans


@pytest.mark.parametrize(
    "text", ["sáng", "6:00", "6-11 hôm nay", "25:00-26:00", "6:75-8", "6-11, 10-12", "1-2,3-4,5-6,7-8,9-10"]
)
def test_parse_refuses(text):
    with pytest.raises(OpeningError):
        parse_spans(text)


@pytest.mark.parametrize(
    ("when", "is_open"),
    [
        (at(0, 5, 59), False),
        (at(0, 6), True),
        (at(0, 11), False),
        (at(0, 18, 59), True),
        (at(1, 8), False),  # closed that day
        (at(6, 8), True),  # a Sunday that is open for once
        (at(6, 10), False),
    ],
)
def test_stall(when, is_open):
    assert STALL.is_open(when) is is_open


def test_next_opening_and_closing():
    assert STALL.next_opening(at(0, 7)) == at(0, 7)
    assert STALL.next_opening(at(0, 19)) == at(2, 6), "Tuesday is a special day"
    assert STALL.closes_at(at(0, 7)) == at(0, 11)
    assert STALL.closes_at(at(0, 12)) is None
    assert Opening({}).next_opening(at(0, 7)) is None


def test_past_midnight():
    assert NIGHT.is_open(at(5, 1, 59))
    assert not NIGHT.is_open(at(5, 2))
    assert NIGHT.closes_at(at(4, 20)) == at(5, 2)
    assert NIGHT.minutes_between(at(4, 0), at(6, 23)) == 8 * 60 + 6 * 60, (
        "the overlap at half past midnight counts once"
    )


def test_add_minutes():
    assert STALL.add_minutes(at(0, 10, 30), 60) == at(0, 15, 30)
    assert STALL.add_minutes(at(0, 10, 30), 30) == at(0, 11)
    assert STALL.add_minutes(at(0, 18, 30), 60) == at(2, 6, 30)
    assert STALL.add_minutes(at(0, 3), 0) == at(0, 6)
    assert Opening({}).add_minutes(at(0, 3), 1) is None


@st.composite
def spans(draw):
    edges = sorted(draw(st.sets(st.integers(0, 2 * DAY), max_size=4)))
    pairs = zip(edges[::2], edges[1::2], strict=False)
    return tuple((start, end) for start, end in pairs if start < DAY and end - start <= DAY)


openings = st.builds(
    Opening,
    st.dictionaries(st.integers(0, 6), spans(), max_size=7),
    st.dictionaries(st.dates(MONDAY, MONDAY + timedelta(days=8)), spans(), max_size=3),
)
instants = st.integers(0, 9 * DAY).map(lambda minutes: datetime(2026, 11, 23) + timedelta(minutes=minutes))


@given(openings, instants, st.integers(0, 3 * DAY))
def test_minutes_are_counted_one_by_one(opening, start, length):
    length = min(length, 700)
    end = start + timedelta(minutes=length)
    counted = sum(opening.is_open(start + timedelta(minutes=n)) for n in range(length))
    assert opening.minutes_between(start, end) == counted


@given(openings, instants, st.integers(1, 5000))
def test_adding_and_counting_agree(opening, start, minutes):
    end = opening.add_minutes(start, minutes)
    if end is None:
        assert opening.minutes_between(start, start + timedelta(days=300)) < minutes
    else:
        assert opening.minutes_between(start, end) == minutes
        assert opening.is_open(end - timedelta(minutes=1))


@given(openings, instants)
def test_next_opening_is_the_first_open_minute(opening, start):
    opens = opening.next_opening(start)
    if opens is not None:
        assert opens >= start
        assert opening.is_open(opens)
        assert opening.minutes_between(start, opens) == 0
    closes = opening.closes_at(start)
    assert (closes is not None) is opening.is_open(start)
    if closes is not None:
        assert opening.minutes_between(start, closes) == (closes - start) // timedelta(minutes=1)


@given(st.lists(st.tuples(st.integers(0, DAY - 1), st.integers(0, DAY)), max_size=3))
def test_merge_orders_or_refuses(pairs):
    try:
        merged = merge(pairs)
    except OpeningError:
        return
    assert all(end <= start for (_s, end), (start, _e) in zip(merged, merged[1:], strict=False))
