def migrate(cr, version):
    """Say of drafts who wrote their figures: until now, that was whoever wrote last in entry, items or payment.

    What is posted was posted by another person already. Bills, and invoices in general, lower no debt.
    """
    cr.execute(
        """
        INSERT INTO kdc_account_move_preparer_rel (move_id, user_id)
             SELECT move.id, person
               FROM account_move move
          LEFT JOIN account_move_line item ON item.move_id = move.id
         CROSS JOIN LATERAL unnest(ARRAY[move.write_uid, item.create_uid, item.write_uid]) person
              WHERE move.state = 'draft' AND move.move_type <> 'out_invoice' AND person IS NOT NULL
        ON CONFLICT DO NOTHING
        """
    )
    cr.execute(
        """
        INSERT INTO kdc_account_payment_preparer_rel (payment_id, user_id)
             SELECT id, write_uid FROM account_payment WHERE state = 'draft' AND write_uid IS NOT NULL
        ON CONFLICT DO NOTHING
        """
    )
