from . import (
    test_area_history,
    test_calendar,
    test_clocks,
    test_exposure,
    test_feedback,
    test_home,
    test_leaks,
    test_mails,
    test_name_consent,
    test_portal,
    test_rights,
)
