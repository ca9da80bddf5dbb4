from odoo import Command

from .test_board import BoardCommon


class OneOfEach(BoardCommon):
    """One record of everything the market keeps, all of shop A or of its buyer, by the name of its model.

    ``stranger_moderator`` moderates another ward; ``former_seller`` worked in shop A until a moment ago.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        order = cls._order(cls.user_buyer, {cls.fish: 1})[cls.shop_a]
        shop = {"shop_id": cls.shop_a.id}
        kind = cls.env["kdc.paper.kind"].create({"name": "Giấy"})
        hidden = cls._create_listing(cls.shop_a, "Chưa duyệt", 1000, 1, state="pending")
        hidden.with_user(cls.user_moderator).sudo(False)._kdc_log_decision("refuse", "x")
        account = cls._one("kdc.shop.credit", **shop, partner_id=cls.user_buyer.partner_id.id, limit_amount=1000)
        cls.records = {
            "kdc.shop": cls.shop_a,
            "kdc.shop.member": cls.shop_a.member_ids[0],
            "kdc.shop.hours": cls._one("kdc.shop.hours", **shop, weekday="0", hour_from=6, hour_to=11),
            "kdc.shop.special.day": cls._one(
                "kdc.shop.special.day", **shop, date_from="2027-01-01", date_to="2027-01-01"
            ),
            "kdc.shop.place": cls._one("kdc.shop.place", **shop, name="Tổ 1", fee=1000),
            "kdc.shop.window": cls._one(
                "kdc.shop.window", **shop, open_from="2030-01-01", open_until="2030-01-05", handover_date="2030-01-06"
            ),
            "kdc.shop.block": cls._one(
                "kdc.shop.block", **shop, start="2030-01-01 01:00:00", stop="2030-01-01 02:00:00"
            ),
            "kdc.shop.invitation": cls._one("kdc.shop.invitation", **shop, typed="0905 123 456"),
            "kdc.shop.credit": account,
            "kdc.shop.credit.entry": cls._one(
                "kdc.shop.credit.entry", credit_id=account.id, kind="correction", amount=500, user_id=cls.env.uid
            ),
            "kdc.shop.paper": cls._one("kdc.shop.paper", **shop, kind_id=kind.id, image=cls.fish.image_1920),
            "kdc.shop.review": cls.env["kdc.shop.review"]._kdc_write(cls._finished_order(), 5, "x"),
            "kdc.shop.question": cls.env["kdc.shop.question"]._kdc_ask(cls.fish, cls.user_buyer.partner_id, "x"),
            "kdc.market.report": cls.env["kdc.market.report"]._kdc_report(
                cls.fish, cls.user_buyer.partner_id, "other", "x"
            ),
            "kdc.board.post": cls._create_post(cls.user_portal_a, state="pending"),
            "kdc.listing.decision": hidden.kdc_decision_ids,
            "kdc.paper.kind": kind,
            "kdc.listing.refusal.reason": cls.env.ref("kdc_marketplace.refusal_photo"),
            "kdc.market.operator": cls._one("kdc.market.operator", name="UBND phường", company_id=cls.company.id),
            "kdc.market.clause": cls._one("kdc.market.clause", name="Giá", body="Giá", company_id=cls.company.id),
            "kdc.tax.threshold": cls.env.ref("kdc_marketplace.tax_threshold_2026"),
            "product.template": hidden,
            "sale.order": order,
            "sale.order.line": order.order_line,
        }
        cls.far_ward = ward = cls.env["res.company"].create({"name": "Phường khác"})
        cls.stranger_moderator = cls._create_user("kdc_moderator_far", "kdc_marketplace.group_moderator")
        cls.stranger_moderator.write({"company_ids": [Command.set(ward.ids)], "company_id": ward.id})
        cls.former_seller = cls._create_user("kdc_former_seller", "base.group_portal")
        cls.shop_a.member_ids = [Command.create({"user_id": cls.former_seller.id, "role": "seller"})]
        cls.shop_a.member_ids.filtered(lambda member: member.user_id == cls.former_seller).unlink()
        cls.far_shop = cls._one("kdc.shop", name="Sạp phường khác", company_id=ward.id)
        cls.env.flush_all()
        cls.env.invalidate_all()

    @classmethod
    def _one(cls, model, **vals):
        return cls.env[model].create(vals)

    @classmethod
    def _finished_order(cls):
        """Return an order of shop A that its buyer has confirmed."""
        order = cls._order(cls.user_buyer, {cls.fish: 1})[cls.shop_a]
        for state, actor in (("accepted", "shop"), ("ready", "shop"), ("handed_over", "shop"), ("done", "buyer")):
            order._kdc_set_state(state, actor)
        return order
