from odoo import models
from odoo.addons.kdc_residents.models.kdc_throttle import KdcThrottle as Base


class KdcThrottle(models.Model):
    """Feedback sent by one account is counted too, so that nobody floods the inbox."""

    _inherit = "kdc.throttle"

    # Ten in an hour is more than an honest walk through the ward needs.
    # A guest's form counts each time it is sent, mistakes too: many telephones share the address of one carrier.
    # Keys of other systems are guessed by nobody who has one.
    # Mails of one address count as the forms of one account; whoever sent too many is told once in that time.
    _LIMITS = {
        **Base._LIMITS,
        "feedback": (10, 60),
        "open311": (20, 15),
        "guest": (40, 60),
        "mail": (10, 60),
        "mail_told": (1, 60),
    }
