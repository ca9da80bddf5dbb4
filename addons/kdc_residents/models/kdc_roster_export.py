import base64
import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..tools import roster_export
from ..tools.actions import download, form_of
from .kdc_access_log import PURPOSES

_logger = logging.getLogger(__name__)
#: Up to so many persons are written while the officer waits (about a second).
AT_ONCE = 500
#: For so long a list that was made can be downloaded; it holds personal data of many.
KEEP_DAYS = 1


class KdcRosterExport(models.Model):
    """Takes the chosen households or residents out in a spreadsheet, after asking why; every person can read that.

    The file has the columns the import understands, so a list can be taken out, corrected and imported again. Short
    lists come at once, long ones are made in the background.
    """

    _name = "kdc.roster.export"
    _description = "Export of a List of Households"
    _order = "id DESC"
    _rec_name = "file_name"

    user_id = fields.Many2one("res.users", required=True, index=True, readonly=True, default=lambda self: self.env.user)
    membership_ids = fields.Json(string="Memberships", help="Numbers of the memberships in the list.")
    person_count = fields.Integer(string="Persons in the list", readonly=True)
    household_count = fields.Integer(string="Households in the list", readonly=True)
    cut_off = fields.Boolean(readonly=True, help="More were chosen than a list of the screen hands over.")
    purpose = fields.Selection(PURPOSES, string="For which purpose?", required=True, default="request")
    note = fields.Char(string="Details")
    state = fields.Selection(
        [("draft", "To make"), ("working", "Being made"), ("ready", "Ready to download"), ("failed", "Stopped")],
        required=True,
        readonly=True,
        default="draft",
        index=True,
    )
    done = fields.Integer("Persons written", readonly=True)
    progress = fields.Float(compute="_compute_progress")
    failure = fields.Text(string="What went wrong", readonly=True)
    file = fields.Binary(attachment=True, readonly=True)
    file_name = fields.Char(compute="_compute_file_name")

    @api.model
    def default_get(self, fields_list):
        """Show of whom the list would be."""
        values = super().default_get(fields_list)
        chosen = self._chosen()
        return values | {name: value for name, value in chosen.items() if name in fields_list}

    @api.model_create_multi
    def create(self, vals_list):
        """Take the persons chosen on the screen; their numbers do not travel through the dialogue."""
        chosen = self._chosen()
        own = {"user_id": self.env.uid, "state": "draft", "file": False} | chosen
        return super().create(
            [{name: vals[name] for name in ("purpose", "note") if name in vals} | own for vals in vals_list]
        )

    def write(self, vals):
        """Let a person say what the list is for; who takes it out, of whom, and its steps are not theirs to set."""
        if not self.env.su and vals.keys() - {"purpose", "note"}:
            raise AccessError(self.env._("A list taken out changes by its steps only."))
        return super().write(vals)

    @api.model
    def _chosen(self):
        """Return the values of the live members of the chosen households, or of the chosen residents."""
        ids = self.env.context.get("active_ids", [])
        path = {"kdc.household": "household_id", "kdc.resident": "resident_id"}.get(
            self.env.context.get("active_model")
        )
        if not path:
            return {}
        chosen = self.env["kdc.household.membership"].search([(path, "in", ids), ("date_end", "=", False)])
        # sudo: a setting of the web client
        limit = self.env["ir.config_parameter"].sudo().get_param("web.active_ids_limit", 20_000)
        return {
            "membership_ids": chosen.ids,
            "person_count": len(chosen),
            "household_count": len(chosen.household_id),
            "cut_off": len(ids) >= int(limit),
        }

    @api.depends("done", "person_count")
    def _compute_progress(self):
        for record in self:
            record.progress = 100 * record.done / record.person_count if record.person_count else 0

    @api.depends("create_date")
    def _compute_file_name(self):
        for record in self:
            day = fields.Datetime.context_timestamp(record, record.create_date or fields.Datetime.now())
            record.file_name = self.env._("List of households %(date)s.xlsx", date=day.date())

    def action_export(self):
        """Hand a short list over at once, have a long one made in the background."""
        self.ensure_one()
        if not self.person_count:
            raise UserError(self.env._("Choose households or residents with members first; there is nobody to export."))
        if self.purpose == "other" and not self.note:
            raise UserError(self.env._("Please say for which purpose the list is taken out."))
        if self.person_count <= AT_ONCE:
            self._make()
            return self.action_download() | {"close": True}
        # sudo: steps are written by the steps only
        self.sudo().write({"state": "working", "done": 0, "failure": False})
        # sudo: an officer may take lists out but has no right on scheduled actions.
        self.env.ref("kdc_residents.ir_cron_roster_export").sudo()._trigger()
        return form_of(self, self.env._("Export as a list"), target="new")

    def action_download(self):
        self.ensure_one()
        return download(self)

    def action_stop(self):
        """Make no list of it after all."""
        self.check_access("write")
        # sudo: as in action_export; the right was checked above
        self.sudo().filtered(lambda record: record.state == "working").state = "draft"

    def _memberships(self):
        """Return whom the list is of, all of whom the user may read."""
        memberships = self.env["kdc.household.membership"].browse(self.membership_ids).exists()
        households = memberships.household_id
        for records in (memberships, memberships.resident_id, households, households.dwelling_id):
            records.check_access("read")
        return memberships

    def _make(self, go_on=None):
        """Write the file, and a line into the record of who looked for everybody in it.

        :param go_on: called with the number of persons written so far; False ends the work
        """
        memberships = self._memberships()
        # sudo: all of it may be read, see above; asking again for each of 100,000 cells takes a third longer.
        content = roster_export.export(memberships.sudo(), go_on)
        if content is None:
            return
        self.env["kdc.access.log"]._log(memberships.resident_id, "export", "all", self.purpose, self.note)
        # sudo: as in action_export
        self.sudo().write({"state": "ready", "done": self.person_count, "file": base64.b64encode(content)})

    @api.model
    def _cron_export(self):
        """Make the lists that wait, each with the rights of who asked for it."""
        waiting = self.search([("state", "=", "working")], order="id")
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=sum(waiting.mapped("person_count")))
        for record in waiting:
            try:
                record.with_user(record.user_id).with_context(lang=record.user_id.lang)._make_waiting(cron)
            except Exception as error:  # whatever it is, the officer must hear of it and the next list must go on
                self.env.cr.rollback()
                _logger.exception("List %s could not be made", record.id)
                message = (
                    error.args[0]
                    if isinstance(error, UserError)
                    else self.env._("An unexpected error. Please try again.")
                )
                record.write({"state": "failed", "failure": message})
                record._tell("danger", self.env._("The list of households could not be made"))
            if not cron._commit_progress(record.person_count):
                return

    def _make_waiting(self, cron):
        """Make one list with the rights of its user, and say so when it is ready."""

        def go_on(done):
            cron._commit_progress()  # from here on it is seen that the person stopped it meanwhile
            self.invalidate_recordset(["state"])
            if self.state != "working":
                return False
            self.sudo().done = done  # sudo: as in action_export
            cron._commit_progress()
            return True

        self._make(go_on)
        if self.state == "ready":
            self._tell("success", self.env._("The list of households is ready"))

    def _tell(self, kind, title):
        """Put a word onto the screen of who asked, wherever that person is in the system now."""
        message = self.env._("%(count)s persons. See “Keep the register” › “Lists taken out”.", count=self.person_count)
        # sudo: a word to the screen of who asked for it
        self.user_id.sudo()._bus_send(
            "simple_notification", {"type": kind, "title": title, "message": message, "sticky": True}
        )

    @api.autovacuum
    def _gc_files(self):
        """Forget the files; who took them out and why stays in the record of who looked."""
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=KEEP_DAYS)
        self.search([("write_date", "<", limit), ("state", "!=", "working")]).unlink()
