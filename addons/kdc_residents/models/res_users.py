from contextlib import suppress

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.http import request

from ..engine import phone
from ..engine.format import mask_phone

#: Where a session keeps the household its user looks at.
HOUSEHOLD_KEY = "kdc_household_id"


class ResUsers(models.Model):
    _name = "res.users"
    _inherit = ["res.users", "kdc.contact.guard"]

    kdc_area_ids = fields.Many2many(
        "kdc.area",
        "kdc_area_res_users_rel",
        "user_id",
        "area_id",
        string="Residential groups in charge",
        help="Areas this person acts in, as head of a residential group or as collector. "
        "Others of the ward's register stay invisible.",
        groups="kdc_residents.group_staff",
    )
    kdc_area_scoped = fields.Boolean(
        string="Sees own areas only", compute="_compute_kdc_area_scoped", compute_sudo=True
    )

    kdc_keeps_shared = fields.Boolean(
        string="Keeps lists of all wards",
        compute="_compute_kdc_keeps_shared",
        compute_sudo=True,
        help="Lists without a ward are used by every ward of the database. Administrators keep them, and everybody "
        "whose job it is while there is one ward only.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Whoever was a contact before becoming a user has no time zone by default; a day begins in Vietnam for all."""
        users = super().create(vals_list)
        users.filtered(lambda user: not user.tz).tz = "Asia/Ho_Chi_Minh"
        return users

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

    @api.depends("group_ids")
    def _compute_kdc_keeps_shared(self):
        """Say who may change what every ward uses. Record rules ask; the first ward that joins empties their cache."""
        single = self.env["res.company"].search_count([], limit=2) < 2
        for user in self:
            user.kdc_keeps_shared = single or user.has_group("kdc_residents.group_admin")

    def _kdc_phones_hidden(self):
        """Say whether telephone numbers of the register are masked for this user: staff whose job calls nobody."""
        self.ensure_one()
        return self.has_group("kdc_residents.group_staff") and not self.has_group("kdc_residents.group_contact")

    def _kdc_phone_format(self):
        """Return the function that writes a stored telephone number for this user, whole or masked."""
        self.ensure_one()
        if self.has_group("kdc_residents.group_contact"):
            return phone.display
        return lambda number: mask_phone(number) if number else ""

    def _phones_of_register(self):
        return self.filtered("partner_id.kdc_registered")

    @api.model
    def _domain_outside_register(self):
        return Domain("partner_id.kdc_registered", "=", False)

    @api.model
    def _masked_fields(self):
        """A resident signs in with the telephone number."""
        return super()._masked_fields() | {"login"}

    def _get_invalidation_fields(self):
        """The record rules read ``kdc_area_ids``, so their cache must follow it."""
        return super()._get_invalidation_fields() | {"kdc_area_ids"}

    def _kdc_resident(self):
        """Return the resident this user is (sudo: people read themselves through checked pages only); may be empty."""
        self.ensure_one()
        # A portal user has no right on the register; every page that calls this shows named fields of this person only.
        # A page asks several times: through the contact it is looked up once.
        return self.sudo().partner_id.kdc_resident_ids.filtered("active")

    def _kdc_households(self):
        """Return the households this user may look at, the own one first (sudo, for the same reason).

        The others are those whose head or the ward's office lets this person in from outside: somebody who owns or
        pays for a second house, for instance. A person lives in one household only.
        """
        resident = self._kdc_resident()
        shares = (
            self.env["kdc.household.delegation"]
            .sudo()  # sudo: see _kdc_resident
            .search(
                [
                    ("resident_id", "=", resident.id),
                    ("date_end", "=", False),
                    ("membership_id", "=", False),
                    ("household_id.active", "=", True),
                ],
                order="id",
            )
            if resident
            else self.env["kdc.household.delegation"].sudo()  # sudo: none, of the same kind
        )
        return resident.household_id | shares.household_id

    def _kdc_household(self):
        """Return the household this user looks at (sudo, for the same reason); may be empty.

        It is the one chosen on the home page, checked anew on each request, else the own one.
        """
        if not (request and request.session.uid == self.id and request.session.get(HOUSEHOLD_KEY)):
            return self._kdc_resident().household_id or self._kdc_households()[:1]
        households = self._kdc_households()
        chosen = households.filtered(lambda household: household.id == request.session[HOUSEHOLD_KEY])
        return chosen or households[:1]

    def _kdc_choose_household(self, household):
        """Look at ``household`` from now on in this session; the caller took it from :meth:`_kdc_households`."""
        request.session[HOUSEHOLD_KEY] = household.id

    def _kdc_may_see(self, subject, household=None):
        """Return whether this user sees ``subject`` of a household: bills, feedback, orders, or ``acts`` for it.

        :param household: kdc.household, default the one this user looks at
        """
        household = self._kdc_household() if household is None else household
        # sudo: see _kdc_resident
        return subject in self.env["kdc.household.delegation"]._access(self._kdc_resident(), household.sudo())

    def _kdc_shared_households(self, subject):
        """Return the households of which this user sees ``subject``, in sudo."""
        return self._kdc_households().filtered(lambda household: self._kdc_may_see(subject, household))

    def _kdc_shared_partners(self, subject):
        """Return the people whose own ``subject`` (feedback, orders) this user sees besides the own, in sudo.

        What a person orders or reports belongs to that person; a head shares what is in the head's own name.
        """
        # sudo: the reader's own contact
        return self._kdc_shared_households(subject).head_id.partner_id - self.sudo().partner_id

    def _kdc_hidden_partner_ids(self, subject):
        """Return the contacts of the own household whose documents Odoo's portal rules must not show to this user.

        Those rules open everything of the commercial partner, which is the whole household. Three queries for the
        current user, none per document.
        """
        household = self._kdc_resident().household_id
        if not household:
            return []
        # sudo: ids of contacts, to be left out
        contacts = self.env["res.partner"].sudo().with_context(active_test=False)
        everybody = contacts.search([("id", "child_of", household.partner_id.id)])
        shown = self.sudo().partner_id  # sudo: as above
        if self._kdc_may_see(subject, household):
            shown |= everybody if subject == "bills" else household.partner_id | household.head_id.partner_id
        return (everybody - shown).ids

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
