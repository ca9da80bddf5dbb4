from . import test_engine_beside_stand_in, test_exposure, test_gateways, test_payout, test_portal_payment, test_rights
