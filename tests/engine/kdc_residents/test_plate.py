import pytest
from kdc_residents_engine import plate


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("79A-123.45", "79A-123.45"),
        ("79a 12345", "79A-123.45"),
        ("79-N1 234.56", "79N1-234.56"),
        ("79N123456", "79N1-234.56"),
        ("79-N1 2345", "79N1-2345"),
        ("79MĐ1-123.45", "79MĐ1-123.45"),
        ("51LD–123.45", "51LD-123.45"),
    ],
)
def test_plates(typed, shown):
    assert plate.display(typed) == shown
    assert plate.display(shown) == shown
    assert plate.plate_key(typed) == plate.plate_key(shown)


@pytest.mark.parametrize(
    "typed", ["", None, "xe máy", "79-123", "09A-123.45", "79A-123.456", "79ABC-123.45", "79A-1234567"]
)
def test_no_plate(typed):
    with pytest.raises(plate.PlateError):
        plate.plate_key(typed)
