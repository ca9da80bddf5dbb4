import base64

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.kdc_access_log import PURPOSES
from ..tools import roster_export


class KdcRosterExport(models.TransientModel):
    """Takes the chosen households or residents out in a spreadsheet, after asking why; every person can read that.

    The file has the columns the import understands, so a list can be taken out, corrected and imported again.
    """

    _name = "kdc.roster.export"
    _description = "Export of a list of households"

    membership_ids = fields.Many2many("kdc.household.membership", string="Persons", readonly=True)
    person_count = fields.Integer(string="Persons in the list", compute="_compute_counts")
    household_count = fields.Integer(string="Households in the list", compute="_compute_counts")
    purpose = fields.Selection(PURPOSES, string="For which purpose?", required=True, default="request")
    note = fields.Char(string="Details")
    file = fields.Binary(attachment=True, readonly=True)
    file_name = fields.Char(compute="_compute_file_name")

    @api.model
    def default_get(self, fields_list):
        """Take the live members of the chosen households, or the chosen residents."""
        values = super().default_get(fields_list)
        path = {"kdc.household": "household_id", "kdc.resident": "resident_id"}.get(
            self.env.context.get("active_model")
        )
        if path and "membership_ids" in fields_list:
            chosen = [(path, "in", self.env.context.get("active_ids", [])), ("date_end", "=", False)]
            values["membership_ids"] = [fields.Command.set(self.env["kdc.household.membership"].search(chosen).ids)]
        return values

    @api.depends("membership_ids")
    def _compute_counts(self):
        for wizard in self:
            wizard.person_count = len(wizard.membership_ids)
            wizard.household_count = len(wizard.membership_ids.household_id)

    def _compute_file_name(self):
        for wizard in self:
            wizard.file_name = self.env._("List of households %(date)s.xlsx", date=fields.Date.context_today(self))

    def action_export(self):
        """Write the lines into the record of who looked, then hand the file over."""
        self.ensure_one()
        if not self.membership_ids:
            raise UserError(self.env._("Choose households or residents with members first; there is nobody to export."))
        if self.purpose == "other" and not self.note:
            raise UserError(self.env._("Please say for which purpose the list is taken out."))
        people, households = self.membership_ids.resident_id, self.membership_ids.household_id
        for records in (self.membership_ids, people, households, households.dwelling_id):
            records.check_access("read")
        self.env["kdc.access.log"]._log(people, "export", "all", self.purpose, self.note)
        # sudo: all of it may be read, see above; asking again for each of 100,000 cells takes a third longer.
        self.file = base64.b64encode(roster_export.export(self.membership_ids.sudo()))
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/file?download=true&filename_field=file_name",
            "target": "download",
            "close": True,
        }
