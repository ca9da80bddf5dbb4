from odoo.addons.kdc_residents.engine import vietqr
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from .common import MarketCommon

OLD, NEW = "0071000123456", "1138840012345"


@tagged("post_install", "-at_install")
class TestOrderSeller(MarketCommon, HttpCase):
    """An order keeps what it was sold by."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shop_a.write({"bank_bin": "970436", "bank_number": OLD, "bank_holder": "NGUYEN VAN AN"})
        cls.order = cls._order(cls.user_buyer, {cls.fish: 1}, payment_way="transfer")[cls.shop_a]
        cls.order._kdc_set_state("accepted", "shop")
        cls.env.flush_all()

    def _change_everything(self):
        self.shop_a.write({"name": "Sạp mới", "legal_name": "Người khác", "address": "Chỗ khác"})
        self.shop_a.write({"bank_bin": "970418", "bank_number": NEW, "bank_holder": "NGUOI KHAC"})
        self.env.flush_all()
        self.env.invalidate_all()

    def _kept(self, order):
        transfer = vietqr.parse(order._kdc_transfer_qr())
        return (
            order.kdc_shop_name, order.kdc_seller_line, order.kdc_bank_account, transfer.bank_bin, transfer.account,
        )  # fmt: skip

    def test_a_later_change_reaches_new_orders_only(self):
        before = self._kept(self.order)
        self.assertEqual(before[0], "Sạp cá Cô Bảy")
        self.assertEqual(before[1], f"{self.user_portal_a.name}, 0100233488, 12 Trần Phú")
        self.assertEqual(before[3:], ("970436", OLD))
        self._change_everything()
        self.assertEqual(self._kept(self.order), before)
        later = self._order(self.user_buyer, {self.fish: 1}, payment_way="transfer")[self.shop_a]
        later._kdc_set_state("accepted", "shop")
        self.assertEqual((later.kdc_shop_name, self._kept(later)[3:]), ("Sạp mới", ("970418", NEW)))

    def test_a_shop_that_takes_its_account_away_still_gets_what_was_agreed(self):
        self.shop_a.write({"bank_bin": False, "bank_number": False, "bank_account": False})
        self.env.invalidate_all()
        self.assertEqual(vietqr.parse(self.order._kdc_transfer_qr()).account, OLD)

    def test_the_buyer_reads_what_was_agreed(self):
        self._change_everything()
        self.authenticate(self.user_buyer.login, self.user_buyer.login)
        page = self.url_open(f"/my/orders/{self.order.id}").text
        self.assertIn("Sạp cá Cô Bảy", page)
        self.assertIn(OLD, page)
        self.assertNotIn(NEW, page)
        self.assertIn("Sạp cá Cô Bảy", self.url_open("/my/orders").text)

    def test_nobody_changes_it_afterwards(self):
        manager = self._create_user("kdc_sales_manager", "sales_team.group_sale_manager")
        order = self.order.with_user(manager).sudo(False)
        for vals in ({"kdc_bank_number": NEW}, {"kdc_shop_name": "x"}, {"kdc_shop_id": self.shop_b.id}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                order.write(vals)
