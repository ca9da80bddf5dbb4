"""What Odoo reads of our translations when an addon is installed; a file that it cannot read stops the installation."""

import polib
import pytest

from kdc_cli.paths import ADDONS

FILES = sorted(ADDONS.glob("*/i18n/*.po*"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parts[-3]}/{path.name}")
def test_every_term_says_where_it_is_used(path):
    """Odoo reads the number behind the last colon of a place: ``code:addons/x/models/y.py:0``."""
    entries = [entry for entry in polib.pofile(str(path)) if not entry.obsolete]
    assert entries
    assert not [entry.msgid for entry in entries if not entry.occurrences]
    assert not [
        (entry.msgid, place)
        for entry in entries
        for place, line in entry.occurrences
        if not line.isdigit() and "code:" in place
    ]
