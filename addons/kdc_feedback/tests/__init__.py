from . import test_calendar, test_clocks, test_feedback, test_portal, test_rights
