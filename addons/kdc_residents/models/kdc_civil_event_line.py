from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..tools.guarded_date import GuardedDate
from .kdc_household_membership import ROLES


class KdcCivilEventLine(models.Model):
    """A person in an event: concerned by it, or staying behind under a new head.

    The date of birth of somebody new stands here only while the event is a draft; then the register keeps it.
    """

    _name = "kdc.civil.event.line"
    _description = "Person in a Civil Event"
    _inherit = ["kdc.guarded.mixin"]
    _order = "event_id, part DESC, id"
    _rec_name = "resident_id"
    _check_company_auto = True
    _guarded_fields = frozenset({"birth_date"})
    _log_subject = "birth_date"

    event_id = fields.Many2one("kdc.civil.event", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="event_id.company_id", store=True, index=True)
    area_id = fields.Many2one(related="event_id.area_id", store=True, index=True)
    target_area_id = fields.Many2one(related="event_id.target_area_id", store=True, string="Into residential group")
    part = fields.Selection([("subject", "Concerned"), ("stays", "Stays")], required=True, default="subject")
    resident_id = fields.Many2one(
        "kdc.resident",
        string="Person",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        context={"active_test": False},
    )
    name = fields.Char(string="Full name", help="For somebody who is not in the register yet.")
    birth_date = GuardedDate()
    sex = fields.Selection([("male", "Male"), ("female", "Female"), ("other", "Other")])
    role = fields.Selection(ROLES, string="Relationship to head")
    former_role = fields.Selection(ROLES, string="Relationship until then", compute="_compute_former_role", store=True)
    created = fields.Boolean(readonly=True, help="The event put this person into the register.")
    recalled_reason = fields.Char(readonly=True, help="Why the person was archived before the event.")
    recalled_date = fields.Date(readonly=True)

    _person_known = models.Constraint(
        "CHECK (resident_id IS NOT NULL OR (name IS NOT NULL AND part = 'subject'))",
        "Choose a person, or enter the full name of somebody new.",
    )
    _person_uniq = models.UniqueIndex(
        "(event_id, resident_id) WHERE resident_id IS NOT NULL", "Each person stands in an event once."
    )

    @api.depends("resident_id")
    def _compute_former_role(self):
        self._freeze_former_roles()

    def _freeze_former_roles(self):
        """Note the relationship as it is now; after the event it will have changed."""
        for line in self:
            line.former_role = line.resident_id.role

    @api.depends("resident_id", "name")
    def _compute_display_name(self):
        for line in self:
            line.display_name = line.resident_id.name or line.name or ""

    def web_read(self, specification):
        """Show dates of birth only to who typed them, as long as the event is a draft."""
        values_list = super().web_read(specification)
        if self._guarded(specification):
            typed = {
                line.id: line.sudo().birth_date  # sudo: what the reader typed, just now or before
                for line in self
                if not line._origin or (line._origin.create_uid == self.env.user and line.event_id.state == "draft")
            }
            for values in values_list:
                values["birth_date"] = typed.get(values["id"], False)
        return values_list

    web_read._readonly = False

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._check_event_draft()
        return lines

    def write(self, vals):
        self._check_event_draft()
        result = super().write(vals)
        self._check_event_draft()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_recorded(self):
        self._check_event_draft()

    def _check_event_draft(self):
        """Keep the people of a confirmed event as they are, and name nobody beyond the own areas."""
        if self.env.su:
            return
        if any(line.event_id.state != "draft" for line in self):
            raise UserError(
                self.env._("A confirmed event stays as it is. Cancel it with a reason and record a new one.")
            )
        if any(line.created or line.recalled_reason for line in self):
            raise AccessError(self.env._("Number and state of an event follow from its steps."))
        self.resident_id.check_access("read")
