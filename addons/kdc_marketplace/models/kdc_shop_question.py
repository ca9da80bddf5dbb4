from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

MAX_OPEN = 10
#: Days after which a question that nobody answered no longer holds back the next one.
WAITING_DAYS = 14


class KdcShopQuestion(models.Model):
    """A question of a resident about a listing before buying, answered by the shop in the portal (features M-19)."""

    _name = "kdc.shop.question"
    _description = "Question to a Shop"
    _order = "id desc"
    _rec_name = "question"

    product_tmpl_id = fields.Many2one("product.template", "Listing", required=True, index=True, ondelete="cascade")
    shop_id = fields.Many2one(related="product_tmpl_id.kdc_shop_id", store=True, index=True)
    company_id = fields.Many2one(related="shop_id.company_id", store=True)
    partner_id = fields.Many2one("res.partner", "Asked by", required=True, index=True, ondelete="cascade")
    question = fields.Text(required=True)
    answer = fields.Text()
    answer_date = fields.Datetime("Answered on")

    def _kdc_ask(self, listing, partner, text):
        """Ask about a listing on sale and tell the shop.

        :raise UserError: too many questions of this person wait for an answer
        """
        questions = self.sudo()  # sudo: residents have no right on questions; named fields only
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

    def _kdc_answer(self, text):
        """Answer once and tell who asked."""
        self.ensure_one()
        if self.answer:
            raise UserError(self.env._("This question was answered already."))
        self.write({"answer": text, "answer_date": fields.Datetime.now()})
        title = self.env._("“%s” has answered your question", self.shop_id.name)
        self.env["kdc.notification"]._notify(self.partner_id, title, text, f"/shop/ask/{self.product_tmpl_id.id}")
