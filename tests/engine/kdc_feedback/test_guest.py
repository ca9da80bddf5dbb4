import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kdc_feedback_engine import guest

KEY, NOW = "a-form", 1_800_000_000


def sign(text):
    return hashlib.sha256(f"secret {text}".encode()).hexdigest()


CHALLENGE = guest.challenge(KEY, NOW, sign)
WORK = guest.do_work(CHALLENGE)


@pytest.mark.parametrize(
    ("work", "after", "left"),
    [
        (WORK, 0, guest.LEAST_WITH_WORK),
        (WORK, guest.LEAST_WITH_WORK, 0),
        ("", 3, guest.LEAST_WITHOUT - 3),
        ("", guest.LEAST_WITHOUT, 0),
        ("", guest.VALID, 0),
        ("", guest.VALID + 1, None),
        ("", -1, None),
    ],
)
def test_waiting(work, after, left):
    assert guest.seconds_left(CHALLENGE, KEY, work, NOW + after, sign) == left


@pytest.mark.parametrize("text", ["", None, "1", f"{NOW}.{'0' * 64}", CHALLENGE.replace("1", "2", 1), f"{CHALLENGE} "])
def test_no_challenge_of_ours(text):
    assert guest.seconds_left(text, KEY, WORK, NOW + 60, sign) is None


def test_serves_one_form():
    assert guest.seconds_left(CHALLENGE, "another-form", WORK, NOW + 60, sign) is None


@given(st.text(max_size=20))
def test_whatever_is_sent_as_work_is_judged(text):
    assert guest.has_worked(CHALLENGE, text) in (True, False)


@pytest.mark.parametrize("text", ["²", "-1", "1e3", "0" * 13, " 1"])
def test_work_is_a_plain_number(text):
    assert not guest.has_worked(CHALLENGE, text)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.7", "203.0.113.7", True),
        ("203.0.113.7", "203.0.113.8", False),
        ("::ffff:203.0.113.7", "203.0.113.7", True),
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("", None, True),
    ],
)
def test_sources(one, other, same):
    assert (guest.source_of(one) == guest.source_of(other)) is same
