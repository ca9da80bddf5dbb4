from datetime import timedelta

from odoo import fields, models
from odoo.addons.kdc_residents.engine.phone import display
from odoo.exceptions import UserError

from ..engine import petition, states


class KdcFeedback(models.Model):
    """Acts of the reporter, called by controllers that have checked ownership or the link.

    They are taken in the name of the system: see ``_for_outsider``.
    """

    _inherit = "kdc.feedback"

    def _reporter_message(self, body, photos=(), when=None):
        """Further words of the reporter; they answer a question when one is open."""
        self.ensure_one()
        feedback = self._for_outsider()
        if feedback.state == states.WAITING:
            feedback._step("reporter_answer", kind="reporter", body=body, photos=photos, when=when)
        else:
            feedback._log_line("reporter", body=body, photos=photos, when=when)
        if feedback._responsible() != self.env.user:
            # Else the handler has just written it down.
            feedback._tell_handler(self.env._("The reporter has written"))
        feedback._tell_team_of(body, "written")
        feedback._look_for_petition(body)
        feedback._leave_no_trace()

    def _tell_team_of(self, body, event):
        """Tell the team outside that the reporter has written, but not of words that only the ward reads."""
        if not petition.recognise(body):
            self._shown_to_teams()._tell_team(event)

    def _reporter_confirm(self, rating=None, body=None, when=None):
        """The reporter accepts the result and may rate it from 1 to 5."""
        self.ensure_one()
        feedback = self._for_outsider()
        feedback._step("confirm", kind="reporter" if body else "event", body=body, when=when)
        if rating:
            feedback._rate(rating, body)
        feedback._draw_for_check(rating)
        feedback._leave_no_trace()

    def _reporter_dispute(self, body, photos=(), when=None):
        """The reporter does not accept the result or the refusal: a new term begins, and the supervisor is told.

        Whoever does not accept that it was joined to another one gets it back.
        """
        self.ensure_one()
        feedback = self._for_outsider()
        if feedback.state == states.MERGED:
            feedback._give_back(kind="reporter", body=body, when=when, photos=photos)
            feedback._tell_handler(self.env._("The reporter wants it handled on its own"))
            feedback._leave_no_trace()
            return
        action = "appeal" if feedback.state == states.REFUSED else "dispute"
        feedback._step(action, kind="reporter", body=body, photos=photos, when=when)
        if action == "appeal":
            feedback._give_appeal_away()
        else:
            feedback._tell_team_of(body, "disputed")
        feedback._alert_user(feedback._supervisor(), self.env._("Result disputed"))
        feedback._look_for_petition(body)
        feedback._leave_no_trace()

    def _staff_write_down(self, body, photos=()):
        """Words of the reporter by telephone or at the counter, kept with the name of who writes them down.

        They do what they would on the reporter's own page, but confirm and rate nothing. The one whose result is
        disputed may write it down, too: the supervisor is told by the step itself, nobody changes the row, and the
        reporter is told, who would miss it or object to it.

        :raises UserError: there is nothing the reporter could still say
        """
        self.ensure_one()
        allowed = self._allowed_for_reporter()
        if "dispute" in allowed:
            self._reporter_dispute(body, photos)
        elif allowed:
            self._reporter_message(body, photos)
        else:
            raise UserError(self._explain_forbidden("dispute"))
        self._notify_reporter("written_down")

    def _take_call(self, body, name, phone):
        """Take what somebody says by telephone to a clerk who reads no feedback.

        Numbers stand on the public board: only who gives a telephone that is known of the reporter acts as on the own
        page. Of anybody else whoever handles it reads a note first. A note on nameless feedback names nobody.

        :param phone: as ``+84…``, or empty
        :raises UserError: it has ended, and nothing can be added
        """
        self.ensure_one()
        allowed = self._allowed_for_reporter()
        if allowed and phone and phone in self._reporter_phones():
            self._staff_write_down(body)
            return
        is_routed = self.state == states.ROUTED
        if not (allowed or is_routed):
            raise UserError(
                self.env._(
                    "%(number)s has ended, nothing can be added. Take in what the person says as new feedback.",
                    number=self.number,
                )
            )
        who = "" if self.privacy == "anonymous" else ", ".join(filter(None, (name, display(phone))))
        caller = self.env._("A caller said, %(who)s:", who=who) if who else self.env._("A caller said:")
        self._log_line("note", body=f"{caller}\n{body}")
        told = self._routed_holders()[:1] if is_routed else self._responsible()
        if told:
            self._alert_user(told, self.env._("Somebody has called about it"))

    def _reporter_phones(self):
        """Telephones known of the reporter, as ``+84…``: left with the feedback, or in the register."""
        self.ensure_one()
        reporter = self.sudo()  # sudo: only to compare, nothing of it is shown
        resident = reporter.env["kdc.resident"].search([("partner_id", "=", reporter.partner_id.id)], limit=1)
        known = reporter.partner_id and [reporter.partner_id.phone, *resident.phone_ids.mapped("number")]
        return {number for number in (reporter.contact_phone, *(known or ())) if number}

    def _rate(self, value, text=None):
        """Keep the reporter's rating, with the name only when the reporter lets it be shown.

        Ratings are searchable through the feedback by whoever reads the feedback.
        """
        self.ensure_one()
        # sudo: ratings are closed to residents
        feedback = self.sudo()
        rating = feedback.env["rating.rating"].create(
            {
                "res_model_id": feedback.env["ir.model"]._get_id(self._name),
                "res_id": self.id,
                "partner_id": feedback.partner_id.id if feedback.privacy == "named" else False,
                "rated_partner_id": feedback.user_id.partner_id.id,
                # Odoo lets whoever reads the key rate again, and the rated person reads the rating.
                "access_token": False,
            }
        )
        # Not rating_apply(): that posts a message in the name of the signed-in user, even of a nameless reporter.
        rating.write({"rating": value, "feedback": text, "consumed": True})

    def _is_repeated_message(self, body, photos=()):
        """Whether the reporter's last words and photos were the same a moment ago: a form sent twice.

        :param photos: safe image bytes
        """
        self.ensure_one()
        last = self._public_messages().filtered(lambda message: message.kind == "reporter")[-1:]
        if not last or last.body != body or fields.Datetime.now() - last.date >= timedelta(minutes=10):
            return False
        return not last.photo_ids._missing(photos)

    def _may_be_given_back(self):
        """Whether who was joined wrongly may say so: once, while the other is open or its result can be disputed."""
        self.ensure_one()
        feedback = self.sudo()  # sudo: what it was joined to is somebody else's
        if feedback.message_line_ids.filtered(lambda line: (line.kind, line.action) == ("reporter", "give_back")):
            return False
        days = timedelta(days=feedback.company_id.kdc_feedback_confirm_days)
        ended = feedback.master_id.done_at
        return feedback.master_id.is_open or bool(ended and ended + days >= fields.Datetime.now())

    def _allowed_for_reporter(self):
        """What the reporter can do now.

        :returns: set of ``message``, ``answer``, ``confirm``, ``dispute``
        """
        self.ensure_one()
        allowed = set()
        if self.is_open:
            allowed.add("answer" if self.state == states.WAITING else "message")
        if self.state == states.DONE:
            allowed |= {"confirm", "dispute"}
        if self.state == states.MERGED and self._may_be_given_back():
            allowed.add("dispute")
        if self.state == states.REFUSED and not self._has_appealed():
            allowed.add("dispute")
        return allowed

    def _has_appealed(self):
        """Whether a refusal was disputed before: that is possible once, however often a result was disputed."""
        self.ensure_one()
        # sudo: residents hold no right on the rows; only whether there is such a step
        return "appeal" in self.sudo().message_line_ids.mapped("action")
