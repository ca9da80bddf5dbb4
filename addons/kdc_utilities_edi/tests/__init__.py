from . import test_buyer, test_einvoice, test_portal, test_rights
