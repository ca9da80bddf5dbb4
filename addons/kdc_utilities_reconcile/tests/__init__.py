from . import test_press, test_reconcile, test_rights, test_terms
