"""The sample spreadsheets, the drawings and the story that come with the demo."""

import io
from datetime import date
from pathlib import Path

import openpyxl
import pytest
import xlrd
from kdc_demo_engine import drawing, samples, story
from kdc_demo_engine.community import Community
from PIL import Image

DATA = Path(__file__).parents[2] / "data"
FILES = samples.files(date(2026, 11, 21))


@pytest.mark.parametrize("name", FILES)
def test_data_folder_is_what_the_generator_writes(name):
    """tests/data holds exactly the generator's output (``samples.write`` makes it)."""
    content = FILES[name]()
    assert len(content) < 20_000
    if name.endswith("xlsx") or name == "bad_xlsx_named.csv":
        # The compressed bytes may differ between zlib builds; the cells may not.
        assert _cells(content) == _cells((DATA / name).read_bytes())
    else:
        assert content == (DATA / name).read_bytes()


def _cells(content):
    """Return the cells of an .xlsx, or its bytes when it is deliberately not one."""
    try:
        book = openpyxl.load_workbook(io.BytesIO(content))
    except Exception:
        return content
    return [[cell.value for cell in row] for row in book.active.iter_rows()]


def test_xls_is_messy_on_purpose():
    """Merged titles, float numbers that lost their zero, text and real dates, the code once a household."""
    sheet = xlrd.open_workbook(file_contents=FILES["danh_sach_ho.xls"]()).sheet_by_index(0)
    header = next(row for row in range(10) if sheet.cell_value(row, 0) == "STT")
    assert header == 4
    types = [[sheet.cell_type(row, column) for row in range(header + 1, sheet.nrows)] for column in range(sheet.ncols)]
    for column in (3, 5, 10):
        assert {xlrd.XL_CELL_TEXT} < set(types[column])
    assert types[1].count(xlrd.XL_CELL_TEXT) == 14


def test_password_protected_files():
    """Readers see that they are protected, not that they are broken."""
    with pytest.raises(xlrd.XLRDError, match="encrypted"):
        xlrd.open_workbook(file_contents=FILES["bad_password.xls"]())
    assert "EncryptedPackage".encode("utf-16-le") in FILES["bad_password.xlsx"]()


def test_sample_people_are_not_in_the_community():
    """Importing a sample into the demo adds households instead of hitting existing numbers."""
    here = {m.personal_number for h in Community(1640) for m in h.members} - {""}
    sample = {row[5] for row in samples.roster_rows(samples._households(14, date(2026, 11, 21)))} - {""}
    assert sample and not here & sample


@pytest.mark.parametrize(
    "listing", [item for shop in story.SHOPS for item in shop.listings], ids=lambda item: item.name
)
def test_every_listing_has_a_picture(listing):
    """Small upright JPEGs."""
    picture = drawing.goods(listing.motif, listing.main, listing.accent)
    image = Image.open(io.BytesIO(picture))
    assert (image.format, image.size) == ("JPEG", (640, 640)) and len(picture) < 60_000


def test_every_scene_exists():
    """Reports show what they tell."""
    for report in story.REPORTS:
        for motif in filter(None, (report.scene, report.answer_scene)):
            assert Image.open(io.BytesIO(drawing.scene(motif))).size == (640, 480)


def test_logo():
    """A wide PNG with room for the name."""
    image = Image.open(io.BytesIO(drawing.logo("Phường Nha Trang")))
    assert image.format == "PNG" and image.width > 2 * image.height
