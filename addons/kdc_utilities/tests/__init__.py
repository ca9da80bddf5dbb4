from . import (
    test_account_and_tariff,
    test_billing_run,
    test_reading,
    test_reading_import,
    test_rights,
    test_vat,
)
