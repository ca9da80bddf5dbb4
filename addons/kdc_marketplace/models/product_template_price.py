from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ProductTemplate(models.Model):
    """A lower price for residents (features M-24): only who is signed in and lives in the ward sees and pays it.

    The price a buyer pays is decided by the order's own buyer, never by what a page has sent.
    """

    _inherit = "product.template"

    kdc_resident_price = fields.Integer(
        "Price for residents",
        groups="kdc_residents.group_staff",
        # whoever copies a product of Odoo's need not have these rights; a listing's copy names it
        copy=False,
        help="VND. Lower than the price; 0 when residents pay the same as everybody.",
    )

    _kdc_resident_price_check = models.Constraint(
        "CHECK (COALESCE(kdc_resident_price, 0) = 0 OR (kdc_resident_price > 0 AND kdc_resident_price < list_price))",
        "The price for residents is lower than the price for others.",
    )

    @api.constrains("kdc_resident_price", "list_price")
    def _check_kdc_resident_price(self):
        for template in self.sudo():  # sudo: the field is not for everybody, its rule is
            if template.kdc_resident_price and not 0 < template.kdc_resident_price < template.list_price:
                raise ValidationError(
                    self.env._("The price for residents of “%s” must be lower than the price.", template.name)
                )

    def _kdc_resident_savings(self, partner):
        """Return {listing: VND a piece costs less} for a buyer; empty for whoever does not live in the ward.

        :param partner: res.partner who buys
        """
        # sudo: guests and portal users do not read the field; they learn their own price only
        listings = self.sudo().filtered("kdc_resident_price")
        ward = listings and partner._kdc_ward()
        return {
            listing.sudo(False): listing.list_price - listing.kdc_resident_price
            for listing in listings
            if ward and listing.company_id == ward
        }

    def _get_sales_prices(self, website):
        """Override of `website_sale`: residents see their price beside the usual one."""
        prices = super()._get_sales_prices(website)
        if self.env.user._is_public():
            return prices
        for listing, saving in self._kdc_resident_savings(self.env.user.partner_id).items():
            values = prices[listing.id]
            values.update(
                base_price=max(values.get("base_price", 0), values["price_reduce"]),
                price_reduce=values["price_reduce"] - saving,
                kdc_resident=True,
            )
        return prices

    @api.model
    def _apply_taxes_to_price(self, price, currency, product_taxes, taxes, product_or_template, website=None):
        """Override of `website_sale`: prices of the market are final; nothing is to be computed of no taxes."""
        if product_or_template.kdc_shop_id and not product_taxes and not taxes:
            return currency.round(price)
        return super()._apply_taxes_to_price(
            price, currency, product_taxes, taxes, product_or_template, website=website
        )

    def _get_additionnal_combination_info(self, product_or_template, quantity, uom, date, website):
        """Override of `website_sale`: see `_get_sales_prices`."""
        info = super()._get_additionnal_combination_info(product_or_template, quantity, uom, date, website)
        if self.env.user._is_public():
            return info
        partner = self.env.user.partner_id
        if product_or_template._name == "product.product":
            saving = product_or_template._kdc_resident_saving(partner)
        else:
            saving = sum(product_or_template._kdc_resident_savings(partner).values())
        if saving:
            info.update(
                list_price=max(info["list_price"], info["price"]),
                price=info["price"] - saving,
                has_discounted_price=True,
                kdc_resident=True,
            )
        return info


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _kdc_resident_saving(self, partner):
        """Return how many VND less a piece of this costs a buyer; a choice has a price for residents of its own."""
        self.ensure_one()
        if not self.kdc_has_choices:
            return sum(self.product_tmpl_id._kdc_resident_savings(partner).values())
        choice = self.sudo()  # sudo: as for the listing
        if not choice.kdc_variant_resident_price or partner._kdc_ward() != choice.company_id:
            return 0
        return choice.kdc_variant_price - choice.kdc_variant_resident_price


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _kdc_ward(self):
        """Return the ward where this person lives; empty for whoever does not live in one."""
        # sudo: whether this one person lives in the ward
        resident = self.env["kdc.resident"].sudo().search([("partner_id", "in", self.ids)], limit=1)
        return resident.company_id if resident.household_id else resident.company_id.browse()


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _get_pricelist_price(self):
        """Override of `sale`: the buyer of this order pays the price for residents, if it is one."""
        price = super()._get_pricelist_price()
        saving = self.product_id._kdc_resident_saving(self.order_id.partner_id) if self.product_id else 0
        return price - min(saving, price)  # nothing costs less than nothing
