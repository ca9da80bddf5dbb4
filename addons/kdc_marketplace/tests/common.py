import base64
import io

from odoo import Command, fields
from odoo.addons.kdc_residents.tests.common import ResidentsCommon
from odoo.modules.registry import Registry
from odoo.tests import TransactionCase
from PIL import Image
from pypdf import PdfReader


def jpeg(color="#3a7d44", size=(64, 48)):
    """A small real photo."""
    out = io.BytesIO()
    Image.new("RGB", size, color).save(out, "JPEG")
    return out.getvalue()


def pdf_text(response):
    """The words of a PDF, each after one space."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(response.content)).pages).split())


class MarketCommon(ResidentsCommon):
    """Two shops of two households, a buyer who lives with the owner of shop B, a moderator.

    Shop A belongs to resident A with his wife as seller; shop B to resident B. The buyer is resident B's son, so that
    what one member of a household may see of another's orders is tested all along.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        seller = cls.household_a.membership_ids.resident_id - cls.resident_a
        cls.resident_buyer = cls.household_b.membership_ids.resident_id - cls.resident_b
        cls.user_moderator, cls.user_seller_a, cls.user_buyer = cls._create_users(
            cls._user_values("kdc_moderator", "kdc_marketplace.group_moderator"),
            cls._portal_user_values("kdc_seller_a", seller.sorted("birth_date")[0]),
            cls._portal_user_values("kdc_buyer", cls.resident_buyer),
        )
        cls.shop_a = cls._create_shop(
            "Sạp cá Cô Bảy", cls.user_portal_a, cls.group_a, delivers=True, bank_account="VCB 0123456789 NGUYEN VAN AN"
        )
        cls.shop_a.member_ids = [Command.create({"user_id": cls.user_seller_a.id, "role": "seller"})]
        cls.shop_b = cls._create_shop("Vườn rau Đồng Đế", cls.user_portal_b, cls.group_b)
        cls.fish = cls._create_listing(cls.shop_a, "Cá thu một nắng", 185000, 5)
        cls.squid = cls._create_listing(cls.shop_a, "Mực khô", 450000, 2)
        cls.greens = cls._create_listing(cls.shop_b, "Rau muống", 8000, 20)
        cls.env.flush_all()

    @classmethod
    def _create_shop(cls, name, owner, area, state="approved", **vals):
        return (
            cls.env["kdc.shop"]
            .with_user(cls.user_moderator)
            .create(
                {
                    "name": name,
                    "area_id": area.id,
                    "phone": "+84905123456",
                    "address": "12 Trần Phú",
                    "state": state,
                    "seller_kind": "household",
                    "legal_name": owner.name,
                    "tax_number": "0100233488",
                    "member_ids": [Command.create({"user_id": owner.id, "role": "owner"})],
                    **vals,
                }
            )
            .sudo()
        )

    @classmethod
    def _create_listing(cls, shop, name, price, quantity, state="published", **vals):
        return cls.env["product.template"].create(
            {
                "name": name,
                "list_price": price,
                "kdc_quantity": quantity,
                "kdc_shop_id": shop.id,
                "kdc_unit": "kg",
                "kdc_listing_state": state,
                "image_1920": base64.b64encode(jpeg()),
                **vals,
            }
        )

    @classmethod
    def _publish(cls, listing):
        """Publish a listing as the moderator does who has read it as it is now."""
        cls._read(listing, "kdc_submitted_date").action_kdc_publish()

    @classmethod
    def _read(cls, record, fname="submitted_date"):
        """Return what a moderator has opened as it is now; ``fname`` tells when its words were sent."""
        seen = fields.Datetime.to_string(record.sudo()[fname])
        return record.with_user(cls.user_moderator).sudo(False).with_context(kdc_seen=seen)

    @classmethod
    def _create_basket(cls, user, quantities):
        """Return a basket as the website makes it: in sudo, with the buyer as user."""
        order = cls.env["sale.order"].create(
            {
                "partner_id": user.partner_id.id,
                "website_id": cls.env["website"].search([("company_id", "=", cls.company.id)], limit=1).id,
                "order_line": [
                    Command.create({"product_id": listing.product_variant_id.id, "product_uom_qty": quantity})
                    for listing, quantity in quantities.items()
                ],
            }
        )
        return order.with_user(user).sudo()

    @classmethod
    def _order(cls, user, quantities, **wish):
        """Order a basket and return its orders by shop, in sudo."""
        basket = cls._create_basket(user, quantities)
        shops = basket.order_line.kdc_shop_id
        wishes = {shop.id: dict(wish) for shop in shops}
        for shop in shops:
            if not shop.delivers:
                wishes[shop.id].pop("handover", None)
        orders = basket._kdc_place_orders("+84914000111", "7 Lê Thánh Tôn", wishes)
        return {order.kdc_shop_id: order for order in orders}


class CommittedCase(TransactionCase):
    """For transactions beside each other: what ``made`` names by table is committed, and removed at the end."""

    def setUp(self):
        super().setUp()
        self.registry_of_db = Registry(self.env.cr.dbname)
        self.made = {}
        self.addCleanup(self._remove)

    def _remove(self):
        """Delete the rows without the ORM, which deletes neither orders nor residents."""
        with self.registry_of_db.cursor() as cr:
            for table, ids in self.made.items():
                cr.execute(f"DELETE FROM {table} WHERE id = ANY(%s)", [ids])
                cr.execute(
                    "DELETE FROM mail_message WHERE model = %s AND res_id = ANY(%s)", [table.replace("_", "."), ids]
                )
