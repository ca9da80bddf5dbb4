from . import test_calendar
from . import test_clocks
from . import test_feedback
from . import test_portal
from . import test_rights
