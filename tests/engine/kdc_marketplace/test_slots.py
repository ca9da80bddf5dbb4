"""Appointments: examples of a hairdresser, and properties that no booking may break."""

from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from kdc_marketplace_engine.opening import DAY, Opening, merge, parse_spans
from kdc_marketplace_engine.slots import ALL_SEATS, Busy, Rules, days, find, next_free, of_day, offered, starts, taken

MONDAY = date(2026, 11, 23)
HAIR = Opening({day: parse_spans("8:00–11:00, 14:00–17:30") for day in range(6)}, {MONDAY + timedelta(days=1): ()})
RULES = Rules(minutes=60, capacity=1, lead=2, ahead=7)


def at(hour, minute=0, day=0):
    return datetime(2026, 11, 23 + day, hour, minute)


def test_times_lie_inside_one_span():
    assert [start.hour for start in starts(HAIR, MONDAY, 60)] == [8, 9, 10, 14, 15, 16]
    assert [start.hour for start in starts(HAIR, MONDAY, 90)] == [8, 9, 14, 15], "8:00, 9:30, 14:00, 15:30"
    assert not starts(HAIR, MONDAY + timedelta(days=1), 60), "closed that day"
    assert not starts(HAIR, MONDAY, 4 * 60), "longer than any span"


def test_past_midnight():
    """A span of Friday evening offers its night hours on Saturday, and not twice what Saturday itself offers."""
    night = Opening({4: parse_spans("22:00-2:00"), 5: parse_spans("0:30-3:00")})
    saturday = MONDAY + timedelta(days=5)
    assert [f"{start:%H:%M}" for start in starts(night, saturday, 60)] == ["00:00", "01:00"]
    assert [start.hour for start in starts(night, saturday - timedelta(days=1), 60)] == [22, 23]


def test_customers_at_the_same_time():
    """Two long appointments one after the other are one customer at any moment, not two."""
    busy = [Busy(at(8), at(9)), Busy(at(9), at(10))]
    assert taken(busy, at(8), at(10)) == 1
    assert taken([*busy, Busy(at(9, 30), at(11))], at(8), at(10)) == 2
    assert taken(busy, at(10), at(11)) == 0


def test_booked_too_late_or_too_early():
    busy = [Busy(at(10), at(11)), Busy(at(15), at(15, 30), ALL_SEATS)]
    assert [slot.start.hour for slot in offered(HAIR, RULES, busy, MONDAY, at(7))] == [9, 14, 16]
    assert not offered(HAIR, RULES, [], MONDAY - timedelta(days=1), at(7)), "yesterday"
    assert offered(HAIR, RULES, [], MONDAY + timedelta(days=7), at(7))
    assert not offered(HAIR, RULES, [], MONDAY + timedelta(days=8), at(7))
    assert find(HAIR, RULES, busy, at(7), at(9))
    assert not find(HAIR, RULES, busy, at(7), at(9), seats=2)
    assert not find(HAIR, RULES, busy, at(7), at(9, 30)), "between two times"


def test_what_to_book_instead():
    busy = [Busy(at(8), at(16))]
    assert [slot.start for slot in next_free(HAIR, RULES, busy, at(7), at(9))] == [
        at(16), at(8, day=2), at(9, day=2),
    ]  # fmt: skip
    six = Rules(minutes=60, lead=2, ahead=6)
    assert next_free(HAIR, six, [], at(7), at(9, day=6))[0].start == at(9), "nothing on Sunday: sooner"
    assert not next_free(HAIR, RULES, [Busy(at(0), at(0, day=7), ALL_SEATS), Busy(at(0, day=7), at(23, day=7), 1)],
                         at(7), at(9))  # fmt: skip


spans = st.lists(
    st.tuples(st.integers(0, DAY - 1), st.integers(10, 300)).map(lambda pair: (pair[0], (pair[0] + pair[1]) % DAY)),
    max_size=1,
).map(merge)
weeks = st.fixed_dictionaries(dict.fromkeys(range(7), spans)).map(Opening)
bookings = st.lists(
    st.tuples(st.integers(-DAY, 3 * DAY), st.integers(5, 240), st.integers(1, 3)).map(
        lambda b: Busy(at(0) + timedelta(minutes=b[0]), at(0) + timedelta(minutes=b[0] + b[1]), b[2])
    ),
    max_size=6,
)
rules = st.builds(Rules, st.integers(5, 240), st.integers(1, 4), st.integers(0, 30), st.integers(0, 4))
moments = st.integers(0, 2 * DAY).map(lambda minutes: at(0) + timedelta(minutes=minutes))


@given(weeks, rules, bookings, moments)
def test_booking_until_nothing_is_free(opening, rules, busy, now):
    """Whatever is offered lies in opening time, in the future, has room, and booking it never exceeds the capacity."""
    booked = []
    for _turn in range(12):
        free = next_free(opening, rules, [*busy, *booked], now, now, count=1)
        if not free:
            break
        (slot,) = free
        assert slot.start >= now + timedelta(hours=rules.lead)
        assert (slot.start.date() - now.date()).days <= rules.ahead
        covering = [(o, c) for o, c in opening.intervals(slot.start, slot.stop)]
        assert sum((c - o for o, c in covering), timedelta()) == rules.length
        booked.append(Busy(slot.start, slot.stop))
        assert taken([*busy, *booked], slot.start, slot.stop) <= rules.capacity


@given(weeks, rules, bookings)
def test_times_of_a_day_do_not_overlap(opening, rules, busy):
    for day in days(rules, at(0)):
        slots = of_day(opening, rules, busy, day)
        assert all(one.stop <= other.start for one, other in zip(slots, slots[1:], strict=False))
        assert all(slot.start.date() == day and 0 <= slot.left <= rules.capacity for slot in slots)


@given(bookings, moments, st.integers(5, 240))
def test_taken_is_the_count_minute_by_minute(busy, start, minutes):
    counted = max(
        sum(b.seats for b in busy if b.start <= start + timedelta(minutes=m) < b.stop) for m in range(minutes)
    )
    assert taken(busy, start, start + timedelta(minutes=minutes)) == counted
