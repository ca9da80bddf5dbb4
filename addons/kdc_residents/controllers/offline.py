"""What the pages share that work on a phone without network; their scripts share ``static/src/phone``."""

from odoo.http import request
from odoo.tools import file_open


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
