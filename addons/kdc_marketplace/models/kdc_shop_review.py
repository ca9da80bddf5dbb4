from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.engine.text import given_name
from odoo.exceptions import UserError, ValidationError
from psycopg2.errors import UniqueViolation

from ..engine import order_states

STARS = 5
#: What others have written: the staff publish or refuse it, they do not write it.
EVIDENCE = frozenset("order_id shop_id company_id partner_id stars text date create_date answer answer_date".split())


class KdcShopReview(models.Model):
    """What the buyer of a finished order says about the shop (features M-18).

    One review per order, and none by the people of the shop or their households. A moderator looks before anybody
    reads it, and again when its words or stars change; the shop answers once, and the moderator looks at the answer
    too. Readers see the given name of the buyer only.
    """

    _name = "kdc.shop.review"
    _description = "Review of a Shop"
    _inherit = ["mail.thread", "kdc.ban.words"]
    _order = "date desc, id desc"
    _rec_name = "order_id"
    _kdc_screened = ("text", "answer")

    order_id = fields.Many2one("sale.order", required=True, readonly=True, ondelete="cascade")
    shop_id = fields.Many2one(related="order_id.kdc_shop_id", store=True, index=True)
    company_id = fields.Many2one(related="order_id.company_id", store=True)
    partner_id = fields.Many2one(related="order_id.partner_id", store=True, index=True, string="Buyer")
    stars = fields.Integer(required=True, tracking=True)
    text = fields.Text("Words of the buyer", tracking=True)
    date = fields.Datetime("Written on", required=True, default=lambda self: fields.Datetime.now(), readonly=True)
    state = fields.Selection(
        [("pending", "To check"), ("published", "Published"), ("refused", "Refused")],
        default="pending",
        required=True,
        index=True,
        tracking=True,
    )
    reason = fields.Text("Reason of refusal", readonly=True)
    answer = fields.Text("Answer of the shop", readonly=True, tracking=True)
    answer_date = fields.Datetime("Answered on", readonly=True)
    answer_state = fields.Selection(
        [("pending", "Answer to check"), ("published", "Answer published"), ("refused", "Answer refused")],
        "State of the answer",
        readonly=True,
        tracking=True,
    )
    answer_reason = fields.Text("Reason of refusing the answer", readonly=True)

    _order_uniq = models.UniqueIndex("(order_id)", "This order has a review already; it can be changed.")
    _stars_check = models.Constraint(f"CHECK (stars BETWEEN 1 AND {STARS})", "A review gives 1 to 5 stars.")
    _answer_check = models.Constraint(
        "CHECK (answer IS NULL OR answer_state IS NOT NULL)", "An answer of a shop has a state."
    )

    def write(self, vals):
        self.env["kdc.shop"]._kdc_check_evidence(EVIDENCE, vals)
        return super().write(vals)

    @api.constrains("order_id")
    def _check_order(self):
        for review in self:
            # sudo: the state of the order decides, whoever writes
            order = review.sudo().order_id
            if not order.kdc_shop_id or order.kdc_shop_state != order_states.DONE:
                raise ValidationError(self.env._("Only a finished order of the market can be reviewed."))
            if order._kdc_is_of_the_shop():
                raise ValidationError(self.env._("A shop is not reviewed by its own people or their households."))

    def _kdc_write(self, order, stars, text):
        """Write or change the review of an order; the caller has checked that the user bought it.

        :return: the review, waiting for the moderator again if anything changed
        :raise UserError: the time for a first review is over
        """
        review = self.sudo().search([("order_id", "=", order.id)])  # sudo: buyers have no right on reviews
        values = {"stars": stars, "text": text or False}
        if not review:
            until = order._kdc_review_until()
            if until and not order._kdc_may_be_reviewed():
                raise UserError(self.env._("This order could be reviewed until %s.", fmt.date(until)))
            try:
                # Two taps at once: the database lets one of them write, and the buyer has reviewed either way.
                with self.env.cr.savepoint():
                    # sudo: as above, named fields
                    return self.sudo().create({**values, "order_id": order.id})
            except UniqueViolation:
                return self.sudo().search([("order_id", "=", order.id)])  # sudo: as above
        if any(review[fname] != value for fname, value in values.items()):
            # The shop answered other words: its answer goes, and it may answer again.
            answer = dict.fromkeys(("answer", "answer_date", "answer_state", "answer_reason"), False)
            review.write({**values, **answer, "state": "pending", "reason": False, "date": fields.Datetime.now()})
        return review

    def _kdc_answer(self, text):
        """Let the shop answer, once, or anew when its answer was refused; a moderator looks at it."""
        self.ensure_one()
        if self.state != "published" or self.answer_state in ("pending", "published"):
            raise UserError(self.env._("A shop answers a published review once."))
        self.write(
            {
                "answer": text,
                "answer_date": fields.Datetime.now(),
                "answer_state": "pending",
                "answer_reason": False,
            }
        )

    def _kdc_tell_buyer(self, words):
        url = f"/my/orders/{self.order_id.id}"
        self.env["kdc.notification"]._notify_words(self.partner_id, self, words, url)

    def _kdc_tell_shop(self, words):
        self.shop_id._kdc_notify_members(words, "/my/shop/reviews", self)

    def _check_moderator(self):
        self.env["kdc.shop"]._kdc_check_moderates(self, self.env._("Only a moderator publishes a review."))

    def action_publish(self):
        self._check_moderator()
        self._kdc_check_seen("date")
        for review in self.filtered(lambda review: review.state == "pending"):
            review.write({"state": "published", "reason": False})
            review._kdc_tell_shop(
                lambda review: (review.env._("A buyer has reviewed your shop"), review.text or "")
            )

    def action_refuse(self):
        return self.env["kdc.market.reason"]._open(self, "refuse")

    def _kdc_refuse(self, reason):
        """Do not show a review; its buyer reads why and may change it."""
        self._check_moderator()
        for review in self:
            review.write({"state": "refused", "reason": reason})
            review._kdc_tell_buyer(lambda review: (review.env._("Your review needs a change"), reason))

    def action_publish_answer(self):
        """Show the answer of the shop to everybody and tell the buyer."""
        self._check_moderator()
        self._kdc_check_seen("answer_date")
        for review in self.filtered(lambda review: review.answer_state == "pending"):
            review.write({"answer_state": "published", "answer_reason": False})
            review._kdc_tell_buyer(
                lambda review: (
                    review.env._("“%s” has answered your review", review.shop_id.name),
                    review.answer,
                )
            )

    def action_refuse_answer(self):
        return self.env["kdc.market.reason"]._open(self, "suspend")

    def _kdc_refuse_answer(self, reason):
        """Do not show the answer of the shop, or take it away again; the shop reads why and may answer anew."""
        self._check_moderator()
        for review in self.filtered(lambda review: review.answer_state in ("pending", "published")):
            review.write({"answer_state": "refused", "answer_reason": reason})
            review._kdc_tell_shop(
                lambda review: (review.env._("Your answer to a review needs a change"), reason)
            )

    def _kdc_public_answer(self):
        """Return the answer as others than the shop may read it: once a moderator has looked at it."""
        self.ensure_one()
        return self.answer_state == "published" and self.answer

    def _kdc_values(self):
        """What the public may read."""
        self.ensure_one()
        return {
            "id": self.id,
            "stars": self.stars,
            "text": self.text,
            "date": self.date,
            "name": given_name(self.partner_id.name),
            "answer": self._kdc_public_answer(),
        }

    def _kdc_shop_values(self):
        """What the people of the shop read: also their own answer that waits or was refused."""
        labels = dict(self._fields["answer_state"]._description_selection(self.env))
        return {
            **self._kdc_values(),
            "own_answer": self.answer_state in ("pending", "refused") and self.answer,
            "answer_label": labels.get(self.answer_state),
            "answer_reason": self.answer_state == "refused" and self.answer_reason,
            "may_answer": self.answer_state not in ("pending", "published"),
        }


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _kdc_is_of_the_shop(self):
        """Whether who ordered runs the shop, or lives with somebody who does: such a buyer does not review it."""
        self.ensure_one()
        # sudo: the people of a shop and their households are not for buyers to read
        order = self.sudo()
        sellers = order.kdc_shop_id.member_ids.user_id.partner_id
        return order.partner_id.commercial_partner_id in sellers.commercial_partner_id


class KdcShop(models.Model):
    _inherit = "kdc.shop"

    review_ids = fields.One2many("kdc.shop.review", "shop_id", "Reviews")

    def _kdc_published_reviews(self):
        """Return where to search the reviews that everybody may read, the newest first: (model in sudo, domain)."""
        self.ensure_one()
        # sudo: published reviews are public
        return self.env["kdc.shop.review"].sudo(), [("shop_id", "=", self.id), ("state", "=", "published")]

    def _kdc_rating(self):
        """Return (average of the stars, number of published reviews); (None, 0) without any."""
        self.ensure_one()
        [(average, count)] = (
            self.env["kdc.shop.review"]
            # sudo: published figures are public
            .sudo()
            ._read_group([("shop_id", "=", self.id), ("state", "=", "published")], [], ["stars:avg", "__count"])
        )
        return (round(average, 1), count) if count else (None, 0)
