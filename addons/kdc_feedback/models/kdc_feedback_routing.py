from odoo import api, fields, models

from ..engine import states

#: Reminder of administrators that the role has no member.
MISSING = "kdc_feedback.mail_activity_no_holder"


class KdcFeedback(models.Model):
    """Complaints and denunciations are routed out: their law is another one, and it keeps them from most of the staff.

    From then on only who routed one out, and whoever holds ``group_routed``, reads it (Law on Denunciations
    25/2018/QH14, article 8: the identity is kept secret). Everywhere else it is a number without a subject.
    """

    _inherit = "kdc.feedback"

    routed_by_id = fields.Many2one(
        "res.users", string="Routed out by", readonly=True, copy=False, ondelete="restrict", index="btree_not_null"
    )

    @api.depends("state")
    def _compute_display_name(self):
        """Name what was routed out by its number alone: the client reads names of linked records without rights."""
        result = super()._compute_display_name()
        for feedback in self:
            if feedback.state == states.ROUTED:
                feedback.display_name = feedback.number
        return result

    def _staff_route_out(self, when=None):
        """Complaints and denunciations have their own law and their own office: stop, and say where to go."""
        self._check_decider()
        self._step("route_out", when=when, values={"is_private": True, "routed_by_id": self.env.uid})
        self._forget_reminders()
        for feedback in self.sudo():  # sudo: the holder is told, whoever routes it out
            holder = feedback._routed_holders()[:1]
            if holder:
                feedback._alert_user(holder, self.env._("Complaint or denunciation: take it to its own procedure"))
            # Who was joined to it has a matter of his own, and would wait for ever for a result that nobody may tell.
            joined = feedback.joined_ids
            joined._give_back(when=when)
            joined._notify_reporter("given_back")
        self._tell_missing_holder()
        self._notify_reporter("routed")

    def _routed_holders(self):
        """Users of the ward who answer for complaints and denunciations."""
        self.ensure_one()
        # sudo: the list of users of a group is only readable by administrators
        users = self.env.ref("kdc_feedback.group_routed").sudo().all_user_ids
        return users.filtered(lambda user: not user.share and user.active and self.company_id in user.company_ids)

    def _tell_missing_holder(self):
        """Tell the administrators of a ward in which nobody answers for complaints and denunciations.

        A reminder that is still open is not repeated.
        """
        kind = self.env.ref(MISSING)
        for feedback in self.filtered(lambda one: not one._routed_holders()):
            company = feedback.company_id.sudo()  # sudo: the reminder hangs on the ward, whoever sends or routes out
            reminders = company.partner_id.activity_ids.filtered(lambda activity: activity.activity_type_id == kind)
            for user in company._feedback_administrators() - reminders.user_id:
                self._remind_of_holder(company.partner_id.with_context(lang=user.lang), user)

    @api.model
    def _remind_of_holder(self, ward, user):
        """Plan the reminder; it names no case, since whoever reads the ward's address card reads it."""
        ward.with_context(mail_activity_quick_update=True).activity_schedule(
            MISSING,
            user_id=user.id,
            summary=ward.env._("Nobody is responsible for complaints and denunciations"),
            note=ward.env._(
                "Something that was sent reads like a complaint or a denunciation, or was routed out as one. Give "
                "somebody the role “Complaints and denunciations”: this person then finds what is routed out."
            ),
        )

    def _forget_reminders(self):
        """Reminders, done ones too, and notes sent to single colleagues would keep the subject before their eyes."""
        # sudo: those of colleagues as well
        env = self.sudo().env
        own = [("res_model", "=", self._name), ("res_id", "in", self.ids)]
        env["mail.activity"].with_context(active_test=False).search(own).unlink()
        notes = [("model", "=", self._name), ("res_id", "in", self.ids), ("message_type", "=", "user_notification")]
        env["mail.message"].search(notes).write({"body": False})

    def _staff_route_back(self, reason, when=None):
        """Take wrong routing back: it is feedback after all, stays off the public board, and gets a new promise.

        :param reason: for the staff; the reporter reads only that it is handled
        """
        for feedback in self:
            # sudo: the holder's own reminder ends, whoever takes it back
            feedback.sudo().activity_unlink(["kdc_feedback.mail_activity_alert"])
            feedback._step("route_back", when=when)
            feedback._log_line("note", body=reason, when=when)
        self._notify_reporter("routed_back")
