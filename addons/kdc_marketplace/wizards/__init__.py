from . import kdc_business_invite, kdc_market_reason, kdc_market_words, kdc_market_year, kdc_resident_merge
