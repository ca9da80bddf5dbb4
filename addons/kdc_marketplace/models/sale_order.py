from collections import defaultdict

from odoo import Command, api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.locks import lock_or_retry
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import groupby

from ..engine import handover, order_states
from ..engine.transitions import TransitionError


class SaleOrder(models.Model):
    """Orders of the market.

    A basket may hold goods of several shops. Ordering splits it into one order per shop under one group number,
    in one transaction and before any payment. ``kdc_shop_id`` is set on such orders only; a basket that is still
    being filled is recognised by its lines.
    """

    _inherit = "sale.order"

    kdc_shop_id = fields.Many2one(
        "kdc.shop", "Shop", copy=False, index="btree_not_null", ondelete="restrict", readonly=True
    )
    kdc_order_group = fields.Char(
        "Order number of the basket",
        copy=False,
        index="btree_not_null",
        readonly=True,
        help="All orders made by one confirmation carry this number.",
    )
    kdc_shop_state = fields.Selection(
        [
            ("new", "New"),
            ("accepted", "Accepted"),
            ("ready", "Ready"),
            ("handed_over", "Handed over"),
            ("done", "Done"),
            ("refused", "Refused by the shop"),
            ("cancelled", "Cancelled"),
        ],
        "Market state",
        copy=False,
        index="btree_not_null",
        readonly=True,
        tracking=True,
    )
    kdc_state_reason = fields.Text("Reason given", copy=False, readonly=True)
    kdc_state_date = fields.Datetime("State since", copy=False, readonly=True)
    kdc_handover = fields.Selection(
        [
            ("pickup", "Fetched at the shop"),
            ("delivery", "Brought to the house"),
            ("appointment", "By appointment"),
        ],
        "Hand-over",
        copy=False,
        readonly=True,
    )
    kdc_payment_way = fields.Selection(
        [("cash", "Cash on hand-over"), ("transfer", "Transfer to the shop's account")],
        "Way of paying",
        copy=False,
        readonly=True,
    )
    kdc_buyer_phone = fields.Char("Phone for the hand-over", copy=False, readonly=True)
    kdc_handover_address = fields.Char("Address of the hand-over", copy=False, readonly=True)
    kdc_handover_place = fields.Char(
        "Place of the hand-over", copy=False, readonly=True, help="Pick-up point or zone as it was called on that day."
    )
    kdc_buyer_note = fields.Char("Note of the buyer", copy=False, readonly=True)

    _kdc_market_check = models.Constraint(
        "CHECK ((kdc_shop_id IS NULL) = (kdc_shop_state IS NULL))", "A market order has a shop and a state."
    )

    # -- computes --------------------------------------------------------------------------------------------------
    @api.depends("order_line.product_id.product_tmpl_id.kdc_shop_id")
    def _compute_website_order_line(self):
        """Override of `website_sale`: the basket is grouped by shop."""
        result = super()._compute_website_order_line()
        for order in self:
            if order._kdc_is_market():
                order.website_order_line = order.website_order_line.sorted(
                    lambda line: (line.product_id.kdc_shop_name or "", line.sequence, line.id)
                )
        return result

    @api.depends("kdc_shop_id")
    def _compute_invoice_status(self):
        """Override of `sale`: the ward invoices nothing of what a shop sells."""
        market = self.filtered("kdc_shop_id")
        market.invoice_status = "no"
        return super(SaleOrder, self - market)._compute_invoice_status()

    def _compute_user_id(self):
        """Override of `website_sale`: nobody of the ward is the salesperson of a shop's order."""
        market = self.filtered("kdc_shop_id")
        market.user_id = False
        return super(SaleOrder, self - market)._compute_user_id()

    # -- CRUD ------------------------------------------------------------------------------------------------------
    def write(self, vals):
        if "kdc_shop_state" in vals and not self.env.su:
            raise AccessError(self.env._("The state of a market order changes through its own steps only."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_market(self):
        if any(order.kdc_shop_id for order in self):
            raise UserError(self.env._("A market order is cancelled, not deleted."))

    # -- what Odoo's shop must not do with market orders -----------------------------------------------------------
    def _kdc_is_market(self):
        """Whether this is an order of a shop, or a basket with goods of shops."""
        return any(order.kdc_shop_id or order.order_line.kdc_shop_id for order in self)

    def _has_deliverable_products(self):
        """Override of `website_sale`: buyer and shop arrange the hand-over; no carrier is chosen."""
        return not self._kdc_is_market() and super()._has_deliverable_products()

    def _get_delivery_methods(self):
        """Override of `website_sale`: see `_has_deliverable_products`."""
        if self._kdc_is_market():
            return self.env["delivery.carrier"].sudo()  # sudo: same kind of recordset as the overridden method
        return super()._get_delivery_methods()

    def _needs_customer_address(self):
        """Override of `website_sale`: residents have their address in the registry."""
        return not self._kdc_is_market() and super()._needs_customer_address()

    def _has_to_be_paid(self):
        """Override of `sale`: paid to the shop, not on the website."""
        return not self._kdc_is_market() and super()._has_to_be_paid()

    def _has_to_be_signed(self):
        """Override of `sale`: a resident signs nothing for a bunch of vegetables."""
        return not self._kdc_is_market() and super()._has_to_be_signed()

    def _portal_ensure_token(self):
        """Override of `portal`: a link must not open a resident's market order for anyone who has it."""
        if self.kdc_shop_id:
            return ""
        return super()._portal_ensure_token()

    def _send_order_notification_mail(self, mail_template, **options):
        """Override of `sale`: notices inside the system replace the mail, whose PDF needs a program we do not ship."""
        if self.kdc_shop_id:
            return None
        return super()._send_order_notification_mail(mail_template, **options)

    def _create_invoices(self, grouped=False, final=False, date=None):
        """Override of `sale`: what a shop sells is no income of the ward."""
        if any(order.kdc_shop_id for order in self):
            raise UserError(self.env._("Market orders are not invoiced by the ward."))
        return super()._create_invoices(grouped=grouped, final=final, date=date)

    def action_draft(self):
        """Override of `sale`: a given-up order frees its stock for others, so it never comes back."""
        if any(order.kdc_shop_id for order in self):
            raise UserError(self.env._("A cancelled market order is not resumed. The buyer can order again."))
        return super().action_draft()

    def _action_cancel(self):
        """Override of `sale`: whoever cancels, the stock is freed and both sides are told; nobody what is his own."""
        for order in self.filtered("kdc_shop_id"):
            if order.kdc_shop_state not in order_states.GIVEN_UP:
                self.env["kdc.shop"]._kdc_check_no_party(order)
                order._kdc_set_state(order_states.CANCELLED, order_states.MODERATOR, cancel=False)
        return super()._action_cancel()

    def _verify_updated_quantity(self, order_line, product_id, new_qty, uom_id, **kwargs):
        """Override of `website_sale`: no more than the shop has."""
        new_qty, warning = super()._verify_updated_quantity(order_line, product_id, new_qty, uom_id, **kwargs)
        # sudo: as the cart itself
        product = self.env["product.product"].sudo().browse(product_id)
        if unserved := self._kdc_unserved_shops(product.kdc_shop_id):
            return 0, unserved._kdc_area_refusal()
        left = product._kdc_left() if product.kdc_shop_id else None
        if left is not None and new_qty > left:
            name = product._kdc_label()
            return left, self.env._("Only %(count)s of “%(product)s” are left.", count=left, product=name)
        return new_qty, warning

    # -- basket ----------------------------------------------------------------------------------------------------
    def _kdc_lines_by_shop(self):
        """Return {shop: lines} of a basket, ordered by the name of the shop."""
        lines = self.order_line.filtered(lambda line: not line.display_type and line.kdc_shop_id)
        ordered = lines.sorted(lambda line: (line.kdc_shop_id.name, line.kdc_shop_id.id, line.sequence, line.id))
        return {
            shop: lines.browse(line.id for line in group)
            for shop, group in groupby(ordered, lambda line: line.kdc_shop_id)
        }

    def _kdc_unserved_shops(self, shops):
        """Return those of ``shops`` that do not sell where the current user lives; guests have not said where."""
        limited = shops.filtered("served_area_ids")
        resident = limited and self.env.user._kdc_resident()
        return limited.filtered(lambda shop: resident and not shop._kdc_serves(resident.area_id))

    def _kdc_clean_basket(self):
        """Take out of a basket what cannot be bought any more, and bring prices up to date.

        :return: what was changed, as sentences for the buyer
        :rtype: list[str]
        """
        self.ensure_one()
        changes = []
        unserved = self._kdc_unserved_shops(self.order_line.kdc_shop_id)
        for line in self.order_line.filtered(lambda line: not line.display_type):
            product, name = line.product_id, line.product_id._kdc_label()
            left = product._kdc_left() if line.kdc_shop_id else None
            if product.active and left == 0:
                line.unlink()
                changes.append(self.env._("“%s” has just sold out and was taken out of your basket.", name))
            elif not line.kdc_shop_id or not product._kdc_for_sale():
                line.unlink()
                changes.append(self.env._("“%s” is not for sale any more and was taken out of your basket.", name))
            elif line.kdc_shop_id in unserved:
                refusal = line.kdc_shop_id._kdc_area_refusal()
                line.unlink()
                changes.append(
                    self.env._("%(why)s “%(product)s” was taken out of your basket.", why=refusal, product=name)
                )
            elif left is not None and line.product_uom_qty > left:
                line.product_uom_qty = left
                changes.append(
                    self.env._(
                        "Only %(count)s of “%(product)s” are left; your basket was changed.",
                        count=left,
                        product=name,
                    )
                )
        before = {line: line.price_unit for line in self.order_line}
        self._recompute_prices()
        changes += [
            self.env._("The price of “%s” has changed; please look at the total again.", line.product_id._kdc_label())
            for line, price in before.items()
            if line.price_unit != price
        ]
        return changes

    def _kdc_choices(self, area, wishes):
        """Return what the buyer has chosen in each shop of a basket, ordered by the name of the shop.

        :param area: kdc.area where the buyer lives
        :param dict wishes: see `_kdc_place_orders`
        :return: list of ``(shop, lines, goods, offers, offer)``: goods in VND, the offers of the shop for this buyer
            and the one chosen, ``None`` when the shop does not offer (any more) what was asked for
        """
        choices = []
        for shop, lines in self._kdc_lines_by_shop().items():
            offers = shop._kdc_offers(area)
            offer = handover.choose(offers, wishes.get(shop.id, {}).get("handover"))
            choices.append((shop, lines, round(sum(lines.mapped("price_total"))), offers, offer))
        return choices

    def _kdc_check_choice(self, shop, goods, offer):
        """Raise unless the shop hands over so in this order."""
        if not offer:
            raise ValidationError(
                self.env._("“%s” has changed its delivery. Please choose again how you get the goods.", shop.name)
            )
        if missing := offer.missing(goods):
            raise ValidationError(
                self.env._(
                    "“%(shop)s”, %(place)s: at least %(minimum)s. Another %(missing)s is missing.",
                    shop=shop.name,
                    place=offer.label,
                    minimum=fmt.vnd(offer.minimum),
                    missing=fmt.vnd(missing),
                )
            )

    def _kdc_add_fee(self, goods, offer):
        """Put what the shop takes for bringing the goods into its order, so that it is part of the total."""
        if fee := offer.fee_for(goods):
            self.order_line = [
                Command.create(
                    {
                        "product_id": self.env.ref("kdc_marketplace.product_delivery_fee").id,
                        "name": offer.label,
                        "product_uom_qty": 1,
                        "price_unit": fee,
                        "tax_ids": [Command.clear()],
                        "is_delivery": True,
                    }
                )
            ]

    def _kdc_place_orders(self, phone, address, wishes, seen_total=None):
        """Turn a basket into one order per shop under one group number. Nothing is ordered if anything is missing.

        :param str phone: where the shop can reach the buyer
        :param str address: where goods are brought
        :param dict wishes: {shop id: {'handover': key of an offer, 'payment_way', 'note'}}
        :param int seen_total: the amount in VND, fees included, that the buyer agreed to; ``None`` = not asked
        :return: the orders
        :raise UserError: the user is no resident
        :raise ValidationError: something in the basket cannot be bought (any more)
        """
        self.ensure_one()
        resident = self.env.user._kdc_resident()
        if not resident or self.order_line.kdc_shop_id.company_id - resident.company_id:
            raise UserError(self.env._("Only residents of the ward can order in the market."))
        if self.state != "draft" or self.partner_id != self.env.user.partner_id:
            raise ValidationError(self.env._("This basket was already ordered."))
        by_shop = self._kdc_lines_by_shop()
        if not by_shop:
            raise ValidationError(self.env._("Your basket is empty."))
        lock_or_retry(self, allow_referencing=True)  # a double click must not order twice
        if changes := self._kdc_clean_basket():
            raise ValidationError("\n".join(changes))
        choices = self._kdc_choices(resident.area_id, wishes)
        for shop, _lines, goods, _offers, offer in choices:
            self._kdc_check_choice(shop, goods, offer)
        deadlines = {shop: self._kdc_answer_deadline(shop) for shop in by_shop}
        self._kdc_reserve_lines(self.order_line)
        group = self.env["ir.sequence"].next_by_code("kdc.order.group")
        orders = self._kdc_split(by_shop)
        for number, (order, choice) in enumerate(zip(orders, choices, strict=True), 1):
            shop, _lines, goods, _offers, offer = choice
            wish = wishes.get(shop.id, {})
            delivery = offer.kind == handover.DELIVERY
            order._kdc_add_fee(goods, offer)
            order.write(
                {
                    "name": f"{group}-{number}",
                    "kdc_shop_id": shop.id,
                    "kdc_order_group": group,
                    "kdc_shop_state": order_states.NEW,
                    "kdc_state_date": fields.Datetime.now(),
                    "kdc_answer_by": deadlines[shop],
                    "kdc_window_id": shop._kdc_open_window().id,
                    "kdc_handover": offer.kind,
                    "kdc_handover_address": address if delivery else offer.note,
                    "kdc_handover_place": offer.label,
                    **order._kdc_payment(shop, wish.get("payment_way")),
                    "kdc_buyer_phone": phone,
                    "kdc_buyer_note": wish.get("note"),
                    "access_token": False,
                    "user_id": False,
                    "team_id": False,
                }
            )
        if seen_total is not None and seen_total != round(sum(orders.mapped("amount_total"))):
            raise ValidationError(self.env._("The total is now different. Please look at it and order again."))
        # Orders must leave draft in this transaction: a draft of the website is taken up as a basket again.
        orders.action_confirm()
        for order in orders:
            order._kdc_notify_shop(
                lambda order: (order.env._("New order %s", order.name), order._kdc_summary()),
            )
        return orders

    def _kdc_payment(self, shop, wished):
        """Return what the order keeps about the way of paying: the one wished for, if the shop offers it."""
        return {"kdc_payment_way": "transfer" if wished == "transfer" and shop.bank_account else "cash"}

    def _kdc_split(self, by_shop):
        """Return one draft order per shop: the first keeps the basket, the others are copies without lines."""
        orders = self.browse()
        for shop, lines in by_shop.items():
            order = self if not orders else self.copy({"order_line": False, "website_id": self.website_id.id})
            if order != self:
                lines.write({"order_id": order.id})
            orders |= order
            order.company_id.ensure_one()
            if shop.company_id != order.company_id:
                raise ValidationError(self.env._("The shop “%s” belongs to another ward.", shop.name))
        return orders

    def _kdc_reserve_lines(self, lines):
        """Reserve what the lines ask for, or raise; each line notes what was taken off a stock that is counted."""
        quantities = defaultdict(int)
        for line in lines:
            quantities[line.product_id] += int(line.product_uom_qty)
            line.kdc_reserved = int(line.product_uom_qty) if line.product_id.kdc_track_quantity else 0
        if short := self.env["product.product"]._kdc_reserve(quantities):
            raise ValidationError(
                self.env._(
                    "Somebody was faster: too little is left of %s. Your basket was kept.",
                    ", ".join(f"“{product._kdc_label()}”" for product in short),
                )
            )

    def _kdc_summary(self):
        """One line about the order for notices: pieces and amount."""
        self.ensure_one()
        return ", ".join(
            line._kdc_summary() for line in self.order_line if not line.display_type and not line.is_delivery
        )

    # -- life of an order ------------------------------------------------------------------------------------------
    def _kdc_steps(self):
        """Return the table of the steps this order can go."""
        self.ensure_one()
        return order_states.ORDER_STATES

    def _kdc_targets(self, actor):
        """Return the states into which this actor can bring the order now."""
        return self._kdc_steps().targets(self.kdc_shop_state, actor)

    def _kdc_set_state(self, target, actor, reason="", cancel=True):
        """Bring market orders into ``target`` and tell the other side.

        Callers check who is asking; this method checks that the step exists for that actor.

        :param actor: one of ``engine.order_states`` BUYER, SHOP, MODERATOR, SYSTEM
        :param reason: in words, for the steps that need one
        :param cancel: also cancel the `sale.order` when the order is given up
        :raise UserError: no such step now (somebody else may have been faster), or no reason given
        """
        for order in self.sudo():  # sudo: sellers and buyers have no right on orders; who asks was checked before
            lock_or_retry(order, allow_referencing=True)
            order.invalidate_recordset(["kdc_shop_state"])
            try:
                transition = order._kdc_steps().check(order.kdc_shop_state, target, actor)
            except TransitionError:
                labels = dict(self._fields["kdc_shop_state"]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "Order %(order)s is now “%(state)s”; this step is not possible any more.",
                        order=order.name,
                        state=labels[order.kdc_shop_state],
                    )
                ) from None
            if transition.needs_reason and not (reason or "").strip():
                raise UserError(self.env._("Please give the reason: the buyer will read it."))
            order.write(
                {
                    "kdc_shop_state": target,
                    "kdc_state_date": fields.Datetime.now(),
                    "kdc_state_reason": (reason or "").strip() or False,
                }
            )
            if target in order_states.GIVEN_UP:
                order._kdc_free_stock()
                if cancel:
                    order._action_cancel()
            order._kdc_tell(target, actor)

    def _kdc_free_stock(self):
        """Put back what the lines took off the shelf: neither appointments nor what nobody counted at that time."""
        quantities = defaultdict(int)
        for line in self.order_line.filtered("kdc_reserved"):
            quantities[line.product_id] += line.kdc_reserved
        self.order_line.kdc_reserved = 0
        self.env["product.product"]._kdc_release(quantities)

    def _kdc_tell(self, state, actor):
        """Tell whoever did not do it: the buyer, the shop, or both."""
        self.ensure_one()

        def title(order):
            label = dict(order._fields["kdc_shop_state"]._description_selection(order.env))[state]
            return order.env._("Order %(order)s: %(state)s", order=order.name, state=label)

        if actor != order_states.BUYER:
            self._kdc_notify_buyer(lambda order: (title(order), order._kdc_body_for_buyer(state, actor)))
        if actor != order_states.SHOP:
            self._kdc_notify_shop(lambda order: (title(order), order._kdc_body_for_shop(state, actor)))

    def _kdc_body_for_buyer(self, state, actor):
        """Return what the notice of a new state tells the buyer: reason or goods, and money to come back."""
        body = self.kdc_state_reason or self._kdc_summary()
        if amount := self._kdc_to_give_back():
            money = self.env._("The shop has received %s for it and gives the money back.", fmt.vnd(amount))
            body = f"{body}\n{money}"
        return body

    def _kdc_body_for_shop(self, state, actor):
        """Return what the notice of a new state tells the people of the shop."""
        if actor == order_states.SYSTEM:
            return self.env._("It was not answered in time. The goods are free again.")
        return self._kdc_body_for_buyer(state, actor)

    def _kdc_notify_buyer(self, words):
        """Leave a notice to the buyer; see `_kdc_notify`."""
        self._kdc_notify(self.partner_id, words, f"/my/orders/{self.id}")

    def _kdc_notify_shop(self, words):
        """Leave a notice to everybody who runs the shop; see `_kdc_notify`."""
        # sudo: a buyer's click tells the seller, whom the buyer cannot read
        partners = self.sudo().kdc_shop_id.member_ids.user_id.partner_id
        self._kdc_notify(partners, words, f"/my/shop/orders/{self.id}")

    def _kdc_notify(self, partners, words, url):
        """Leave a notice to every partner in his own language.

        :param words: function that gets this order in a language and returns title and body
        """
        self.ensure_one()
        # sudo: whoever acts may tell the other side without reading its notices
        self.env["kdc.notification"].sudo()._notify_words(partners, self, words, url)

    def action_kdc_cancel(self):
        """Button of the moderator: ask for the reason, then cancel."""
        return self.env["kdc.market.reason"]._open(self, "cancel")

    def _kdc_cancel_by_moderator(self, reason):
        refusal = self.env._("Only a moderator cancels the order of somebody else.")
        self.env["kdc.shop"]._kdc_check_moderates(self, refusal)
        self._kdc_set_state(order_states.CANCELLED, order_states.MODERATOR, reason)

    @api.model
    def _kdc_to_prepare_domain(self):
        """Orders a shop has to get ready: never cancelled, refused or finished ones (trap T6)."""
        return [("kdc_shop_state", "in", list(order_states.TO_PREPARE)), ("state", "=", "sale")]
