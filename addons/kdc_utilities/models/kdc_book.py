from odoo import models

from ..report.book import to_pdf, to_xlsx


class KdcBook(models.AbstractModel):
    """What can be taken home as paper (PDF) or as a spreadsheet (.xlsx): models say what stands in it."""

    _name = "kdc.book"
    _description = "Book as PDF and Spreadsheet"

    def _book(self):
        """Return the ``report.book.Book`` of this record, in Vietnamese."""
        raise NotImplementedError

    def _book_file(self, ending):
        """Return (content, file name) of this record's book; official papers are Vietnamese.

        :param str ending: ``pdf`` or ``xlsx``
        """
        self.ensure_one()
        book = self.with_context(lang="vi_VN", tz="Asia/Ho_Chi_Minh")._book()
        return {"pdf": to_pdf, "xlsx": to_xlsx}[ending](book), f"{book.file_name}.{ending}"

    def action_pdf(self):
        """Open the book as PDF."""
        return self._book_url("pdf")

    def action_xlsx(self):
        """Give the book as a spreadsheet."""
        return self._book_url("xlsx")

    def _book_url(self, ending):
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": f"/kdc/books/{self._name}/{self.id}.{ending}", "target": "new"}
