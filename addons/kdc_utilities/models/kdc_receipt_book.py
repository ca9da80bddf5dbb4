from contextlib import suppress

import psycopg2
from odoo import api, fields, models, modules
from odoo.tools import SQL

#: Names the locks of the desks among all advisory locks of the database.
DESK_LOCK = 0x6B6463


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
    def _wait_for_turn(self, journal):
        """Wait until nobody else writes a receipt at this desk, then see the books as they are now.

        Two receipts at once would end in a serialization failure, upon which Odoo waits for seconds and tries again,
        five times. So whoever writes a receipt queues here first. The transaction has only read so far and is ended,
        since it would not see what the one before in the queue has written; the lock is given back with the next end.
        """
        if modules.module.current_test:
            return  # a test is one transaction, alone
        cr = self.env.cr
        lock = SQL("%s, %s", DESK_LOCK, journal.id)
        cr.execute(SQL("SELECT pg_advisory_lock(%s)", lock))
        connection = cr._cnx

        def release():
            # by the connection: after an error the cursor is closed before it tells so; a lost connection has no lock
            with suppress(psycopg2.Error), connection.cursor() as own:
                own.execute("SELECT pg_advisory_unlock(%s, %s)", (DESK_LOCK, journal.id))

        cr.commit()  # pylint: disable=invalid-commit
        cr.postcommit.add(release)
        cr.postrollback.add(release)

    @api.model
    def _next_number(self, journal, year, count=1):
        """Take the next number, or the last of so many, waiting for whoever takes one at the same desk.

        A concurrent receipt makes PostgreSQL report a serialization failure, upon which Odoo runs
        the request again on fresh data.

        :param count: how many numbers; 0 takes none, but lets no other receipt of the desk be written at the same time
        """
        query = SQL(
            """
            INSERT INTO kdc_receipt_book (journal_id, year, last_number, create_uid, create_date)
                 VALUES (%(journal)s, %(year)s, %(count)s, %(uid)s, now() AT TIME ZONE 'UTC')
            ON CONFLICT (journal_id, year)
              DO UPDATE SET last_number = kdc_receipt_book.last_number + %(count)s,
                            write_uid = excluded.create_uid,
                            write_date = excluded.create_date
              RETURNING last_number
            """,
            journal=journal.id,
            year=year,
            count=count,
            uid=self.env.uid,
        )
        # A collision is expected and answered by a retry, so it is no error for the log.
        self.env.cr.execute(query, log_exceptions=False)
        [number] = self.env.cr.fetchone()
        self.invalidate_model(["last_number"])
        return number
