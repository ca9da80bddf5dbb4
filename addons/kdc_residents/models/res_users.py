from contextlib import suppress

from odoo import api, fields, models
from odoo.fields import Domain

from ..engine import phone


class ResUsers(models.Model):
    _inherit = "res.users"

    kdc_area_ids = fields.Many2many(
        "kdc.area",
        "kdc_area_res_users_rel",
        "user_id",
        "area_id",
        string="Residential groups in charge",
        help="Areas this person acts in, as head of a residential group or as collector. "
        "Others of the ward's register stay invisible.",
    )
    kdc_area_scoped = fields.Boolean(
        string="Sees own areas only", compute="_compute_kdc_area_scoped", compute_sudo=True
    )

    @api.model
    def _kdc_scoped_groups(self):
        """Return the groups whose members see their own areas only. Addons with such a job add theirs."""
        return ["kdc_residents.group_area_head"]

    @api.model
    def _kdc_ward_wide_groups(self):
        """Return the groups whose members see the whole ward, whatever else they are. Addons add theirs."""
        return ["kdc_residents.group_officer", "kdc_residents.group_auditor"]

    @api.depends("group_ids", "kdc_area_ids")
    def _compute_kdc_area_scoped(self):
        """Say whose view ends at own areas: nobody with a job for the whole ward, everybody else who has areas.

        A head of group without any area yet sees nothing rather than everything.
        """
        for user in self:
            wide = any(user.has_group(group) for group in self._kdc_ward_wide_groups())
            scoped = bool(user.kdc_area_ids) or any(user.has_group(group) for group in self._kdc_scoped_groups())
            user.kdc_area_scoped = scoped and not wide

    def _get_invalidation_fields(self):
        """The record rules read ``kdc_area_ids``, so their cache must follow it."""
        return super()._get_invalidation_fields() | {"kdc_area_ids"}

    def _kdc_resident(self):
        """Return the resident this user is (sudo: people read themselves through checked pages only); may be empty."""
        self.ensure_one()
        # A portal user has no right on the register; every page that calls this shows named fields of this person only.
        return self.env["kdc.resident"].sudo().search([("partner_id", "=", self.partner_id.id)], limit=1)

    def _kdc_household(self):
        """Return the present household of this user (sudo, for the same reason); may be empty."""
        return self._kdc_resident().household_id

    @api.model
    def _get_login_domain(self, login):
        """Find the account by phone number however it is written, and by e-mail address in any case.

        A resident's login is the number in E.164 form; ``0905 123 456``, ``+84 905123456`` and
        ``84905123456`` all mean the same person.
        """
        domain = super()._get_login_domain(login)
        typed = (login or "").strip()
        others = {typed, typed.lower()} - {login, ""}
        # An e-mail address or a staff login is no phone number.
        with suppress(phone.PhoneError):
            others.add(phone.to_e164(typed))

        def widen(condition):
            exact = (condition.field_expr, condition.operator) == ("login", "=")
            return Domain("login", "in", [login, *sorted(others)]) if exact else condition

        return domain.map_conditions(widen) if others else domain

    @api.model
    def _get_signup_invitation_scope(self):
        """Accounts are opened with a slip of the ward only, whatever Odoo's shop sets as its usual way.

        Whoever could sign up alone could do so under the name of a neighbour, or with a phone number that a resident
        then finds taken.
        """
        return "b2b"

    def _should_captcha_login(self, credential):
        """The light login page brings no foreign script, so no captcha can be asked for.

        Guessing is slowed by Odoo's cooldown per address and by the limits in front of the server.
        """
        return False
