from . import bills, disputes, documents, field_round, invoices, readings
