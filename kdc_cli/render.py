"""Fills the templates of ``config/``: ``${NAME}`` in capitals, so that nginx's own ``$variables`` stay as they are."""

import re
from collections.abc import Mapping
from pathlib import Path

PLACE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}")


def placeholders(text: str) -> set[str]:
    """The names a template asks for."""
    return set(PLACE.findall(text))


def render(text: str, values: Mapping[str, object]) -> str:
    """Put the values in.

    :raises KeyError: for a name without a value.
    """
    return PLACE.sub(lambda match: str(values[match[1]]), text)


def render_file(source: Path, target: Path, values: Mapping[str, object], mode: int = 0o644) -> None:
    """Write a filled template; with secrets inside give ``mode`` 0600."""
    text = render(source.read_text(encoding="utf-8"), values)
    partial = target.with_name(target.name + ".part")
    partial.write_text(text, encoding="utf-8")
    partial.chmod(mode)
    partial.replace(target)
