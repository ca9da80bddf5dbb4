from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine import shop_states

ASKED = "kdc_marketplace.activity_area_shown"
#: What decides to which groups alone a shop is shown.
SHOWN = frozenset({"state", "only_served", "served_area_ids"})


class KdcShop(models.Model):
    """Who sees a shop (features M-03): everybody, or only who lives in the areas it serves and accepts it.

    A shop that is shown to some groups only is theirs: their heads are told, and each may refuse it for the own group
    and take that back. Who says nothing accepts it. A shop for everybody is the ward's, which has approved it.
    """

    _inherit = "kdc.shop"

    only_served = fields.Boolean(
        "Shown to these areas only",
        tracking=True,
        help="Guests and residents of other areas do not find the shop; its people and its customers do.",
    )
    refused_area_ids = fields.Many2many(
        "kdc.area",
        "kdc_shop_refused_area_rel",
        "shop_id",
        "area_id",
        "Not accepted by",
        copy=False,
        domain="[('id', 'in', served_area_ids)]",
        help="Their heads do not want the shop in the group. It counts while the shop is shown to its areas only.",
    )

    @api.constrains("only_served", "served_area_ids")
    def _check_only_served(self):
        for shop in self:
            if shop.only_served and not shop.served_area_ids:
                raise ValidationError(
                    self.env._("Please choose the residential groups to which “%s” is shown.", shop.name)
                )

    def write(self, vals):
        """Override: tell the heads of groups that a shop has chosen; whose word it is, is asked of moderators too."""
        if "refused_area_ids" in vals and not self.env.su:
            refusal = self.env._("Only the head of the residential group or a moderator says that.")
            self._kdc_check_moderates(self, refusal)
        if not SHOWN & vals.keys():
            return super().write(vals)
        self.check_access("write")
        before = {shop: shop._kdc_own_areas() for shop in self}
        result = super().write(vals)
        for shop, areas in before.items():
            now = shop._kdc_own_areas()
            shop._kdc_ask_areas(now - areas)
            shop._kdc_ask_no_more(areas - now, now)
        return result

    def _kdc_own_areas(self):
        """Return the groups to which alone an open shop wants to be shown; none for a shop that everybody sees."""
        self.ensure_one()
        shop = self.sudo()  # sudo: areas of shops are public
        alone = shop.only_served and shop.state == shop_states.APPROVED
        return shop.served_area_ids if alone else shop.served_area_ids.browse()

    # -- who sees it -----------------------------------------------------------------------------------------------
    @api.model
    def _kdc_shown_domain(self):
        """Return the domain of the shops that the current user may see, whatever their state.

        Where somebody lives and has bought is asked inside the query that uses it: pages of the market take no more
        queries than without. Staff see every shop.
        """
        user = self.env.user
        if not user.share:
            return Domain.TRUE
        shown = Domain("only_served", "=", False)
        if user._is_public():
            return shown
        own = [("partner_id", "=", user.partner_id.id)]
        # sudo: of the reader's own home and orders only the group and the shops are asked
        Home, Order = self.env["kdc.resident"].sudo(), self.env["sale.order"].sudo()

        def some(model, fname):
            column = SQL.identifier(model._table, fname, to_flush=model._fields[fname])
            return model._search(own).subselect(column)

        here = some(Home, "area_id")
        return (
            shown
            | (Domain("served_area_ids", "in", here) & Domain("refused_area_ids", "not in", here))
            | Domain("member_ids", "any!", [("user_id", "=", user.id)])
            | Domain("id", "in", some(Order, "kdc_shop_id"))
        )

    # -- the word of the groups ------------------------------------------------------------------------------------
    def _kdc_ask_areas(self, areas):
        """Tell the heads of ``areas`` that the shop is shown in their group, so that they can refuse it."""
        self.ensure_one()
        # sudo: whoever shows the shop tells; heads and their desks are nobody's to read
        shop = self.sudo()
        for head in shop._kdc_area_heads(areas) if areas else ():
            shop.activity_schedule(ASKED, user_id=head.id)

    def _kdc_ask_no_more(self, gone, left):
        """Take the task from the heads of the groups ``gone``, unless they also head one of those ``left``."""
        self.ensure_one()
        shop = self.sudo()  # sudo: as in `_kdc_ask_areas`
        if gone and not left:
            shop.activity_unlink([ASKED])  # everybody sees it now, or nobody
        elif gone:
            for head in shop._kdc_area_heads(gone) - shop._kdc_area_heads(left):
                shop.activity_unlink([ASKED], user_id=head.id)

    def action_refuse_here(self):
        """Say that the own groups do not accept the shop: it is not shown there any more."""
        self._kdc_note_here(True, lambda shop: shop.env._("“%s” is not accepted", shop.name))

    def action_accept_here(self):
        """Accept the shop in the own groups again."""
        self._kdc_note_here(False, lambda shop: shop.env._("“%s” is accepted again", shop.name))

    def _kdc_note_here(self, refuses, title):
        """Note the word of the user's own groups, tell the shop, and keep who said it.

        What a group has said already is not told again.

        :param refuses: whether these groups do not accept the shop
        :param title: function that gets the shop in a language and returns the title of the notice
        :raise AccessError: no head of a group, none of the groups is the user's, or the user sells in the shop
        :raise UserError: the word does not matter, as the shop is not open or everybody sees it
        """
        self.sudo(False).check_access("read")
        for shop in self:
            areas = shop._kdc_areas_of_head()
            # sudo: heads have no right to write shops; the word about their group is theirs
            shop = shop.sudo()
            if not shop._kdc_own_areas():
                raise UserError(
                    self.env._("“%s” is not open, or everybody sees it: there is nothing to say about it.", shop.name)
                )
            shop.activity_unlink([ASKED], user_id=self.env.uid)
            areas = areas - shop.refused_area_ids if refuses else areas & shop.refused_area_ids
            if not areas:
                continue
            command = Command.link if refuses else Command.unlink
            shop.refused_area_ids = [command(area.id) for area in areas]
            names = ", ".join(areas.mapped("name"))
            shop._message_log(body=f"{title(shop)} ({names})")
            shop._kdc_notify_members(lambda shop, names=names: (title(shop), names), "/my/shop/areas")

    def _kdc_areas_of_head(self):
        """Return the areas served by the shop about which the current user gives the word, in sudo; or raise."""
        self.ensure_one()
        user, shop = self.env.user, self.sudo()  # sudo: where the user is in charge, and who sells, is asked
        self._kdc_check_no_party(self)
        own = self.env["kdc.area"].sudo().search([("id", "child_of", user.sudo().kdc_area_ids.ids)])  # sudo: as above
        areas = shop.served_area_ids & own
        if not user.has_group("kdc_residents.group_area_head") or not areas:
            raise AccessError(self.env._("“%s” is not shown in your residential group.", shop.name))
        return areas


class ProductTemplate(models.Model):
    """Listings are seen by who sees their shop; the access rules ask it, so that no path shows more."""

    _inherit = "product.template"

    kdc_only_served = fields.Boolean("Shown to some areas only", related="kdc_shop_id.only_served", store=True)
    kdc_shown_here = fields.Boolean(
        "Shown to the reader",
        compute="_compute_kdc_shown_here",
        compute_sudo=True,
        search="_search_kdc_shown_here",
        help="Whether the current user sees the shop; whether the listing is published is another matter.",
    )

    @api.depends("kdc_only_served")
    @api.depends_context("uid")
    def _compute_kdc_shown_here(self):
        limited = self.filtered("kdc_only_served")
        (self - limited).kdc_shown_here = True
        if limited:
            Shop = self.env["kdc.shop"]
            seen = Shop.search(Domain("id", "in", limited.kdc_shop_id.ids) & Shop._kdc_shown_domain())
            for listing in limited:
                listing.kdc_shown_here = listing.kdc_shop_id in seen

    def _search_kdc_shown_here(self, operator, value):
        if operator != "in" or True not in value:
            return NotImplemented
        if not self.env.user.share:
            return Domain.TRUE
        everywhere = Domain("kdc_only_served", "!=", True)
        if self.env.user._is_public():
            return everywhere
        # sudo: residents have no right on shops; only whether they see one is asked
        Shop = self.env["kdc.shop"].sudo()
        return everywhere | Domain("kdc_shop_id", "in", Shop._search(Shop._kdc_shown_domain()))

    def _can_return_content(self, field_name=None, access_token=None):
        """Override of `website`: photos of what is published are everybody's, but not those of some areas only."""
        # sudo: asked about the real user, who may have no right to read the listing
        return self.sudo().kdc_shown_here and super()._can_return_content(field_name, access_token)


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _can_return_content(self, field_name=None, access_token=None):
        """Override of `website`: as for the listing."""
        # sudo: as for the listing
        return self.sudo().product_tmpl_id.kdc_shown_here and super()._can_return_content(field_name, access_token)


class ProductFeed(models.Model):
    _inherit = "product.feed"

    def _get_feed_product_domain(self):
        """Override of `website_sale`: a feed is read by everybody, so it holds what everybody sees."""
        return super()._get_feed_product_domain() & Domain("product_tmpl_id.kdc_only_served", "!=", True)
