from . import test_generate, test_merge_people, test_terms
