"""One's own posts on the board: write, change, close, prolong, answer messages. Needs a phone and no JavaScript."""

import base64
import uuid

from odoo.addons.kdc_residents.controllers.light import UploadError
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.engine.phone import PhoneError, to_e164
from odoo.addons.kdc_residents.tools.locks import lock_or_retry
from odoo.exceptions import UserError
from odoo.http import request, route
from psycopg2 import IntegrityError

from ..engine import board_states
from ..models.kdc_board_post import MAX_PHOTOS, PHOTOS, SHOWN_DAYS
from ..models.kdc_shop_question import ARRIVED, OPEN_QUESTIONS
from .board import Board
from .portal_shop import PHOTO_MB
from .portal_voice import typed, words_wait

FORM = "kdc_marketplace.portal_board_form"
TITLE_LENGTH = 80
#: States in which a poster may still change the words.
OPEN = (board_states.DRAFT, board_states.PENDING, board_states.PUBLISHED)


class MyBoard(Board):
    def _market_my_post(self, post_id):
        """Return a post of one's own, in sudo; 404 otherwise."""
        if not self._light_resident():
            raise request.not_found()
        domain = [("id", "=", post_id), ("partner_id", "=", request.env.user.partner_id.id)]
        post = self._market_posts().search(domain, limit=1)
        if not post:
            raise request.not_found()
        return post

    @route("/my/board", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def market_my_posts(self, **_kwargs):
        """Show one's own posts and what can be done with each."""
        if not self._light_resident():
            raise request.not_found()
        posts = self._market_posts().search([("partner_id", "=", request.env.user.partner_id.id)], order="id desc")
        labels = dict(posts._fields["state"]._description_selection(request.env))
        return self._light_render(
            "kdc_marketplace.portal_board",
            {
                "posts": [
                    {
                        **self._market_post_values(post),
                        "state": post.state,
                        "state_label": labels[post.state],
                        "reason": post.state == board_states.DRAFT and post.refuse_reason,
                        "shown": post.state == board_states.PUBLISHED,
                        "may_change": post.state in OPEN,
                        "may_prolong": not post.prolonged
                        and post.state in (board_states.PUBLISHED, board_states.EXPIRED),
                        "may_close": post.state != board_states.CLOSED,
                        "messages": len(post.question_ids.filtered_domain(ARRIVED)),
                        "unanswered": len(post.question_ids.filtered_domain(OPEN_QUESTIONS)),
                    }
                    for post in posts
                ],
                "days": SHOWN_DAYS,
            },
        )

    # -- writing ---------------------------------------------------------------------------------------------------
    @route("/my/board/new", type="http", auth="user", website=True, sitemap=False, methods=["GET", "POST"])
    def market_post_new(self, **post):
        """Write a post; the ward looks at it before others see it."""
        resident = self._light_resident()
        if not resident:
            raise request.not_found()
        empty = self._market_posts()
        if request.httprequest.method != "POST":
            return self._light_render(FORM, self._market_post_form(empty, {}))
        values, errors = self._market_post_parse(post)
        # sudo: only locked, so that of two posts at once the second counts the first
        lock_or_retry(request.env.user.sudo(), allow_referencing=True, touch=True)
        partner, key = request.env.user.partner_id, post.get("client_key", "")[:40] or False
        same = [("partner_id", "=", partner.id), ("client_key", "=", key)]
        if key and not errors and empty.search_count(same, limit=1):
            return self._light_redirect("/my/board")  # the same form was sent twice: it is there already
        try:
            empty._kdc_check_room(partner)
        except UserError as error:
            errors["room"] = str(error)
        if errors:
            return self._light_invalid(FORM, self._market_post_form(empty, post, errors))
        owner = {
            "partner_id": partner.id,
            "company_id": resident.company_id.id,
            "client_key": key,
        }
        try:
            with request.env.cr.savepoint():
                # sudo: residents have no right on posts; fields are named here and in `_market_post_parse`
                record = empty.create({**values, **owner})
                record.flush_recordset()
        except IntegrityError:
            return self._light_redirect("/my/board")  # sent twice at the same moment
        return self._market_post_sent(record, post)

    @route("/my/board/<int:post_id>", type="http", auth="user", website=True, sitemap=False, methods=["GET", "POST"])
    def market_post_edit(self, post_id, **post):
        """Change a post; other words or photos are looked at again."""
        record = self._market_my_post(post_id)
        if record.state not in OPEN:
            return self._light_redirect("/my/board")
        if request.httprequest.method != "POST":
            return self._light_render(FORM, self._market_post_form(record, {}))
        lock_or_retry(record, allow_referencing=True)
        values, errors = self._market_post_parse(post, record)
        if errors:
            return self._light_invalid(FORM, self._market_post_form(record, post, errors))
        record._kdc_change(values)
        return self._market_post_sent(record, post)

    def _market_post_sent(self, record, post):
        """Send a draft on, unless it is to be finished later; say what comes next."""
        if record.state == board_states.DRAFT and post.get("action") != "draft":
            record._kdc_submit()
        self._light_flash(
            {
                board_states.DRAFT: request.env._("Your draft was kept. You can finish and send it at any time."),
                board_states.PENDING: request.env._("Sent. The ward looks at it before others see it and tells you."),
            }.get(record.state, request.env._("Saved."))
        )
        return self._light_redirect("/my/board")

    def _market_post_form(self, record, post, errors=None):
        """Return what the form shows: what was typed, else what is stored, else what the registry knows."""
        resident = self._light_resident()
        area = post.get("area_id") or str(record.area_id.id or resident.area_id.id or "")
        phone = record.phone if record else resident.phone
        return {
            "form": {
                "kind": post.get("kind", record.kind or "give_away"),
                "name": post.get("name", record.name or ""),
                "text": post.get("text", record.text or ""),
                "area_id": area,
                "show_phone": bool(post.get("show_phone")) if post else bool(record.phone),
                "phone": post.get("phone", fmt.phone(phone or resident.phone or "")),
                "client_key": post.get("client_key") or uuid.uuid4().hex,
            },
            "post_id": record.id,
            "reason": record.state == board_states.DRAFT and record.refuse_reason,
            "draft": not record or record.state == board_states.DRAFT,
            "photos": self._market_post_values(record)["photos"] if record else [],
            "kinds": record._fields["kind"]._description_selection(request.env),
            "areas": [(str(a.id), a.name) for a in self._market_board_areas(resident.company_id)],
            "errors": errors or {},
            "most": MAX_PHOTOS,
            "photo_mb": PHOTO_MB,
            "days": SHOWN_DAYS,
        }

    def _market_post_parse(self, post, record=None):
        """Return (values to write, errors by field). Only these fields can be written."""
        env, errors = request.env, {}
        values = {
            "kind": post.get("kind"),
            "name": (post.get("name") or "").strip()[:TITLE_LENGTH],
            "text": typed(post.get("text")),
            "phone": False,
        }
        if values["kind"] not in dict(env["kdc.board.post"]._fields["kind"].selection):
            errors["kind"] = env._("Please choose what it is about.")
        if not values["name"]:
            errors["name"] = env._("Please type what it is.")
        if not values["text"]:
            errors["text"] = env._("Please describe it in a few words.")
        areas = self._market_board_areas(self._light_resident().company_id)
        values["area_id"] = areas.filtered(lambda area: str(area.id) == post.get("area_id")).id
        if not values["area_id"]:
            errors["area_id"] = env._("Please choose the residential group.")
        if post.get("show_phone"):
            try:
                values["phone"] = to_e164(post.get("phone", ""))
            except PhoneError:
                errors["phone"] = env._("This phone number is not complete. Example: 0905 123 456.")
        try:
            # New photos replace the old ones: a post has few, and nobody sorts them
            if photos := self._light_uploads("photo", MAX_PHOTOS, PHOTO_MB):
                encoded = [base64.b64encode(photo) for photo in photos]
                values |= dict(zip(PHOTOS, [*encoded, *[False] * MAX_PHOTOS], strict=False))
        except UploadError as error:
            errors["photo"] = str(error)
        if post.get("no_photo") and record and "photo" not in errors and "photo_1" not in values:
            values |= dict.fromkeys(PHOTOS, False)
        return values, errors

    # -- afterwards ------------------------------------------------------------------------------------------------
    @route(
        "/my/board/<int:post_id>/<any(close,prolong):step>",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["POST"],
    )
    def market_post_step(self, post_id, step, **_kwargs):
        """Take a post off the board, or show it for as long again."""
        record = self._market_my_post(post_id)
        lock_or_retry(record, allow_referencing=True)
        try:
            if step == "prolong":
                record._kdc_prolong()
                self._light_flash(request.env._("“%s” stays on the board for longer.", record.name))
            else:
                record._kdc_close()
                self._light_flash(request.env._("“%s” was taken off the board.", record.name))
        except UserError as error:
            self._light_flash(str(error), "warn")
        return self._light_redirect("/my/board")

    @route("/my/board/<int:post_id>/messages", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def market_post_messages(self, post_id, **_kwargs):
        """Read what neighbours wrote; they are named by their given name only."""
        record = self._market_my_post(post_id)
        return self._light_render(
            "kdc_marketplace.portal_board_messages",
            {
                "post": {"id": record.id, "name": record.name},
                "messages": [
                    {**message._kdc_values(mine=False), "who": (message.partner_id.name or "").split(" ")[-1]}
                    for message in record.question_ids.filtered_domain(ARRIVED)
                ],
            },
        )

    @route(
        "/my/board/<int:post_id>/messages/<int:message_id>",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["POST"],
    )
    def market_post_answer(self, post_id, message_id, answer="", **_kwargs):
        """Answer a message about one's own post, once."""
        record = self._market_my_post(post_id)
        message = record.question_ids.filtered_domain([("id", "=", message_id), *ARRIVED])
        if not message:
            raise request.not_found()
        try:
            if not typed(answer):
                raise UserError(request.env._("Please type your answer."))
            message._kdc_answer(typed(answer))
            self._light_flash(words_wait(message) or request.env._("Your answer was sent."))
        except UserError as error:
            self._light_flash(str(error), "warn")
        return self._light_redirect(f"/my/board/{record.id}/messages")
