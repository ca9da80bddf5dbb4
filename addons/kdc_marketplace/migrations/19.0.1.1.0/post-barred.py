def migrate(cr, version):
    """Bar the listings that a moderator had taken out of the market before ``kdc_barred`` was there.

    The log says who closed a listing: a moderator, when the last decision about it was to close it.
    """
    cr.execute(
        """
        UPDATE product_template listing SET kdc_barred = TRUE
         WHERE listing.kdc_shop_id IS NOT NULL AND listing.kdc_listing_state = 'closed'
           AND listing.kdc_barred IS NOT TRUE
           AND (SELECT decision.kind FROM kdc_listing_decision decision
                 WHERE decision.product_tmpl_id = listing.id ORDER BY decision.id DESC LIMIT 1) = 'close'
        """
    )
