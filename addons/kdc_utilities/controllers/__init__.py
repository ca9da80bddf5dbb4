from . import bills, disputes, documents, invoices, readings
from . import bills, documents, field_round, invoices, readings
