"""What stands between a form for everybody and machines: nothing to read or to solve, nothing asked from elsewhere.

Each form carries a *challenge*, the moment it was opened signed together with the random key of the form. A phone with
scripts finds a number whose hash begins with enough zeros while its owner writes; without scripts a person only has to
have taken as long as writing takes.
"""

import hashlib
import ipaddress
import re
from collections.abc import Callable

#: Zero bits a hash must begin with: about 8,000 tries, a second or two on an old phone.
WORK_BITS = 13
#: Nobody fills the form faster than that, in seconds: with the work done, and without it.
LEAST_WITH_WORK = 3
LEAST_WITHOUT = 20
#: A form may lie open this long, in seconds; then it is given a new challenge.
VALID = 24 * 3600

_CHALLENGE = re.compile(r"([0-9]{1,12})\.([0-9a-f]{64})")
_WORK = re.compile(r"[0-9]{1,12}")


def challenge(key: str, now: int, sign: Callable[[str], str]) -> str:
    """The challenge of a form opened now.

    :param key: random key of the form, so that a challenge serves one form only
    :param now: seconds since 1970
    :param sign: gives the signature of a text, 64 hexadecimal digits
    """
    return f"{now}.{sign(f'{key} {now}')}"


def seconds_left(text: str, key: str, work: str, now: int, sign: Callable[[str], str]) -> int | None:
    """How long the sender of a form still has to wait: 0 when it may be taken, ``None`` when the challenge is not ours.

    :param text: the challenge that came back, with the ``key`` of the form and what its script found
    """
    match = _CHALLENGE.fullmatch(text or "")
    if not match or challenge(key, int(match[1]), sign) != text or not 0 <= now - int(match[1]) <= VALID:
        return None
    least = LEAST_WITH_WORK if has_worked(text, work) else LEAST_WITHOUT
    return max(least - (now - int(match[1])), 0)


def has_worked(text: str, work: str) -> bool:
    """Whether ``work`` solves a challenge: SHA-256 of ``challenge:work`` begins with :data:`WORK_BITS` zeros."""
    if not _WORK.fullmatch(work or ""):
        return False
    digest = hashlib.sha256(f"{text}:{work}".encode()).digest()
    return int.from_bytes(digest[:4], "big") >> (32 - WORK_BITS) == 0


def do_work(text: str) -> str:
    """Solve a challenge, as the script of the page does."""
    work = 0
    while not has_worked(text, str(work)):
        work += 1
    return str(work)


def source_of(address: str) -> str:
    """Whom an address counts for: one house has a whole IPv6 network of 64 bits.

    >>> source_of("2001:db8::1") == source_of("2001:db8::2")
    True
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address or ""
    if ip.version == 6:
        mapped = ip.ipv4_mapped
        return str(mapped or ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)
