"""Words that a moderator wants to look at. They are found with and without diacritics, as whole words."""

import re


def words(text):
    """Return the words of a setting: one a line or divided by commas, each may have several syllables."""
    return [word for part in re.split(r"[\n,;]", text or "") if (word := " ".join(part.split()))]


def find(banned, text, fold):
    """Return the words of ``banned`` that ``text`` has, in their order.

    "thuoc lá" finds "Thuốc lá", "THUOC LA" and "thuốc-lá", and not "thuốc lào".

    :param list banned: see :func:`words`
    :param fold: function that makes text small and takes its diacritics off
    """
    flat = f" {_flat(text, fold)} "
    return [word for word in banned if f" {_flat(word, fold)} " in flat]


def _flat(text, fold):
    return re.sub(r"[^a-z0-9]+", " ", fold(text or "")).strip()
