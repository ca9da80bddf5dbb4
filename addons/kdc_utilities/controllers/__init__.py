from . import bills, disputes, documents, invoices, readings
