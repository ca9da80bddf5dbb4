from odoo import api, fields, models
from odoo.exceptions import UserError


class KdcArchive(models.TransientModel):
    """Takes a household or person off the live register, with the reason and the day."""

    _name = "kdc.archive"
    _description = "Archive with Reason"

    reason_kind = fields.Selection(
        [
            ("moved", "Moved away"),
            ("deceased", "Deceased"),
            ("duplicate", "Entered twice"),
            ("mistake", "Entered by mistake"),
            ("other", "Other reason"),
        ],
        string="Reason",
        required=True,
        default="moved",
    )
    reason_note = fields.Char(string="Details")
    date = fields.Date(string="On", required=True, default=fields.Date.context_today)
    household_ids = fields.Many2many("kdc.household", string="Households")
    resident_ids = fields.Many2many("kdc.resident", string="Residents")

    @api.model
    def _action_for(self, records):
        """Return the dialogue that archives ``records`` (households or residents)."""
        field = "household_ids" if records._name == "kdc.household" else "resident_ids"
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Archive"),
            "res_model": self._name,
            "view_mode": "form",
            "target": "new",
            "context": {f"default_{field}": records.ids},
        }

    def action_confirm(self):
        """End the live memberships on the day given, then archive."""
        self.ensure_one()
        labels = dict(self._fields["reason_kind"]._description_selection(self.env))
        if self.reason_kind == "other" and not self.reason_note:
            raise UserError(self.env._("Please write the reason in the details."))
        reason = " – ".join(part for part in (labels[self.reason_kind], self.reason_note) if part)
        heads = self.resident_ids.filtered(lambda r: r.role == "head" and r.household_id.member_count > 1)
        if heads:
            raise UserError(
                self.env._(
                    "%(names)s: head of a household with other members. Choose another head first.",
                    names=", ".join(heads.mapped("name")),
                )
            )
        live = (self.resident_ids.membership_ids | self.household_ids.membership_ids).filtered(lambda m: not m.date_end)
        late = live.filtered(lambda m: m.date_start > self.date)
        if late:
            raise UserError(self.env._("The day lies before the start of a membership. Please check it."))
        live.write({"date_end": self.date, "end_reason": reason})
        for records in (self.resident_ids, self.household_ids):
            self._archive(records, reason, self.date)
        return {"type": "ir.actions.act_window_close"}

    @api.model
    def _archive(self, records, reason, date):
        """Take households or residents without live membership off the live register and close their accounts."""
        if not records:
            return
        # Odoo refuses to archive the contact of a live user; only an administrator could lift that by hand.
        records.sudo().partner_id.user_ids.filtered("share").action_archive()
        records.write({"archive_reason": reason, "archive_date": date})
        records.with_context(kdc_archive_confirmed=True).action_archive()
