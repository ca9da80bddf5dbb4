from . import kdc_bill_pdf
