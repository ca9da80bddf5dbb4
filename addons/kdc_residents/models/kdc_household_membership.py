from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL

from ..tools.local_day import today_here

#: Who may read what is personal: birth, sex. The personal number itself is for officers alone.
PERSONAL = "kdc_residents.group_officer,kdc_residents.group_area_head,kdc_residents.group_auditor"
#: Written by confirming and cancelling civil events alone.
STEP_FIELDS = {"start_event_id", "end_event_id", "voided"}
#: Relationship to the head of the household. Keys are stable; labels follow the residence circulars.
ROLES = [
    ("head", "Head of household"),
    ("wife", "Wife"),
    ("husband", "Husband"),
    ("child", "Child"),
    ("adopted_child", "Adopted child"),
    ("step_child", "Stepchild"),
    ("daughter_in_law", "Daughter-in-law"),
    ("son_in_law", "Son-in-law"),
    ("father", "Father"),
    ("mother", "Mother"),
    ("parent_in_law", "Parent-in-law"),
    ("adoptive_parent", "Adoptive parent"),
    ("step_parent", "Stepparent"),
    ("grandparent", "Grandparent"),
    ("great_grandparent", "Great-grandparent"),
    ("grandchild", "Grandchild"),
    ("great_grandchild", "Great-grandchild"),
    ("sibling", "Brother or sister"),
    ("sibling_in_law", "Brother- or sister-in-law"),
    ("uncle_aunt", "Uncle or aunt"),
    ("nephew_niece", "Nephew or niece"),
    ("guardian", "Guardian"),
    ("protege", "Person under guardianship"),
    ("lodger", "Lodger"),
    ("tenant", "Tenant"),
    ("other", "Other"),
]


class KdcHouseholdMembership(models.Model):
    """A person in a household from one day to another. Empty end: still there."""

    _name = "kdc.household.membership"
    _description = "Household Membership"
    _order = "household_id, date_end DESC, role_order, date_start, id"
    _rec_name = "resident_id"
    _check_company_auto = True

    household_id = fields.Many2one("kdc.household", required=True, index=True, ondelete="restrict", check_company=True)
    resident_id = fields.Many2one("kdc.resident", required=True, index=True, ondelete="restrict", check_company=True)
    company_id = fields.Many2one(related="household_id.company_id", store=True, index=True)
    area_id = fields.Many2one(related="household_id.area_id", store=True, index=True)
    role = fields.Selection(ROLES, string="Relationship to head", required=True, default="other")
    birth_display = fields.Char(related="resident_id.birth_display", groups=PERSONAL)
    phone_display = fields.Char(related="resident_id.phone_display", related_sudo=False)
    role_order = fields.Integer(compute="_compute_role_order", store=True)
    date_start = fields.Date(string="From", required=True, default=today_here)
    date_end = fields.Date(string="Until", help="First day on which the person no longer is a member.")
    end_reason = fields.Char(string="Reason for leaving")
    start_event_id = fields.Many2one(
        "kdc.civil.event",
        string="Began by",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        groups=PERSONAL,
    )
    end_event_id = fields.Many2one(
        "kdc.civil.event",
        string="Ended by",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        groups=PERSONAL,
    )
    voided = fields.Boolean(
        readonly=True, help="Begun by an event that was cancelled, or entered by mistake: it never counted."
    )

    _live_head_uniq = models.UniqueIndex(
        "(household_id) WHERE role = 'head' AND date_end IS NULL",
        "This household already has a head. Change the head instead of adding a second one.",
    )
    _live_resident_uniq = models.UniqueIndex(
        "(resident_id) WHERE date_end IS NULL",
        "This person already is a member of a household. End that membership first.",
    )
    _dates_ordered = models.Constraint(
        "CHECK (date_end IS NULL OR date_end >= date_start)", "A membership cannot end before it starts."
    )

    _void_empty = models.Constraint(
        "CHECK (voided IS NOT TRUE OR date_end = date_start)", "A void membership has no duration."
    )

    @api.depends("role")
    def _compute_role_order(self):
        order = {key: position for position, (key, _label) in enumerate(ROLES)}
        for membership in self:
            membership.role_order = order.get(membership.role, len(order))

    def init(self):
        """Install the rule "a household with members has a head" where no program can go round it.

        It is checked when the transaction commits, so that a change of head may pass through a moment without one.

        Sequential scans are off inside: in the transaction that writes a large import the statistics still say that the
        table is empty, and a scan per row would make the check quadratic.
        """
        self.env.cr.execute(
            SQL("""
            CREATE OR REPLACE FUNCTION kdc_household_has_head() RETURNS trigger
                LANGUAGE plpgsql SET enable_seqscan = off AS $$
            DECLARE
                households integer[] := '{}';
                household integer;
            BEGIN
                IF TG_OP <> 'INSERT' THEN households := ARRAY[OLD.household_id]; END IF;
                IF TG_OP <> 'DELETE' AND NOT NEW.household_id = ANY (households) THEN
                    households := households || NEW.household_id;
                END IF;
                FOREACH household IN ARRAY households LOOP
                    IF NOT EXISTS (SELECT FROM kdc_household_membership
                                    WHERE household_id = household AND date_end IS NULL AND role = 'head')
                       AND EXISTS (SELECT FROM kdc_household_membership
                                    WHERE household_id = household AND date_end IS NULL)
                    THEN
                        RAISE EXCEPTION USING
                              MESSAGE = 'household ' || household || ' has members but no head',
                              ERRCODE = 'check_violation',
                              CONSTRAINT = 'kdc_household_membership_has_head';
                    END IF;
                END LOOP;
                RETURN NULL;
            END $$;
            DROP TRIGGER IF EXISTS kdc_household_has_head ON kdc_household_membership;
            CREATE CONSTRAINT TRIGGER kdc_household_has_head
                AFTER INSERT OR DELETE OR UPDATE OF household_id, date_end, role ON kdc_household_membership
                DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION kdc_household_has_head();
            """)
        )

    @api.constrains("date_start", "date_end")
    def _check_not_in_future(self):
        today = today_here(self)
        for membership in self:
            if max(membership.date_start, membership.date_end or membership.date_start) > today:
                raise ValidationError(
                    self.env._(
                        "The membership of %(name)s has a date in the future. Record it when it has happened.",
                        name=membership.resident_id.name,
                    )
                )

    @api.constrains("resident_id", "date_start", "date_end")
    def _check_no_overlap(self):
        """A person is a member of one household at a time, in the past too (one query for the whole batch)."""
        self.flush_model(["resident_id", "date_start", "date_end"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT mine.id
                  FROM kdc_household_membership mine
                  JOIN kdc_household_membership other
                    ON other.resident_id = mine.resident_id AND other.id <> mine.id
                   AND daterange(mine.date_start, mine.date_end) && daterange(other.date_start, other.date_end)
                 WHERE mine.id IN %s
                 LIMIT 1
                """,
                tuple(self.ids),
            )
        )
        if rows:
            membership = self.browse(rows[0])
            raise ValidationError(
                self.env._(
                    "%(name)s would be a member of two households, or twice of the same one, at the same time. "
                    "Check the dates.",
                    name=membership.resident_id.name,
                )
            )

    @api.model_create_multi
    def create(self, vals_list):
        self._check_no_steps(vals_list)
        memberships = super().create(vals_list)
        memberships._after_change()
        return memberships

    def write(self, vals):
        before = self.household_id
        self._check_no_steps([vals])
        if vals.get("household_id") or vals.get("resident_id"):
            for name in ("household_id", "resident_id"):
                if name in vals and self.filtered(lambda m, name=name: m[name].id != vals[name]):
                    raise UserError(
                        self.env._("A membership stays with its person and household. End it and add another one.")
                    )
        result = super().write(vals)
        if {"role", "date_end", "date_start"} & vals.keys():
            self._after_change(before)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_registered(self):
        raise UserError(self.env._("A membership is never deleted. End it with a date; the past stays readable."))

    def _check_no_steps(self, vals_list):
        """What events began and ended is written by their steps alone."""
        if not self.env.su and any(STEP_FIELDS & vals.keys() for vals in vals_list):
            raise AccessError(self.env._("Number and state of an event follow from its steps."))

    def _after_change(self, households=None):
        """Keep contacts and household names in step, and look at the heads once the transaction is complete."""
        households = (households or self.env["kdc.household"]) | self.household_id
        for membership in self.filtered(lambda m: not m.date_end):
            partner = membership.resident_id.partner_id
            if partner.parent_id != membership.household_id.partner_id:
                partner.parent_id = membership.household_id.partner_id
        if ended := self.filtered("date_end"):
            self.env["kdc.household.delegation"]._end_with(ended)
        for resident in self.filtered("date_end").resident_id:
            # Who left and is nowhere else sees no bill of the old household any more (the portal's rules go by parent).
            if not resident.household_id and resident.partner_id.parent_id in households.partner_id:
                resident.partner_id.parent_id = False
        households._update_auto_names()
        pending = self.env.cr.precommit.data.setdefault("kdc_residents.heads", set())
        if not pending:
            self.env.cr.precommit.add(self.env["kdc.household"].browse()._check_pending_heads)
        pending.update(households.ids)
