"""``./kdc docs``: copies the chosen screenshots of the end-to-end tests into the user guide."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from .console import Problem, say
from .paths import ROOT, Home

IMAGE = re.compile(r"\((?:\./)?(?:docs/)?img/(?P<name>[\w.-]+\.png)\)|src=\"(?:docs/)?img/(?P<html>[\w.-]+\.png)\"")
SHRINK = Path(__file__).parent / "scripts" / "shrink.py"
#: bytes; the guide is read on phones too, and git keeps every version of a picture
LARGEST = 150_000


def pages(root: Path = ROOT) -> list[Path]:
    """The README and the pages of the guide."""
    return [root / "README.md", *sorted((root / "docs").glob("*.md"))]


def wanted(texts: list[Path]) -> Iterator[str]:
    """The pictures that the README and the pages of the guide show."""
    names = {
        match["name"] or match["html"] for page in texts for match in IMAGE.finditer(page.read_text(encoding="utf-8"))
    }
    yield from sorted(names)


def run(home: Home, root: Path = ROOT) -> int:
    """Copy in a small size; 1 when a page shows a picture that no test made, or one is too large."""
    if not home.screenshots.is_dir():
        raise Problem("There are no screenshots yet: ./kdc test tests/e2e makes them.")
    target = root / "docs" / "img"
    target.mkdir(parents=True, exist_ok=True)
    complaints = 0
    pairs = []
    for name in wanted(pages(root)):
        source = next(home.screenshots.rglob(name), None)
        if source:
            pairs += [str(source), str(target / name)]
        elif not (target / name).exists():
            complaints += 1
            say(f" ✗ {name}: no test makes it")
    # Pillow is in the environment of the set-up, not in the Python that runs us
    subprocess.run([str(home.python), str(SHRINK), *pairs], check=True)
    for path in map(Path, pairs[1::2]):
        size = path.stat().st_size
        complaints += size > LARGEST
        say(f" {'✗' if size > LARGEST else '✓'} {path.name}: {size // 1000} kB")
    return int(bool(complaints))
