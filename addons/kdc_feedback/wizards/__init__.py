from . import kdc_feedback_holidays, kdc_feedback_step
