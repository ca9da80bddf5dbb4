from . import test_exposure, test_market_report, test_routes
