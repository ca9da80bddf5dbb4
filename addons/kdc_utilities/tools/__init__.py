from . import bill_guard, bill_press
