from . import bills, documents
