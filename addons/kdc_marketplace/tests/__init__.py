from . import (
    test_area_history,
    test_exposure,
    test_home,
    test_leaks,
    test_listing,
    test_my_data,
    test_order,
    test_rights,
    test_routes,
    test_shop,
)
