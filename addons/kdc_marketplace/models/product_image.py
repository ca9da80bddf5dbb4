from odoo import api, fields, models

#: What a photo shows. Its place among the others changes nothing that a moderator has not seen.
CONTENT_FIELDS = frozenset({"image_1920", "video_url", "product_tmpl_id", "product_variant_id"})
NEW_PHOTOS = {"product_template_image_ids": True}


class ProductImage(models.Model):
    """Further photos of listings: new ones are looked at before buyers see them, whatever the path they come by."""

    _inherit = "product.image"

    kdc_listing_id = fields.Many2one(
        "product.template",
        "Listing",
        compute="_compute_kdc_listing_id",
        store=True,
        index="btree_not_null",
        help="The listing of the market that shows this photo; the access rule asks it.",
    )

    @api.depends("product_tmpl_id.kdc_shop_id", "product_variant_id.product_tmpl_id.kdc_shop_id")
    def _compute_kdc_listing_id(self):
        for image in self:
            template = image.product_tmpl_id or image.product_variant_id.product_tmpl_id
            image.kdc_listing_id = template if template.kdc_shop_id else False

    @api.model_create_multi
    def create(self, vals_list):
        templates = self.env["product.template"].browse(
            {vals["product_tmpl_id"] for vals in vals_list if vals.get("product_tmpl_id")}
        )
        # Before they are there: the listing keeps which photos buyers have seen
        templates._kdc_check_again(NEW_PHOTOS)
        images = super().create(vals_list)
        images.kdc_listing_id._kdc_check_again(NEW_PHOTOS)
        return images

    def write(self, vals):
        changes = bool(CONTENT_FIELDS & vals.keys())
        if changes:
            self.kdc_listing_id._kdc_check_again(NEW_PHOTOS)
        result = super().write(vals)
        if changes:
            self.kdc_listing_id._kdc_check_again(NEW_PHOTOS)
        return result
