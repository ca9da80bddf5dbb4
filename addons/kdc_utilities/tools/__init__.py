from . import bill_guard, bill_press, copies, statement_press
