from . import (
    kdc_demo,
    kdc_demo_areas,
    kdc_demo_events,
    kdc_demo_feedback,
    kdc_demo_fees,
    kdc_demo_letters,
    kdc_demo_market,
    kdc_demo_people,
    kdc_demo_registry,
    kdc_demo_time,
    kdc_demo_wards,
)
