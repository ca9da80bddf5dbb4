"""Books and reports of the office as files."""

from odoo import http
from odoo.exceptions import AccessError
from odoo.http import request

TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class Books(http.Controller):
    """``/kdc/books``: whoever may read the record of a book may take it home."""

    @http.route(
        ["/kdc/books/<string:model>/<int:record_id>.<string:ending>"], type="http", auth="user", methods=["GET"]
    )
    def book(self, model, record_id, ending, **_kwargs):
        """Give a book as PDF or .xlsx."""
        books = request.env.get(model)
        is_book = isinstance(books, type(request.env["kdc.book"])) and not books._abstract
        if not is_book or ending not in TYPES:
            raise request.not_found()
        try:
            record = books.search([("id", "=", record_id)])
        except AccessError:
            raise request.not_found() from None
        if not record:
            raise request.not_found()
        content, name = record._book_file(ending)
        how = "inline" if ending == "pdf" else "attachment"
        return request.make_response(
            content,
            [
                ("Content-Type", TYPES[ending]),
                ("Content-Length", str(len(content))),
                ("Content-Disposition", f'{how}; filename="{name}"'),
                ("Cache-Control", "private, no-store"),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )
