from . import (
    test_account_and_tariff,
    test_area_history,
    test_bill_items,
    test_billing_run,
    test_collection,
    test_collection_rights,
    test_pdf_documents,
    test_portal_bills,
    test_reading,
    test_reading_import,
    test_rights,
    test_vat,
)
