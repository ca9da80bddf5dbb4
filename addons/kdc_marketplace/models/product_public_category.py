from odoo import api, models


class ProductPublicCategory(models.Model):
    """Which categories a reader sees: those with something for him, not those with goods of other areas only (M-03)."""

    _inherit = "product.public.category"

    @api.model
    def _kdc_on_sale(self):
        """Return the domain of the listings that count for the current user."""
        return [("is_published", "=", True), ("active", "=", True), ("kdc_shown_here", "=", True)]

    @api.depends_context("uid")
    def _compute_has_published_products(self):
        """Override of `website_sale`, without ``super``: its query, for all categories of a page and for this reader.

        The field is recursive, so that the ORM asks for each category by itself; children are answered first.
        """
        field = self._fields["has_published_products"]
        together = self | self.browse(self._prefetch_ids)
        domain = [("public_categ_ids", "in", together.ids), *self._kdc_on_sale()]
        filled = {category.id for [category] in self.env["product.template"]._read_group(domain, ["public_categ_ids"])}
        with self.env.protecting([field], together):
            for category in together.sorted("parent_path", reverse=True):
                category.has_published_products = category.id in filled or any(
                    child.has_published_products for child in category.child_id
                )

    @api.model
    def _search_has_published_products(self, operator, value):
        """Override of `website_sale`, without ``super``: its query for this reader; Odoo's access rule asks it."""
        if operator != "in":
            return NotImplemented
        filled = self._search([("product_tmpl_ids", "any", self._kdc_on_sale())]).get_result_ids()
        return ["|", ("id", "in", filled), ("id", "parent_of", filled)]
