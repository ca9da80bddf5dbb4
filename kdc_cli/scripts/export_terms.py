"""export_terms.py CONFIG DATABASE ADDONS MODULE…: write MODULE.pot, merge it into vi.po, report what lacks words."""

import io
import sys
from pathlib import Path

import polib
from _inside import opened, result


def export(env, module: str) -> polib.POFile:
    """The terms of a module as Odoo sees them, without the time, so that nothing changes when no term does."""
    from odoo.tools.translate import trans_export

    with io.BytesIO() as stream:
        trans_export(None, [module], stream, "po", env)
        pot = polib.pofile(stream.getvalue().decode())
    for field in ("POT-Creation-Date", "PO-Revision-Date"):
        pot.metadata.pop(field, None)
    return pot


def merge(pot: polib.POFile, path: Path) -> list[str]:
    """Write the terms with the translations there are to a .po file; return the terms that have none."""
    old = {entry.msgid: entry.msgstr for entry in polib.pofile(str(path))} if path.exists() else {}
    for entry in pot:
        entry.msgstr = old.get(entry.msgid, "")
    pot.metadata["Language"] = "vi"
    pot.save(str(path))
    return [entry.msgid for entry in pot if not entry.msgstr]


def main(config: str, database: str, addons: str, *modules: str) -> None:
    """Refresh all files."""
    report = {}
    with opened(config, database) as env:
        for module in modules:
            folder = Path(addons, module, "i18n")
            folder.mkdir(exist_ok=True)
            pot = export(env, module)
            pot.save(str(folder / f"{module}.pot"))
            report[module] = (len(pot), merge(pot, folder / "vi.po"))
    result(report)


main(*sys.argv[1:])
