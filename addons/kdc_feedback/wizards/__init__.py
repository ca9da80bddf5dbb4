from . import kdc_feedback_step
from . import kdc_feedback_holidays
