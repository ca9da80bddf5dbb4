from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import consteq, hmac

from ..engine import activation
from ..tools.local_day import today_here

#: Wrong personal-number digits after which a slip is locked for good.
MAX_ATTEMPTS = 5
#: Youngest age invited to an own account. From 15 on a person may enter into civil transactions alone
#: (Bộ luật Dân sự 91/2015/QH13, điều 21 khoản 4), such as ordering on the market; younger members are
#: represented by the household. A ward may raise it with this system parameter, in years.
MIN_AGE_PARAMETER = "kdc_residents.invite_min_age"
MIN_AGE = 15


class ActivationError(Exception):
    """An activation that is refused.

    :param kind: ``mismatch``, ``expired``, ``used``, ``replaced``, ``exists``, ``blocked``, ``busy``,
        ``phone_taken`` or ``throttled``
    """

    def __init__(self, kind):
        super().__init__(kind)
        self.kind = kind


class KdcInvitation(models.Model):
    """A one-time code with which a resident opens an account, handed over on paper.

    The code itself is known only to the slip: here stands its keyed hash. Whoever activates also gives the last
    four digits of the own personal number, so that a slip found in the street is worth nothing.

    A business of the ward that is no resident gets one as well, for the person who represents it: ``business_id``
    instead of resident and household. Its number is in no register, so only a keyed hash of the four digits is kept.
    """

    _name = "kdc.invitation"
    _description = "Invitation of a resident"
    _order = "id desc"
    _rec_name = "number"

    number = fields.Char(string="Slip number", compute="_compute_number")
    resident_id = fields.Many2one("kdc.resident", index=True, ondelete="cascade")
    household_id = fields.Many2one("kdc.household", index=True, ondelete="cascade")
    business_id = fields.Many2one(
        "res.partner",
        index="btree_not_null",
        ondelete="cascade",
        help="The person who represents a business that is no resident, such as the owner of a shop.",
    )
    proof_hash = fields.Char(copy=False, groups="base.group_system")
    area_id = fields.Many2one(related="household_id.area_id", store=True, index=True, string="Residential group")
    company_id = fields.Many2one("res.company", required=True, index=True)
    purpose = fields.Selection(
        [("activate", "First sign-in"), ("reset", "New password")], required=True, default="activate"
    )
    state = fields.Selection(
        [("sent", "Handed out"), ("used", "Used"), ("expired", "Expired"), ("cancelled", "Cancelled")],
        required=True,
        default="sent",
        index=True,
    )
    cancel_reason = fields.Selection(
        [
            ("replaced", "Replaced by a newer slip"),
            ("locked", "Locked after wrong entries"),
            ("officer", "Cancelled by an officer"),
        ]
    )
    code_hash = fields.Char(required=True, copy=False, groups="base.group_system")
    attempts = fields.Integer(string="Wrong entries", readonly=True)
    expires_on = fields.Date(string="Valid until", required=True, help="Last day on which the code can be used.")
    used_date = fields.Datetime(string="Used on")
    user_id = fields.Many2one("res.users", string="Account", ondelete="set null")

    _code_hash_uniq = models.UniqueIndex("(code_hash)")
    _live_uniq = models.UniqueIndex(
        "(resident_id) WHERE state = 'sent'", "This resident already has a slip that can be used."
    )
    _live_business_uniq = models.UniqueIndex(
        "(business_id) WHERE state = 'sent'", "This person already has a slip that can be used."
    )
    _one_holder = models.Constraint(
        """CHECK (num_nonnulls(resident_id, business_id) = 1 AND (household_id IS NULL) = (resident_id IS NULL)
            AND (proof_hash IS NULL) = (business_id IS NULL))""",
        "A slip is for one resident of a household, or for one business.",
    )
    _used_dated = models.Constraint(
        "CHECK ((state = 'used') = (used_date IS NOT NULL))", "A used slip has a date of use."
    )
    _cancel_reasoned = models.Constraint(
        "CHECK ((state = 'cancelled') = (cancel_reason IS NOT NULL))", "A cancelled slip has a reason."
    )

    def _compute_number(self):
        for invitation in self:
            invitation.number = f"{invitation.id or 0:06d}"

    # -- inviting --------------------------------------------------------------------------------------------------
    @api.model
    def _min_age(self):
        """Return the youngest age that is invited, in years."""
        # sudo: one number, readable by whoever may invite.
        value = self.env["ir.config_parameter"].sudo().get_param(MIN_AGE_PARAMETER)
        return max(int(value), MIN_AGE) if value and value.isdigit() else MIN_AGE

    @api.model
    def _refusals(self, residents, reset=False):
        """Return why residents cannot be invited, as a dict resident → sentence; the others can.

        :param reset: residents who have an account already get a slip for a new password
        """
        # sudo: officers may invite without being allowed to see user accounts and every personal number.
        residents = residents.sudo()
        youngest = today_here(self) - relativedelta(years=self._min_age())
        users = (
            self.env["res.users"]
            .sudo()  # sudo: as above
            .with_context(active_test=False)
            .search([("partner_id", "in", residents.partner_id.ids)])
        )
        user_of = {user.partner_id: user for user in users}
        refusals = {}
        for resident in residents:
            user = user_of.get(resident.partner_id)
            if not resident.active or not resident.household_id:
                reason = self.env._("no longer lives in a household of this ward")
            elif not resident.birth_date:
                reason = self.env._("the date of birth is not recorded")
            elif resident.birth_date > youngest:
                reason = self.env._("younger than %s years", self._min_age())
            elif not resident.personal_number:
                reason = self.env._("the personal number is not recorded")
            elif user and not user.active:
                reason = self.env._("the account was closed; an administrator can open it again")
            elif user and user._is_internal():
                reason = self.env._("has a staff account")
            elif user and not reset:
                reason = self.env._("already has an account")
            else:
                continue
            refusals[resident] = reason
        return refusals

    @api.model
    def _invite(self, residents, days):
        """Create one invitation per resident; an older one that is still open becomes worthless.

        :param residents: residents without a refusal, see :meth:`_refusals`
        :param days: how many days the code can be used
        :return: dict invitation → code, the only moment at which the code is known
        :raise UserError: somebody cannot be invited
        """
        # sudo: officers read invitations but write them through here only.
        invitations, residents = self.sudo(), residents.sudo()
        refusals = self._refusals(residents, reset=True)
        if refusals:
            raise UserError("\n".join(f"{resident.name}: {reason}" for resident, reason in refusals.items()))
        older = invitations.search([("resident_id", "in", residents.ids), ("state", "=", "sent")])
        older.write({"state": "cancelled", "cancel_reason": "replaced"})
        older.flush_recordset()
        with_account = residents.filtered(lambda resident: resident.partner_id.user_ids)
        holders = [
            {
                "resident_id": resident.id,
                "household_id": resident.household_id.id,
                "company_id": resident.company_id.id,
                "purpose": "reset" if resident in with_account else "activate",
            }
            for resident in residents
        ]
        return invitations._issue(holders, days)

    @api.model
    def _invite_business(self, contact, proof_hash, days):
        """Create the invitation of who represents a business; an older one that is still open becomes worthless.

        Whether the current user may do so, and whether the contact is what it should be, the caller has checked.

        :param contact: res.partner in sudo, of no resident
        :param proof_hash: see :meth:`_proof_hash`
        :return: dict invitation → code, as for :meth:`_invite`
        """
        invitations = self.sudo()  # sudo: as in ``_invite``
        older = invitations.search([("business_id", "=", contact.id), ("state", "=", "sent")])
        older.write({"state": "cancelled", "cancel_reason": "replaced"})
        older.flush_recordset()
        holder = {
            "business_id": contact.id,
            "company_id": contact.company_id.id,
            "proof_hash": proof_hash,
            "purpose": "reset" if contact.user_ids else "activate",
        }
        return invitations._issue([holder], days)

    @api.model
    def _issue(self, holders, days):
        """Create one invitation for each dict of values; return dict invitation → code."""
        codes = [activation.new_code() for _holder in holders]
        last_day = today_here(self) + relativedelta(days=days)
        created = self.create(
            [
                {**holder, "code_hash": self._digest(code), "expires_on": last_day}
                for holder, code in zip(holders, codes, strict=True)
            ]
        )
        return dict(zip(created, codes, strict=True))

    @api.model
    def _proof_hash(self, last_four):
        """Return the keyed hash of the last four digits of a personal number that the register does not hold."""
        # sudo: the key derives from a system parameter.
        return hmac(self.sudo().env, "kdc.invitation.proof", "".join((last_four or "").split()))

    @api.model
    def _digest(self, code):
        """Return the keyed hash of a code for this database."""
        # sudo: the key derives from a system parameter.
        key = hmac(self.sudo().env, "kdc.invitation.code", "key")
        return activation.digest(code, key.encode())

    def action_cancel(self):
        """Make slips worthless, for instance when one was lost."""
        if not self._may_cancel():
            raise UserError(self.env._("Only registry officers can cancel activation slips."))
        self.check_access("read")
        # sudo: officers have no write access; the rules for reading were just checked.
        self.sudo().filtered(lambda invitation: invitation.state == "sent").write(
            {"state": "cancelled", "cancel_reason": "officer"}
        )

    def _may_cancel(self):
        """Say whether the current user's job is to cancel these slips; which ones he sees is asked besides."""
        return self.env.user.has_group("kdc_residents.group_officer")

    @api.autovacuum
    def _gc_expired(self):
        """Show slips whose last day has passed as expired. Using them is refused from that day in any case."""
        self.search(
            [
                ("state", "=", "sent"),
                ("expires_on", "<", today_here(self)),
            ]
        ).state = "expired"

    # -- activating ------------------------------------------------------------------------------------------------
    @api.model
    def _redeem(self, code, last_four, login, password, source):
        """Open an account (or set its new password) and return the user, in sudo.

        Who is told what: an unknown code, wrong digits of the personal number and a locked slip get the very same
        answer after the same work, so that guessing teaches nothing. Only who proved both is told that the slip
        was used, replaced or has expired.

        :param code: twelve digits, already checked by :func:`engine.activation.parse_code`
        :param last_four: last digits of the personal number as typed
        :param login: phone number in E.164 form, becomes the login
        :param password: new password, already checked
        :param source: where the request comes from, for the limit on wrong guesses
        :raise ActivationError: refused, nothing was changed but the counters
        """
        throttle = self.env["kdc.throttle"]
        if not throttle._allow("activation", source):
            raise ActivationError("throttled")
        # sudo: the visitor is nobody yet; what follows proves who it is.
        invitation = self.sudo().search([("code_hash", "=", self._digest(code))])
        locked = invitation.cancel_reason == "locked" or invitation.attempts >= MAX_ATTEMPTS
        proved = invitation._proves(last_four)
        if not invitation or locked or not proved:
            throttle._count("activation", source)
            if invitation and not locked:
                invitation._count_wrong_entry()
            raise ActivationError("mismatch")
        invitation._check_redeemable()
        user = invitation._open_account(login, password)
        invitation.write({"state": "used", "used_date": fields.Datetime.now(), "user_id": user.id})
        return user

    def _proves(self, last_four):
        """Return whether these are the last four digits of the holder's personal number; never without a slip."""
        if self.business_id:
            return consteq(self.proof_hash, self._proof_hash(last_four))
        return activation.same_last_four(self.resident_id.personal_number, last_four)

    def _count_wrong_entry(self):
        """Note that the code was right and the personal number was not; lock the slip at the fifth time."""
        self.ensure_one()
        self.attempts += 1
        if self.attempts >= MAX_ATTEMPTS and self.state == "sent":
            self.write({"state": "cancelled", "cancel_reason": "locked"})

    def _check_redeemable(self):
        """Check that a slip whose holder is proved can still be used, and lock it against a second use meanwhile.

        :raise ActivationError: it cannot
        """
        self.ensure_one()
        if not self.try_lock_for_update():
            raise ActivationError("busy")
        self.invalidate_recordset(["state"])
        if self.state == "used":
            raise ActivationError("used")
        if self.state == "cancelled" or not (self.business_id or self.resident_id).active:
            raise ActivationError("replaced")
        if self.state == "expired" or self.expires_on < today_here(self):
            raise ActivationError("expired")

    def _open_account(self, login, password):
        """Return the holder's portal user with this login and password, created when there is none.

        :raise ActivationError: there is an account already, it is closed, or the phone number belongs to another
        """
        self.ensure_one()
        partner = self.business_id or self.resident_id.partner_id
        users = self.env["res.users"].with_context(active_test=False, no_reset_password=True)
        user = users.search([("partner_id", "=", partner.id)], limit=1)
        if user and not user.active:
            raise ActivationError("blocked")
        if user and (self.purpose != "reset" or user._is_internal()):
            raise ActivationError("exists")
        if users.search_count([("login", "=", login), ("id", "!=", user.id)], limit=1):
            raise ActivationError("phone_taken")
        if not partner.phone:
            # The register keeps the number an officer entered; only an empty one is filled.
            partner.phone = login
        if user:
            user.write({"login": login, "password": password})
            return user
        return users.create(
            {
                "name": partner.name,
                "partner_id": partner.id,
                "login": login,
                "password": password,
                "group_ids": [fields.Command.set(self.env.ref("base.group_portal").ids)],
                "company_id": self.company_id.id,
                "company_ids": [fields.Command.set(self.company_id.ids)],
                "lang": self.company_id.partner_id.lang or self.env.lang,
                "tz": "Asia/Ho_Chi_Minh",
            }
        )
