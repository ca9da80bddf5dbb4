from . import kdc_market_reason
