from odoo import api, fields, models
from odoo.exceptions import ValidationError

#: What a new word changes for the moderators, see ``product.template._kdc_check_again``.
NEW_WORDS = {"attribute_line_ids": True}


class ProductAttribute(models.Model):
    """A kind of choice ("Cỡ") of one listing.

    Each listing has its own: no shop reads or reuses the words of another one, and a word that was checked for one
    listing is not checked for all. They end with the listing and are removed when nothing holds them any more.
    """

    _inherit = "product.attribute"

    kdc_listing_id = fields.Many2one(
        "product.template", "Listing", copy=False, readonly=True, index="btree_not_null", ondelete="cascade"
    )

    _kdc_listing_check = models.Constraint(
        "CHECK (kdc_listing_id IS NULL OR create_variant = 'always')",
        "Each choice of a listing has its own price and stock.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        listings = self.env["product.template"].browse({vals.get("kdc_listing_id") or 0 for vals in vals_list} - {0})
        # Before the words are there: the listing keeps what buyers have seen
        listings._kdc_check_again(NEW_WORDS)
        return super().create(vals_list)

    def write(self, vals):
        if "name" in vals:
            self.filtered(lambda kind: kind.name != vals["name"]).kdc_listing_id._kdc_check_again(NEW_WORDS)
        return super().write(vals)


class ProductAttributeValue(models.Model):
    """A choice ("M") of a listing. It is never renamed by its shop: orders of last week say what was sold then."""

    _inherit = "product.attribute.value"

    kdc_listing_id = fields.Many2one(related="attribute_id.kdc_listing_id", store=True, index="btree_not_null")

    @api.model_create_multi
    def create(self, vals_list):
        attributes = self.env["product.attribute"].browse({vals.get("attribute_id") or 0 for vals in vals_list} - {0})
        attributes.kdc_listing_id._kdc_check_again(NEW_WORDS)
        return super().create(vals_list)

    def write(self, vals):
        if "name" in vals:
            self.filtered(lambda value: value.name != vals["name"]).kdc_listing_id._kdc_check_again(NEW_WORDS)
        return super().write(vals)


class ProductTemplateAttributeLine(models.Model):
    _inherit = "product.template.attribute.line"

    @api.constrains("attribute_id", "product_tmpl_id")
    def _check_kdc_listing(self):
        """A listing uses its own kinds of choice, and nothing else uses them."""
        for line in self:
            template = line.product_tmpl_id
            if line.attribute_id.kdc_listing_id != (template if template.kdc_shop_id else template.browse()):
                raise ValidationError(self.env._("The choices of a listing belong to this listing only."))
