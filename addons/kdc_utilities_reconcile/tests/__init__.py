from . import test_reconcile, test_rights, test_terms
