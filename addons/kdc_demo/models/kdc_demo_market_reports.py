from datetime import timedelta

from odoo import api, fields, models


class KdcDemo(models.AbstractModel):
    _inherit = "kdc.demo"

    @api.model
    def _make_market_reports(self):
        """A neighbour reports a listing; the ward has asked the shop, which has answered: the moderator decides."""
        listing = self._user("chushop")._kdc_shops()[:1].listing_ids.sorted("id")[:1]
        if not listing:
            return
        yesterday = fields.Date.context_today(self) - timedelta(days=1)
        reporter = self.env["kdc.shop.member"].search([("shop_id", "!=", listing.kdc_shop_id.id)], limit=1).user_id
        with self._at(yesterday, 18, 10):
            report = (
                self.env["kdc.market.report"]
                .with_user(reporter)
                ._kdc_report(listing, reporter.partner_id, "false", "Ảnh chụp tô lớn mà giao tới là tô nhỏ.")
            )
        with self._at(yesterday, 19, 5):
            report.with_user(self._user("cho")).sudo(False)._kdc_ask_shop(
                "Có người mua nói phần bún giao tới nhỏ hơn trong ảnh. Gian hàng giải thích giúp phường."
            )
        with self._at(yesterday, 20, 35):
            # sudo: as the shop's own page does after its checks
            report.with_user(self._user("chushop")).sudo()._kdc_answer_shop(
                "Dạ ảnh chụp phần lớn. Chúng tôi sẽ chụp lại và ghi rõ hai cỡ."
            )
