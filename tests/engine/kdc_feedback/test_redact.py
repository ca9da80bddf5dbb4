import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kdc_feedback_engine.redact import Box, redact
from PIL import Image


def photo(width=200, height=100, exif=True):
    """Left half red, right half a fine black and white pattern, with metadata."""
    image = Image.new("RGB", (width, height), "red")
    for x in range(width // 2, width):
        for y in range(height):
            image.putpixel((x, y), (255, 255, 255) if (x // 4 + y // 4) % 2 else (0, 0, 0))
    out = io.BytesIO()
    meta = Image.Exif()
    meta[0x010E] = "KDC-SECRET"
    image.save(out, "JPEG", quality=95, exif=meta if exif else b"", comment="KDC-SECRET" if exif else "")
    return out.getvalue()


def pixels(data):
    return Image.open(io.BytesIO(data)).convert("RGB")


def test_the_part_is_black_and_the_rest_stays():
    result = pixels(redact(photo(), [Box(50, 0, 100, 100)], "cover"))
    assert max(result.getpixel((150, 50))) < 12
    assert result.getpixel((40, 50))[0] > 200


def test_a_blurred_part_has_lost_its_pattern():
    result = pixels(redact(photo(), [Box(50, 0, 100, 100)], "blur"))
    values = [result.getpixel((x, 50))[0] for x in range(110, 190)]
    assert max(values) - min(values) < 60
    assert result.getpixel((40, 50))[0] > 200


def test_several_parts_at_once():
    result = pixels(redact(photo(), [Box(0, 0, 10, 100), Box(90, 0, 100, 100)], "cover"))
    assert max(result.getpixel((8, 50))) < 12
    assert max(result.getpixel((192, 50))) < 12
    assert result.getpixel((60, 50))[0] > 200


@pytest.mark.parametrize("mode", ["cover", "blur"])
def test_no_metadata_is_left(mode):
    result = redact(photo(), [Box(0, 0, 10, 10)], mode)
    assert b"KDC-SECRET" not in result
    assert not pixels(result).getexif()


@pytest.mark.parametrize("box", [(10, 0, 10, 5), (-1, 0, 5, 5), (0, 0, 101, 5), (50, 0, 20, 5)])
def test_what_is_no_rectangle(box):
    with pytest.raises(ValueError):
        Box(*box)


def test_an_unknown_mode():
    with pytest.raises(ValueError):
        redact(photo(), [Box(0, 0, 10, 10)], "polish")


@settings(deadline=None, max_examples=40)
@given(st.floats(0, 99), st.floats(0, 99), st.floats(0.01, 100), st.floats(0.01, 100))
def test_any_rectangle_on_a_small_photo(left, top, width, height):
    box = Box(left, top, min(left + width, 100), min(top + height, 100))
    assert pixels(redact(photo(17, 9), [box], "blur")).size == (17, 9)
