from . import kdc_bill_pdf, kdc_receipt_pdf
