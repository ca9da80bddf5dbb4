from . import kdc_archive, kdc_change_head, kdc_invite_wizard
