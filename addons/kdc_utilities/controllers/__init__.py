from . import bills, documents, invoices, readings
