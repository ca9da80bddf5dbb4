from . import kdc_archive
from . import kdc_change_head
from . import kdc_invite_wizard
