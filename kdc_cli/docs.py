"""``./kdc docs``: copies the chosen screenshots of the end-to-end tests into the user guide."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from .console import Problem, say
from .paths import ROOT, Home

IMAGE = re.compile(r"\((?:\./)?(?:docs/)?img/(?P<name>[\w.-]+\.png)\)|src=\"(?:docs/)?img/(?P<html>[\w.-]+\.png)\"")


def wanted(pages: list[Path]) -> Iterator[str]:
    """The pictures that the README and the pages of the guide show."""
    names = {
        match["name"] or match["html"] for page in pages for match in IMAGE.finditer(page.read_text(encoding="utf-8"))
    }
    yield from sorted(names)


def run(home: Home, root: Path = ROOT) -> int:
    """Copy; 1 when a page shows a picture that no test made."""
    if not home.screenshots.is_dir():
        raise Problem("There are no screenshots yet: ./kdc test tests/e2e makes them.")
    target = root / "docs" / "img"
    target.mkdir(parents=True, exist_ok=True)
    missing = []
    for name in wanted([root / "README.md", *sorted((root / "docs").glob("*.md"))]):
        source = next(home.screenshots.rglob(name), None)
        if source:
            shutil.copyfile(source, target / name)
            say(f" ✓ {name}")
        elif not (target / name).exists():
            missing.append(name)
            say(f" ✗ {name}: no test makes it")
    return int(bool(missing))
