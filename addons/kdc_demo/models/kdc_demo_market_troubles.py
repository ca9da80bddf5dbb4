from datetime import timedelta

from odoo import api, fields, models

from ..engine import story

#: What a moderator publishes by mistake and takes down again: it needs a licence to be sold online.
FORBIDDEN = story.Listing(
    "Rượu nếp than nhà nấu", 90_000, "chai", "Chai nửa lít, nấu từ nếp than.", "bottle", "#4b2a4a", "#7d4f7b", 6
)
#: A question with a word of the ward's list, about the goods of the second shop.
QUESTION = "Nem mua chục có tặng kèm rượu nếp không ạ?"


class KdcDemo(models.AbstractModel):
    _inherit = "kdc.demo"

    @api.model
    def _make_market_troubles(self, shops, moderator):
        """Show what moderators and shops have to look at: words that wait, a removed listing, a shop for two groups."""
        today = fields.Date.context_today(self)
        with self._at(today - timedelta(days=12), 19):
            listing = self._make_listings(shops[0], [FORBIDDEN], "meals")
        with self._at(today - timedelta(days=11), 8):
            seen = fields.Datetime.to_string(listing.kdc_submitted_date)
            listing.with_user(moderator).with_context(kdc_seen=seen).action_kdc_publish()
        with self._at(today - timedelta(days=10), 9, 15):
            listing.with_user(moderator).action_kdc_close()
        asker = self._user("cudan2").partner_id
        with self._at(today - timedelta(days=1), 17, 40):
            self.env["kdc.shop.question"]._kdc_ask(shops[1].listing_ids.sorted("id")[1], asker, QUESTION)
        with self._at(today - timedelta(days=2), 8):
            shops[4].only_served = True
