from odoo import models
from odoo.addons.kdc_residents.models.kdc_throttle import KdcThrottle as Base


class KdcThrottle(models.Model):
    """Feedback sent by one account is counted too, so that nobody floods the inbox."""

    _inherit = "kdc.throttle"

    # Ten in an hour is more than an honest walk through the ward needs.
    # Many telephones share the address of one carrier. What guests with working scripts have sent is counted by its
    # rows, see ``kdc_feedback_guest.py``; "guest" counts what came without that work and what tried to get round it,
    # "guest_form" mistakes and questions, whose photos are kept for a while. "Me too" has no row of its sender, so that
    # it has a counter of "guest_sent".
    # Keys of other systems are guessed by nobody who has one.
    # Mails of one address count as the forms of one account: more are taken in without an answer, up to what nobody
    # could read; whoever sent too many is told once in that time.
    _LIMITS = {
        **Base._LIMITS,
        "feedback": (10, 60),
        "open311": (20, 15),
        "guest": (40, 60),
        "guest_form": (400, 60),
        "guest_sent": (400, 60),
        "mail": (10, 60),
        "mail_taken": (100, 60),
        "mail_told": (1, 60),
    }
