from . import (
    kdc_feedback_caller,
    kdc_feedback_figures,
    kdc_feedback_holidays,
    kdc_feedback_intake,
    kdc_feedback_intake_similar,
    kdc_feedback_moderate,
    kdc_feedback_retention,
    kdc_feedback_step,
)
