from . import test_household
