import re

from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.text import fold
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from ..engine import order_states, shop_states

#: What the buttons of the word of the group write, and the days that the yearly report counts.
EVIDENCE = frozenset(
    "area_state area_user_id area_date opened_on ended_on answer_count answer_missed answer_minutes".split()
)


class KdcShop(models.Model):
    """A seller of the neighbourhood: household, shop or cooperative.

    The shop is run by its members from the portal. Its money never passes through the ward: buyers pay on
    hand-over or straight to the shop's own bank account.
    """

    _name = "kdc.shop"
    _description = "Shop"
    _inherit = ["mail.thread", "mail.activity.mixin", "kdc.ban.words"]
    _order = "name, id"
    _kdc_screened = (
        "name", "description", "delivery_note", "place_ids.name", "place_ids.note", "window_ids.name",
        "special_day_ids.name",
    )  # fmt: skip
    _check_company_auto = True
    _rec_names_search = ["name", "search_key", "phone"]

    name = fields.Char(required=True, tracking=True)
    code = fields.Char(
        compute="_compute_code",
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
        help="Short name in the address of the shop page: small letters, digits and hyphens.",
    )
    search_key = fields.Char(compute="_compute_search_key", store=True, index="trigram")
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("submitted", "Submitted"),
            ("approved", "Approved"),
            ("suspended", "Suspended"),
            ("refused", "Refused"),
            ("closed", "Closed"),
        ],
        default="draft",
        required=True,
        tracking=True,
        index=True,
        copy=False,
        group_expand=True,
    )
    state_reason = fields.Text("Reason", copy=False, help="Why the shop was refused or suspended; its owner reads it.")
    submitted_date = fields.Datetime("Submitted on", copy=False)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    area_id = fields.Many2one(
        "kdc.area", "Residential group", index=True, domain="[('kind', '=', 'group'), ('date_to', '=', False)]"
    )
    member_ids = fields.One2many("kdc.shop.member", "shop_id", "People", copy=False)
    phone = fields.Char()
    address = fields.Char()
    description = fields.Text()
    delivers = fields.Boolean("Brings goods to the house")
    delivery_note = fields.Char(help="Where and when the shop delivers, and what it costs.")
    bank_account = fields.Char(
        "Account as buyers read it",
        help="Bank, account number and holder as the buyer should type them. The ward never holds the money.",
    )
    listing_ids = fields.One2many("product.template", "kdc_shop_id", "Listings")
    order_ids = fields.One2many("sale.order", "kdc_shop_id", "Orders")
    listing_count = fields.Integer(compute="_compute_listing_counts")
    pending_listing_count = fields.Integer(compute="_compute_listing_counts")
    published_listing_count = fields.Integer(compute="_compute_listing_counts")
    new_order_count = fields.Integer(compute="_compute_order_counts")
    open_order_count = fields.Integer(compute="_compute_order_counts")

    _code_company_uniq = models.UniqueIndex("(company_id, code)", "Another shop already uses this short name.")

    # -- computes --------------------------------------------------------------------------------------------------
    @api.depends("name")
    def _compute_code(self):
        """Derive the address of the shop from its name once; a known address is kept when the name changes."""
        taken = set()
        for shop in self:
            if shop.code or not shop.name:
                continue
            base = re.sub(r"[^a-z0-9]+", "-", fold(shop.name)).strip("-")[:40] or "gian-hang"
            # sudo: an address must be free in the whole database, also where the user does not see the shop
            used = set(self.sudo().search([("code", "=like", base + "%")]).mapped("code")) | taken
            code, number = base, 2
            while code in used:
                code, number = f"{base}-{number}", number + 1
            taken.add(code)
            shop.code = code

    @api.depends("name", "address", "phone", "area_id.name")
    def _compute_search_key(self):
        for shop in self:
            shop.search_key = fold(" ".join(filter(None, (shop.name, shop.address, shop.phone, shop.area_id.name))))

    def _compute_listing_counts(self):
        counts = {
            (shop.id, state): count
            for shop, state, count in self.env["product.template"]
            # sudo: numbers only
            .sudo()
            ._read_group([("kdc_shop_id", "in", self.ids)], ["kdc_shop_id", "kdc_listing_state"], ["__count"])
        }
        for shop in self:
            shop.pending_listing_count = counts.get((shop.id, "pending"), 0)
            shop.published_listing_count = counts.get((shop.id, "published"), 0)
            shop.listing_count = sum(
                n for (shop_id, state), n in counts.items() if shop_id == shop.id and state != "closed"
            )

    def _compute_order_counts(self):
        counts = {
            (shop.id, state): count
            for shop, state, count in self.env["sale.order"]
            # sudo: numbers only
            .sudo()
            ._read_group([("kdc_shop_id", "in", self.ids)], ["kdc_shop_id", "kdc_shop_state"], ["__count"])
        }
        for shop in self:
            shop.new_order_count = counts.get((shop.id, order_states.NEW), 0)
            shop.open_order_count = sum(counts.get((shop.id, state), 0) for state in order_states.OPEN)

    @api.model
    def _search_display_name(self, operator, value):
        """Find a shop without typing the diacritics."""
        domain = super()._search_display_name(operator, value)
        if isinstance(value, str) and operator in ("ilike", "like", "=ilike"):
            domain = Domain(domain) | Domain("search_key", "ilike", fold(value))
        return domain

    # -- constraints -----------------------------------------------------------------------------------------------
    @api.constrains("code")
    def _check_code(self):
        for shop in self:
            if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", shop.code or ""):
                raise ValidationError(
                    self.env._(
                        "The short name of “%s” may hold small letters without diacritics, digits and hyphens only.",
                        shop.name,
                    )
                )

    # -- life cycle ------------------------------------------------------------------------------------------------
    @api.model
    def _kdc_check_evidence(self, evidence, vals):
        """Refuse to change by hand what is kept as evidence; methods write it with ``sudo()`` after their checks.

        :raises AccessError: ``vals`` hold a field of ``evidence``
        """
        if not self.env.su and evidence & vals.keys():
            raise AccessError(self.env._("This is kept as it was sent or decided. Use the buttons of the form."))

    def _kdc_actors(self):
        """Return the actors of the shop's life cycle the current user may act as."""
        self.ensure_one()
        actors = set()
        if self._kdc_judges():
            actors.add(shop_states.MODERATOR)
        # sudo: who runs the shop decides, whatever the caller may read
        if self.env.user in self.sudo().member_ids.filtered(lambda m: m.role == "owner").user_id:
            actors.add(shop_states.OWNER)
        return actors

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._kdc_check_evidence(EVIDENCE, vals)
        self._kdc_check_evidence({f"default_{fname}" for fname in EVIDENCE}, self.env.context)
        if not self._kdc_is_moderator():
            for vals in vals_list:
                if vals.get("state", "draft") not in (shop_states.DRAFT, shop_states.SUBMITTED):
                    raise AccessError(self.env._("Only a moderator approves a shop."))
        shops = super().create(vals_list)
        opened = shops.filtered(lambda shop: shop.state not in (shop_states.DRAFT, shop_states.SUBMITTED))
        self._kdc_check_no_party(opened)
        return shops

    def write(self, vals):
        self._kdc_check_evidence(EVIDENCE, vals)
        if "state" in vals:
            for shop in self:
                shop._check_state_change(vals["state"], vals.get("state_reason"))
        return super().write(vals)

    def _check_state_change(self, target, reason):
        """Raise unless the current user may bring the shop into ``target``."""
        self.ensure_one()
        if target == self.state:
            return
        actors = self._kdc_actors()
        table = shop_states.SHOP_STATES
        transition = next((t for actor in actors if (t := table.find(self.state, target, actor))), None)
        labels = dict(self._fields["state"]._description_selection(self.env))
        if not transition:
            if self._kdc_is_moderator():
                self._kdc_check_no_party(self)  # says why, and who can
            raise AccessError(
                self.env._(
                    "The shop “%(shop)s” cannot go from “%(before)s” to “%(after)s” by you.",
                    shop=self.name,
                    before=labels[self.state],
                    after=labels.get(target, target),
                )
            )
        if transition.needs_reason and not (reason or "").strip():
            raise UserError(self.env._("Please give the reason: the owner of the shop will read it."))
        # A closed shop has no page on which its people could finish them.
        if target == shop_states.CLOSED and self.open_order_count:
            raise UserError(self.env._("The shop “%s” has open orders: they are finished or refused first.", self.name))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        # sudo: what hangs on the shop counts, whoever deletes
        if any(shop.sudo().order_ids or shop.sudo().listing_ids for shop in self):
            raise UserError(self.env._("A shop with listings or orders is closed, not deleted."))

    # -- actions ---------------------------------------------------------------------------------------------------
    def action_submit(self):
        self.write({"state": shop_states.SUBMITTED, "state_reason": False, "submitted_date": fields.Datetime.now()})

    def action_approve(self):
        """Open the shop: its published listings appear in the market."""
        self.write({"state": shop_states.APPROVED, "state_reason": False})
        for shop in self:
            shop._kdc_notify_members(
                lambda shop: (
                    shop.env._("Your shop “%s” is open", shop.name),
                    shop.env._("You can now add listings. Each one is checked before it appears in the market."),
                )
            )

    def action_close(self):
        self.write({"state": shop_states.CLOSED})

    def _kdc_refuse(self, reason):
        self.write({"state": shop_states.REFUSED, "state_reason": reason})
        for shop in self:
            shop._kdc_notify_members(lambda shop: (shop.env._("Your shop “%s” was not accepted", shop.name), reason))

    def _kdc_suspend(self, reason):
        self.write({"state": shop_states.SUSPENDED, "state_reason": reason})
        for shop in self:
            shop._kdc_notify_members(lambda shop: (shop.env._("Your shop “%s” is suspended", shop.name), reason))

    def action_refuse(self):
        return self.env["kdc.market.reason"]._open(self, "refuse")

    def action_suspend(self):
        return self.env["kdc.market.reason"]._open(self, "suspend")

    def action_view_listings(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_marketplace.product_template_action")
        return {**action, "domain": [("kdc_shop_id", "=", self.id)], "context": {}}

    def action_view_pending_listings(self):
        action = self.action_view_listings()
        return {**action, "context": {"search_default_pending": 1}}

    def action_view_orders(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_marketplace.sale_order_action")
        return {**action, "domain": [("kdc_shop_id", "=", self.id)], "context": {}}

    # -- business --------------------------------------------------------------------------------------------------
    def _kdc_url(self):
        """Public address of the shop page."""
        self.ensure_one()
        return f"/shop/of/{self.code}"

    def _kdc_notify_members(self, words, url="/my/shop", about=None):
        """Tell everybody who runs the shop, in the system, each in his own language.

        :param words: function that gets ``about`` in a language and returns title and body
        :param url: page of the shop; it opens in this one, whichever of his the reader has looked at last
        :param about: what it is about, the shop itself when nothing is named
        """
        self.ensure_one()
        # sudo: a buyer's click tells the seller, whom the buyer cannot read
        partners = self.sudo().member_ids.user_id.partner_id
        url += f"{'&' if '?' in url else '?'}shop={self.id}"
        # sudo: as above
        self.env["kdc.notification"].sudo()._notify_words(partners, self if about is None else about, words, url)
