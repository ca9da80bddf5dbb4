from . import kdc_market_reason, kdc_market_year
