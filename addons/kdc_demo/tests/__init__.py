from . import test_generate, test_merge_people, test_odoo_users, test_terms
