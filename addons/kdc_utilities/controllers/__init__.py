from . import bills, documents, invoices
