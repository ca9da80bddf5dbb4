import base64
from urllib.parse import urlencode

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine.format import fmt
from ..report import invitation_slip
from ..tools.actions import form_of

MAX_PEOPLE = 1000  # about half a minute; a whole ward is invited group by group


class KdcInviteWizard(models.TransientModel):
    """Officers choose households or residents and get printable activation slips.

    The PDF holds the codes in clear and is kept for its author only, for the hour that wizards live.
    """

    _name = "kdc.invite.wizard"
    _description = "Invite residents"
    _transient_max_hours = 1.0

    state = fields.Selection([("draft", "To print"), ("done", "Printed")], default="draft", required=True)
    household_ids = fields.Many2many("kdc.household", string="Households")
    resident_ids = fields.Many2many("kdc.resident", string="Residents")
    scope = fields.Selection(
        [("head", "Head of the household only"), ("adults", "All members old enough")],
        string="Whom to invite",
        default="head",
        required=True,
    )
    reset = fields.Boolean(
        string="Also who has an account",
        help="For people who forgot their password: the slip lets them choose a new one.",
    )
    valid_days = fields.Integer(string="Valid for (days)", default=30, required=True)
    invited_count = fields.Integer(string="People to invite", compute="_compute_people")
    slip_count = fields.Integer(string="Households concerned", compute="_compute_people")
    skipped_text = fields.Text(string="Not invited", compute="_compute_people")
    pdf = fields.Binary(attachment=False, readonly=True)

    _days_positive = models.Constraint("CHECK (valid_days BETWEEN 1 AND 180)", "A slip can be valid for 1 to 180 days.")

    @api.model
    def default_get(self, fields_list):
        """Take over the households or residents ticked in the list."""
        values = super().default_get(fields_list)
        field = {"kdc.household": "household_ids", "kdc.resident": "resident_ids"}.get(
            self.env.context.get("active_model")
        )
        if field in fields_list:
            values[field] = [fields.Command.set(self.env.context.get("active_ids", []))]
        return values

    def _candidates(self):
        """Return the residents that were asked for, heads first within each household."""
        self.ensure_one()
        people = self.resident_ids
        for household in self.household_ids:
            live = household.membership_ids.filtered(lambda membership: not membership.date_end)
            if self.scope == "head":
                live = live.filtered(lambda membership: membership.role == "head")
            people |= live.sorted(lambda membership: (membership.role != "head", membership.id)).resident_id
        return people

    def _split(self):
        """Return the residents to invite and the dict resident → reason of the others."""
        candidates = self._candidates()
        refusals = self.env["kdc.invitation"]._refusals(candidates, reset=self.reset)
        # Children are not news when all members were asked for; they are when somebody picked them.
        return candidates.filtered(lambda resident: resident not in refusals), refusals

    @api.depends("household_ids", "resident_ids", "scope", "reset")
    def _compute_people(self):
        for wizard in self:
            invited, refusals = wizard._split()
            wizard.invited_count = len(invited)
            wizard.slip_count = len(invited.household_id)
            wizard.skipped_text = "\n".join(f"{resident.name}: {reason}" for resident, reason in refusals.items())

    def action_print(self):
        """Create the invitations and their slips, then offer the PDF."""
        self.ensure_one()
        if not self.env.user.has_group("kdc_residents.group_officer"):
            raise UserError(self.env._("Only registry officers can invite residents."))
        invited, _refusals = self._split()
        if not invited:
            raise UserError(self.env._("None of these people can be invited. The reasons are listed in the window."))
        if len(invited) > MAX_PEOPLE:
            raise UserError(
                self.env._(
                    "Please invite at most %(limit)s people at once, for instance one residential group after the "
                    "other.",
                    limit=fmt.number(MAX_PEOPLE),
                )
            )
        invited.check_access("read")
        codes = self.env["kdc.invitation"]._invite(invited, self.valid_days)
        self.write({"state": "done", "pdf": base64.b64encode(self._render_slips(codes))})
        return form_of(self, self.env._("Invite residents"), target="new")

    def action_download(self):
        """Open the PDF in a new tab."""
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": f"/kdc/invitations/{self.id}/slips.pdf", "target": "new"}

    def _render_slips(self, codes):
        """Return the PDF for new invitations.

        :param codes: dict invitation (in sudo) → code
        """
        base_url = self.get_base_url()
        slips = []
        # sudo: as in ``_invite``; names and addresses of people the officer was just allowed to invite.
        invitations = self.env["kdc.invitation"].browse(invitation.id for invitation in codes).sudo()
        by_household = invitations.grouped("household_id")
        ordered = sorted(by_household, key=lambda h: (h.area_id.id, h.dwelling_id.route_sequence, h.id))
        for household in ordered:
            people = tuple(
                invitation_slip.Person(
                    name=invitation.resident_id.name,
                    code=codes[invitation],
                    url=f"{base_url}/activate?{urlencode({'code': codes[invitation]})}",
                    number=invitation.number,
                )
                for invitation in by_household[household]
            )
            address = household.dwelling_id.display_name or household.area_id.display_name or ""
            slips.append(invitation_slip.Slip(household.name, address, people))
        return invitation_slip.render(slips, self._wording(invitations, base_url))

    def _wording(self, invitations, base_url):
        """Return the texts of the slips in the language of the ward."""
        company = invitations.company_id[:1]
        env = self.with_context(lang=company.partner_id.lang or self.env.lang).env
        notes = [
            env._("The code works once, until %s.", fmt.date(invitations[:1].expires_on)),
            env._("Please do not give it to anybody. Officers never ask for your password."),
        ]
        if company.phone:
            notes.append(env._("Questions: telephone %s.", fmt.phone(company.phone)))
        return invitation_slip.Wording(
            ward=company.name,
            title=env._("ACTIVATION SLIP FOR THE RESIDENTS' PAGES"),
            to=env._("To:"),
            code=env._("Activation code"),
            number=env._("Slip no."),
            steps=(
                env._("Point the camera of your phone at the square code, or open the page %s/activate.", base_url),
                env._(
                    "Check the activation code and type the last 4 digits of your personal number and your own "
                    "phone number."
                ),
                env._(
                    "Choose a password of at least 8 characters. From then on you sign in with phone number and "
                    "password."
                ),
            ),
            notes=tuple(notes),
        )
