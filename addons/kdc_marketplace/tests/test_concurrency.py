"""Many buyers at once, each in a transaction of his own as the workers of a server are."""

import threading

from odoo import SUPERUSER_ID, Command, api
from odoo.addons.kdc_residents.tests.common import QUIET
from odoo.exceptions import ValidationError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tests import tagged

from .common import CommittedCase

#: Eight run at a time, as many as the workers of a server of four cores (docker-compose.yml): the others wait in front
#: of it. More would only be replayed more often, which takes time and proves nothing else.
BUYERS, PIECES, AT_ONCE = 50, 10, 8


@tagged("post_install", "-at_install")
class TestLastPieces(CommittedCase):
    """`_kdc_place_orders` of fifty residents against the database; what is committed is removed again at the end."""

    def setUp(self):
        super().setUp()
        with self.registry_of_db.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, QUIET)
            residents = env["kdc.resident"].create(
                [{"name": f"Người Tranh Mua {n}", "company_id": env.company.id} for n in range(BUYERS)]
            )
            portal = [Command.set(env.ref("base.group_portal").ids)]
            buyers = env["res.users"].create(
                [
                    {"login": f"kdc_last_pieces_{n}", "partner_id": resident.partner_id.id, "group_ids": portal}
                    for n, resident in enumerate(residents)
                ]
            )
            shop = env["kdc.shop"].create({"name": "Sạp thử tranh mua", "state": "approved"})
            listing = env["product.template"].create(
                {"name": "Cá cuối chợ", "list_price": 1000, "kdc_quantity": PIECES, "kdc_shop_id": shop.id,
                 "kdc_listing_state": "published"}
            )  # fmt: skip
            website = env["website"].search([("company_id", "=", env.company.id)], limit=1)
            line = {"product_id": listing.product_variant_id.id, "product_uom_qty": 1}
            baskets = env["sale.order"].create(
                [
                    {
                        "partner_id": buyer.partner_id.id,
                        "website_id": website.id,
                        "order_line": [Command.create(line)],
                    }
                    for buyer in buyers
                ]
            )
            self.listing_id, self.basket_ids, self.buyer_ids = listing.id, baskets.ids, buyers.ids
            self.made = {
                "sale_order": baskets.ids,
                "product_template": listing.ids,
                "kdc_shop": shop.ids,
                "res_users": buyers.ids,
                "kdc_resident": residents.ids,
                "res_partner": residents.partner_id.ids,
            }

    def _buy(self, basket_id, buyer_id, sold):
        """Let a buyer order a basket; a conflict is replayed as the server replays a request."""
        while True:
            with self.registry_of_db.cursor() as cr:
                basket = api.Environment(cr, buyer_id, QUIET)["sale.order"].sudo().browse(basket_id)
                try:
                    with cr.savepoint():
                        basket._kdc_place_orders("+84905123456", "", {})
                        basket.env.flush_all()
                    cr.commit()  # pylint: disable=invalid-commit
                    sold.append(True)
                except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                    cr.rollback()
                    continue
                except ValidationError:
                    cr.rollback()
                    sold.append(False)
                return

    def test_fifty_buyers_and_ten_pieces(self):
        gate, start, sold, errors = threading.Semaphore(AT_ONCE), threading.Event(), [], []

        def one(basket_id, buyer_id):
            start.wait()
            with gate:
                try:
                    self._buy(basket_id, buyer_id, sold)
                except Exception as error:
                    errors.append(error)

        pairs = zip(self.basket_ids, self.buyer_ids, strict=True)
        threads = [threading.Thread(target=one, args=pair) for pair in pairs]
        for thread in threads:
            thread.start()
        start.set()
        for thread in threads:
            thread.join()
        self.assertFalse(errors)
        self.assertEqual((len(sold), sum(sold)), (BUYERS, PIECES))
        with self.registry_of_db.cursor() as cr:
            cr.execute("SELECT kdc_quantity FROM product_template WHERE id = %s", [self.listing_id])
            self.assertEqual(cr.fetchone(), (0,))
            cr.execute(
                "SELECT state, kdc_shop_state, count(*) FROM sale_order WHERE id = ANY(%s) GROUP BY 1, 2 ORDER BY 3",
                [self.basket_ids],
            )
            self.assertEqual(cr.fetchall(), [("sale", "new", PIECES), ("draft", None, BUYERS - PIECES)])
            cr.execute("SELECT count(DISTINCT name) FROM sale_order WHERE kdc_shop_state = 'new' AND id = ANY(%s)",
                       [self.basket_ids])  # fmt: skip
            self.assertEqual(cr.fetchone(), (PIECES,), "every order has a number of its own")
            cr.execute("SELECT sum(kdc_reserved) FROM sale_order_line WHERE order_id = ANY(%s)", [self.basket_ids])
            self.assertEqual(cr.fetchone(), (PIECES,))
