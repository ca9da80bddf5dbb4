import time

from odoo import api, models
from odoo.addons.kdc_residents.engine.phone import to_e164
from odoo.tools.misc import hmac

from ..engine import guest

MAX_NAME = 80


class KdcFeedback(models.Model):
    """Feedback of whoever passes by: what keeps machines out of the form, and what a guest may leave of himself."""

    _inherit = "kdc.feedback"

    @api.model
    def _guest_sign(self, text):
        # sudo: the key of the signature is a system parameter that no guest may read
        return hmac(self.sudo().env, "kdc.feedback.guest", text)

    @api.model
    def _guest_challenge(self, key):
        """A challenge for the form of this random key, see :mod:`..engine.guest`."""
        return guest.challenge(key, int(time.time()), self._guest_sign)

    @api.model
    def _guest_seconds_left(self, challenge, key, work):
        """Seconds the sender of a form still has to wait; ``None`` when the challenge is not ours, or too old."""
        return guest.seconds_left(challenge, key, work, int(time.time()), self._guest_sign)

    @api.model
    def _guest_contact(self, name, phone):
        """Name and telephone a guest leaves for those who handle it.

        :returns: ``(values, errors by field)``
        """
        errors = {}
        name, phone = " ".join((name or "").split())[:MAX_NAME], (phone or "").strip()[:30]
        if not (name or phone):
            errors["contact_name"] = self.env._("Please write your name or your telephone number, or choose “Nobody”.")
        if phone:
            try:
                phone = to_e164(phone)
            except ValueError:
                errors["contact_phone"] = self.env._("This is not a telephone number. Example: 0905 123 456")
        return {"contact_name": name or False, "contact_phone": phone or False}, errors
