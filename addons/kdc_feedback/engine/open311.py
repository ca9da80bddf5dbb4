"""Open311 GeoReport v2 as the specification writes it: states, dates, XML and JSON (http://wiki.open311.org/GeoReport_v2).

Answers are plain Python: dictionaries, lists, text, numbers, ``None``. Lists know the name of their items in XML from
:data:`ITEM`; in JSON the outermost name falls away (the "Spark convention" of the specification).
"""

import json
import re
from contextlib import suppress
from datetime import datetime, timedelta, timezone

from lxml import etree

from . import states

#: Viet Nam has one time zone and no summer time.
OFFSET = timezone(timedelta(hours=7))
#: The longest period one query may span, and how many requests one answer holds at most.
MAX_DAYS = 90
MAX_REQUESTS = 1000
#: So many numbers of requests are looked at in one query.
MAX_IDS = 200

OPEN, CLOSED = "open", "closed"
ITEM = {
    "services": "service",
    "attributes": "attribute",
    "values": "value",
    "service_requests": "request",
    "service_request_updates": "request_update",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
}
CONTENT_TYPES = {"xml": "text/xml; charset=utf-8", "json": "application/json; charset=utf-8"}

_DATE = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(?::(\d\d)(?:\.\d+)?)?(Z|[+-]\d\d:\d\d))?",
)
# What XML 1.0 cannot carry, however it is escaped.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Open311Error(Exception):
    """A request that cannot be answered.

    :param status: HTTP status, of which the specification knows 400, 403 and 404
    :param description: what the user of the client reads
    :param code: code in the body, when it says more than the status
    """

    def __init__(self, status, description, code=None):
        super().__init__(description)
        self.status = status
        self.code = code or status
        self.description = description


def status_of(state: str) -> str:
    """``open`` while somebody of the ward owes the next step, else ``closed``."""
    return OPEN if state in states.OPEN else CLOSED


def states_of(statuses: str) -> set:
    """The states behind a comma separated list of ``open`` and ``closed``; empty text means all.

    :raises Open311Error: another word
    """
    wanted = set(split(statuses)) or {OPEN, CLOSED}
    unknown = wanted - {OPEN, CLOSED}
    if unknown:
        raise Open311Error(400, f"status {', '.join(sorted(unknown))} is not known: use open or closed")
    return {state for state in states.STATES if status_of(state) in wanted}


def split(text: str) -> list:
    """The values of a comma separated list, without empty ones.

    >>> split("pothole, lamp,,")
    ['pothole', 'lamp']
    """
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def write_date(instant) -> str | None:
    """A naive UTC instant as W3C date with the offset of Viet Nam; ``None`` stays ``None``.

    >>> write_date(datetime(2026, 11, 18, 2, 0))
    '2026-11-18T09:00:00+07:00'
    """
    if not instant:
        return None
    return instant.replace(microsecond=0, tzinfo=timezone.utc).astimezone(OFFSET).isoformat()


def read_date(text: str, name: str = "date"):
    """A W3C date as naive UTC instant; a day alone begins at midnight in Viet Nam; empty text gives ``None``.

    A ``+`` that a client forgot to escape has become a space on the way and is read as ``+``.

    :raises Open311Error: anything else
    """
    text = (text or "").strip()
    if not text:
        return None
    match = _DATE.fullmatch(text.replace(" ", "+"))
    if match:
        day, minute, second, zone = match.groups()
        zone = "+00:00" if zone == "Z" else zone or "+07:00"
        with suppress(ValueError, OverflowError):
            instant = datetime.fromisoformat(f"{day}T{minute or '00:00'}:{second or '00'}{zone}")
            return instant.astimezone(timezone.utc).replace(tzinfo=None)
    raise Open311Error(400, f"{name} is not a date in W3C format, for example 2026-11-18T09:00:00+07:00")


def read_period(start: str, end: str, now):
    """First and last instant of a query, naive UTC.

    With neither end the last 90 days; with one, 90 days from or to it.

    :raises Open311Error: no dates, the wrong way round, or more than 90 days
    """
    since, until = read_date(start, "start_date"), read_date(end, "end_date")
    span = timedelta(days=MAX_DAYS)
    try:
        if since and until:
            if since > until:
                raise Open311Error(400, "start_date is after end_date")
            if until - since > span:
                raise Open311Error(400, f"start_date and end_date span more than {MAX_DAYS} days")
            return since, until
        if since:
            return since, since + span
        return (until or now) - span, until or now
    except OverflowError:
        raise Open311Error(400, "start_date or end_date is too far away") from None


def read_page(page: str, size: str) -> tuple:
    """Offset and number of requests wanted; pages begin with 1.

    :raises Open311Error: no numbers, or below 1
    """
    return (_positive(page, "page", 1, 1_000_000) - 1) * (
        limit := _positive(size, "page_size", MAX_REQUESTS, MAX_REQUESTS)
    ), limit


def _positive(text, name, default, most):
    text = (text or "").strip()
    if not text:
        return default
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) < 1:
        raise Open311Error(400, f"{name} is not a number from 1 on")
    return min(int(text), most)


def errors(error: Open311Error) -> list:
    """The body of an error."""
    return [{"code": error.code, "description": error.description}]


def render(form: str, root: str, data) -> bytes:
    """Write an answer.

    :param form: ``xml`` or ``json``
    :param root: name of the root element, left out in JSON
    """
    if form == "json":
        return json.dumps(data, ensure_ascii=False).encode()
    element = etree.Element(root)
    _fill(element, data)
    return etree.tostring(element, xml_declaration=True, encoding="utf-8", pretty_print=True)


def _fill(element, data):
    if isinstance(data, dict):
        for name, value in data.items():
            _fill(etree.SubElement(element, name), value)
    elif isinstance(data, list):
        for value in data:
            _fill(etree.SubElement(element, ITEM[element.tag]), value)
    elif isinstance(data, bool):
        element.text = "true" if data else "false"
    elif data is not None:
        element.text = _FORBIDDEN.sub("", str(data))
