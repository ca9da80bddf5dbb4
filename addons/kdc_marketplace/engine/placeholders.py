"""Words in braces that a text of the ward may hold, such as ``{answer_minutes}``."""

import re

WORD = re.compile(r"\{(\w+)\}")


def fill(text, values):
    """Put ``values`` into ``text``; a word nobody knows stays as it was typed, so that its writer sees it.

    No ``str.format``: a text typed by people must not reach into objects.
    """
    return WORD.sub(lambda found: str(values.get(found[1], found[0])), text or "")


def unknown(text, known):
    """Return the words in braces that nothing is known for, in the order of the text."""
    return [word for word in WORD.findall(text or "") if word not in known]
