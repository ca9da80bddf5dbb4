from . import test_area_history, test_home, test_listing, test_order, test_rights, test_routes, test_shop
