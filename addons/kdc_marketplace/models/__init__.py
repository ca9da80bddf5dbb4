from . import (
    kdc_area,
    kdc_home,
    kdc_shop,
    kdc_shop_member,
    payment_provider,
    payment_transaction,
    product_product,
    product_template,
    res_users,
    sale_order,
    sale_order_line,
    website,
)
