# The dialogue the others inherit from first.
from . import kdc_area_reorganise

# isort: split
from . import (
    kdc_archive,
    kdc_area_import,
    kdc_area_merge,
    kdc_area_past,
    kdc_area_split,
    kdc_area_undo,
    kdc_change_refuse,
    kdc_civil_event_cancel,
    kdc_composition,
    kdc_consent_paper,
    kdc_data_step,
    kdc_invite_wizard,
    kdc_letter_step,
    kdc_population_report,
    kdc_population_report_line,
    kdc_resident_merge,
    kdc_reveal,
)
