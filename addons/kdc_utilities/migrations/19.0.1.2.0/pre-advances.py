from odoo.tools.sql import column_exists


def migrate(cr, version):
    """Name the booked step of an advance as that of all money that leaves, with the day it was booked on.

    Cash that was paid back before came out of no drawer on record; those stay as they are.
    """
    cr.execute("UPDATE kdc_advance_return SET state = 'posted' WHERE state = 'done'")
    if not column_exists(cr, "kdc_advance_return", "date"):
        cr.execute("ALTER TABLE kdc_advance_return ADD COLUMN date date")
        cr.execute(
            """
            UPDATE kdc_advance_return paper SET date = COALESCE(
                (SELECT entry.date FROM account_move entry WHERE entry.id = paper.move_id), paper.create_date::date
            )
            """
        )
