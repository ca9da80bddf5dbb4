from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..tools.local_day import today_here


class KdcArchive(models.TransientModel):
    """Takes what does not belong into the register off it, with the reason and the day.

    Who dies or moves away is not archived here but by an event, so that composition, residence and statistics follow.
    What was entered twice or by mistake never counted: its memberships become void.
    """

    _name = "kdc.archive"
    _description = "Archive with Reason"

    reason_kind = fields.Selection(
        [("duplicate", "Entered twice"), ("mistake", "Entered by mistake"), ("other", "Other reason")],
        string="Reason",
        required=True,
    )
    reason_note = fields.Char(string="Details")
    date = fields.Date(string="On", required=True, default=today_here)
    household_ids = fields.Many2many("kdc.household", string="Households")
    resident_ids = fields.Many2many("kdc.resident", string="Residents")
    event_household_id = fields.Many2one(
        "kdc.household",
        compute="_compute_event_household_id",
        help="The one household all this is about; only then an event can be recorded instead.",
    )

    @api.depends("household_ids", "resident_ids")
    def _compute_event_household_id(self):
        for wizard in self:
            households = wizard.household_ids | wizard.resident_ids.household_id
            wizard.event_household_id = households if len(households) == 1 else False

    @api.model
    def _action_for(self, records):
        """Return the dialogue that archives ``records`` (households or residents)."""
        field = "household_ids" if records._name == "kdc.household" else "resident_ids"
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Archive"),
            "res_model": self._name,
            # The client archives by a plain call, so nobody but us completes the action with its views.
            "views": [(False, "form")],
            "target": "new",
            "context": {f"default_{field}": records.ids},
        }

    def action_move_out(self):
        """Record that they moved away instead."""
        return self._action_event("move_out")

    def action_death(self):
        """Record that they died instead."""
        return self._action_event("death")

    def _action_event(self, kind):
        """Open the dialogue of the event, with the people concerned filled in."""
        self.ensure_one()
        household = self.event_household_id
        people = self.resident_ids or household.live_membership_ids.resident_id
        return self.env["kdc.civil.event"]._action_record({
            "default_household_id": household.id, "default_kind": kind, "default_date": self.date,
            "default_line_ids": [
                Command.create({"part": "subject", "resident_id": person.id}) for person in people
            ],
        })  # fmt: skip

    def action_confirm(self):
        """End the live memberships, or void those that never should have been, then archive."""
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
        void = self.reason_kind != "other"
        if not void:
            if live.filtered(lambda m: m.date_start > self.date):
                raise UserError(self.env._("The day lies before the start of a membership. Please check it."))
            live.write({"date_end": self.date, "end_reason": reason})
        else:
            self._void(live, reason)
        for records in (self.resident_ids, self.household_ids):
            self._archive(records, reason, self.date, void=void)
        return {"type": "ir.actions.act_window_close"}

    def _void(self, memberships, reason):
        """Let memberships never have counted, in any past composition or statistics."""
        # sudo: the mark is no field of a form; the officer's right on the people was needed to come here.
        events = memberships.sudo().start_event_id
        if events:
            raise UserError(
                self.env._(
                    "%(event)s put them into the register. Cancel that event instead; it takes all it did back.",
                    event=events[0].display_name,
                )
            )
        for day, rows in memberships.grouped("date_start").items():
            rows.write({"date_end": day, "end_reason": reason})
        # sudo: the mark is no field of a form, as above
        memberships.sudo().voided = True

    @api.model
    def _archive(self, records, reason, date, void=False):
        """Take households or residents without live membership off the live register and close their accounts.

        Their residence records end with them on ``date``, and come back when they do.

        :param void: they never belonged into the register
        """
        if not records:
            return
        owner = "household_id" if records._name == "kdc.household" else "resident_id"
        self.env["kdc.residence"]._end_with_archive([(owner, "in", records.ids)], date, reason, void)
        # Odoo refuses to archive the contact of a live user; only an administrator could lift that by hand.
        records.sudo().partner_id.user_ids.filtered("share").action_archive()
        records.write({"archive_reason": reason, "archive_date": date})
        records.with_context(kdc_archive_confirmed=True).action_archive()

    @api.model
    def _notice_back(self, records):
        """Return the notice of what bringing back households or residents by hand does not bring back."""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "message": self.env._(
                    "%(names)s: back in the register, with the residence records that had ended. Members do not come "
                    "back by themselves; record who moves in.",
                    names=", ".join(records.mapped("display_name")),
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
