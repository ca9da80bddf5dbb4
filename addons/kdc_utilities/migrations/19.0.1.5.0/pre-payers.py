from odoo.tools import SQL
from odoo.tools.sql import column_exists


def migrate(cr, version):
    """Write down whose money it was, since the payer of an account may have changed meanwhile or will: its entry knows.

    Else what went back of an advance, and the advance that a transfer left, would be said to be the next payer's.
    """
    for table in ("kdc_advance_return", "kdc_transfer_line"):
        if not column_exists(cr, table, "payer_id"):
            cr.execute(SQL("ALTER TABLE %s ADD COLUMN payer_id integer", SQL.identifier(table)))
    cr.execute(
        """
        UPDATE kdc_advance_return paper SET payer_id = COALESCE((
                   SELECT item.partner_id
                     FROM account_move_line item
                     JOIN account_account ledger ON ledger.id = item.account_id
                          AND ledger.account_type = 'asset_receivable'
                    WHERE item.move_id = paper.move_id AND item.debit > 0
                    LIMIT 1
               ), account.partner_id)
          FROM kdc_customer_account account
         WHERE account.id = paper.account_id AND paper.payer_id IS NULL
        """
    )
    # An advance stands behind the bills of its account, whose number its item begins with.
    cr.execute(
        """
        UPDATE kdc_transfer_line part SET payer_id = known.payer_id
          FROM (
                SELECT line.id, COALESCE(bill.partner_id, (
                           SELECT item.partner_id
                             FROM account_move_line item
                             JOIN account_account ledger ON ledger.id = item.account_id
                                  AND ledger.account_type = 'asset_receivable'
                            WHERE item.move_id = transfer.move_id AND item.credit = line.amount
                              AND starts_with(item.name, account.number || ' – ')
                            ORDER BY item.id DESC
                            LIMIT 1
                       ), account.partner_id) AS payer_id
                  FROM kdc_transfer_line line
                  JOIN kdc_transfer transfer ON transfer.id = line.transfer_id
                  JOIN kdc_customer_account account ON account.id = line.account_id
                  LEFT JOIN account_move bill ON bill.id = line.move_id
               ) known
         WHERE known.id = part.id AND part.payer_id IS NULL
        """
    )
