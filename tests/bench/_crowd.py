"""Guests behind one address who send feedback at the same moment, each with a photo, through real HTTP."""

import hashlib
import http.client
import io
import re
import secrets
import threading
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

from PIL import Image

#: All telephones share one address, as behind a carrier's or a school's; one of so many has no scripts.
WITHOUT_SCRIPTS = 5
ADDRESS = "127.0.1.1"
FORM = "/phan-anh/gui"
#: seconds; a guest without scripts waits that long before sending
PATIENCE = 21
#: Odoo's workers hang up on whoever had to wait for their attention and is slow to speak then (2 seconds).
TURNS = 8


def photo(place: int) -> bytes:
    """A photo of its own for each."""
    out = io.BytesIO()
    Image.new("RGB", (1280, 960), (place * 2, 80, 255 - place * 2)).save(out, "JPEG")
    return out.getvalue()


def work(challenge: str) -> str:
    """What the script of the page finds, see ``kdc_feedback/engine/guest.py``: a hash that begins with 13 zeros."""
    found = 0
    while int.from_bytes(hashlib.sha256(f"{challenge}:{found}".encode()).digest()[:4], "big") >> 19:
        found += 1
    return str(found)


class Guest:
    """A browser."""

    def __init__(self, url: str, place: int):
        self._address = urllib.parse.urlsplit(url)
        self._works = bool(place % WITHOUT_SCRIPTS)
        self._cookie = ""
        self.words = f"Khách số {place}: nắp cống bị mất ở góc đường"
        self._photo = photo(place)

    def _ask(self, method: str, path: str, body=None, headers=()) -> tuple[int, str, str]:
        """Status, place to go on and text of an answer."""
        connection = http.client.HTTPConnection(
            self._address.hostname, self._address.port, timeout=300, source_address=(ADDRESS, 0)
        )
        try:
            connection.request(method, path, body, {"Cookie": self._cookie, **dict(headers)})
            answer = connection.getresponse()
            text = answer.read().decode()
            cookie = re.search(r"session_id=[^;]+", answer.getheader("Set-Cookie") or "")
            self._cookie = cookie[0] if cookie else self._cookie
            return answer.status, answer.getheader("Location") or "", text
        finally:
            connection.close()

    def open(self):
        status, _place, text = self._ask("GET", FORM)
        assert status == 200
        option = re.search(r'<option value="(\d+)"[^>]*>\s*Việc khác', text)
        self._fields = {
            **{
                name: re.search(rf'name="{name}"[^>]* value="([^"]+)"', text)[1]
                for name in ("csrf_token", "client_key", "challenge")
            },
            "work": "",
            "category_id": option[1], "location": "Góc đường", "description": self.words, "privacy": "anonymous",
        }  # fmt: skip
        if self._works:
            self._fields["work"] = work(self._fields["challenge"])

    def send(self) -> str:
        """Send the form; press the button again while there is no answer: the server has more to do than it can."""
        for turn in range(TURNS):
            status, place, text = self._send_once()
            if status == 303:
                return place
            assert status in (429, 502, 503, 504), f"{status} {re.findall('k-error.*', text)}"
            # Too much came from one address: the page asks to go back and to send again after a minute.
            time.sleep(60 if status == 429 else turn + 1)
        raise AssertionError("never answered")

    def _send_once(self) -> tuple[int, str, str]:
        border = secrets.token_hex(16)
        parts = [
            f'--{border}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in self._fields.items()
        ]
        head = f'--{border}\r\nContent-Disposition: form-data; name="photos"; filename="a.jpg"\r\n'
        parts += [f"{head}Content-Type: image/jpeg\r\n\r\n".encode(), self._photo, f"\r\n--{border}--\r\n".encode()]
        return self._ask("POST", FORM, b"".join(parts), {"Content-Type": f"multipart/form-data; boundary={border}"})


def send_at_once(url: str, count: int) -> tuple[list[Guest], list[str]]:
    """Let so many guests open the form, wait as it asks them to, and send together.

    :return: the guests, and where each was led
    :raises AssertionError: when one is refused or never answered
    """
    guests = [Guest(url, place) for place in range(count)]
    with ThreadPoolExecutor(8) as some:
        list(some.map(Guest.open, guests))
    time.sleep(PATIENCE)
    together = threading.Barrier(count)

    def send(guest: Guest) -> str:
        together.wait()
        return guest.send()

    with ThreadPoolExecutor(count) as all_of_them:
        return guests, list(all_of_them.map(send, guests))
