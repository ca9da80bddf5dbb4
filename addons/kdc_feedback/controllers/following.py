"""Feedback of others with the same matter: "me too", and the page of whoever follows."""

from odoo import http
from odoo.http import request

from .feedback import MAX_PHOTOS, MAX_TEXT, ResidentFeedback


class FollowedFeedback(ResidentFeedback):
    """``/my/feedback/followed``: state, promise and result of somebody else's feedback, never who sent it."""

    def _feedback_offered(self, vals, post, household):
        """What is open on the same matter nearby, see ``kdc.feedback._offered``."""
        # sudo: only the point of the own dwelling, and names of areas and categories
        env = request.env["kdc.feedback"].sudo().env
        point = (vals.get("latitude"), vals.get("longitude"))
        if post.get("place") == "home":
            dwelling = household.sudo().dwelling_id  # sudo: as above
            point = (dwelling.latitude, dwelling.longitude)
        return request.env["kdc.feedback"]._offered(
            env["res.company"].browse(vals["company_id"]),
            env["kdc.feedback.category"].browse(vals["category_id"]),
            point if all(point) else None,
            env["kdc.area"].browse(vals.get("area_id") or []),
        )

    def _feedback_join(self, feedback_id, vals, photos, client_key):
        """Follow what somebody else has sent, with the own words for the staff."""
        feedback = self._feedback_find("kdc.feedback", [("id", "=", feedback_id)])
        if vals["privacy"] == "anonymous":
            feedback._follow(None, vals["description"], photos, client_key)
            self._light_flash(
                request.env._(
                    "You were counted for %(number)s. Your name was not stored, so nobody can tell you its result.",
                    number=feedback.number,
                )
            )
            return self._light_redirect(self._feedback_joined_url(feedback, named=False))
        feedback._follow(request.env.user.partner_id, vals["description"], photos, client_key)
        self._light_flash(
            request.env._("You follow %(number)s now and are told what happens to it.", number=feedback.number)
        )
        return self._light_redirect(self._feedback_joined_url(feedback, named=True))

    def _feedback_joined_url(self, feedback, named):
        """Where somebody reads on who has said "me too", with or without leaving a name."""
        if not named:
            return "/my/feedback"
        if feedback.partner_id == request.env.user.partner_id:
            return f"/my/feedback/{feedback.id}"
        return f"/my/feedback/followed/{feedback.id}"

    def _feedback_followed(self, feedback_id=None):
        """What the reader follows, in sudo; one of them, else 404, when an id is given."""
        followed = request.env["kdc.feedback"]._followed_by(request.env.user.partner_id)
        if feedback_id is None:
            return self._feedback_search("kdc.feedback", followed, order="is_open desc, submitted_at desc", limit=50)
        return self._feedback_find("kdc.feedback", [("id", "=", feedback_id), *followed])

    def _feedback_list_values(self):
        rows = [(one, self._feedback_state(one)) for one in self._feedback_followed()]
        return {**super()._feedback_list_values(), "followed": rows}

    @http.route(
        "/my/feedback/followed/<int:feedback_id>",
        type="http", auth="user", website=True, sitemap=False, methods=["GET"],
    )  # fmt: skip
    def feedback_followed(self, feedback_id, **_kwargs):
        feedback = self._feedback_followed(feedback_id)
        return self._light_render("kdc_feedback.portal_feedback_followed", self._feedback_followed_values(feedback))

    def _feedback_followed_values(self, feedback):
        return {
            "feedback": feedback,
            "state": self._feedback_state(feedback),
            "late": feedback.is_open and feedback.handling_status == "overdue",
            "messages": feedback._followed_results(),
            "photos": feedback._public_photos().grouped("message_id"),
            "base_url": f"/my/feedback/followed/{feedback.id}",
            "photo_url": f"/my/feedback/followed/{feedback.id}/photo",
            "errors": {},
            "typed": {},
        }

    @http.route(
        "/my/feedback/followed/<int:feedback_id>/photo/<int:photo_id>/<string:size>",
        type="http", auth="user", website=True, sitemap=False, methods=["GET"],
    )  # fmt: skip
    def feedback_followed_photo(self, feedback_id, photo_id, size, **_kwargs):
        """A public photo of the result; the photos of the reporter are the reporter's."""
        photos = self._feedback_followed(feedback_id)._public_photos()
        photo = photos.filtered(lambda one: one.id == photo_id and one.message_id)
        if not photo:
            raise request.not_found()
        return self._feedback_stream(photo, size)

    @http.route(
        "/my/feedback/followed/<int:feedback_id>/<string:what>",
        type="http", auth="user", website=True, sitemap=False, methods=["POST"],
    )  # fmt: skip
    def feedback_followed_act(self, feedback_id, what, **post):
        """Add words for the staff, or follow no longer."""
        feedback = self._feedback_followed(feedback_id)
        if what == "leave":
            feedback._unfollow(request.env.user.partner_id)
            self._light_flash(request.env._("You no longer follow %(number)s.", number=feedback.number))
            return self._light_redirect("/my/feedback")
        if what != "message":
            raise request.not_found()
        body = (post.get("body") or "").strip()[:MAX_TEXT]
        photos, problems = self._feedback_read_photos()
        errors = {}
        if problems or len(photos) > MAX_PHOTOS:
            errors["photos"] = " ".join(problems) or request.env._(
                "At most %(count)s photos at a time.", count=MAX_PHOTOS
            )
        if not body:
            errors["body"] = request.env._("Please write a few words.")
        refusal = self._feedback_refusal(feedback)
        if refusal:
            errors["form"] = refusal
        if errors:
            errors = {what: self._feedback_chosen_again(errors, photos)}
            unsent = {} if feedback.is_open else {"unsent": body, "refused": refusal}
            values = {**self._feedback_followed_values(feedback), "errors": errors, "typed": post, **unsent}
            return self._light_invalid("kdc_feedback.portal_feedback_followed", values)
        request.env["kdc.throttle"]._count("feedback", str(request.env.uid))
        feedback._take_update(body, photos)
        self._light_flash(request.env._("Your message was sent to those who handle it."))
        return self._light_redirect(f"/my/feedback/followed/{feedback.id}")

    def _feedback_refusal(self, feedback):
        """Why the reader can tell nothing more about a feedback now, else None."""
        if not feedback.is_open:
            return request.env._("This is not possible any more. The page shows what has happened meanwhile.")
        ban = self._feedback_ban({})
        if ban:
            return ban._message()
        if not request.env["kdc.throttle"]._allow("feedback", str(request.env.uid)):
            return request.env._("You have sent a lot within an hour. Please wait a little.")
        return None
