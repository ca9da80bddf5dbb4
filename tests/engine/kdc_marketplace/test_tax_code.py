"""Vectors of vietnam.md §10, and what each kind of seller may have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kdc_marketplace_engine import tax_code
from kdc_marketplace_engine.tax_code import ENTERPRISE, HOUSEHOLD, PERSON, parse

WEIGHTS = (31, 29, 23, 19, 17, 13, 7, 5, 3)


@pytest.mark.parametrize(
    ("text", "kind", "number", "personal"),
    [
        ("0100233488", ENTERPRISE, "0100233488", False),
        ("0100 233 488", HOUSEHOLD, "0100233488", False),
        ("0314409058-002", ENTERPRISE, "0314409058-002", False),
        ("0314409058002", ENTERPRISE, "0314409058-002", False),
        ("056 090 001 234", PERSON, "056090001234", True),
        ("056090001234", HOUSEHOLD, "056090001234", True),
    ],
)
def test_good(text, kind, number, personal):
    assert parse(text, kind) == tax_code.TaxCode(number, personal)


@pytest.mark.parametrize(
    ("text", "kind", "error"),
    [
        ("0100233480", ENTERPRISE, tax_code.WrongCheckDigit),
        ("0100233480", HOUSEHOLD, tax_code.WrongCheckDigit),
        ("0314409058-000", ENTERPRISE, tax_code.TaxCodeError),
        ("056090001234", ENTERPRISE, tax_code.WrongKind),
        ("0100233488", PERSON, tax_code.WrongKind),
        ("123456789", PERSON, tax_code.WrongLength),
        ("", HOUSEHOLD, tax_code.WrongLength),
        ("01002E3488", ENTERPRISE, tax_code.WrongLength),
        ("٠١٠٠٢٣٣٤٨٨", ENTERPRISE, tax_code.WrongLength),
    ],
)
def test_bad(text, kind, error):
    with pytest.raises(error):
        parse(text, kind)


@given(st.text("0123456789", min_size=9, max_size=9), st.integers(0, 9))
def test_check_digit(stem, last):
    check = 10 - sum(weight * int(digit) for weight, digit in zip(WEIGHTS, stem, strict=True)) % 11
    try:
        parse(f"{stem}{last}", ENTERPRISE)
    except tax_code.TaxCodeError:
        assert check != last or "0000000" in stem
    else:
        assert check == last
