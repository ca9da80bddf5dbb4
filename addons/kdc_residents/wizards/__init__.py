from . import (
    kdc_archive,
    kdc_area_import,
    kdc_area_merge,
    kdc_area_past,
    kdc_area_split,
    kdc_change_refuse,
    kdc_civil_event_cancel,
    kdc_composition,
    kdc_invite_wizard,
    kdc_reveal,
)
