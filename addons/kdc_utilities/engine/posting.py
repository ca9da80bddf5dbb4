"""How a person is named on a paper that hangs on a notice board."""

#: What a household is called besides the name of its head.
TITLES = {"hộ", "gia đình", "ông", "bà", "anh", "chị", "cô", "chú"}
WAYS = ("full", "initials", "none")


def posted_name(name: str, way: str) -> str:
    """Return a name as the ward posts it.

    :param way: ``full``, ``initials`` (``Nguyễn Văn An`` gives ``N.V.A.``) or ``none`` (the house alone)
    :raise ValueError: an unknown way; nothing is posted in full by mistake
    """
    if way not in WAYS:
        raise ValueError(f"No way to post a name: {way!r}")
    words = (name or "").split()
    if way == "none" or not words:
        return ""
    if way == "full":
        return " ".join(words)
    while len(words) > 1 and words[0].lower() in TITLES:
        words = words[1:]
    if len(words) > 2 and " ".join(words[:2]).lower() in TITLES:
        words = words[2:]
    letters = (next((char for char in word if char.isalnum()), "") for word in words)
    return "".join(f"{letter.upper()}." for letter in letters if letter)
