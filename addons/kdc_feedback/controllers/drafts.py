"""What the form keeps until it is sent: photos on the server, the phone's own draft (``static/src/light/draft.js``).

A form has a random key from its first showing on. The phone keeps it with the draft, so that a form whose answer was
lost on the way is sent once, however often it arrives.
"""

import re
import secrets

from odoo import SUPERUSER_ID
from odoo.addons.kdc_residents.controllers.light import LightController, secure_page
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.http import request

from ..engine.states import NEW

#: Tells the phone which form arrived, so that it forgets its draft. Read and removed by its script; no secret of
#: anybody else, since the phone made the form.
ARRIVED = "kdc_feedback_arrived"
ARRIVED_SECONDS = 3600
#: What the reporter decides besides words, place and photos.
CHOICES = ("privacy", "is_private", "contact_name", "contact_phone")
CLIENT_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")


class DraftedFeedback(LightController):
    """A form that is begun, kept, found again, thrown away."""

    def _feedback_is_key(self, client_key):
        """Whether it may be the random key of a form."""
        return bool(CLIENT_KEY.fullmatch(client_key or ""))

    def _feedback_own_draft(self, client_key):
        """What the reader has begun with this key, written as the system's own user; empty when there is none.

        The photos may end in a feedback without a name, so that no row may name who began it.

        :raise werkzeug.exceptions.NotFound: somebody else has begun it
        """
        drafts = request.env["kdc.feedback.draft"].with_user(SUPERUSER_ID)
        draft = drafts.search([("client_key", "=", client_key)], limit=1)
        if draft and draft.user_id != request.env.user:
            raise request.not_found()
        return draft

    def _feedback_draft(self, client_key):
        """The draft of this form and this user, created when there is none."""
        draft = self._feedback_own_draft(client_key)
        return draft or draft.create({"client_key": client_key, "user_id": request.env.uid})

    def _feedback_update_draft(self, draft):
        """Take away the photos the reporter unticked, add the new ones; what arrives again is kept once.

        :return: messages about files that could not be taken
        """
        removed = {self._feedback_int(value) for value in request.httprequest.form.getlist("remove_photo")}
        draft.photo_ids.filtered(lambda photo: photo.id in removed).unlink()
        sender = self._feedback_sender()
        most = sender["max_photos"]
        photos, problems = self._feedback_read_photos(sender["max_mb"])
        photos = draft._without_kept(photos)
        room = most - len(draft.photo_ids)
        if len(photos) > room:
            problems.append(request.env._("At most %(count)s photos: the first ones were kept.", count=most))
        draft._add_photos(photos[: max(room, 0)])
        return problems

    def _feedback_discard(self, post):
        """Throw away what was begun, here and (by the answer) on the phone."""
        client_key = post.get("client_key") or ""
        self._feedback_own_draft(client_key).unlink()
        self._light_flash(request.env._("The draft was thrown away. Nothing was sent."))
        return self._feedback_mark_arrived(self._light_redirect(self._feedback_sender()["form_url"]), client_key)

    def _feedback_resume(self, client_key):
        """Where a form has led that was sent before, else None: its answer may have been lost on the way."""
        sent, joined = self._feedback_known(client_key)
        if sent:
            return self._feedback_sent(sent)
        if joined:
            return self._light_redirect(self._feedback_joined_url(joined.feedback_id, bool(joined.partner_id)))
        return None

    def _feedback_known(self, client_key):
        """What was stored of a form: ``(kdc.feedback, row of who said "me too")`` in sudo, one of them or none."""
        # sudo: found by the random key of the form; the pages this leads to check who asks
        env = request.env["kdc.feedback"].sudo().env
        known = [("client_key", "=", client_key)]
        sent = env["kdc.feedback"].search(known, limit=1)
        return sent, env["kdc.feedback.follower"].search(known if not sent else [("id", "=", 0)], limit=1)

    def _feedback_said(self, sent):
        """What a form said that became this feedback, as far as nobody of the ward changes it."""
        said = {"description": sent.description, "location": sent.location or ""}
        # From the reception on the ward may have another subject, and may hide a name.
        if sent.state == NEW:
            said.update({name: sent[name] or False for name in CHOICES})
            said.update(category_id=sent.category_id.id)
            said.update(answers={line.question_id.id: line.value for line in sent.answer_ids})
        return said

    def _feedback_says(self, sent, vals):
        """What a form says that arrives again, to compare with :meth:`_feedback_said`."""
        says = {"description": vals["description"], "location": vals.get("location") or ""}
        if sent.state == NEW:
            says.update({name: vals.get(name) or False for name in CHOICES})
            says.update(category_id=vals["category_id"])
            says.update(answers={command[2]["question_id"]: command[2]["value"] for command in vals["answer_ids"]})
        return says

    def _feedback_changed(self, client_key, post, arrived):
        """Ask whoever has changed a form after it arrived; None when it says what it said then.

        Its answer was lost, and the sender went back and wrote on: neither may be dropped, nor stored twice unasked.

        :param arrived: the answer that leads to what was stored
        """
        sent, joined = self._feedback_known(client_key)
        vals, _errors = self._feedback_read_form(post)
        sender = self._feedback_sender()
        photos, _problems = self._feedback_read_photos(sender["max_mb"])
        if sent:
            before, photos = [self._feedback_said(sent)], sent.photo_ids._missing(photos)
            now = self._feedback_says(sent, vals)
        else:
            words = joined.feedback_id.message_line_ids.filtered(lambda line: line.kind == "other")
            before, photos = words.mapped("body"), words.photo_ids._missing(photos)
            now = vals["description"]
        if not vals["description"] or (now in before and not photos):
            return None
        new_key = secrets.token_urlsafe(24)
        draft = self._feedback_draft(new_key)
        draft._add_photos(photos[: sender["max_photos"]])
        # the work of a guest's telephone was for the former key
        values = self._feedback_form_values({**post, "work": ""}, new_key, draft)
        # Whoever could not send it as new is told before being asked.
        page = {**values, "errors": self._feedback_closed(vals), "arrived_url": arrived.headers["Location"]}
        return self._light_render("kdc_feedback.portal_feedback_new", page)

    def _feedback_begin(self, typed, draft_key):
        """Show the form: a new one, or the one that the phone has kept and sent in vain.

        :param draft_key: key of the kept form, from the address; anything else begins a new one
        """
        client_key, draft = secrets.token_urlsafe(24), None
        if self._feedback_is_key(draft_key):
            known = self._feedback_resume(draft_key)
            if known:
                return self._feedback_mark_arrived(known, draft_key)
            # sudo: found by the random key of the form, and shown to its owner only
            kept = request.env["kdc.feedback.draft"].sudo().search([("client_key", "=", draft_key)], limit=1)
            if not kept or kept.user_id == request.env.user:
                client_key, draft = draft_key, kept
        values = self._feedback_form_values(typed, client_key, draft)
        return self._light_render("kdc_feedback.portal_feedback_new", values)

    def _feedback_copy(self):
        """Show the form as the phone keeps it for the time without network: no address, no name, nothing to be sent.

        What is written into it goes through a form of the server once there is network (``static/src/form``).
        """
        values = self._feedback_form_values({}, "")
        light = {"ward": self._light_company().name}
        # Rendered aside from _light_render, which would take the messages that wait for the next page.
        page = {**values, "copy": True, "incidents": [], "fmt": fmt, "light": light, "back_url": None}
        return secure_page(request.render("kdc_feedback.portal_feedback_new", page))

    def _feedback_mark_arrived(self, response, client_key):
        """Let the phone forget the draft of a form. Returns the response."""
        if self._feedback_is_key(client_key):
            response.set_cookie(ARRIVED, client_key, max_age=ARRIVED_SECONDS, samesite="Strict")
        return response
