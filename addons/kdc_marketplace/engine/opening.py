"""When a shop is open: a week of spans, and special days that replace it.

All instants are naive *local* datetimes; the caller converts. A span is ``(from, to)`` in minutes after midnight of
its day, ``to`` not included. A span that ends at or before its beginning goes on after midnight (18:00–2:00).
"""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

DAY = 24 * 60
#: A deadline that needs more than a year of calendar means a shop that does not open any more.
HORIZON_DAYS = 366
MAX_SPANS = 4

Span = tuple[int, int]


class OpeningError(ValueError):
    """Hours that cannot be read or that overlap; ``text`` is the part that is wrong."""

    def __init__(self, text):
        super().__init__(text)
        self.text = text


def merge(spans) -> tuple[Span, ...]:
    """Bring spans into order and refuse what is impossible; the end of a span past midnight is above 24:00."""
    spans = sorted((start, end if end > start else end + DAY) for start, end in spans)
    for start, end in spans:
        if not (0 <= start < DAY and start < end <= start + DAY):
            raise OpeningError(format_spans([(start, end)]))
    for (_start, end), (start, later) in zip(spans, spans[1:], strict=False):
        if start < end:
            raise OpeningError(format_spans([(start, later)]))
    return tuple(spans)


_SPAN = re.compile(r"(\d{1,2})(?:[:hg.](\d{2})?)?\s*(?:-|–|—|đến|toi|tới)\s*(\d{1,2})(?:[:hg.](\d{2})?)?")


def parse_spans(text: str) -> tuple[Span, ...]:
    """Read hours as people type them: "6:00–11:00 và 15h-19h30"; empty text is no hours."""
    text = (text or "").strip().lower()
    found = _SPAN.findall(text)
    numbers = [[int(number or 0) for number in groups] for groups in found]
    spans = [(hour * 60 + minute, to_hour * 60 + to_minute) for hour, minute, to_hour, to_minute in numbers]
    rest = re.sub(r"[\s,;&+]|và", "", _SPAN.sub("", text))
    if rest or len(spans) > MAX_SPANS or any(groups[1] > 59 or groups[3] > 59 for groups in numbers):
        raise OpeningError(text)
    if any(value > DAY for span in spans for value in span):
        raise OpeningError(text)
    return merge(spans)


def format_time(minutes: int) -> str:
    """Write minutes after midnight as "6:30"; 24:00 stays 24:00, what lies beyond is of the next day."""
    minutes = minutes if minutes == DAY else minutes % DAY
    return f"{minutes // 60}:{minutes % 60:02d}"


def format_spans(spans) -> str:
    """Write spans as people read them: "6:00–11:00, 15:00–19:00"."""
    return ", ".join(f"{format_time(start)}–{format_time(end)}" for start, end in spans)


@dataclass(frozen=True)
class Opening:
    """The opening hours of one shop.

    :param weekly: {weekday: spans}, 0 = Monday; a weekday left out is closed
    :param special: {day: spans} that replace the week on that day; no spans: closed
    """

    weekly: dict[int, tuple[Span, ...]]
    special: dict[date, tuple[Span, ...]] = field(default_factory=dict)

    def spans(self, day: date) -> tuple[Span, ...]:
        """Spans that begin on ``day``."""
        return self.special.get(day, self.weekly.get(day.weekday(), ()))

    def intervals(self, start: datetime, end: datetime):
        """Yield the open intervals between two instants, cut to them, in order and without overlap."""
        reached = start
        day = start.date() - timedelta(days=1)  # a span of yesterday may go on after midnight
        while day <= end.date():
            midnight = datetime.combine(day, time.min)
            for span_start, span_end in self.spans(day):
                opens = max(midnight + timedelta(minutes=span_start), reached)
                closes = min(midnight + timedelta(minutes=span_end), end)
                if opens < closes:
                    yield opens, closes
                    reached = closes
            day += timedelta(days=1)

    def is_open(self, when: datetime) -> bool:
        """Whether the shop is open at this instant."""
        return next(self.intervals(when, when + timedelta(microseconds=1)), None) is not None

    def next_opening(self, when: datetime) -> datetime | None:
        """The first open instant from ``when`` on (``when`` itself while open); None if not within a year."""
        first = next(self.intervals(when, when + timedelta(days=HORIZON_DAYS)), None)
        return first and first[0]

    def closes_at(self, when: datetime) -> datetime | None:
        """When a shop that is open at ``when`` closes; None while it is closed."""
        reached = when
        for opens, closes in self.intervals(when, when + timedelta(days=HORIZON_DAYS)):
            if opens > reached:
                break
            reached = closes
        return reached if reached > when else None

    def minutes_between(self, start: datetime, end: datetime) -> int:
        """Whole minutes of opening time between two instants; 0 when ``end`` lies before ``start``."""
        total = sum((closes - opens for opens, closes in self.intervals(start, end)), timedelta())
        return int(total // timedelta(minutes=1))

    def add_minutes(self, when: datetime, minutes: int) -> datetime | None:
        """The instant at which ``minutes`` of opening time have passed since ``when``; None if not within a year."""
        left = timedelta(minutes=minutes)
        for opens, closes in self.intervals(when, when + timedelta(days=HORIZON_DAYS)):
            if closes - opens >= left:
                return opens + left
            left -= closes - opens
        return None
