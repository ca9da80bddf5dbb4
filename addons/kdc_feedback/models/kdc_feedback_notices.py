from odoo import api, fields, models
from odoo.addons.kdc_residents.engine import clock

from .mail_activity import activity_check


def is_open_to(records, user, operation="read"):
    """Whether another user may do this with these records, in any of the wards he works for.

    The wards that whoever acts has chosen are not his: Odoo refuses them to him with an error.
    """
    # sudo: who acts need not read the wards of others
    wards = user.sudo().company_ids.ids
    return records.with_user(user).with_context(allowed_company_ids=wards).has_access(operation)


class KdcFeedback(models.Model):
    """Who is told: activities for the staff, notices on the page of the reporter. The chatter is for the staff only."""

    _inherit = "kdc.feedback"

    def _unit_head(self):
        """The head of the unit, else its first member, else a dispatcher."""
        self.ensure_one()
        return self.unit_id.leader_id or self.unit_id.member_ids[:1] or self.company_id._feedback_dispatchers()[:1]

    def _supervisor(self):
        # sudo: a setting of the company
        return self.company_id.sudo().kdc_feedback_supervisor_id or self.company_id._feedback_dispatchers()[:1]

    def _plan_activities(self):
        """Whoever has to act finds exactly one activity "to handle"; finished feedback leaves none."""
        handle = "kdc_feedback.mail_activity_handle"
        for feedback in self:
            if not feedback.is_open:
                feedback.activity_unlink([handle, "kdc_feedback.mail_activity_alert"])
                continue
            user = feedback.user_id or feedback._unit_head()
            activity = feedback.activity_ids.filtered(
                lambda a: a.activity_type_id == self.env.ref(handle) and a.automated
            )[:1]
            if activity and activity.user_id == user:
                continue
            activity.unlink()
            feedback._schedule(handle, user, self.env._("Handle the feedback"))

    def _schedule(self, activity_type, user, summary, note=""):
        """Plan an activity without sending a mail; in the inbox of Odoo for who reads there."""
        self.ensure_one()
        if not user or not is_open_to(self, user):
            user = self.company_id._feedback_dispatchers()[:1]
        if not user:
            return
        deadline = self.next_deadline or self.handling_deadline or fields.Datetime.now()
        quiet = self.with_context(mail_activity_quick_update=True)
        quiet.activity_schedule(
            activity_type, date_deadline=clock.to_local(deadline).date(), user_id=user.id, summary=summary,
            note=note,
        )  # fmt: skip
        if user.notification_type == "inbox":
            body = note or f"{summary}: {self.display_name}"
            self.message_notify(partner_ids=user.partner_id.ids, subject=summary, body=body)

    def _alert_user(self, user, text):
        self.ensure_one()
        self._schedule("kdc_feedback.mail_activity_alert", user, text)
        self._message_log(body=f"{text} → {user.name}" if user else text)

    def _tell_handler(self, text):
        self.ensure_one()
        if self.is_open:
            self._alert_user(self._responsible(), text)

    def _notify_reporter(self, event, remarks="", references=None):
        """A notice on the reporter's page, or a mail or text to whoever has none, in the reporter's language.

        Anonymous feedback has nobody to tell; the staff read that before they send, see ``reporter_reach``.

        :param remarks: more words for the reporter
        :param references: ``Message-ID`` of the mail that is answered
        """
        for feedback in self.sudo():  # sudo: the notice is the system's, whoever took the step
            partner = feedback.partner_id
            if not (partner or feedback.contact_email or feedback.contact_phone):
                continue
            feedback = feedback.with_context(lang=partner.lang or "vi_VN")
            title, body = feedback._notice_text(event)
            body = "\n".join(filter(None, (body, remarks)))
            if partner:
                feedback.env["kdc.notification"]._notify(partner, title, body, feedback.access_url)
            feedback._mail_reporter(title, body, references)
            feedback._text_reporter(event, title)

    def _notice_text(self, event):
        """Title and body of the notice for an event, in the language of the environment."""
        self.ensure_one()
        promised = self._format_local(self.handling_deadline)
        values = {"number": self.number, "subject": self.name, "promised": promised}
        titles = {
            "taken_in": self.env._("Feedback %(number)s was written down for you", **values),
            "mailed_in": self.env._("Your mail is feedback %(number)s now", **values),
            "received": self.env._("Feedback %(number)s was received", **values),
            "reply": self.env._("Feedback %(number)s has an answer", **values),
            "question": self.env._("Feedback %(number)s: please answer a question", **values),
            "reminder": self.env._("Feedback %(number)s: a question still waits for your answer", **values),
            "no_answer": self.env._("Feedback %(number)s goes on without your answer", **values),
            "result": self.env._("Feedback %(number)s has a result", **values),
            "refused": self.env._("Feedback %(number)s was refused", **values),
            "deferred": self.env._("Feedback %(number)s was deferred", **values),
            "forwarded": self.env._("Feedback %(number)s was passed to another authority", **values),
            "authority_answer": self.env._("Feedback %(number)s: the other authority has answered", **values),
            "merged": self.env._("Feedback %(number)s was joined to another one", **values),
            "given_back": self.env._("Feedback %(number)s is handled on its own again", **values),
            "joined_received": self.env._("Feedback %(number)s: the matter is being looked at", **values),
            "joined_deferred": self.env._("Feedback %(number)s was deferred", **values),
            "joined_result": self.env._("Feedback %(number)s has a result", **values),
            "joined_refused": self.env._("Feedback %(number)s was refused", **values),
            "split": self.env._("Feedback %(number)s was divided", **values),
            "routed": self.env._("Feedback %(number)s needs the official way", **values),
            "routed_back": self.env._("Feedback %(number)s is handled after all", **values),
            "written_down": self.env._("What you said was added to feedback %(number)s", **values),
            "mail_added": self.env._("Your mail was added to feedback %(number)s", **values),
            "mail_refused": self.env._("Your mail was not added to feedback %(number)s", **values),
        }
        bodies = {
            "taken_in": self.env._("“%(subject)s”. A result is promised by %(promised)s.", **values),
            # Without the subject: who forged the sender of a mail shall not have words of his own carried there.
            "mailed_in": self.env._("We read it and promise a result by %(promised)s.", **values),
            "received": self.env._("“%(subject)s”. A result is promised by %(promised)s.", **values),
            "reply": self.env._("“%(subject)s”. A result is promised by %(promised)s.", **values),
            "question": self.env._("“%(subject)s”. The clock stands still until you answer.", **values),
            "reminder": self.env._("“%(subject)s”. The clock stands still until you answer.", **values),
            "no_answer": self.env._("“%(subject)s”. A result is promised by %(promised)s.", **values),
            "result": self.env._("“%(subject)s”. Please say whether the matter is settled.", **values),
            "refused": self.env._("“%(subject)s”. The reason is on the page of the feedback.", **values),
            "deferred": self.env._("“%(subject)s”. The new date is on the page of the feedback.", **values),
            "forwarded": self.env._("“%(subject)s”. The page says to whom and until when an answer is due.", **values),
            "authority_answer": self.env._("“%(subject)s”. The ward goes on; the answer is on the page.", **values),
            "merged": self.env._("“%(subject)s”. The same matter is already being handled.", **values),
            "given_back": self.env._("“%(subject)s”. A result is promised by %(promised)s.", **values),
            "joined_received": self.env._("“%(subject)s”. You will be told when there is a result.", **values),
            "joined_deferred": self.env._("“%(subject)s”. You will be told when there is a result.", **values),
            "joined_result": self.env._("“%(subject)s”. The result is on the page of the feedback.", **values),
            "joined_refused": self.env._("“%(subject)s”. The answer is on the page of the feedback.", **values),
            "split": self.env._("“%(subject)s”. It was about two matters; the page leads to both.", **values),
            "routed": self.env._("“%(subject)s”. The page of the feedback says where to hand it in.", **values),
            "routed_back": self.env._("“%(subject)s”. A result is promised by %(promised)s.", **values),
            "written_down": self.env._("“%(subject)s”. Look on its page whether it is what you said.", **values),
            "mail_added": self.env._("“%(subject)s”. Whoever handles it reads your words.", **values),
            "mail_refused": self.env._(
                "“%(subject)s” takes no further words by mail now. On its page you can confirm or dispute a result. "
                "About another matter please write a new mail.",
                **values,
            ),
        }
        return titles[event], bodies[event]

    @api.model
    def _format_local(self, instant):
        """``16:30 21/11/2026`` in Vietnamese time; empty when there is no instant."""
        return clock.to_local(instant).strftime("%H:%M %d/%m/%Y") if instant else ""

    def message_post(self, **kwargs):
        """Whatever is posted in the chatter is an internal note; the reporter is answered in the reply box.

        It goes to colleagues who handle this feedback, whoever else is named in it: a mention would mail it out.
        """
        if kwargs.get("message_type") != "user_notification":
            kwargs["subtype_xmlid"] = "mail.mt_note"
            kwargs.pop("subtype_id", None)
            kwargs["partner_ids"] = self._colleagues(kwargs.get("partner_ids")).ids
        return super().message_post(**kwargs)

    def _colleagues(self, partner_ids, operation="write"):
        """Those of these partners who may handle this feedback, or at least read it."""
        # sudo: whoever writes a note need not read the users he names
        partners = self.env["res.partner"].sudo().browse(partner_ids or [])
        return partners.filtered(
            lambda partner: any(is_open_to(self, user, operation) for user in partner.user_ids if not user.share)
        )

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """Override of `mail`: nothing is mailed to whoever may not read it here.

        Followers stay when their right ends, anybody may be added as one, and a message can name bare addresses.
        """
        recipients = super()._notify_get_recipients(message, msg_vals, **kwargs)
        if not self:
            return recipients
        kind = (msg_vals or {}).get("message_type") or message.message_type
        operation = "read" if kind == "user_notification" else "write"
        allowed = self._colleagues([one["id"] for one in recipients if one["id"]], operation).ids
        return [one for one in recipients if one["id"] in allowed]

    def _mail_get_operation_for_mail_message_operation(self, message_operation):
        """Override of `mail`: the chatter is read by those who handle the feedback, not by all who read its state."""
        if message_operation == "read" and not activity_check.running():
            return dict.fromkeys(self, "write")
        return super()._mail_get_operation_for_mail_message_operation(message_operation)

    def _mail_get_partner_fields(self, introspect_fields=False):
        """Suggest no recipient to those who may not know the reporter; the auditor's page failed on it."""
        names = super()._mail_get_partner_fields(introspect_fields=introspect_fields)
        return [name for name in names if self._has_field_access(self._fields[name], "read")]

    def _message_auto_subscribe_notify(self, partner_ids, template):
        """Handlers are told by activities, not by mail."""
        return

    def _message_auto_subscribe_followers(self, updated_values, default_subtype_ids):
        return []
