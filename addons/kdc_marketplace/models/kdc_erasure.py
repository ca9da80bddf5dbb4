from dateutil.relativedelta import relativedelta
from odoo import SUPERUSER_ID, fields, models

from ..engine import shop_states
from .kdc_board_post import PHOTOS

#: How long a market keeps its orders (Luật Thương mại điện tử 122/2025/QH15, NĐ 248/2026/NĐ-CP).
KEPT_YEARS = 3
#: Nobody can buy there, and nobody is about to look at it.
IDLE = (shop_states.DRAFT, shop_states.REFUSED, shop_states.CLOSED)


class KdcResident(models.Model):
    _inherit = "kdc.resident"

    def _kdc_kept(self):
        """Keep orders with the buyer's name for the years of the law, who has a shop, and what was reported."""
        kept = super()._kdc_kept()
        law = self.env._("a market keeps its orders for %s years (Law 122/2025/QH15)", KEPT_YEARS)
        since = self._kdc_market_since()
        orders = [("partner_id", "=", self.partner_id.id), ("state", "!=", "draft"), ("date_order", ">=", since)]
        if self.env["sale.order"].search_count(orders, limit=1):
            kept.append(
                {
                    "key": "name",
                    "what": self.env._("Orders in the market and the buyer's name on them"),
                    "why": law,
                }
            )
        shops = self.partner_id._kdc_owned_shops()
        needed = shops - shops._kdc_forgettable(since)
        if open_shops := needed.filtered(lambda shop: shop.state not in IDLE):
            kept.append(
                {
                    "key": "name",
                    "what": self.env._("Your shop and who answers for it"),
                    "why": self.env._("buyers must be able to know the seller; please close the shop first"),
                }
            )
        if needed - open_shops:
            kept.append(
                {
                    "key": "name",
                    "what": self.env._("Your former shop and who answered for it"),
                    "why": law,
                }
            )
        proof = self.env._("it shows that the ward acted within 24 hours (Law 122/2025/QH15)")
        if self._kdc_own("kdc.market.report").filtered_domain(self.env["kdc.market.report"]._kdc_proof_domain()):
            what = self.env._("What you reported about the market")
            kept.append({"key": "market_reports", "what": what, "why": proof})
        if self._kdc_reported_posts():
            what = self.env._("The words of your posts on the board that were reported; nobody but the ward sees them")
            kept.append({"key": "board", "what": what, "why": proof})
        return kept

    def _kdc_erase_more(self, keys):
        """Take back what the person said in the market, and the contact on orders and shops that no law keeps."""
        since = self._kdc_market_since()
        self._kdc_own("kdc.shop.review").unlink()
        self._kdc_own("kdc.shop.question").unlink()
        self.partner_id._kdc_shop_invitations().unlink()
        self._kdc_forget_posts()
        reports = self._kdc_own("kdc.market.report")
        (reports - reports.filtered_domain(reports._kdc_proof_domain())).unlink()
        orders = self._kdc_own("sale.order")
        orders.filtered(lambda order: order.state == "draft" and order.website_id and not order.kdc_shop_id).unlink()
        orders.exists().filtered(lambda order: order.kdc_shop_id and order.date_order < since)._kdc_forget_contact()
        self.partner_id._kdc_owned_shops()._kdc_forgettable(since)._kdc_forget_seller(self.partner_id)
        if "register" not in keys:  # the account ends with the rest; who sells for somebody else is no seller
            self.partner_id._kdc_shop_roles().filtered(lambda member: member.role == "seller").unlink()
        return super()._kdc_erase_more(keys)

    def _kdc_forget_posts(self):
        """Delete the person's posts; of a reported one phone, photos and answers go, the evidence stays unseen."""
        reported = self._kdc_reported_posts()
        (self._kdc_own("kdc.board.post") - reported).unlink()
        reported.question_ids.write({"answer": False, "answer_date": False})
        # The superuser closes them: neither the person nor the officer who erases is a moderator
        forgotten = dict.fromkeys(("phone", "previous_values", *PHOTOS), False)
        reported.with_user(SUPERUSER_ID).write({"state": "closed", **forgotten})

    def _kdc_reported_posts(self):
        """Return the person's posts whose reports still prove something."""
        proof = self.env["kdc.market.report"]._kdc_proof_domain()
        return self._kdc_own("kdc.board.post").filtered(lambda post: post.report_ids.filtered_domain(proof))

    def _kdc_market_since(self):
        """Return the moment (UTC) since when the law keeps what happened in the market."""
        return fields.Datetime.now() - relativedelta(years=KEPT_YEARS)
