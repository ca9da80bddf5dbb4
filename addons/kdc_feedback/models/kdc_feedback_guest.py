import time

from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.phone import to_e164
from odoo.tools.misc import hmac

from ..engine import guest

MAX_NAME = 80


class KdcFeedback(models.Model):
    """Feedback of whoever passes by: what keeps machines out of the form, and what a guest may leave of himself."""

    _inherit = "kdc.feedback"

    _sender_idx = models.Index("(sender_hash, submitted_at) WHERE sender_hash IS NOT NULL")

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
    def _guest_has_worked(self, challenge, key, work):
        """Whether the telephone of the sender has done the work of this form; None: the challenge is not ours."""
        ours = self._guest_seconds_left(challenge, key, work) is not None
        return guest.has_worked(challenge, work) if ours else None

    @api.model
    def _guest_has_room(self, source, source_hash, worked):
        """Whether a network may send one more form now.

        :param source: its address
        :param source_hash: the code of it that stands in what was sent from there
        :param worked: the form was sent by a telephone that has done its work
        """
        throttle = self.env["kdc.throttle"]
        if not (throttle._allow("guest_form", source) and throttle._allow("guest_sent", source)):
            return False
        if not worked:
            return throttle._allow("guest", source)
        # The rows themselves: a counter would be one row on which all telephones of a carrier wait for each other.
        most, minutes = throttle._LIMITS["guest_sent"]
        since = fields.Datetime.subtract(fields.Datetime.now(), minutes=minutes)
        sent = [("sender_hash", "=", source_hash), ("submitted_at", ">", since)]
        # sudo: only how many
        return self.sudo().search_count(sent, limit=most) < most

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
