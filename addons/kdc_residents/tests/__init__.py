from . import (
    test_area,
    test_area_history,
    test_change_request,
    test_civil_event,
    test_household,
    test_invitation,
    test_personal_data,
    test_portal_controllers,
    test_portal_pages,
    test_public_welcome,
    test_rights,
    test_roster_import,
)
