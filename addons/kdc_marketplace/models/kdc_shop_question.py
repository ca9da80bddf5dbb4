from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.kdc_residents.tools.locks import lock_or_retry
from odoo.exceptions import UserError

MAX_OPEN = 10
#: Days after which a question that nobody answered no longer holds back the next one.
WAITING_DAYS = 14
#: What waits for an answer, whether its reader has it already or not.
UNANSWERED = [("answer", "=", False), ("state", "!=", "removed")]
#: What the shop or the poster has on the page: not what a moderator has not looked at yet, nor what was removed before
#: anybody answered it, which may never have arrived.
ARRIVED = ["|", ("state", "=", "shown"), ("answer", "!=", False)]
#: What the shop or the poster can answer.
OPEN_QUESTIONS = [("answer", "=", False), ("state", "=", "shown")]


class KdcShopQuestion(models.Model):
    """A question of a resident about a listing before buying, or a message about a post of the board (M-19, M-25).

    It is answered once in the portal, by the shop or by the poster; neither learns the other's phone number. What has
    a word of the ward's list reaches its reader after a moderator has looked at it; moderators take words away again.
    """

    _name = "kdc.shop.question"
    _description = "Question to a Shop"
    _inherit = ["kdc.ban.words"]
    _order = "id desc"
    _rec_name = "question"
    _kdc_screened = ("question", "answer")

    product_tmpl_id = fields.Many2one("product.template", "Listing", index=True, ondelete="cascade")
    post_id = fields.Many2one("kdc.board.post", "Post on the board", index="btree_not_null", ondelete="cascade")
    shop_id = fields.Many2one(related="product_tmpl_id.kdc_shop_id", store=True, index=True)
    company_id = fields.Many2one("res.company", compute="_compute_company_id", store=True)
    partner_id = fields.Many2one("res.partner", "Asked by", required=True, index=True, ondelete="cascade")
    question = fields.Text(required=True)
    answer = fields.Text()
    answer_date = fields.Datetime("Answered on")
    state = fields.Selection(
        [("shown", "Shown"), ("waiting", "To check"), ("removed", "Removed by the ward")],
        default="shown",
        required=True,
        index=True,
        help="Of what was written last: the question, and the answer once there is one.",
    )

    _subject_check = models.Constraint(
        "CHECK ((product_tmpl_id IS NULL) <> (post_id IS NULL))", "A question is about a listing or about a post."
    )

    @api.depends("shop_id.company_id", "post_id.company_id")
    def _compute_company_id(self):
        for question in self:
            question.company_id = question.shop_id.company_id or question.post_id.company_id

    def _kdc_write_to_poster(self, post, partner, text):
        """Write to who has put something on the board.

        :raise UserError: too many messages of this person wait for an answer there
        """
        messages = self.sudo()  # sudo: residents have no right on messages; named fields only
        if same := messages._kdc_sent_already(partner, text, [("post_id", "=", post.id)]):
            return same
        waiting = [("partner_id", "=", partner.id), ("post_id.state", "=", "published"), *UNANSWERED]
        if messages.search_count(waiting, limit=MAX_OPEN) >= MAX_OPEN:
            raise UserError(self.env._("%s of your messages still wait for an answer. Please wait.", MAX_OPEN))
        message = messages.create({"post_id": post.id, "partner_id": partner.id, "question": text})
        message._kdc_deliver()
        return message

    def _kdc_ask(self, listing, partner, text):
        """Ask about a listing on sale and tell the shop.

        :raise UserError: too many questions of this person wait for an answer
        """
        questions = self.sudo()  # sudo: residents have no right on questions; named fields only
        if same := questions._kdc_sent_already(partner, text, [("product_tmpl_id", "=", listing.id)]):
            return same
        # A shop that closed or never answers must not silence the person for ever.
        waiting = [
            ("partner_id", "=", partner.id),
            *UNANSWERED,
            ("product_tmpl_id.is_published", "=", True),
            ("create_date", ">", fields.Datetime.now() - timedelta(days=WAITING_DAYS)),
        ]
        if questions.search_count(waiting, limit=MAX_OPEN) >= MAX_OPEN:
            raise UserError(
                self.env._("%s of your questions still wait for an answer. Please wait for the shops.", MAX_OPEN)
            )
        question = questions.create({"product_tmpl_id": listing.id, "partner_id": partner.id, "question": text})
        question._kdc_deliver()
        return question

    @api.model
    def _kdc_sent_already(self, partner, text, subject):
        """Return what this person has written there in the same words and is not answered yet: a button tapped twice.

        :param subject: domain of what it is about
        """
        # sudo: only locked. Of two taps at once the second runs again and finds what the first has sent.
        lock_or_retry(partner.sudo(), allow_referencing=True, touch=True)
        same = [("partner_id", "=", partner.id), ("question", "=", text), *UNANSWERED]
        return self.search([*same, *subject], limit=1)

    def _kdc_answer(self, text):
        """Answer once and tell who asked."""
        self.ensure_one()
        if self.answer:
            raise UserError(self.env._("This question was answered already."))
        if self.state != "shown":
            raise UserError(self.env._("The ward has taken this question away."))
        self.write({"answer": text, "answer_date": fields.Datetime.now()})
        self._kdc_deliver()

    # -- the reader ------------------------------------------------------------------------------------------------
    def _kdc_deliver(self):
        """Tell the reader of what was written last; what has a word to look at waits for a moderator."""
        self.ensure_one()
        if self._kdc_banned(self.answer or self.question):
            self.state = "waiting"
        else:
            self._kdc_tell_reader()

    def _kdc_tell_reader(self):
        """Tell the shop or the poster of the question, or who asked of the answer."""
        self.ensure_one()
        notices = self.env["kdc.notification"].sudo()  # sudo: who writes tells the other without reading his notices
        if self.answer and self.post_id:
            url = f"/shop/board/{self.post_id.id}"
            notices._notify_words(
                self.partner_id, self, lambda q: (q.env._("Answer about “%s”", q.post_id.name), q.answer), url
            )
        elif self.answer:
            url = f"/shop/ask/{self.product_tmpl_id.id}"
            notices._notify_words(
                self.partner_id,
                self,
                lambda q: (q.env._("“%s” has answered your question", q.shop_id.name), q.answer),
                url,
            )
        elif self.post_id:
            url = f"/my/board/{self.post_id.id}/messages"
            notices._notify_words(
                self.post_id.partner_id,
                self,
                lambda q: (q.env._("Message about “%s”", q.post_id.name), q.question),
                url,
            )
        else:
            self.shop_id._kdc_notify_members(
                lambda q: (q.env._("Question about “%s”", q.product_tmpl_id.name), q.question),
                "/my/shop/questions",
                self,
            )

    def _kdc_values(self, mine):
        """Return what one side reads: the other's words once they were let through, nothing that was removed.

        :param bool mine: for who asked; else for the shop or the poster
        """
        self.ensure_one()
        removed, waiting = self.state == "removed", self.state == "waiting"
        return {
            "id": self.id,
            "date": self.create_date,
            "text": not removed and self.question,
            "answer": not removed and not (mine and waiting) and self.answer,
            "removed": removed,
            # One's own words wait; of the other's that wait nothing is told
            "waiting": waiting and mine != bool(self.answer),
        }

    # -- moderation ------------------------------------------------------------------------------------------------
    def _kdc_check_moderator(self):
        self.env["kdc.shop"]._kdc_check_moderates(
            self, self.env._("Only a moderator decides about questions and messages.")
        )

    def action_show(self):
        """Let through what waited for a moderator, and tell its reader."""
        self._kdc_check_moderator()
        for question in self.sudo():  # sudo: nobody has a right to write questions; the moderator was checked
            if question.state == "waiting":
                question._kdc_log_decision("show")
                question.state = "shown"
                question._kdc_tell_reader()

    def action_hide(self):
        """Ask for the reason, then take the words away."""
        self._kdc_check_moderator()
        return self.env["kdc.market.reason"]._open(self, "suspend")

    def _kdc_hide(self, reason):
        """Take a question and its answer from everybody's page; whoever wrote last reads why."""
        self._kdc_check_moderator()
        for question in self.sudo():  # sudo: as for `action_show`
            if question.state == "removed":
                continue
            question._kdc_log_decision("hide", reason)
            question.state = "removed"
            title = question._kdc_removed_words(reason)
            notices = self.env["kdc.notification"].sudo()  # sudo: as in `_kdc_tell_reader`
            if question.answer and question.shop_id:
                question.shop_id._kdc_notify_members(title, "/my/shop/questions", question)
            else:
                writer = question.post_id.partner_id if question.answer else question.partner_id
                notices._notify_words(writer, question, title, "/my/notifications")

    def _kdc_removed_words(self, reason):
        """Return the function that says in a language that words were removed, see `_notify_words`."""
        return lambda q: (
            q.env._("The ward has removed what you wrote about “%s”", q.product_tmpl_id.name or q.post_id.name),
            reason,
        )

    def _kdc_log_decision(self, kind, reason=""):
        """Write into the log of the moderators what was decided, and what was written."""
        # sudo: the log is written by decisions only; callers have checked who decides
        self.env["kdc.listing.decision"].sudo().create(
            [
                {
                    "product_tmpl_id": question.product_tmpl_id.id,
                    "post_id": question.post_id.id,
                    "user_id": self.env.uid,
                    "kind": kind,
                    "reason": reason or False,
                    "name": question.product_tmpl_id.name or question.post_id.name,
                    "description": "\n→ ".join(filter(None, (question.question, question.answer))),
                    "ban_words": question.ban_words,
                }
                for question in self
            ]
        )
