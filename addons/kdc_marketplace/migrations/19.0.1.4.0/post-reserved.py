def migrate(cr, version):
    """Note on the lines of open orders what they have reserved, which was not written down before.

    What a given-up order put back was its quantity, wherever the stock was counted at that moment; so open orders of
    goods that are counted today keep to that, and those of others put nothing back.
    """
    cr.execute(
        """
        UPDATE sale_order_line line SET kdc_reserved = floor(line.product_uom_qty)::int
          FROM sale_order sale, product_product product, product_template listing
         WHERE sale.id = line.order_id AND product.id = line.product_id AND listing.id = product.product_tmpl_id
           AND sale.kdc_shop_state IN ('new', 'accepted', 'ready')
           AND listing.kdc_shop_id IS NOT NULL AND listing.kdc_track_quantity
           AND line.kdc_slot_start IS NULL
        """
    )
