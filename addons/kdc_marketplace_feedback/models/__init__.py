from . import kdc_feedback, kdc_feedback_category, kdc_market_report
