"""What a mail says to the inbox: whether a person wrote it, and which of its words are new."""

import re
import unicodedata
from collections.abc import Mapping

#: Letters that no person wrote (``Precedence`` is older than RFC 3834, and still what lists send).
_MASS = frozenset({"bulk", "junk", "list", "auto_reply"})
_ROBOT_HEADERS = ("X-Autoreply", "X-Autorespond", "List-Id", "List-Unsubscribe")
_ROBOTS = frozenset({"mailer-daemon", "postmaster"})
#: Longer than a feedback may be on the page of the residents; beyond that a mail holds something else.
MOST_CHARACTERS = 10_000

#: So much of a subject or a name is looked at.
_LONGEST_LINE = 1_000

# What mail programs put before the letter that is answered, in Vietnamese and in English. Spaces before it are those of
# its own line: patterns that begin with \s* take minutes on a letter of empty lines that somebody sends on purpose.
_HISTORY = re.compile(
    r"""
      ^[^\S\n]*-{2,}\s*(?:original\ message|thư\ gốc|tin\ nhắn\ gốc)\s*-{2,}
    | ^[^\S\n]*_{10,}\s*$
    | ^[^\S\n]*(?:on|vào|ngày)\b[^\n]{5,200}(?:\n[^\n]{1,200})?(?:wrote|đã\ viết|viết)\s*:\s*$
    | ^[^\S\n]*(?:from|từ)\s*:[^\n]+\n\s*(?:sent|date|to|đã\ gửi|ngày|đến)\s*:
    """,
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
_QUOTED = re.compile(r"^[^\S\n]*>.*$\n?", re.MULTILINE)
_SIGNATURE = re.compile(r"^-- ?$", re.MULTILINE)
# Whoever holds this link reads, and may act for, a feedback: it is never kept in the words of another one.
_SECRET_LINK = re.compile(r"/feedback/follow/\S")
_WORD = re.compile(r"\S+")
_EMPTY_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+\n?")
_NUMBER = re.compile(r"\bPA-\d{4}-\d{5,}\b")


def is_automatic(headers: Mapping[str, str], sender: str) -> bool:
    """Whether a machine wrote the mail: an absence notice, a bounce, a mailing list (RFC 3834 §2 and §5, RFC 2919).

    :param headers: those of the mail, found whatever their case
    :param sender: address in ``From``
    """
    submitted = (headers.get("Auto-Submitted") or "no").split(";")[0].strip().lower()
    return (
        submitted != "no"
        or (headers.get("Precedence") or "").strip().lower() in _MASS
        or (headers.get("Return-Path") or "").strip() == "<>"
        or any(headers.get(name) for name in _ROBOT_HEADERS)
        or sender.partition("@")[0].lower() in _ROBOTS
    )


def clean(text: str) -> str:
    """Text that a database takes: one form of each letter, no control characters, no halves of letters, no more than
    one empty line at a time, and no secret link of a feedback.
    """
    text = text.encode("utf-8", "replace").decode()
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = "".join(char for char in text if char in "\n\t" or unicodedata.category(char) != "Cc")
    text = _WORD.sub(lambda word: "…" if _SECRET_LINK.search(word[0]) else word[0], text)
    return _EMPTY_LINES.sub("\n\n", text).strip()


def one_line(text: str | None, most: int) -> str:
    """A subject or a name: clean, in one line, at most so many characters.

    >>> one_line(" Hố  ga\\n mất nắp", 20)
    'Hố ga mất nắp'
    """
    return " ".join(clean((text or "")[:_LONGEST_LINE]).split())[:most]


def new_words(text: str) -> str:
    """The words of an answer, without the letter it answers and without the signature.

    When nothing would be left, everything is kept: some write below or between the lines.

    >>> new_words("Dạ đúng rồi.\\n\\nVào Th 4, 18 thg 11, 2026 lúc 09:00 UBND phường đã viết:\\n> Ở đâu?")
    'Dạ đúng rồi.'
    """
    found = _HISTORY.search(text)
    words = text[: found.start()] if found else text
    words = _EMPTY_LINES.sub("\n\n", _QUOTED.sub("", words))
    signature = _SIGNATURE.search(words)
    return (words[: signature.start()] if signature else words).strip() or text.strip()


def shorten(text: str) -> tuple[str, bool]:
    """``(text, whether it was cut)``: at most :data:`MOST_CHARACTERS`, cut at a word."""
    if len(text) <= MOST_CHARACTERS:
        return text, False
    return text[:MOST_CHARACTERS].rsplit(None, 1)[0] + " …", True


def number_in(subject: str) -> str | None:
    """The number of a feedback that a subject names.

    >>> number_in("Re: [PA-2026-00012] Hố ga")
    'PA-2026-00012'
    """
    found = _NUMBER.search(subject or "")
    return found[0] if found else None
