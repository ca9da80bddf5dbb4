"""Files that are given to who asked, and to nobody after them."""

from odoo.http import content_disposition, request

#: What a file is, by the ending of its name.
TYPES = {
    "jpg": "image/jpeg",
    "pdf": "application/pdf",
    "png": "image/png",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xml": "application/xml",
    "zip": "application/zip",
}


def private_file(content, name, inline=False):
    """Return the answer that gives a file: no cache keeps it, no browser guesses it to be something else than it is.

    :param bytes content: of the file
    :param str name: of the file, with one of the endings in :data:`TYPES`
    :param bool inline: shown in the browser instead of saved
    """
    return request.make_response(content, [
        ("Content-Type", TYPES[name.rpartition(".")[2]]),
        ("Content-Length", str(len(content))),
        ("Content-Disposition", content_disposition(name, disposition_type="inline" if inline else "attachment")),
        ("Cache-Control", "private, no-store"),
        ("X-Content-Type-Options", "nosniff"),
    ])  # fmt: skip
