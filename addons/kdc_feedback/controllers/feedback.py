"""Feedback pages of the residents: own list, sending, one feedback with its timeline."""

import secrets

from odoo import Command, http
from odoo.addons.kdc_residents.controllers.light import UploadError
from odoo.addons.kdc_residents.controllers.offline import worker_response
from odoo.exceptions import ConcurrencyError, UserError, ValidationError
from odoo.http import request
from odoo.tools import consteq
from psycopg2.errors import UniqueViolation

from ..engine import petition
from .drafts import DraftedFeedback

MAX_PHOTOS = 5
MAX_PHOTO_MB = 12
#: So many files of one request are looked at; nobody chooses more by mistake.
MOST_FILES = 20
MAX_TEXT = 5000
MIN_TEXT = 10
MAX_LOCATION = 200
PRIVACIES = ("hidden", "named", "anonymous")


class ResidentFeedback(DraftedFeedback):
    """``/my/feedback``: everything here belongs to the signed-in person, whatever number is typed into the address."""

    # -- shared helpers (also used by the public link) -----------------------------------------------------------
    def _feedback_search(self, model, domain, **options):
        """Search a model of the inbox for a resident, in sudo; options are those of ``search``."""
        # sudo: residents hold no right on the inbox; the domain, which the caller makes of who asks, is the right
        return request.env[model].sudo().search(domain, **options)

    def _feedback_find(self, model, domain):
        """Return the one record of a domain, in sudo, see :meth:`_feedback_search`.

        :raise werkzeug.exceptions.NotFound: there is none, or it is somebody else's
        """
        found = self._feedback_search(model, domain, limit=1)
        if not found:
            raise request.not_found()
        return found

    def _feedback_own(self, feedback_id):
        """The reporter's own feedback, in sudo, else 404."""
        own = [("id", "=", feedback_id), ("partner_id", "=", request.env.user.partner_id.id)]
        return self._feedback_find("kdc.feedback", own)

    def _feedback_reporters(self):
        """The persons whose feedback the reader may see: himself, and a head of household who shares it."""
        return request.env.user.partner_id | request.env.user._kdc_shared_partners("feedback")

    def _feedback_readable(self, feedback_id):
        """A feedback the reader wrote, or one whose reporter, a head of household, shares it; in sudo, else 404."""
        shared = [("id", "=", feedback_id), ("partner_id", "in", self._feedback_reporters().ids)]
        return self._feedback_find("kdc.feedback", shared)

    def _feedback_state(self, feedback):
        """State as a resident reads it: ``kind`` (colour), ``icon`` and ``text``."""
        env = request.env
        return {
            "new": {"kind": "info", "icon": "clock", "text": env._("Sent, not read yet")},
            "received": {"kind": "info", "icon": "check", "text": env._("Received")},
            "in_progress": {"kind": "info", "icon": "clock", "text": env._("Being handled")},
            "waiting": {"kind": "warn", "icon": "feedback", "text": env._("Waiting for your answer")},
            "deferred": {"kind": "muted", "icon": "clock", "text": env._("Deferred")},
            "forwarded": {"kind": "info", "icon": "clock", "text": env._("With another authority")},
            "done": {"kind": "ok", "icon": "check", "text": env._("Result given")},
            "disputed": {"kind": "warn", "icon": "clock", "text": env._("Being examined again")},
            "closed": {"kind": "ok", "icon": "check", "text": env._("Closed")},
            "refused": {"kind": "muted", "icon": "info", "text": env._("Not accepted")},
            "merged": {"kind": "muted", "icon": "info", "text": env._("Joined to another feedback")},
            "routed": {"kind": "muted", "icon": "info", "text": env._("Needs the official way")},
        }[feedback.state]

    def _feedback_page_values(self, feedback, base_url, photo_url, may_act):
        """What the page of one feedback shows; the internal notes are not even read here.

        :param base_url: where the forms of the page are sent
        :param photo_url: where its photos are served
        :param may_act: whether the reader is the reporter
        """
        return {
            "feedback": feedback,
            "state": self._feedback_state(feedback),
            "messages": feedback._public_messages(),
            "base_url": base_url,
            "photo_url": photo_url,
            "allowed": feedback._allowed_for_reporter() if may_act else set(),
            "late": feedback.is_open and feedback.handling_status == "overdue",
            "letter": feedback._forward_open(),
            "pauses": feedback._pause_totals(),
            "link_acts": feedback._link_acts(),
            "max_photos": MAX_PHOTOS,
            # how its texts are read: as they were sent, see follow.py for others
            "words": lambda text: text,
            "shown": lambda photos: photos,
            "secret": False,
            "errors": {},
            "typed": {},
        }

    def _feedback_photo_response(self, feedback, photo_id, size):
        """Stream a photo that belongs to a feedback the reader may see.

        :raise werkzeug.exceptions.NotFound: the photo belongs to something else, or to an internal note
        """
        # the caller has checked the feedback; the domain ties the photo to it
        domain = [("id", "=", photo_id), *feedback._reporter_photo_domain()]
        return self._feedback_stream(self._feedback_find("kdc.feedback.photo", domain), size)

    def _feedback_stream(self, photo, size):
        field = "image" if size == "full" else "thumbnail"
        stream = request.env["ir.binary"]._get_image_stream_from(photo, field)
        response = stream.get_response(immutable=False, max_age=3600)
        response.headers["Cache-Control"] = "private, max-age=3600"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    def _feedback_read_photos(self, max_mb=MAX_PHOTO_MB):
        """Photos of the present request, each judged alone so that one bad file does not cost the good ones.

        :return: ``(list of safe JPEG bytes, list of messages about the others)``
        """
        photos, problems = [], []
        for upload in request.httprequest.files.getlist("photos")[:MOST_FILES]:
            if not upload.filename:
                continue
            try:
                photos.append(self._light_photo(upload, max_mb))
            except UploadError as error:
                problems.append(str(error))
        return photos, problems

    def _feedback_act(self, feedback, base_url, photo_url, what, post):
        """Take what the reporter answers, confirms or disputes, from the own page or from the link."""
        if what not in ("message", "confirm", "dispute"):
            raise request.not_found()
        body = (post.get("body") or "").strip()[:MAX_TEXT]
        errors = {}
        photos, problems = self._feedback_read_photos() if what != "confirm" else ([], [])
        if len(photos) > MAX_PHOTOS:
            problems.append(request.env._("At most %(count)s photos at a time.", count=MAX_PHOTOS))
        if problems:
            errors["photos"] = " ".join(problems)
        if what != "confirm" and not body:
            errors["body"] = request.env._("Please write a few words.")
        if not errors:
            try:
                with request.env.cr.savepoint():
                    self._feedback_take(feedback, what, body, photos, post)
            except UserError as error:
                errors["form"] = str(error)
        if errors and (body or photos or "form" not in errors):
            values = self._feedback_page_values(feedback, base_url, photo_url, may_act=True)
            typed = {"errors": {what: self._feedback_chosen_again(errors, photos)}, "typed": post}
            forms = {"message": {"message", "answer"}, "dispute": {"dispute"}}.get(what, set())
            unsent = {} if values["allowed"] & forms else {"unsent": body, "refused": " ".join(errors.values())}
            return self._light_invalid("kdc_feedback.portal_feedback", {**values, **typed, **unsent})
        if errors:
            self._light_flash(errors["form"], "warn")
        return self._light_redirect(base_url)

    def _feedback_chosen_again(self, errors, photos):
        """``errors`` of a form that keeps no photos, and what to do about those that were good."""
        if not photos:
            return errors
        again = request.env._("Please choose the photos again: this page cannot keep them.")
        return {**errors, "photos": " ".join(filter(None, (errors.get("photos"), again)))}

    def _feedback_take(self, feedback, what, body, photos, post):
        """Act for the reporter.

        :raise UserError: it is not possible now
        """
        env = request.env
        allowed = feedback._allowed_for_reporter()
        if what == "message" and allowed & {"message", "answer"}:
            if not feedback._is_repeated_message(body, photos):
                feedback._reporter_message(body, photos)
            self._light_flash(env._("Your message was sent."))
        elif what == "confirm" and "confirm" in allowed:
            rating = post.get("rating") or ""
            feedback._reporter_confirm(int(rating) if rating in ("1", "2", "3", "4", "5") else None, body or None)
            self._light_flash(env._("Thank you. The feedback is closed."))
        elif what == "dispute" and "dispute" in allowed:
            feedback._reporter_dispute(body, photos)
            self._light_flash(env._("The ward will examine the matter again. A new promised date is shown below."))
        else:
            raise UserError(env._("This is not possible any more. The page shows what has happened meanwhile."))

    # -- list and page -------------------------------------------------------------------------------------------
    @http.route("/my/feedback", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def feedback_list(self, **_kwargs):
        return self._light_render("kdc_feedback.portal_feedback_list", self._feedback_list_values())

    def _feedback_list_values(self):
        """What the list shows: the own feedback, and what is shared with the reader."""
        readable = [("partner_id", "in", self._feedback_reporters().ids)]
        feedback = self._feedback_search("kdc.feedback", readable, order="is_open desc, submitted_at desc", limit=100)
        return {
            "rows": [(one, self._feedback_state(one)) for one in feedback],
            "incidents": request.env["kdc.feedback.incident"]._shown_to(self._light_company()),
        }

    @http.route(
        "/my/feedback/<int:feedback_id>", type="http", auth="user", website=True, sitemap=False, methods=["GET"]
    )
    def feedback_page(self, feedback_id, **_kwargs):
        feedback = self._feedback_readable(feedback_id)
        url = f"/my/feedback/{feedback.id}"
        own = feedback.partner_id == request.env.user.partner_id
        return self._light_render(
            "kdc_feedback.portal_feedback",
            {**self._feedback_page_values(feedback, url, f"{url}/photo", may_act=own), "back_url": "/my/feedback"},
        )

    @http.route(
        "/my/feedback/<int:feedback_id>/<string:what>",
        type="http", auth="user", website=True, sitemap=False, methods=["POST"],
    )  # fmt: skip
    def feedback_act(self, feedback_id, what, **post):
        feedback = self._feedback_own(feedback_id)
        url = f"/my/feedback/{feedback.id}"
        return self._feedback_act(feedback, url, f"{url}/photo", what, post)

    @http.route(
        "/my/feedback/<int:feedback_id>/photo/<int:photo_id>/<string:size>",
        type="http", auth="user", website=True, sitemap=False, methods=["GET"],
    )  # fmt: skip
    def feedback_photo(self, feedback_id, photo_id, size, **_kwargs):
        return self._feedback_photo_response(self._feedback_readable(feedback_id), photo_id, size)

    # -- sending -------------------------------------------------------------------------------------------------
    @http.route("/my/feedback/new", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def feedback_new(self, category=None, draft=None, copy=None, **_kwargs):
        if copy:
            return self._feedback_copy()
        return self._feedback_begin({"category_id": category or "", "privacy": "hidden"}, draft)

    @http.route("/my/feedback/new/sw.js", type="http", auth="public", sitemap=False, methods=["GET"])
    def feedback_worker(self, **_kwargs):
        """Give the service worker, which opens the form without network."""
        return worker_response("/my/feedback/new")

    @http.route("/my/feedback/new", type="http", auth="user", website=True, sitemap=False, methods=["POST"])
    def feedback_send(self, **post):
        return self._feedback_discard(post) if post.get("discard") else self._feedback_take_form(post)

    def _feedback_sender(self):
        """Where the form of the reader lives, what it may hold, and as whom its sendings are counted."""
        return {
            "form_url": "/my/feedback/new",
            "photo_url": "/my/feedback/draft",
            "back_url": "/my/feedback",
            "max_photos": MAX_PHOTOS,
            "max_mb": MAX_PHOTO_MB,
            "counted": ("feedback", str(request.env.uid)),
            "owner": str(request.env.uid),
        }

    def _feedback_take_form(self, post):
        """Send a feedback, or show the form again with everything that was typed and every photo that was good.

        A second sending of the same form that arrives while the first is still being stored is tried again by the
        server; it then finds the first one.
        """
        try:
            response = self._feedback_send(post)
            # the answer to everything that was stored
            if response.status_code == 303:
                self._feedback_mark_arrived(response, post.get("client_key"))
            return response
        except UniqueViolation as error:
            raise ConcurrencyError("this form is being sent twice at the same moment") from error

    def _feedback_send(self, post):
        client_key = post.get("client_key") or ""
        if not self._feedback_is_key(client_key):
            client_key = secrets.token_urlsafe(24)
        request.env["kdc.feedback"]._lock_client_key(client_key)
        # an earlier sending of the same form, whoever it belongs to, must not be stored twice
        sent = self._feedback_resume(client_key)
        if sent:
            return self._feedback_changed(client_key, post, sent) or sent
        draft = self._feedback_draft(client_key)
        problems = self._feedback_update_draft(draft)
        vals, errors = self._feedback_read_form(post)
        if problems:
            errors["photos"] = " ".join(problems)
        emergency = errors.pop("emergency", None)
        if emergency:
            values = self._feedback_form_values(post, client_key, draft)
            return self._light_invalid(
                "kdc_feedback.portal_feedback_new", {**values, "emergency": emergency, "errors": errors}
            )
        errors.update(self._feedback_closed(vals))
        if errors:
            return self._light_invalid(
                "kdc_feedback.portal_feedback_new",
                {**self._feedback_form_values(post, client_key, draft), "errors": errors},
            )
        kind = petition.recognise(vals["description"])
        if kind and post.get("petition") != kind:
            values = self._feedback_form_values(post, client_key, draft)
            return self._light_render("kdc_feedback.portal_feedback_new", {**values, "petition": kind})
        throttle, counted = request.env["kdc.throttle"], self._feedback_sender()["counted"]
        offered = self._feedback_offered(vals, post, request.env.user._kdc_household())
        joined = self._feedback_int(post.get("join"))
        if joined in [one["id"] for one in offered]:
            response = self._feedback_join(joined, vals, draft.photo_ids, client_key)
            draft.unlink()
            if counted:
                throttle._count(*counted)
            return response
        seen = (post.get("seen") or "").split(",")
        if any(str(one["id"]) not in seen for one in offered):
            values = self._feedback_form_values(post, client_key, draft)
            return self._light_render("kdc_feedback.portal_feedback_new", {**values, "offered": offered})
        # A guest has a counter instead, and no name.
        partner = request.env.user.partner_id if counted else None
        feedback, _created = request.env["kdc.feedback"]._submit(
            vals, partner=partner, photos=draft.photo_ids, client_key=client_key
        )
        draft.unlink()
        if counted:
            throttle._count(*counted)
        self._light_flash(request.env._("Your feedback was sent. Its number is %(number)s.", number=feedback.number))
        return self._feedback_sent(feedback)

    def _feedback_closed(self, vals):
        """Why the reader may send nothing now, as an error of the form; in most cases empty."""
        ban = self._feedback_ban(vals)
        if ban:
            return {"form": ban._message()}
        counted = self._feedback_sender()["counted"]
        if not counted or request.env["kdc.throttle"]._allow(*counted):
            return {}
        message = request.env._(
            "You have sent many feedbacks within an hour. Please wait a little and press “Send” again: "
            "nothing of what you typed is lost. If it is urgent, call the ward office."
        )
        return {"form": message}

    def _feedback_ban(self, vals):
        """Why the reader may not send now: a ``kdc.feedback.ban`` in sudo, in most cases empty."""
        return request.env["kdc.feedback.ban"]._of(self._light_company(), partner=request.env.user.partner_id)

    def _feedback_sent(self, feedback):
        """Go to the page of a feedback just sent: the own one, or the secret link when no name is stored."""
        if feedback._link_acts():
            return self._light_redirect(f"/feedback/follow/{feedback.follow_token}")
        return self._light_redirect(f"/my/feedback/{feedback.id}")

    def _feedback_form_values(self, typed, client_key, draft=None):
        """What the form shows: choices, and what was typed and uploaded before."""
        company = self._light_company()
        household = request.env.user._kdc_household()
        # sudo: residents read names of categories and of areas of their ward, nothing else
        env = request.env["kdc.feedback"].sudo().env
        return {
            "typed": typed,
            "errors": {},
            "emergency": None,
            "offered": [],
            "petition": None,
            "arrived_url": None,
            "incidents": env["kdc.feedback.incident"]._shown_to(company),
            "client_key": client_key,
            "draft_photos": draft.photo_ids if draft else [],
            # the phone forgets the photos that are kept here now
            "taken": bool(draft) and request.httprequest.method == "POST",
            "groups": env["kdc.feedback.category"]._choices(company),
            "areas": env["kdc.area"].search(
                [("company_id", "=", company.id), ("kind", "=", "group"), ("date_to", "=", False)]
            ),
            "places": env["kdc.feedback.place"].search([("company_id", "=", company.id)]),
            "dwelling": household.dwelling_id,
            **self._feedback_sender(),
            "guest": False,
            "copy": False,
            "max_text": MAX_TEXT,
        }

    def _feedback_read_form(self, post):
        """Check the form.

        :return: ``(values for kdc.feedback, errors by field)``; ``emergency`` holds the category to call about
        """
        env = request.env
        errors = {}
        company = self._light_company()
        household = request.env.user._kdc_household()
        category = self._feedback_search(
            "kdc.feedback.category",
            [
                ("id", "=", self._feedback_int(post.get("category_id"))),
                ("company_id", "in", (company.id, False)),
                ("child_ids", "=", False),
            ],
        )
        if not category:
            errors["category_id"] = env._("Please choose what it is about.")
        elif category.is_emergency:
            errors["emergency"] = category
        answers = self._feedback_read_answers(category, post, errors)
        text = (post.get("description") or "").strip()
        if len(text) < MIN_TEXT:
            errors["description"] = env._("Please describe the matter in a few words, so that we understand it.")
        elif len(text) > MAX_TEXT:
            errors["description"] = env._("Please shorten the text to %(count)s characters.", count=MAX_TEXT)
        vals = {
            "company_id": company.id,
            "category_id": category.id,
            "answer_ids": answers,
            "description": text,
            "channel": "portal",
            "privacy": post.get("privacy") if post.get("privacy") in PRIVACIES else "hidden",
            "is_private": bool(post.get("is_private")),
        }
        vals.update(self._feedback_read_place(post, company, household, errors))
        return vals, errors

    def _feedback_read_answers(self, category, post, errors):
        """The answers to the questions of a category; without JavaScript they and its notice follow the first sending.

        :return: commands for ``answer_ids``
        """
        commands = []
        asked = post.get("asked") == str(category.id)
        for question in category.question_ids if not category.is_emergency else ():
            try:
                value = question._clean(post.get(f"q{question.id}"))
            except ValidationError as error:
                if asked:
                    errors[f"q{question.id}"] = str(error)
                continue
            if value:
                commands.append(Command.create({"question_id": question.id, "name": question.name, "value": value}))
        if not asked and not category.is_emergency:
            if category.question_ids:
                errors["questions"] = request.env._("A few more questions about this subject, then send again.")
            elif category.notice:
                errors["questions"] = request.env._("Please read this first, then send again.")
        return commands

    def _feedback_read_place(self, post, company, household, errors):
        """Place of the form: at home, a known place, or a group of the ward with a description in words."""
        if post.get("place") == "home" and household.dwelling_id:
            # The address would give the name away when no name may be stored.
            if post.get("privacy") == "anonymous":
                return {"area_id": household.area_id.id}
            return {"area_id": household.area_id.id, "dwelling_id": household.dwelling_id.id}
        area = self._feedback_search(
            "kdc.area",
            [
                ("id", "=", self._feedback_int(post.get("area_id"))),
                ("company_id", "=", company.id),
                ("kind", "=", "group"),
                ("date_to", "=", False),
            ],
        )
        place = self._feedback_search(
            "kdc.feedback.place",
            [("id", "=", self._feedback_int(post.get("place_id"))), ("company_id", "=", company.id)],
        )
        location = place._with_words((post.get("location") or "").strip()[:MAX_LOCATION])
        # where the phone is says more than the middle of a market
        position = self._feedback_position(post) or place._point()
        if not location and not position:
            errors["location"] = request.env._("Please say where it is: street, house number, a landmark.")
        return {"area_id": (place.area_id or area).id, "location": location, **position}

    def _feedback_position(self, post):
        """Latitude and longitude of the point that was chosen or the phone gave, if they make sense."""
        if post.get("no_point"):
            return {}
        try:
            latitude, longitude = float(post.get("latitude") or ""), float(post.get("longitude") or "")
        except ValueError:
            return {}
        # Viet Nam with its islands; anything else is a phone that does not know where it is.
        if not (6 <= latitude <= 24 and 101 <= longitude <= 118):
            return {}
        return {"latitude": latitude, "longitude": longitude}

    def _feedback_int(self, value):
        """The number that a form sent; 0 when it is none (``²`` is a digit to Python, but no number)."""
        return int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 10 else 0

    @http.route(
        "/my/feedback/draft/<string:client_key>/photo/<int:photo_id>",
        type="http", auth="user", website=True, sitemap=False, methods=["GET"],
    )  # fmt: skip
    def feedback_draft_photo(self, client_key, photo_id, **_kwargs):
        """A photo of a form that is not sent yet, for the one who began it."""
        own = [("id", "=", photo_id), ("draft_id.user_id", "=", request.env.uid)]
        photo = self._feedback_find("kdc.feedback.photo", own)
        if not consteq(photo.draft_id.client_key.encode(), client_key.encode()):
            raise request.not_found()
        return self._feedback_stream(photo, "thumb")
