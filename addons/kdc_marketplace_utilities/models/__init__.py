from . import (
    kdc_customer_account,
    kdc_market_fee,
    kdc_market_fee_rule,
    kdc_market_fee_run,
    kdc_my_data,
    kdc_shop,
    kdc_shop_member,
)
