def migrate(cr, version):
    """Date the shops that were open before ``opened_on`` was there.

    The day of their approval was not kept, that of their application was.
    """
    cr.execute("ALTER TABLE kdc_shop ADD COLUMN IF NOT EXISTS opened_on date")
    cr.execute(
        """
        UPDATE kdc_shop
           SET opened_on = (COALESCE(submitted_date, create_date)
                            AT TIME ZONE 'UTC' AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
         WHERE state IN ('approved', 'suspended', 'closed') AND opened_on IS NULL
        """
    )
