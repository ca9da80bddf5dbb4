import logging
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.addons.kdc_residents.engine.text import fold
from odoo.addons.kdc_residents.tools.attempts import undo_and_log
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import AccessError, UserError

from ..engine import board_states

_logger = logging.getLogger(__name__)

#: How long a post is shown, in days; its poster may add as much once.
SHOWN_DAYS = 30
#: Posts a person may have at a time: a board, not a shop.
MAX_LIVE = 5
#: Days after its end for which a post stays readable to its poster.
KEPT_DAYS = 180
MAX_PHOTOS = 3
PHOTOS = tuple(f"photo_{number}" for number in range(1, MAX_PHOTOS + 1))
#: What a moderator has looked at. Another content is looked at again before others read it.
WORDS = ("kind", "name", "text")
MODERATED_FIELDS = (*WORDS, *PHOTOS)
BATCH = 200


class KdcBoardPost(models.Model):
    """A post of a resident on the board of the neighbourhood: given away, second-hand, lost, found (features M-25).

    Everybody may look at checked posts. Who answers writes a short message in the portal; a phone number is shown to
    residents only, and only if the poster gave one for that. Nobody has a right to write posts: pages and moderators
    act through the methods below, which ask who is asking.
    """

    _name = "kdc.board.post"
    _description = "Post on the Board"
    _inherit = ["kdc.ban.words"]
    _order = "published_date desc, id desc"
    _kdc_screened = ("name", "text")

    kind = fields.Selection(
        [("give_away", "Given away"), ("second_hand", "Second-hand"), ("lost", "Lost"), ("found", "Found")],
        required=True,
        default="give_away",
    )
    name = fields.Char("Title", required=True)
    text = fields.Text("Words", required=True)
    photo_1 = fields.Image("Photo", max_width=1600, max_height=1600)
    photo_2 = fields.Image("Second photo", max_width=1600, max_height=1600)
    photo_3 = fields.Image("Third photo", max_width=1600, max_height=1600)
    thumbnail = fields.Image("Small photo", related="photo_1", max_width=256, max_height=256, store=True)
    area_id = fields.Many2one("kdc.area", "Residential group", index=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, index=True)
    partner_id = fields.Many2one("res.partner", "Posted by", required=True, index=True, ondelete="cascade")
    phone = fields.Char("Phone shown to residents", help="Empty: people write a message in the portal.")
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("pending", "Waiting for review"),
            ("published", "Published"),
            ("closed", "Closed"),
            ("expired", "Expired"),
        ],
        default="draft",
        required=True,
        index=True,
    )
    submitted_date = fields.Datetime("Sent for review on")
    published_date = fields.Datetime("Published on")
    expiry_date = fields.Date("Shown until", index="btree_not_null", help="Last day in Vietnam on which it is shown.")
    prolonged = fields.Boolean(help="A post can be prolonged once.")
    refuse_reason = fields.Text("Reason of refusal")
    client_key = fields.Char(help="Key of the form that made the post, against sending it twice.")
    search_key = fields.Char(compute="_compute_search_key", store=True, index="trigram")
    previous_values = fields.Json(
        "Before the change", help="What readers have seen, while a change of it waits for a moderator."
    )
    changes = fields.Html("Before and now", compute="_compute_changes", sanitize=False)
    question_ids = fields.One2many("kdc.shop.question", "post_id", "Messages")
    report_ids = fields.One2many("kdc.market.report", "post_id", "Reports")
    decision_ids = fields.One2many("kdc.listing.decision", "post_id", "Decisions")

    _shown_check = models.Constraint(
        "CHECK (state <> 'published' OR (expiry_date IS NOT NULL AND published_date IS NOT NULL))",
        "A published post has a last day.",
    )
    _client_key_uniq = models.UniqueIndex(
        "(partner_id, client_key) WHERE client_key IS NOT NULL", "This post was already saved."
    )

    @api.depends("name", "text", "area_id.name")
    def _compute_search_key(self):
        for post in self:
            post.search_key = fold(" ".join(filter(None, (post.name, post.text, post.area_id.name))))

    # -- what has changed ------------------------------------------------------------------------------------------
    @api.depends("previous_values", *MODERATED_FIELDS)
    def _compute_changes(self):
        """Put what readers have seen beside what the poster wants to show; nothing for what was never shown."""
        for post in self:
            before = post.previous_values
            if not before:
                post.changes = False
                continue
            sums = post._kdc_photo_sums()
            kinds = dict(post._fields["kind"]._description_selection(self.env))
            rows = [
                {
                    "label": post._fields[fname]._description_string(self.env),
                    "old": kinds.get(before[fname], before[fname]),
                    "new": kinds.get(post[fname], post[fname]),
                    "changed": before[fname] != post[fname],
                }
                for fname in WORDS
            ]
            photos = [
                {"src": f"/web/image/kdc.board.post/{post.id}/{fname}", "new": checksum not in before["photos"]}
                for fname, checksum in sums.items()
            ]
            removed = len(set(before["photos"]) - set(sums.values()))
            post.changes = self.env["ir.qweb"]._render(
                "kdc_marketplace.listing_changes",
                {"rows": rows, "old_photo": False, "photos": photos, "removed": removed},
            )

    def _kdc_photo_sums(self):
        """Return {field of a photo: checksum of its picture}."""
        self.ensure_one()
        # sudo: files have no rights of their own; checksums only, of this post
        files = self.env["ir.attachment"].sudo()
        found = files.search(
            [("res_model", "=", self._name), ("res_id", "=", self.id), ("res_field", "in", PHOTOS)], order="res_field"
        )
        return {file.res_field: file.checksum for file in found}

    # -- states ----------------------------------------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        if any(vals.get("state", board_states.DRAFT) != board_states.DRAFT for vals in vals_list):
            raise AccessError(self.env._("Only a moderator publishes a post."))
        return super().create(vals_list)

    def write(self, vals):
        if "state" in vals:
            for post in self:
                post._check_state_change(vals["state"])
        return super().write(vals)

    def _check_state_change(self, target):
        """Raise unless the real user may bring the post into ``target``; ``sudo()`` makes nobody a moderator."""
        self.ensure_one()
        actors = set()
        if self.env.user.partner_id == self.partner_id:
            actors.add(board_states.POSTER)
        elif self.env["kdc.shop"]._kdc_is_moderator():
            actors.add(board_states.MODERATOR)
        if self.env.uid == SUPERUSER_ID:
            actors.add(board_states.SYSTEM)
        table = board_states.BOARD_STATES
        if target != self.state and not any(table.find(self.state, target, actor) for actor in actors):
            raise AccessError(
                self.env._("Only a moderator publishes a post.")
                if target == board_states.PUBLISHED
                else self.env._("This post cannot be changed like that now.")
            )

    # -- the poster ------------------------------------------------------------------------------------------------
    def _kdc_check_room(self, partner):
        """Raise when a person has as many posts as one may have at a time."""
        live = [("partner_id", "=", partner.id), ("state", "in", board_states.LIVE)]
        if self.search_count(live, limit=MAX_LIVE) >= MAX_LIVE:
            raise UserError(
                self.env._("You have %s posts already. Please close one that is not needed any more.", MAX_LIVE)
            )

    def _kdc_change(self, vals):
        """Write what the poster has changed; other words or photos are looked at again.

        Also while it waits: a moderator who has it open has not read these, see ``kdc.ban.words``.
        """
        self.ensure_one()
        shown_or_waiting = self.state in (board_states.PENDING, board_states.PUBLISHED)
        if shown_or_waiting and any(self._kdc_differs(fname, vals) for fname in MODERATED_FIELDS):
            if self.state == board_states.PUBLISHED:
                seen = {fname: self[fname] for fname in WORDS}
                self.previous_values = {**seen, "photos": list(self._kdc_photo_sums().values())}
            vals = {**vals, "state": board_states.PENDING, "submitted_date": fields.Datetime.now()}
        self.write(vals)

    def _kdc_differs(self, fname, vals):
        """Whether ``vals`` gives the field another content; a photo that is sent is another one."""
        if fname not in vals:
            return False
        if fname in PHOTOS:
            return bool(vals[fname] or self[fname])
        return (vals[fname] or False) != (self[fname] or False)

    def _kdc_submit(self):
        """Send a draft to the moderators."""
        self.write({"state": board_states.PENDING, "submitted_date": fields.Datetime.now()})

    def _kdc_close(self):
        """Take the post off the board for good: it was given away, or found."""
        self.write({"state": board_states.CLOSED})

    def _kdc_prolong(self):
        """Show the post for as long again, once.

        :raise UserError: it was prolonged already, or is not shown
        """
        self.ensure_one()
        if self.prolonged or self.state not in (board_states.PUBLISHED, board_states.EXPIRED):
            raise UserError(self.env._("This post cannot be prolonged again. Please make a new one."))
        start = max(self.expiry_date, today_here(self))
        self.write(
            {
                "state": board_states.PUBLISHED,
                "expiry_date": start + timedelta(days=SHOWN_DAYS),
                "prolonged": True,
            }
        )

    def _kdc_shown_domain(self, company):
        """Domain of what everybody sees of a ward; a post ends at midnight, before the nightly job has run."""
        return [
            ("company_id", "=", company.id),
            ("state", "=", board_states.PUBLISHED),
            ("expiry_date", ">=", today_here(self)),
        ]

    def _kdc_notify_poster(self, words):
        """Tell who posted it, in his own language; see `kdc.notification._notify_words`."""
        self.ensure_one()
        # sudo: whoever decides or answers tells the poster without reading his notices
        self.env["kdc.notification"].sudo()._notify_words(self.sudo().partner_id, self, words, "/my/board")

    # -- moderation ------------------------------------------------------------------------------------------------
    def _kdc_check_moderator(self):
        self.env["kdc.shop"]._kdc_check_moderates(self, self.env._("Only a moderator publishes a post."))

    def action_publish(self):
        """Show what waits for review for 30 days; one that was shown already keeps its last day."""
        self._kdc_check_moderator()
        self._kdc_check_seen("submitted_date")
        today = today_here(self)
        for post in self.filtered(lambda post: post.state == board_states.PENDING):
            post._kdc_log_decision("publish")
            last = post.expiry_date if post.expiry_date and post.expiry_date >= today else False
            # sudo: nobody has a right to write posts; the moderator was checked
            post.sudo().write(
                {
                    "state": board_states.PUBLISHED,
                    "refuse_reason": False,
                    "previous_values": False,
                    "published_date": fields.Datetime.now(),
                    "expiry_date": last or today + timedelta(days=SHOWN_DAYS),
                }
            )
            post._kdc_notify_poster(lambda post: (post.env._("“%s” is now on the board", post.name), ""))

    def action_refuse(self):
        """Ask for the reason, then give the post back."""
        self._kdc_check_moderator()
        return self.env["kdc.market.reason"]._open(self, "refuse")

    def _kdc_refuse(self, reason):
        """Give posts back to who wrote them, with the reason."""
        self._kdc_check_moderator()
        self._kdc_log_decision("refuse", reason)
        for post in self:
            # sudo: see action_publish
            post.sudo().write({"state": board_states.DRAFT, "refuse_reason": reason})
            post._kdc_notify_poster(lambda post: (post.env._("“%s” needs a change", post.name), reason))

    def action_close(self):
        """Take posts off the board for good."""
        self._kdc_check_moderator()
        self._kdc_log_decision("close")
        self.sudo().write({"state": board_states.CLOSED})  # sudo: see action_publish

    def _kdc_take_down(self, reason):
        """Close a post that was reported and tell its poster why."""
        self.filtered(lambda post: post.state != board_states.CLOSED).action_close()
        for post in self:
            post._kdc_notify_poster(lambda post: (post.env._("“%s” was taken off the board", post.name), reason))

    def _kdc_log_decision(self, kind, reason=""):
        """Write into the log of the moderators what was decided, and what the post said."""
        now = fields.Datetime.now()
        # sudo: the log is written by decisions only; callers have checked who decides
        self.env["kdc.listing.decision"].sudo().create(
            [
                {
                    "post_id": post.id,
                    "user_id": self.env.uid,
                    "date": now,
                    "kind": kind,
                    "reason": reason or False,
                    "name": post.name,
                    "description": post.text,
                    "photo_count": len([fname for fname in PHOTOS if post[fname]]),
                    "ban_words": post.ban_words,
                    "wait_hours": (now - post.submitted_date).total_seconds() / 3600
                    if post.submitted_date and post.state == board_states.PENDING
                    else 0,
                }
                # sudo: likewise, of what the post said
                for post in self.sudo().with_context(bin_size=True)
            ]
        )

    # -- the end ---------------------------------------------------------------------------------------------------
    @api.model
    def _cron_expire(self):
        """Take off the board what has had its time, and tell its posters, post by post."""
        over = [("state", "=", board_states.PUBLISHED), ("expiry_date", "<", today_here(self))]
        for post in self.search(over, order="id").try_lock_for_update():
            with undo_and_log(self.env.cr, _logger, "Post %s did not leave the board", post.id):
                post._kdc_expire()

    def _kdc_expire(self):
        self.state = board_states.EXPIRED
        self._kdc_notify_poster(
            lambda post: (
                post.env._("“%s” has left the board", post.name),
                post.env._("Its time is over.")
                if post.prolonged
                else post.env._("Its time is over. You can show it for %s days more.", SHOWN_DAYS),
            )
        )

    @api.autovacuum
    def _gc_over(self):
        """Delete what is long over, with its messages; what was reported stays while its report is proof."""
        since = fields.Datetime.subtract(fields.Datetime.now(), days=KEPT_DAYS)
        proof = self.env["kdc.market.report"]._kdc_proof_domain()
        over = [("state", "in", board_states.OVER), ("write_date", "<", since), ("report_ids", "not any", proof)]
        posts = self.search(over, limit=BATCH, order="id")
        posts.report_ids.unlink()  # they have their own history, which goes with them only so
        posts.unlink()
        return len(posts), len(posts) == BATCH
