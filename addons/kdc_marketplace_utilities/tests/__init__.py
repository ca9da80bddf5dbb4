from . import test_exposure, test_market_fee, test_money_steps, test_rights, test_statement
