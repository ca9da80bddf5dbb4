from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..models.kdc_access_log import PURPOSES
from ..models.kdc_household_membership import PERSONAL
from ..tools.actions import dialogue

#: How long the answer stays readable on the screen's own record.
SHOWN_MINUTES = 10


class KdcReveal(models.TransientModel):
    """Shows number and date of birth of one person after asking why; what it shows is never stored."""

    _name = "kdc.reveal"
    _description = "Show personal data"

    resident_id = fields.Many2one("kdc.resident", required=True, readonly=True)
    purpose = fields.Selection(PURPOSES, string="For which purpose?", required=True, default="request")
    note = fields.Char(string="Details")
    shown_at = fields.Datetime(readonly=True)
    personal_number = fields.Char(compute="_compute_clear", inverse="_inverse_clear", size=12)
    birth_date = fields.Date(compute="_compute_clear", inverse="_inverse_clear", string="Date of birth")
    birth_year_only = fields.Boolean(
        compute="_compute_clear", inverse="_inverse_clear", string="Only the year is known"
    )
    documents = fields.Text(compute="_compute_clear", string="Identity documents")
    warning = fields.Char(compute="_compute_clear")
    has_number = fields.Boolean(compute="_compute_clear")
    may_correct = fields.Boolean(compute="_compute_clear")

    @api.model
    def _action_for(self, resident, wizard=None):
        title = self.env._("Personal data of %(name)s", name=resident.name)
        action = dialogue(self._name, title, resident_id=resident.id)
        return action | {"res_id": wizard.id} if wizard else action

    @api.depends("shown_at", "resident_id")
    @api.depends_context("uid")
    def _compute_clear(self):
        until = fields.Datetime.subtract(fields.Datetime.now(), minutes=SHOWN_MINUTES)
        user = self.env.user
        number = user.has_groups("kdc_residents.group_officer,kdc_residents.group_auditor")
        for wizard in self:
            wizard.update(
                dict.fromkeys(("personal_number", "birth_date", "birth_year_only", "documents", "warning"), False)
            )
            wizard.has_number = number
            wizard.may_correct = user.has_group("kdc_residents.group_officer")
            if wizard.shown_at and wizard.shown_at > until and wizard.create_uid == user:
                # sudo: action_show checked the rights and wrote the line; auditors read the number only here.
                person = wizard.resident_id.sudo()
                wizard.birth_date = person.birth_date
                wizard.birth_year_only = person.birth_year_only
                if number:
                    wizard.personal_number = person.personal_number
                    wizard.warning = person.personal_number_warning
                    kinds = dict(person.document_ids._fields["kind"]._description_selection(self.env))
                    wizard.documents = "\n".join(f"{kinds[doc.kind]}: {doc.number}" for doc in person.document_ids)

    def _inverse_clear(self):
        """Correct the register with the rights of the user; only what was changed counts."""
        for wizard in self.filtered("shown_at"):
            # sudo: to compare only.
            person = wizard.resident_id.sudo()
            vals = {
                name: wizard[name]
                for name in ("personal_number", "birth_date", "birth_year_only")
                if (wizard[name] or False) != (person[name] or False)
            }
            if vals:
                wizard.resident_id.write(vals)

    def action_show(self):
        """Write the line, then show."""
        self.ensure_one()
        if not self.env.user.has_groups(PERSONAL):
            raise AccessError(self.env._("Only those who keep or check the register may read personal data."))
        self.resident_id.reveal(self.purpose, self.note)
        self.shown_at = fields.Datetime.now()
        return self._action_for(self.resident_id, self)

    def action_correct(self):
        """The fields were saved before this runs."""
        return {"type": "ir.actions.act_window_close"}
