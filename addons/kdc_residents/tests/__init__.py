from . import test_area
from . import test_household
from . import test_invitation
from . import test_portal_controllers
from . import test_portal_pages
from . import test_roster_import
from . import test_rights
