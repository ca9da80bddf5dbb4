"""References of bills: what is damaged is never accepted, what is only messy is found."""

import random
from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from kdc_utilities_engine import reference

NOVEMBER = date(2026, 11, 1)
A = reference.make_reference("001234", NOVEMBER)
B = reference.make_reference("009876", date(2026, 10, 31))
SAMPLES = [
    A,
    B,
    reference.make_reference("0", NOVEMBER),
    reference.make_reference("NT-0501-000123-7", NOVEMBER),
    reference.make_reference("9" * 16, NOVEMBER),
    reference.make_reference("KDC00123", NOVEMBER, series=2),
]
numbers = st.text("0123456789", min_size=1, max_size=16)
periods = st.dates(date(2020, 1, 1), date(2099, 12, 31))
references = st.builds(reference.make_reference, numbers, periods, st.integers(1, 7))


def test_form():
    assert A[:-1] == "KDC001234T1126"
    assert reference.make_reference("kdc 0012-34", NOVEMBER) == A
    assert len(reference.make_reference("9" * 16, NOVEMBER)) == 25
    assert all(reference.check(sample) for sample in SAMPLES)
    # The value is fixed for ever: printed bills carry it.
    assert A == "KDC001234T1126H"


@pytest.mark.parametrize("sample", SAMPLES)
def test_every_substitution_is_noticed(sample):
    for position, original in enumerate(sample):
        for char in reference.ALPHABET:
            if char != original:
                damaged = sample[:position] + char + sample[position + 1 :]
                assert not reference.check(damaged)
                assert reference.check_character(damaged[:-1]) != damaged[-1]


@pytest.mark.parametrize("sample", SAMPLES)
def test_every_exchange_is_noticed(sample):
    for distance in (1, 2):
        for position in range(len(sample) - distance):
            chars = list(sample)
            chars[position], chars[position + distance] = chars[position + distance], chars[position]
            damaged = "".join(chars)
            if damaged != sample:
                assert not reference.check(damaged)
                assert reference.check_character(damaged[:-1]) != damaged[-1]


def test_ring_is_proved_exhaustively():
    """Two characters in every place and order: substitution and exchange change the check character."""
    for length in range(2, 26):
        pad = "K" * (length - 2)
        seen = {}
        for a in reference.ALPHABET:
            row = [reference.check_character(pad + a + b) for b in reference.ALPHABET]
            assert len(set(row)) == 36
            seen.update({(a, b): row[i] for i, b in enumerate(reference.ALPHABET)})
        for (a, b), char in seen.items():
            assert a == b or seen[b, a] != char
        for b in reference.ALPHABET:
            assert len({seen[a, b] for a in reference.ALPHABET}) == 36


@given(references)
def test_ascii_short_and_valid(value):
    assert reference.check(value)
    assert len(value) <= 25
    assert set(value) <= set(reference.ALPHABET)


@given(references, st.data())
def test_substitution_property(value, data):
    position = data.draw(st.integers(0, len(value) - 1))
    char = data.draw(st.sampled_from(reference.ALPHABET))
    assume(char != value[position])
    assert not reference.check(value[:position] + char + value[position + 1 :])


@pytest.mark.parametrize(
    "text",
    [
        A,
        A.lower(),
        "KDC 001234 T1126 H",
        "kdc-001234-t1126-h",
        "K D C 0 0 1 2 3 4 T 1 1 2 6 H",
        f"MBVCB.3278907687.{A}.CT tu 0011001234567 NGUYEN VAN AN toi 113366668888",
        f"IBFT {A} GD 845123-112126 10:22:33",
        f"REM               Tfr Ac: 5221000 {A}",
        f"NGUYEN THI HOA CHUYEN TIEN{A}FT26325123456789",
        f"Đóng tiền vệ sinh {A} ạ",
        f"QR - {A[:8]}\n{A[8:]}",
        f"{A} {A}",
    ],
)
def test_found_in_the_text_of_banks(text):
    assert reference.find_references(text) == [A]


@pytest.mark.parametrize(
    "text", [f"{A} {B}", f"{A}{B}", f"{A.lower()},{B.lower()}", f"nop {A} va {B} ho nha toi", f"KDC {A} {B}"]
)
def test_two_in_one(text):
    assert reference.find_references(text) == [A, B]


def test_damaged_one_does_not_swallow_the_next():
    assert reference.find_references(A[:-1] + "Z" + B) == [B]
    assert reference.find_references(A[:-2] + B) == [B]


@pytest.mark.parametrize(
    "text", ["", "KDC", "KDCKDCKDC", "chuyen tien", "KDC001234T1126", "KDC001234T1326H", A[3:], A.replace("3", "8")]
)
def test_not_found(text):
    assert reference.find_references(text) == []


@given(references, st.text(max_size=40), st.text(max_size=40), st.randoms(use_true_random=False))
def test_found_in_any_mess(value, before, after, rng: random.Random):
    assume(reference.PREFIX[0] not in reference.compact(before))
    messy = "".join(rng.choice([char, char.lower(), char + " ", char + "-", "." + char]) for char in value)
    found = reference.find_references(f"{before}{messy} {after}")
    assert found[:1] == [value]
    assert all(reference.check(item) for item in found)


@given(st.text())
def test_any_text_is_searched_without_crash(text):
    assert all(reference.check(item) for item in reference.find_references(text))


@pytest.mark.parametrize(
    "args", [("", NOVEMBER), ("--", NOVEMBER), ("9" * 17, NOVEMBER), ("1", NOVEMBER, 0), ("1", NOVEMBER, 8)]
)
def test_refused(args):
    with pytest.raises(ValueError):
        reference.make_reference(*args)


def test_gift_form():
    reference_of_gift = reference.make_gift_reference("001234", 7)
    assert reference_of_gift[:-1] == "KDC001234Q0007"
    assert reference.find_gifts(f"MBVCB 99 {reference_of_gift.lower()} ung ho") == [("001234", 7)]
    assert reference.find_gifts("") == []
    for number, drive in (("", 1), ("1", 0), ("1", 10_000), ("9" * 18, 1)):
        with pytest.raises(ValueError):
            reference.make_gift_reference(number, drive)


@given(numbers, st.integers(1, 9999), periods, st.text("0123456789 ABCTQ-.", max_size=12))
def test_gifts_and_bills_are_told_apart(number, drive, period, noise):
    """What a gift's transfer text says is never taken for a bill, nor the other way round."""
    gift, bill = reference.make_gift_reference(number, drive), reference.make_reference(number, period)
    assert reference.find_gifts(f"{noise} {gift}") == [(number, drive)]
    assert reference.find_references(f"{noise} {gift}") == []
    assert reference.find_gifts(f"{noise} {bill}") == []
    assert reference.find_gifts(f"{gift} {bill}") == [(number, drive)]
    assert reference.find_references(f"{gift} {bill}") == [bill]


@given(numbers, st.integers(1, 9999), st.data())
def test_a_damaged_gift_is_refused(number, drive, data):
    gift = reference.make_gift_reference(number, drive)
    position = data.draw(st.integers(3, len(gift) - 1))
    char = data.draw(st.sampled_from(reference.ALPHABET))
    assume(char != gift[position])
    damaged = gift[:position] + char + gift[position + 1 :]
    assert (number, drive) not in reference.find_gifts(damaged)
