"""Sending without signing in: the form of the residents for whoever passes by, where the ward allows it.

No riddle is asked: a hidden field that people leave empty, work for the telephone or a little patience, and a count by
address keep machines out (``engine/guest.py``). Whatever is refused keeps what was typed.
"""

import secrets

from odoo import http
from odoo.addons.kdc_residents.controllers.offline import worker_response
from odoo.http import request
from odoo.tools import consteq

from ..engine.guest import source_of
from .following import FollowedFeedback

GUEST_URL = "/phan-anh/gui"
#: What nobody sees and only machines fill in.
TRAP = "homepage"
MAX_PHOTOS = 3
MAX_PHOTO_MB = 8


def is_guest():
    """Whether the reader is a guest whom the ward lets send."""
    # sudo: what the ward allows is public
    return not request.session.uid and request.website.company_id.sudo().kdc_feedback_guests


def new_url():
    """Where the reader sends feedback."""
    return GUEST_URL if is_guest() else "/my/feedback/new"


class GuestFeedback(FollowedFeedback):
    """``/phan-anh/gui``; whoever is signed in is led to the own form instead."""

    def _feedback_sender(self):
        if not is_guest():
            return super()._feedback_sender()
        return {
            "form_url": GUEST_URL,
            "photo_url": GUEST_URL,
            "back_url": "/phan-anh",
            "max_photos": MAX_PHOTOS,
            "max_mb": MAX_PHOTO_MB,
            # counted before the photos are read, see guest_send
            "counted": None,
            "owner": "guest",
        }

    # -- the form ------------------------------------------------------------------------------------------------
    @http.route(GUEST_URL, type="http", auth="public", website=True, sitemap=False, methods=["GET"])
    def guest_new(self, category=None, draft=None, copy=None, **_kwargs):
        if not is_guest():
            return request.redirect("/my/feedback/new")
        if copy:
            return self._feedback_copy()
        return self._feedback_begin({"category_id": category or ""}, draft)

    @http.route(f"{GUEST_URL}/sw.js", type="http", auth="public", sitemap=False, methods=["GET"])
    def guest_worker(self, **_kwargs):
        """Give the service worker, which opens the form without network."""
        return worker_response(GUEST_URL)

    @http.route(GUEST_URL, type="http", auth="public", website=True, sitemap=False, methods=["POST"])
    def guest_send(self, **post):
        """Take the form of a guest; photos are not even decoded for an address that sends without end."""
        if not is_guest():
            return self._light_redirect("/my/feedback/new")
        if post.get("discard"):
            return self._feedback_discard(post)
        feedback, source = request.env["kdc.feedback"], source_of(request.httprequest.remote_addr)
        worked = feedback._guest_has_worked(post.get("challenge"), post.get("client_key") or "", post.get("work"))
        if feedback._guest_has_room(source, self._guest_source_hash(), worked):
            response = self._feedback_take_form(post)
            sent = response.status_code == 303
            if not (sent and worked):
                machine = sent or post.get(TRAP) or worked is None
                request.env["kdc.throttle"]._count("guest" if machine else "guest_form", source)
            return response
        key = post.get("client_key") or ""
        key = key if self._feedback_is_key(key) else secrets.token_urlsafe(24)
        message = request.env._(
            "Very much was sent from your network within an hour. Please wait a little, choose the photos again if you "
            "do not see them below, and press “Send”: your words are kept. If it is urgent, call the ward office."
        )
        values = {**self._feedback_form_values(post, key), "errors": {"form": message}}
        return self._light_invalid("kdc_feedback.portal_feedback_new", values)

    def _feedback_form_values(self, typed, client_key, draft=None):
        values = super()._feedback_form_values(typed, client_key, draft)
        if is_guest():
            feedback = request.env["kdc.feedback"]
            challenge = typed.get("challenge")
            if feedback._guest_seconds_left(challenge, client_key, "") is None:
                challenge = feedback._guest_challenge(client_key)
            values.update(guest=True, trap=TRAP, challenge=challenge)
        return values

    def _feedback_read_form(self, post):
        vals, errors = super()._feedback_read_form(post)
        if is_guest():
            vals.update(channel="guest", privacy="anonymous", sender_hash=self._guest_source_hash())
            # Nobody has checked who a guest is: a name that anybody could give is shown to nobody.
            if post.get("privacy") == "hidden":
                contact, wrong = request.env["kdc.feedback"]._guest_contact(
                    post.get("contact_name"), post.get("contact_phone")
                )
                vals.update(contact, privacy="hidden")
                errors.update(wrong)
            if not errors:
                errors.update(self._guest_doubts(post))
        return vals, errors

    def _guest_source_hash(self):
        """A code of the network the guest sends from; the address itself is stored nowhere."""
        return request.env["kdc.throttle"]._hash_source("guest_ban", source_of(request.httprequest.remote_addr))

    def _feedback_ban(self, vals):
        if not is_guest():
            return super()._feedback_ban(vals)
        company = self._light_company()
        return request.env["kdc.feedback.ban"]._of(
            company, phone=vals.get("contact_phone"), source_hash=self._guest_source_hash()
        )

    def _guest_doubts(self, post):
        """Why a form that is otherwise right may have been filled in by a machine: ``{"form": message}`` or empty."""
        env = request.env
        if post.get(TRAP):
            return {"form": env._("A field that people do not see was filled in. It is empty again: press “Send”.")}
        seconds = env["kdc.feedback"]._guest_seconds_left(
            post.get("challenge"), post.get("client_key") or "", post.get("work")
        )
        if seconds is None:
            return {"form": env._("This page was open for very long. Please press “Send” once more in half a minute.")}
        if seconds:
            return {
                "form": env._(
                    "Almost done: please press “Send” once more in %(seconds)s seconds. This short wait keeps machines "
                    "out; nothing you typed is lost.",
                    seconds=seconds,
                )
            }
        return {}

    def _feedback_join(self, feedback_id, vals, photos, client_key):
        """A guest is counted: there is nobody who could be told, but there is the public page."""
        if not is_guest():
            return super()._feedback_join(feedback_id, vals, photos, client_key)
        feedback = self._feedback_find("kdc.feedback", [("id", "=", feedback_id)])
        contact = {name: vals.get(name) or False for name in ("contact_name", "contact_phone")}
        feedback._follow(None, vals["description"], photos, client_key, contact)
        request.env["kdc.throttle"]._count("guest_sent", source_of(request.httprequest.remote_addr))
        self._light_flash(
            request.env._(
                "You were counted for %(number)s, and your words were handed on. Its result stands on the public page.",
                number=feedback.number,
            )
        )
        return self._light_redirect(self._feedback_joined_url(feedback, named=False))

    def _feedback_joined_url(self, feedback, named):
        if not is_guest():
            return super()._feedback_joined_url(feedback, named)
        return f"/phan-anh/{feedback.number}" if feedback.is_public else "/phan-anh"

    @http.route(
        f"{GUEST_URL}/<string:client_key>/photo/<int:photo_id>",
        type="http", auth="public", website=True, multilang=False, sitemap=False, methods=["GET"],
    )  # fmt: skip
    def guest_draft_photo(self, client_key, photo_id, **_kwargs):
        """A photo of a guest's form that is not sent yet, for whoever knows the random key of the form."""
        guests = [("id", "=", photo_id), ("draft_id.user_id", "=", request.env.ref("base.public_user").id)]
        photo = self._feedback_find("kdc.feedback.photo", guests)
        if not consteq(photo.draft_id.client_key.encode(), client_key.encode()):
            raise request.not_found()
        return self._feedback_stream(photo, "thumb")
