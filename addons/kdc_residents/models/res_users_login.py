from odoo import api, models
from odoo.fields import Domain

from ..engine import phone


class ResUsers(models.Model):
    """Signing in the way people type their own number."""

    _inherit = 'res.users'

    @api.model
    def _get_login_domain(self, login):
        """Find the account by phone number however it is written, and by e-mail address in any case.

        A resident's login is the number in E.164 form; ``0905 123 456``, ``+84 905123456`` and
        ``84905123456`` all mean the same person.
        """
        typed = (login or '').strip()
        candidates = {login, typed, typed.lower()}
        try:
            candidates.add(phone.to_e164(typed))
        except phone.PhoneError:
            pass  # an e-mail address or a staff login
        domain = super()._get_login_domain(login)
        others = candidates - {login, ''}
        return domain.map_conditions(
            lambda condition: Domain('login', 'in', [login, *sorted(others)])
            if (condition.field_expr, condition.operator) == ('login', '=') else condition
        ) if others else domain

    def _should_captcha_login(self, credential):
        """The light login page brings no foreign script, so no captcha can be asked for.

        Guessing is slowed by Odoo's cooldown per address and by the limits in front of the server.
        """
        return False
