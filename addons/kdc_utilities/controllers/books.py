"""Books and reports of the office as files."""

from odoo import http
from odoo.addons.kdc_residents.tools.private_file import private_file
from odoo.exceptions import AccessError
from odoo.http import request

ENDINGS = ("pdf", "xlsx")


class Books(http.Controller):
    """``/kdc/books``: whoever may read the record of a book may take it home."""

    @http.route(
        ["/kdc/books/<string:model>/<int:record_id>.<string:ending>"], type="http", auth="user", methods=["GET"]
    )
    def book(self, model, record_id, ending, **_kwargs):
        """Give a book as PDF or .xlsx."""
        books = request.env.get(model)
        is_book = isinstance(books, type(request.env["kdc.book"])) and not books._abstract
        if not is_book or ending not in ENDINGS:
            raise request.not_found()
        try:
            record = books.search([("id", "=", record_id)])
        except AccessError:
            raise request.not_found() from None
        if not record:
            raise request.not_found()
        content, name = record._book_file(ending)
        return private_file(content, name, inline=ending == "pdf")
