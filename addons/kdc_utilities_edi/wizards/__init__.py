from . import kdc_einvoice_request
