from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.fields import Domain

from ..engine import states

#: What those who follow are told of; questions and replies are between the ward and the reporter.
TOLD_EVENTS = ("received", "deferred", "result", "refused")
#: What others may know of at all. Until the ward has read it they see its category only.
SHARED = (
    Domain("is_private", "=", False)
    & Domain("is_hidden", "=", False)
    & Domain("category_id.is_public", "=", True)
    & Domain("state", "!=", states.ROUTED)
)


class KdcFeedback(models.Model):
    """Others with the same matter: they say "me too", follow, and are told what happens to it.

    They read state, promise and result, never the reporter's name, words after the sending, or what the ward
    writes to the reporter alone.
    """

    _inherit = "kdc.feedback"

    follower_ids = fields.One2many(
        "kdc.feedback.follower", "feedback_id", string="Followed by", groups="kdc_feedback.group_handler"
    )
    follower_count = fields.Integer(string="Others with this matter", compute="_compute_follower_count", store=True)

    @api.depends("follower_ids", "joined_ids")
    def _compute_follower_count(self):
        for feedback in self.sudo():  # sudo: a number for everybody; who it is remains with the handlers
            feedback.follower_count = len(feedback.follower_ids) + len(feedback.joined_ids)

    def _follow(self, partner=None, body=None, photos=(), client_key=None, contact=None):
        """Somebody has the same matter; words and photos go to the handler, not to the reporter.

        Who follows already, or has reported it, is not counted again, but heard.

        :param partner: empty when the person wants no name stored: only counted
        :param client_key: random key of the form, so that a second sending counts once
        :param contact: ``contact_name`` and ``contact_phone`` that a guest leaves for those who handle it
        """
        self.ensure_one()
        feedback = self._for_outsider() if partner else self.with_user(SUPERUSER_ID)
        followers = feedback.env["kdc.feedback.follower"]
        here = Domain("feedback_id", "=", self.id)
        if client_key and followers.search_count(here & Domain("client_key", "=", client_key), limit=1):
            return
        follower = followers.search(here & Domain("partner_id", "=", partner.id)) if partner else followers
        is_known = bool(follower) or bool(partner and partner == feedback.partner_id)
        if follower and client_key:
            # A form whose answer was lost on the way is found again by its key.
            follower.client_key = client_key
        if not is_known:
            followers.create(
                {
                    "feedback_id": self.id,
                    "partner_id": partner.id if partner else False,
                    "client_key": client_key,
                    **(contact or {}),
                }
            )
            feedback._log_line("event", "me_too")
        if not (is_known and feedback._is_repeated_update(body, photos)):
            feedback._take_update(body, photos)
        feedback._leave_no_trace()

    def _is_repeated_update(self, body, photos=()):
        """Whether these words and photos of somebody else were kept a moment ago: a form sent twice."""
        just_now = fields.Datetime.now() - timedelta(minutes=10)
        same = self.message_line_ids.filtered(
            lambda line: line.kind == "other" and line.body == body and line.date > just_now
        )
        return bool(same) and not same.photo_ids._missing(photos)

    def _unfollow(self, partner):
        """The person no longer wants to be told."""
        feedback = self._for_outsider()
        feedback.follower_ids.filtered(lambda follower: follower.partner_id == partner).unlink()
        feedback._leave_no_trace()

    def _take_update(self, body, photos=()):
        """Words and photos of somebody else about this matter: for the staff only."""
        self.ensure_one()
        feedback = self._for_outsider()
        if body or photos:
            feedback._tell_of_others(feedback._log_line("other", body=body, photos=photos))
        feedback._leave_no_trace()

    def _followed_by(self, partners):
        """Domain of the feedback that these persons follow and may read."""
        return Domain("follower_ids.partner_id", "in", partners.ids) & SHARED

    def _tell(self, event):
        """Tell the reporter, and those with the same matter what is for them too."""
        self._notify_reporter(event)
        if event in TOLD_EVENTS:
            for feedback in self.sudo():  # sudo: the notice is the system's, whoever took the step
                feedback.joined_ids._notify_reporter(f"joined_{event}")
                if feedback.filtered_domain(SHARED):
                    feedback._notify_followers(event)

    def _notify_followers(self, event):
        """A notice for each who follows, in the reader's language."""
        self.ensure_one()
        for lang, partners in self.follower_ids.partner_id.grouped("lang").items():
            feedback = self.with_context(lang=lang or "vi_VN")
            title, body = feedback._followed_text(event)
            feedback.env["kdc.notification"]._notify(partners, title, body, f"/my/feedback/followed/{self.id}")

    def _followed_text(self, event):
        """Title and body of the notice for those who follow."""
        self.ensure_one()
        values = {"number": self.number, "subject": self._public_subject()}
        titles = {
            "received": self.env._("Feedback %(number)s, which you follow, was received", **values),
            "deferred": self.env._("Feedback %(number)s, which you follow, was deferred", **values),
            "result": self.env._("Feedback %(number)s, which you follow, has a result", **values),
            "refused": self.env._("Feedback %(number)s, which you follow, was refused", **values),
        }
        return titles[event], self.env._("“%(subject)s”. See the page of the feedback.", **values)

    def _followed_results(self):
        """Results and steps that those who follow may read: no words of the reporter, no reply meant for one person.

        Each who joined is a step too, the reader among them: the page gives their number instead.
        """
        self.ensure_one()
        return (
            self.env["kdc.feedback.message"]
            # sudo: residents hold no right on the rows; the domain leaves out what is not theirs
            .sudo()
            .search([("feedback_id", "=", self.id), ("kind", "in", ("event", "result")), ("action", "!=", "me_too")])
        )
