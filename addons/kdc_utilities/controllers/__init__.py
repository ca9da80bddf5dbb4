from . import bills, contributions, disputes, documents, field_round, invoices, readings
