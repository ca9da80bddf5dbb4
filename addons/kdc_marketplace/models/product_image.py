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
        templates = self.env["product.template"].browse(
            {vals["product_tmpl_id"] for vals in vals_list if vals.get("product_tmpl_id")}
        )
        # Before they are there: the listing keeps which photos buyers have seen
        self._kdc_check_again(templates)
        images = super().create(vals_list)
        images._kdc_check_again(images.kdc_listing_id)
        return images

    def write(self, vals):
        changes = bool(CONTENT_FIELDS & vals.keys())
        if changes:
            self._kdc_check_again(self.kdc_listing_id)
        result = super().write(vals)
        if changes:
            self._kdc_check_again(self.kdc_listing_id)
        return result

    def _kdc_check_again(self, templates):
        """Let moderators look at listings again, because their photos change."""
        if not self.env["kdc.shop"]._kdc_is_moderator():
            # sudo: who adds a photo to a listing has passed the checks of the listing
            listings = templates.sudo().filtered("kdc_shop_id")
            listings.filtered(lambda p: p.kdc_listing_state == "pending")._kdc_wait_anew()
            listings.filtered(lambda p: p.kdc_listing_state == "published")._kdc_send_back(
                {"product_template_image_ids": True}
            )
