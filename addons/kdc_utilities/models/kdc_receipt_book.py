from odoo import api, fields, models
from odoo.tools import SQL


class KdcReceiptBook(models.Model):
    """The counter of receipt numbers of one cash desk and year.

    The number is taken by the transaction that writes the receipt and goes back when it rolls
    back, so there is no gap; the row lock lets only one receipt of a desk be written at a time,
    which also makes sure that whoever comes next sees what was paid just before.
    """

    _name = "kdc.receipt.book"
    _description = "Receipt Book"
    _order = "year desc, journal_id"
    _rec_name = "year"

    journal_id = fields.Many2one("account.journal", string="Cash desk", required=True, ondelete="restrict")
    year = fields.Integer(required=True)
    last_number = fields.Integer(required=True)

    _desk_year_uniq = models.Constraint("UNIQUE (journal_id, year)", "A cash desk has one receipt book a year.")

    @api.model
    def _next_number(self, journal, year):
        """Take the next number, waiting for whoever takes one at the same desk.

        A concurrent receipt makes PostgreSQL report a serialization failure, upon which Odoo runs
        the request again on fresh data.
        """
        query = SQL(
            """
            INSERT INTO kdc_receipt_book (journal_id, year, last_number, create_uid, create_date)
                 VALUES (%(journal)s, %(year)s, 1, %(uid)s, now() AT TIME ZONE 'UTC')
            ON CONFLICT (journal_id, year)
              DO UPDATE SET last_number = kdc_receipt_book.last_number + 1,
                            write_uid = excluded.create_uid,
                            write_date = excluded.create_date
              RETURNING last_number
            """,
            journal=journal.id,
            year=year,
            uid=self.env.uid,
        )
        # A collision is expected and answered by a retry, so it is no error for the log.
        self.env.cr.execute(query, log_exceptions=False)
        [number] = self.env.cr.fetchone()
        self.invalidate_model(["last_number"])
        return number
