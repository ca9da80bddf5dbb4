from . import bills, documents, invoices, readings
from . import bills, disputes, documents, invoices
