from odoo.tools.sql import column_exists

#: Stands for the number of a slip that nobody wrote down. The accountant sees it among what the bank has not shown.
NOT_WRITTEN = "không ghi số"


def migrate(cr, version):
    """Let receipts by transfer or card from before the number of the slip was asked for pass its constraint."""
    if column_exists(cr, "kdc_receipt", "way_reference"):
        cr.execute(
            """
            UPDATE kdc_receipt SET way_reference = %s
             WHERE COALESCE(transfer_amount, 0) + COALESCE(card_amount, 0) <> 0 AND COALESCE(way_reference, '') = ''
            """,
            [NOT_WRITTEN],
        )
