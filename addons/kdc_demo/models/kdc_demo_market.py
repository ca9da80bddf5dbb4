import base64
from datetime import datetime, time, timedelta

from odoo import api, fields, models
from odoo.addons.kdc_marketplace.engine.choices import Kind
from odoo.addons.kdc_marketplace.engine.opening import parse_spans
from odoo.fields import Command

from ..engine import drawing, story
from .kdc_demo_people import BUSINESS, PASSWORD

#: Steps of an order whose buyer has the goods and has said so.
DONE = (("accepted", "shop", ""), ("ready", "shop", ""), ("handed_over", "shop", ""), ("done", "buyer", ""))
#: Orders of the demo: buyer, shop, {position of the listing: pieces}, days ago, steps (state, who, reason) after "new".
ORDERS = (
    ("cudan2", 0, {0: 2, 2: 1}, 0, ()),
    ("cudan", 0, {1: 3}, 0, ()),
    ("cudan", 2, {1: 1}, 1, (("accepted", "shop", ""),)),
    ("cudan2", 3, {0: 2}, 2, (("accepted", "shop", ""), ("ready", "shop", ""))),
    ("cudan", 1, {0: 2}, 5, (("accepted", "shop", ""), ("ready", "shop", ""), ("handed_over", "shop", ""))),
    ("cudan", 4, {1: 4}, 9, DONE),
    ("cudan2", 2, {0: 1}, 6, (("refused", "shop", "Hôm nay ghe không về, mong Ông/Bà thông cảm."),)),
    ("cudan2", 0, {0: 5}, 11, (("cancelled", "buyer", ""),)),
    ("cudan2", 2, {2: 1}, 5, (("accepted", "shop", ""),)),  # forgotten: the hand-over was never noted
    ("cudan", 2, {0: 2, 2: 1}, 12, DONE),
    ("cudan2", 2, {0: 1}, 15, DONE),
)  # fmt: skip
NOTES = ("Ít cay giúp tôi.", "Giao trước 11 giờ nhé.", "", "Gọi trước khi tới.", *[""] * 7)

#: The board: poster, kind, title, words, days ago, shown or waiting.
POSTS = (
    ("cudan", "give_away", "Nôi em bé bằng gỗ", "Còn tốt, nệm đã giặt. Mời đến lấy buổi tối.", 6, True),
    ("cudan2", "lost", "Chùm chìa khóa có dây đỏ", "Rơi quãng chợ Xóm Mới sáng chủ nhật, có chìa xe máy.", 3, True),
    ("cudan2", "second_hand", "Quạt đứng", "Dùng một mùa, chạy êm, 150.000 đồng.", 2, True),
    ("chushop", "found", "Mũ bảo hiểm trẻ em", "Khách quên ở quán bún hôm kia.", 1, False),
)
#: Who asked about the first post, and what was answered.
BOARD_TALK = ("cudan2", "Nôi còn không ạ? Tối nay tôi qua được.", "Còn ạ, mời Ông/Bà qua sau 19 giờ.")

#: Whom the first shop asks to help; the number belongs to nobody of the demo.
INVITED = "0905 000 111"

#: The enterprise among the shops: its telephone, and whom it lets in with a code of its own.
BUSINESS_PHONE = "+842583500600"
EMPLOYED = ("Ngô Thị Thảo", "2203")

#: Goods the law forbids to sell online, or only with a licence.
BAN_WORDS = "thuốc lá\nthuốc lá điện tử\nrượu\npháo\nthuốc trừ sâu\nchữa bệnh"

#: Who answers for the market; the confirmation of the authority is still to come, as the form reminds.
OPERATOR = {
    "manager": "Bà Lê Thị Thu Hà, phó chủ tịch Ủy ban nhân dân phường",
    "decision": "Nghị quyết số 1667/NQ-UBTVQH15 ngày 16/6/2025 của Ủy ban Thường vụ Quốc hội",
    "desk": "Trung tâm phục vụ hành chính công của phường, quầy số 4, 7:30–11:30 và 13:30–17:00 các ngày làm việc",
}

#: Each open shop brings goods for a fee; the first one also hands over at a gate and, for more, further away.
PLACES = (
    {"kind": "delivery", "name": "Trong phường", "note": "Giao 9–11 và 16–18 giờ", "fee": 10000, "free_from": 100000},
    {"kind": "pickup", "name": "Cổng chợ Xóm Mới", "note": "Trước sạp hoa, 6–8 giờ sáng"},
    {"kind": "delivery", "name": "Giao nhanh trong 30 phút", "fee": 20000, "minimum": 50000},
)  # fmt: skip


class KdcDemo(models.AbstractModel):
    _inherit = "kdc.demo"

    @api.model
    def _make_market(self):
        """Open the shops of the story with their listings and let neighbours order."""
        moderator = self._user("cho")
        moderator.company_id.kdc_market_ban_words = BAN_WORDS
        operators = self.env["kdc.market.operator"]
        operators.create({**operators._kdc_defaults(moderator.company_id), **OPERATOR})
        households = self._main_households()
        shops = [self._make_shop(shop, households[shop.place % len(households)], moderator) for shop in story.SHOPS]
        self._make_window(shops[3])
        shops[4].served_area_ids = shops[4].area_id | self._user("cudan")._kdc_resident().area_id
        owner = self._user("chushop")
        self._make_credit(shops[0], owner, self._user("cudan"))
        for number, (login, shop_number, pieces, days, steps) in enumerate(ORDERS):
            self._make_order(self._user(login), shops[shop_number], pieces, days, steps, NOTES[number])
        self._make_appointments(shops)
        self.env["kdc.shop"]._cron_kdc_answer_times()
        self._make_posts(moderator)
        self._make_market_troubles(shops, moderator)
        # sudo: as the owner's own page does after its checks
        self.env["kdc.shop.invitation"].with_user(owner)._kdc_invite(owner._kdc_shops()[:1], INVITED)

    @api.model
    def _make_shop(self, shop, household, moderator):
        """Create a shop with its owner and listings, submitted and checked by the moderator."""
        day = fields.Date.context_today(self) - timedelta(days=60)
        head, phone = household.head_id, BUSINESS_PHONE if shop.tax_code else None
        owner = self._user("chushop") if shop is story.SHOPS[0] else None
        with self._at(day, 10):
            # The other owners have an account without password: nobody logs in as them.
            if shop.tax_code:
                owner = self._make_business_user(shop)
            owner = owner or self._make_resident_user(f"shop{household.id}", head, password=False)
            record = self.env["kdc.shop"].create({
                "name": shop.name,
                "company_id": household.company_id.id,
                "area_id": household.area_id.id,
                "phone": phone or head.phone or household.phone or f"+84905{household.id:06d}",
                "address": household.dwelling_id.name,
                "description": shop.intro,
                **self._seller(shop, head),
                "delivers": True,
                "delivery_note": "Giao trong phường, miễn phí từ 100.000 ₫.",
                "place_ids": [Command.create(place) for place in PLACES[:1 if shop.state == "open" else 0]]
                + [Command.create(place) for place in PLACES[1:] if shop is story.SHOPS[0]],
                "bank_bin": "970436",
                "bank_number": f"00710{household.id:08d}",
                "bank_holder": shop.legal_name or head.name,
                "member_ids": [Command.create({"user_id": owner.id, "role": "owner"})],
            })  # fmt: skip
            record._kdc_set_week(range(shop.days), parse_spans(shop.hours))
            record.action_submit()
        if shop.state == "open":
            with self._at(day + timedelta(days=1), 9, 30):
                record.with_user(record._kdc_area_heads(record.area_id)[:1] or moderator).action_confirm_area()
                record.with_user(moderator).action_approve()
        self._make_paper(record, shop, moderator)
        with self._at(day + timedelta(days=2), 19):
            checked = [item for item in shop.listings if item.state in ("published", "changed")]
            listings = self._make_listings(record, checked, shop.trade)
            self._make_choices(checked, listings)
        with self._at(day + timedelta(days=3), 8):
            for listing in listings:
                seen = fields.Datetime.to_string(listing.kdc_submitted_date)
                listing.with_user(moderator).with_context(kdc_seen=seen).action_kdc_publish()
        with self._at(fields.Date.context_today(self) - timedelta(days=1), 20, 40):
            unchecked = [item for item in shop.listings if item.state not in ("published", "changed")]
            self._make_listings(record, unchecked, shop.trade)
            self._change_listings(checked, listings, owner)
        if shop.tax_code:
            # sudo: as the shop's own page does after its checks
            record.with_user(owner).sudo()._kdc_make_slip(*EMPLOYED)
        return record

    @api.model
    def _make_business_user(self, shop):
        """Return the account of an enterprise whose owner lives elsewhere, opened with a slip as at the counter.

        The administrator prints it: who does may not approve the shop.
        """
        business = {"name": shop.legal_name, "tax_number": shop.tax_code, "person_name": BUSINESS.name}
        invite = self.env["kdc.business.invite"].with_user(self.env.ref("base.user_admin"))
        invite.create({**business, "last_four": "4417"}).action_print()
        slip = self.env["kdc.invitation"].search([("business_id", "!=", False)], limit=1)
        slip.business_id.phone = BUSINESS_PHONE
        user = slip._open_account(BUSINESS.login, PASSWORD)
        slip.write({"state": "used", "used_date": fields.Datetime.now(), "user_id": user.id})
        return self._remember(f"user_{BUSINESS.login}", user)

    @api.model
    def _make_window(self, shop):
        """Let the orchard take orders until noon in four days, for one journey to town."""
        today = fields.Date.context_today(self)
        shop.by_window = True
        self.env["kdc.shop.window"].create({
            "shop_id": shop.id,
            "name": "Chuyến xe trái cây",
            "open_from": datetime.combine(today - timedelta(days=10), time(1)),
            "open_until": datetime.combine(today + timedelta(days=4), time(5)),
            "handover_date": today + timedelta(days=5),
        })  # fmt: skip

    @api.model
    def _make_posts(self, moderator):
        """Let residents give away, look for and sell things; one post waits for the moderator."""
        today = fields.Date.context_today(self)
        posts = self.env["kdc.board.post"]
        for login, kind, name, text, days, shown in POSTS:
            user = self._user(login)
            with self._at(today - timedelta(days=days), 6, 30):
                # sudo: as the poster's own page does after its checks
                post = posts.with_user(user).sudo().create({
                    "kind": kind,
                    "name": name,
                    "text": text,
                    "partner_id": user.partner_id.id,
                    "company_id": user._kdc_resident().company_id.id,
                    "area_id": user._kdc_resident().area_id.id,
                })  # fmt: skip
                post._kdc_submit()
            if shown:
                with self._at(today - timedelta(days=days), 9):
                    seen = fields.Datetime.to_string(post.submitted_date)
                    post.with_user(moderator).sudo(False).with_context(kdc_seen=seen).action_publish()
            posts |= post
        login, words, answer = BOARD_TALK
        self.env["kdc.shop.question"]._kdc_write_to_poster(posts[0], self._user(login).partner_id, words)._kdc_answer(
            answer
        )

    @api.model
    def _make_paper(self, record, shop, moderator):
        """Give a kitchen its food safety paper, an enterprise its registration; that of the second shop ends soon."""
        if shop.trade != "meals" and not shop.tax_code:
            return
        kind, office = ("registration", "STC-KH") if shop.tax_code else ("food_safety", "ATTP-NT")
        today = fields.Date.context_today(self)
        with self._at(today - timedelta(days=58), 18):
            paper = self.env["kdc.shop.paper"].create({
                "shop_id": record.id,
                "kind_id": self.env.ref(f"kdc_marketplace.paper_kind_{kind}").id,
                "number": f"{record.id:03d}/2026/{office}",
                "issue_date": today - timedelta(days=400),
                "expiry_date": not shop.tax_code and today + timedelta(days=20 if shop is story.SHOPS[1] else 600),
                "image": base64.b64encode(drawing.goods("bowl", "#ffffff", "#d8d8d8", "#fdfdf5")),
            })  # fmt: skip
        with self._at(today - timedelta(days=57), 8, 30):
            paper.with_user(moderator).action_accept()

    @api.model
    def _seller(self, shop, head):
        """Return who sells: an enterprise with its registration, else the head of the household."""
        if shop.tax_code:
            return {
                "seller_kind": "enterprise",
                "legal_name": shop.legal_name,
                "tax_number": shop.tax_code,
                "registration_number": shop.tax_code,
                "registration_date": fields.Date.context_today(self) - timedelta(days=1100),
                "registration_place": "Sở Tài chính tỉnh Khánh Hòa",
            }
        # sudo: the application takes the number the ward knows
        number = head.sudo().personal_number or "056090001234"
        return {"seller_kind": "household", "legal_name": head.name, "tax_number": number}

    @api.model
    def _make_listings(self, record, listings, trade):
        """Create what a shop offers, as drafts or waiting for the moderator."""
        return self.env["product.template"].create([
            {
                "name": item.name,
                "kdc_shop_id": record.id,
                "kdc_listing_state": "draft" if item.state == "draft" else "pending",
                "list_price": item.price,
                "kdc_unit": item.unit,
                "public_categ_ids": [Command.set(self.env.ref(f"kdc_marketplace.category_{trade}").ids)],
                "kdc_description": item.description,
                "kdc_track_quantity": not item.slots,
                "kdc_quantity": 0 if item.slots else item.stock,
                **{f"kdc_slot_{name}": value for name, value in item.slots.items()},
                "image_1920": base64.b64encode(drawing.goods(item.motif, item.main, item.accent)),
                **self._listing_extras(item),
            }
            for item in listings
        ])  # fmt: skip

    @api.model
    def _make_choices(self, items, listings):
        """Let a listing be sold in several sizes, each with its price and stock."""
        for item, listing in zip(items, listings, strict=True):
            if item.choices:
                name, *choices = item.choices
                listing._kdc_set_choices([Kind(name, tuple(choice for choice, _price, _stock in choices))])
                for variant, (_choice, price, stock) in zip(listing._kdc_variants(), choices, strict=True):
                    variant.write({"kdc_variant_price": price, "kdc_variant_quantity": stock})

    @api.model
    def _change_listings(self, items, listings, owner):
        """Let the shop change what buyers see, so that the moderators have something to compare."""
        for item, listing in zip(items, listings, strict=True):
            if item.state == "changed":
                # sudo: as the shop's own page does after its checks
                listing.with_user(owner).sudo().write({
                    "name": item.new_name,
                    "list_price": item.new_price,
                    "kdc_description": item.new_description,
                })  # fmt: skip

    @api.model
    def _listing_extras(self, item):
        """Return price for residents, origin, OCOP decision and further photos of what the story sells."""
        stars, decision, days = item.ocop or (False, False, 0)
        return {
            "kdc_resident_price": item.resident_price,
            "kdc_origin": item.origin or False,
            "kdc_own_produce": item.home_made,
            "kdc_ocop_stars": stars,
            "kdc_ocop_decision": decision,
            "kdc_ocop_expiry": stars and fields.Date.context_today(self) + timedelta(days=days),
            "product_template_image_ids": [
                Command.create({
                    "name": item.name,
                    "image_1920": base64.b64encode(drawing.goods(item.motif, colour, item.accent)),
                    "sequence": number,
                })
                for number, colour in enumerate(item.colours, 1)
            ],
        }  # fmt: skip

    @api.model
    def _delivery_key(self, shop, resident):
        """Return the first way in which the shop brings goods to this resident."""
        return next(offer.key for offer in shop._kdc_offers(resident.area_id) if offer.kind == "delivery")

    @api.model
    def _make_order(self, buyer, shop, pieces, days, steps, note, way="cash"):
        """Let a resident order some days ago, and take the order through its steps."""
        if not buyer or not shop.listing_ids:
            return
        day = fields.Date.context_today(self) - timedelta(days=days)
        listings = shop.listing_ids.sorted("id")
        website = self.env["website"].search([("company_id", "=", shop.company_id.id)], limit=1)
        resident = buyer._kdc_resident()
        now = fields.Datetime.context_timestamp(self, fields.Datetime.now())
        # At night the newest orders came just now: at breakfast they would lie in the future.
        moment = (7, 20) if days else min((7, 20), (now.hour, now.minute))
        with self._at(day, *moment):
            basket = self.env["sale.order"].with_company(shop.company_id).create({
                "partner_id": buyer.partner_id.id,
                "website_id": website.id,
                "company_id": shop.company_id.id,
                "order_line": [
                    Command.create({"product_id": listings[position].product_variant_id.id, "product_uom_qty": count})
                    for position, count in pieces.items()
                ],
            })  # fmt: skip
            # sudo: as the shop's own page does after its checks
            order = basket.with_user(buyer).sudo()._kdc_place_orders(
                resident.phone or "0905123456", resident.dwelling_id.name,
                {shop.id: {"handover": self._delivery_key(shop, resident), "payment_way": way, "note": note}},
            )  # fmt: skip
        if not steps:
            # Else the demo's new orders would be cancelled before anybody has looked at them.
            order.kdc_answer_by = fields.Datetime.now() + timedelta(days=3)
        for hours, (state, actor, reason) in enumerate(steps, 1):
            with self._at(day, 8 + 2 * hours, 5):
                order._kdc_set_state(state, actor, reason)
