"""Many buyers at once, each in a transaction of his own as the workers of a server are."""

import threading

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tests import TransactionCase, tagged

BUYERS, PIECES, AT_ONCE = 50, 10, 8


@tagged("post_install", "-at_install")
class TestLastPieces(TransactionCase):
    """`_kdc_reserve` against the database: what is committed here is removed again at the end."""

    def setUp(self):
        super().setUp()
        self.registry_of_db = Registry(self.env.cr.dbname)
        with self.registry_of_db.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            shop = env["kdc.shop"].create({"name": "Sạp thử tranh mua", "state": "approved"})
            listing = env["product.template"].create(
                {"name": "Cá cuối chợ", "list_price": 1000, "kdc_quantity": PIECES, "kdc_shop_id": shop.id,
                 "kdc_listing_state": "published"}
            )  # fmt: skip
            self.shop_id, self.listing_id = shop.id, listing.id
        self.addCleanup(self._remove)

    def _remove(self):
        with self.registry_of_db.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            cr.execute("UPDATE product_template SET kdc_shop_id = NULL WHERE id = %s", [self.listing_id])
            env["product.template"].browse(self.listing_id).unlink()
            env["kdc.shop"].browse(self.shop_id).unlink()

    def _buy(self, gate, sold):
        """Reserve one piece; a conflict is replayed as the server replays a request."""
        gate.wait()
        while True:
            with self.registry_of_db.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                try:
                    short = env["product.template"]._kdc_reserve({env["product.template"].browse(self.listing_id): 1})
                    cr.commit()  # pylint: disable=invalid-commit
                except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                    cr.rollback()
                    continue
                sold.append(not short)
                return

    def test_fifty_buyers_and_ten_pieces(self):
        gate, sold = threading.Semaphore(AT_ONCE), []

        def one():
            with gate:
                self._buy(start, sold)

        start = threading.Event()
        threads = [threading.Thread(target=one) for _buyer in range(BUYERS)]
        for thread in threads:
            thread.start()
        start.set()
        for thread in threads:
            thread.join()
        self.assertEqual((len(sold), sum(sold)), (BUYERS, PIECES))
        with self.registry_of_db.cursor() as cr:
            cr.execute("SELECT kdc_quantity FROM product_template WHERE id = %s", [self.listing_id])
            self.assertEqual(cr.fetchone(), (0,))
