import json
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kdc_feedback_engine import open311, states
from lxml import etree

NOW = datetime(2026, 11, 18, 2, 0)


def test_every_state_is_open_or_closed():
    assert {open311.status_of(state) for state in states.OPEN} == {"open"}
    assert {open311.status_of(state) for state in set(states.STATES) - states.OPEN} == {"closed"}
    assert open311.states_of("") == open311.states_of("open,closed") == set(states.STATES)
    assert open311.states_of("open") == set(states.OPEN)
    with pytest.raises(open311.Open311Error, match="pending"):
        open311.states_of("open,pending")


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-18T09:00:00+07:00", NOW),
        ("2026-11-18T02:00:00Z", NOW),
        ("2026-11-18T02:00Z", NOW),
        ("2026-11-18T02:00:00.000Z", NOW),
        ("2026-11-18T09:00:00 07:00", NOW),  # a plus sign that was not escaped
        ("2026-11-18", datetime(2026, 11, 17, 17, 0)),
        ("", None),
        (None, None),
    ],
)
def test_dates_are_read(text, instant):
    assert open311.read_date(text) == instant


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "2026-11-18T09:00:00", "18/11/2026", "0001-01-01", "٢٠٢٦"])
def test_what_is_no_date_is_an_error(text):
    with pytest.raises(open311.Open311Error) as caught:
        open311.read_date(text, "start_date")
    assert caught.value.status == 400
    assert "start_date" in caught.value.description


@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2200, 1, 1)))
def test_dates_come_back_to_the_second(instant):
    assert open311.read_date(open311.write_date(instant)) == instant.replace(microsecond=0)


def test_the_offset_is_always_written():
    assert open311.write_date(NOW) == "2026-11-18T09:00:00+07:00"
    assert open311.write_date(None) is None


def test_periods():
    assert open311.read_period("", "", NOW) == (NOW - timedelta(days=90), NOW)
    since, until = open311.read_period("2026-01-01T00:00:00Z", "", NOW)
    assert until - since == timedelta(days=90)
    since, until = open311.read_period("", "2026-01-01T00:00:00Z", NOW)
    assert (until - since, until) == (timedelta(days=90), datetime(2026, 1, 1))
    for start, end in (("2026-02-01", "2026-01-01"), ("2026-01-01", "2026-11-01"), ("9999-12-30", "")):
        with pytest.raises(open311.Open311Error):
            open311.read_period(start, end, NOW)


def test_pages():
    assert open311.read_page("", "") == (0, 1000)
    assert open311.read_page("3", "50") == (100, 50)
    assert open311.read_page("999999999", "5000") == (999_999_000, 1000)
    for page in ("0", "-1", "x", "1.5", "²", "9" * 30):
        with pytest.raises(open311.Open311Error):
            open311.read_page(page, "")


def test_xml_as_the_specification_writes_it():
    data = [{"code": "lamp", "metadata": True, "values": [{"key": "1", "name": "Tổ 5 & 6"}], "media_url": None}]
    root = etree.fromstring(open311.render("xml", "services", data))
    assert root.tag == "services"
    assert [child.tag for child in root] == ["service"]
    assert root.findtext("service/metadata") == "true"
    assert root.findtext("service/values/value/name") == "Tổ 5 & 6"
    assert root.find("service/media_url").text is None
    assert open311.render("xml", "services", []).startswith(b"<?xml version='1.0' encoding='utf-8'?>")


def test_json_drops_the_root_and_keeps_letters():
    assert json.loads(open311.render("json", "services", [{"name": "Đèn", "lat": None}])) == [
        {"name": "Đèn", "lat": None}
    ]
    assert "Đèn" in open311.render("json", "services", [{"name": "Đèn"}]).decode()


@given(st.text())
def test_no_text_breaks_the_xml(text):
    etree.fromstring(open311.render("xml", "errors", [{"code": 400, "description": text}]))
