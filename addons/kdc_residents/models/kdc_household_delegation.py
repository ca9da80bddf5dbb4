from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools.local_day import today_here

#: What can be shared in a household, and the addon that shows it. A subject is a field of the same name here, one of
#: the name ``kdc_share_<subject>`` on the company, and whatever asks ``res.users._kdc_may_see``.
SUBJECTS = {"bills": "kdc_utilities", "feedback": "kdc_feedback", "orders": "kdc_marketplace"}
#: Of age, with full civil capacity (Bộ luật Dân sự 91/2015/QH13, điều 20), in years.
ADULT = 18


class KdcHouseholdDelegation(models.Model):
    """What somebody sees of a household, and whether that person acts for it like its head.

    A member without such a record sees what the ward's office has set as usual for adults; the head decides otherwise
    on the portal. Somebody from outside (who owns or pays for the house) gets one from an officer. It ends with the
    membership, and a new head starts anew with those whose membership was renewed.
    """

    _name = "kdc.household.delegation"
    _description = "Sharing within a household"
    _order = "household_id, date_end DESC, id"
    _rec_name = "resident_id"
    _check_company_auto = True

    household_id = fields.Many2one("kdc.household", required=True, index=True, ondelete="restrict", check_company=True)
    resident_id = fields.Many2one(
        "kdc.resident", string="Person", required=True, index=True, ondelete="restrict", check_company=True
    )
    membership_id = fields.Many2one(
        "kdc.household.membership", index="btree_not_null", ondelete="restrict", help="Empty for somebody from outside."
    )
    company_id = fields.Many2one(related="household_id.company_id", store=True, index=True)
    area_id = fields.Many2one(related="household_id.area_id", store=True, index=True)
    acts = fields.Boolean(string="Acts for the household", help="Sees and does what the head can.")
    bills = fields.Boolean()
    feedback = fields.Boolean()
    orders = fields.Boolean()
    note = fields.Char(string="Basis", help="Why somebody from outside sees this household: owner, payer, guardian …")
    date_start = fields.Date(string="From", required=True, default=today_here)
    date_end = fields.Date(string="Until")
    granted_by = fields.Many2one("res.users", default=lambda self: self.env.user, readonly=True)

    _live_uniq = models.UniqueIndex(
        "(household_id, resident_id) WHERE date_end IS NULL", "This person already has a share in this household."
    )
    _outside_reasoned = models.Constraint(
        "CHECK (membership_id IS NOT NULL OR note IS NOT NULL)",
        "Please write why somebody from outside sees this household.",
    )
    _dates_ordered = models.Constraint("CHECK (date_end IS NULL OR date_end >= date_start)", "It ends after it starts.")

    @api.constrains("household_id", "resident_id", "membership_id")
    def _check_membership(self):
        for share in self.filtered("membership_id"):
            membership = share.membership_id
            if (membership.household_id, membership.resident_id) != (share.household_id, share.resident_id):
                raise ValidationError(self.env._("The membership belongs to another person or household."))

    @api.model_create_multi
    def create(self, vals_list):
        """Officers name the person; whether that is a member is known to the register."""
        for vals in vals_list:
            if "membership_id" not in vals and vals.get("household_id") and vals.get("resident_id"):
                vals["membership_id"] = (
                    self.env["kdc.household.membership"]
                    .search(
                        [
                            ("household_id", "=", vals["household_id"]),
                            ("resident_id", "=", vals["resident_id"]),
                            ("date_end", "=", False),
                        ]
                    )
                    .id
                )
        return super().create(vals_list)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_recorded(self):
        raise UserError(self.env._("Who could see a household stays readable. End the share with a date."))

    def action_end(self):
        self.write({"date_end": today_here(self)})

    @api.model
    def _end_with(self, memberships):
        """End what was shared with people whose memberships have ended (in sudo: it follows by itself)."""
        # sudo: whoever ends a membership need not know who shared what.
        live = self.sudo().search([("membership_id", "in", memberships.ids), ("date_end", "=", False)])
        for share in live:
            share.date_end = max(share.membership_id.date_end, share.date_start)

    @api.model
    def _subjects(self):
        """Return (subject, label) of what the installed addons show."""
        labels = {
            "bills": self.env._("Bills"),
            "feedback": self.env._("Feedback"),
            "orders": self.env._("Orders"),
        }
        return [(key, labels[key]) for key, module in SUBJECTS.items() if module in self.env.registry._init_modules]

    @api.model
    def _is_adult(self, resident):
        """Tell whether ``resident`` (in sudo) is of age; without a date of birth nobody is."""
        youngest = today_here(self) - relativedelta(years=ADULT)
        return bool(resident.birth_date and resident.birth_date <= youngest)

    @api.model
    def _live(self, residents, households):
        """Return the shares in force of these residents in these households, in sudo; may be empty."""
        # sudo: residents have no right on shares; the caller asks for the current user.
        return self.sudo().search(
            [
                ("resident_id", "in", residents.ids),
                ("household_id", "in", households.ids),
                ("date_end", "=", False),
                "|",
                ("membership_id", "=", False),
                ("membership_id.date_end", "=", False),
            ]
        )

    @api.model
    def _access(self, resident, household):
        """Return what ``resident`` sees of ``household`` as a set of subjects; ``acts`` among them means everything.

        :param resident: kdc.resident in sudo
        :param household: kdc.household in sudo
        """
        return self._access_of([(resident, household)])[resident, household]

    @api.model
    def _access_of(self, pairs):
        """Return the same for many pairs, as a dict, by one query for all of them."""
        residents = self.env["kdc.resident"].union(*(resident for resident, _household in pairs))
        households = self.env["kdc.household"].union(*(household for _resident, household in pairs))
        shares = {}
        if residents and households:
            for share in self._live(residents, households):
                shares.setdefault((share.resident_id, share.household_id), share)
        return {pair: self._subjects_of(*pair, shares.get(pair)) for pair in pairs}

    @api.model
    def _subjects_of(self, resident, household, share):
        """Return the subjects of one pair, given the share in force between them or None."""
        everything = {"acts", *SUBJECTS}
        if not resident or not household or not household.active:
            return set()
        member = resident.household_id == household
        if member and resident.role == "head":
            return everything
        if share:
            if share.acts:
                return everything
            return {subject for subject in SUBJECTS if share[subject]}
        if member and self._is_adult(resident):
            return {subject for subject in SUBJECTS if household.company_id[f"kdc_share_{subject}"]}
        return set()

    @api.model
    def _share(self, membership, wanted):
        """Set what a member sees, keeping what was before as history.

        The caller has checked that the current user is the head of the household.

        :param membership: live membership, in sudo
        :param set wanted: subjects, ``acts`` among them
        :return: whether anything changed
        """
        resident, household = membership.resident_id, membership.household_id
        if self._access(resident, household) == wanted or (
            "acts" in wanted and "acts" in self._access(resident, household)
        ):
            return False
        # sudo: the head writes no record; these named values follow from a checked form.
        shares = self.sudo()
        shares._live(resident, household).action_end()
        shares.flush_model()
        shares.create(
            {
                "household_id": household.id,
                "resident_id": resident.id,
                "membership_id": membership.id,
                "granted_by": self.env.uid,
                **{name: name in wanted for name in ("acts", *SUBJECTS)},
            }
        )
        return True
