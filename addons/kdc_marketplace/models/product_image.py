from odoo import api, fields, models

#: What a photo shows. Its place among the others changes nothing that a moderator has not seen.
CONTENT_FIELDS = frozenset({"image_1920", "video_url", "product_tmpl_id", "product_variant_id"})


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
        images = super().create(vals_list)
        images._kdc_check_again()
        return images

    def write(self, vals):
        result = super().write(vals)
        if CONTENT_FIELDS & vals.keys():
            self._kdc_check_again()
        return result

    def _kdc_check_again(self):
        """Send the published listings with these photos back to the moderators."""
        if not self.env["kdc.shop"]._kdc_is_moderator():
            # sudo: who adds a photo to a listing has passed the checks of the listing
            listings = self.sudo().kdc_listing_id.filtered(lambda p: p.kdc_listing_state == "published")
            listings._kdc_send_back({"product_template_image_ids": True})
