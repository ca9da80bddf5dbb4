"""What the pages share that work on a phone without network; their scripts share ``static/src/phone``."""

import base64

from odoo.http import request
from odoo.tools import file_open

from .light import clean_photo

#: Of one picture: the phone sends them small.
PHOTO_BYTES = 4 * 1024 * 1024


def sent_photo(photo):
    """Return a picture that a phone has sent as base64 as clean JPEG bytes.

    :raise ValueError: it is no picture we can read, empty, or larger than ``PHOTO_BYTES``
    """
    data = base64.b64decode(photo, validate=True) if isinstance(photo, str) else b""
    if not 0 < len(data) <= PHOTO_BYTES:
        raise ValueError("size")
    return clean_photo(data)


def worker_response(page):
    """Return the service worker, which may answer for this page only.

    :param str page: path of the page, such as ``/kdc/doors``
    """
    with file_open("kdc_residents/static/src/phone/worker.js", "rb") as stream:
        content = stream.read()
    return request.make_response(
        content,
        [
            ("Content-Type", "text/javascript; charset=utf-8"),
            ("Service-Worker-Allowed", page),
            ("Cache-Control", "no-cache"),
        ],
    )
