from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.kdc_residents.tools.locks import lock_or_retry
from odoo.exceptions import UserError

MAX_OPEN = 10
#: Days after which a question that nobody answered no longer holds back the next one.
WAITING_DAYS = 14


class KdcShopQuestion(models.Model):
    """A question of a resident about a listing before buying, or a message about a post of the board (M-19, M-25).

    It is answered once in the portal, by the shop or by the poster; neither learns the other's phone number.
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
        waiting = [("partner_id", "=", partner.id), ("post_id.state", "=", "published"), ("answer", "=", False)]
        if messages.search_count(waiting, limit=MAX_OPEN) >= MAX_OPEN:
            raise UserError(self.env._("%s of your messages still wait for an answer. Please wait.", MAX_OPEN))
        message = messages.create({"post_id": post.id, "partner_id": partner.id, "question": text})
        title = self.env._("Message about “%s”", post.name)
        # sudo: the writer tells the poster without reading his notices
        self.env["kdc.notification"].sudo()._notify(post.partner_id, title, text, f"/my/board/{post.id}/messages")
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
            ("answer", "=", False),
            ("product_tmpl_id.is_published", "=", True),
            ("create_date", ">", fields.Datetime.now() - timedelta(days=WAITING_DAYS)),
        ]
        if questions.search_count(waiting, limit=MAX_OPEN) >= MAX_OPEN:
            raise UserError(
                self.env._("%s of your questions still wait for an answer. Please wait for the shops.", MAX_OPEN)
            )
        question = questions.create({"product_tmpl_id": listing.id, "partner_id": partner.id, "question": text})
        question.shop_id._kdc_notify_members(
            question.env._("Question about “%s”", listing.name), text, "/my/shop/questions"
        )
        return question

    @api.model
    def _kdc_sent_already(self, partner, text, subject):
        """Return what this person has written there in the same words and is not answered yet: a button tapped twice.

        :param subject: domain of what it is about
        """
        # sudo: only locked. Of two taps at once the second runs again and finds what the first has sent.
        lock_or_retry(partner.sudo(), allow_referencing=True, touch=True)
        same = [("partner_id", "=", partner.id), ("question", "=", text), ("answer", "=", False)]
        return self.search([*same, *subject], limit=1)

    def _kdc_answer(self, text):
        """Answer once and tell who asked."""
        self.ensure_one()
        if self.answer:
            raise UserError(self.env._("This question was answered already."))
        self.write({"answer": text, "answer_date": fields.Datetime.now()})
        if self.post_id:
            title, url = self.env._("Answer about “%s”", self.post_id.name), f"/shop/board/{self.post_id.id}"
        else:
            title = self.env._("“%s” has answered your question", self.shop_id.name)
            url = f"/shop/ask/{self.product_tmpl_id.id}"
        self.env["kdc.notification"]._notify(self.partner_id, title, text, url)
