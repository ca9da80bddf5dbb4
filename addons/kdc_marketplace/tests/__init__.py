from . import test_listing, test_order, test_rights, test_routes, test_shop
