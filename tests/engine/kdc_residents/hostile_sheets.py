"""Spreadsheets made to do harm, built byte by byte where no program would write them."""

import io
import zipfile

_CONTENT_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
)
_RELATIONS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Target="{target}" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}"/></Relationships>'
)
_WORKBOOK = (
    '<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
_SHEET = (
    '<?xml version="1.0"?>{before}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    "<sheetData>{rows}</sheetData></worksheet>"
)


def xlsx(rows, before="", **parts):
    """Return an .xlsx file whose only sheet holds ``rows`` (XML as it is); ``parts`` are further files."""
    sheets = _RELATIONS.format(target="worksheets/sheet1.xml", kind="worksheet")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", _CONTENT_TYPES)
        archive.writestr("_rels/.rels", _RELATIONS.format(target="xl/workbook.xml", kind="officeDocument"))
        archive.writestr("xl/workbook.xml", _WORKBOOK)
        archive.writestr("xl/_rels/workbook.xml.rels", sheets)
        archive.writestr("xl/worksheets/sheet1.xml", _SHEET.format(before=before, rows=rows))
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def text_cell(reference, value):
    """Return the XML of a cell with text."""
    return f'<c r="{reference}" t="inlineStr"><is><t>{value}</t></is></c>'


def files():
    """Return hostile files by name; each must end in a SheetError, in a moment and with little memory."""
    wide = "".join(f'<row r="{line}">{text_cell(f"XFD{line}", "x")}</row>' for line in range(1, 3000))
    laughs = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    return {
        "a gap of a milliard rows": xlsx(
            f'<row r="1">{text_cell("A1", "x")}</row><row r="999999999">{text_cell("A999999999", "x")}</row>'
        ),
        "cells at the right edge": xlsx(wide),
        "100,000 columns": (";".join(f"c{number}" for number in range(100_000)) + "\n1;2").encode(),
        "a column that is none": xlsx(f'<row r="1">{text_cell("ZZZZ1", "x")}</row>'),
        "zip bomb": xlsx("", **{"xl/sharedStrings.xml": b"0" * (310 * 1024 * 1024)}),
        "entities that multiply": xlsx(
            f'<row r="1">{text_cell("A1", "&e11;")}</row>', before=f'<!DOCTYPE x [<!ENTITY e0 "ha">{laughs}]>'
        ),
        "40 MB": b"a;b\n" * (10 * 1024 * 1024),
    }
