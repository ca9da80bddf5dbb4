from . import (
    kdc_bill_pdf,
    kdc_bill_route_pdf,
    kdc_cash_sheet_pdf,
    kdc_dunning_pdf,
    kdc_meter_verification_pdf,
    kdc_payer_statement_pdf,
    kdc_receipt_pdf,
    kdc_settlement_pdf,
)
