"""Formats of identity documents."""

import pytest
from kdc_residents_engine import identity_document as doc


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("citizen_card", "056 090 001 234", "056090001234"),
        ("old_card", "225.123.456", "225123456"),
        ("passport", "c1234567", "C1234567"),
        ("passport", "B 12345678", "B12345678"),
        ("health_insurance", "gd 4 56 0123456789", "GD4560123456789"),
        ("health_insurance", "5601234567", "5601234567"),
        ("birth_certificate", "123/2010", "123/2010"),
        ("other", "ab-123", "AB123"),
    ],
)
def test_taken(kind, typed, kept):
    assert doc.clean(kind, typed) == kept


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("citizen_card", "225123456"),
        ("citizen_card", ""),
        ("citizen_card", "٠٥٦٠٩٠٠٠١٢٣٤"),
        ("old_card", "056090001234"),
        ("passport", "1234567"),
        ("health_insurance", "12"),
        ("other", "a"),
        ("other", "<b>"),
        ("birth_certificate", None),
    ],
)
def test_refused_with_an_example_that_is_taken(kind, typed):
    with pytest.raises(doc.DocumentNumberError) as caught:
        doc.clean(kind, typed)
    assert doc.clean(kind, caught.value.example)


@pytest.mark.parametrize("kind", doc.FORMATS)
def test_masks_hide_most(kind):
    number = doc.FORMATS[kind][1]
    masked = doc.mask(number)
    assert len(masked) == len(number)
    assert masked.count("*") >= len(number) / 2
    assert doc.mask("") == ""
