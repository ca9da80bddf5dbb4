from . import kdc_archive
from . import kdc_invite_wizard
