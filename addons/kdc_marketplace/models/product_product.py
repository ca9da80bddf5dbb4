from odoo import api, fields, models
from odoo.tools import SQL, groupby

#: What the listing sums up of its choices (see ``product.template._kdc_sum_choices``).
FIGURES = frozenset({"kdc_variant_price", "kdc_variant_resident_price", "kdc_variant_quantity", "kdc_variant_open"})


class ProductProduct(models.Model):
    """What a buyer orders: the listing, or one choice of it ("Đỏ, M") with its own price, stock and switch.

    The figures of a choice are here, those of a listing without choices in its template. All changes work at once.
    """

    _inherit = "product.product"

    kdc_choice = fields.Char(
        "Choice",
        compute="_compute_kdc_choice",
        store=True,
        help="“Đỏ, M”; kept, because orders and slips of many goods say it.",
    )
    kdc_variant_price = fields.Integer("Price of the choice", copy=False, help="VND; 0 without choices.")
    kdc_variant_resident_price = fields.Integer(
        "Price of the choice for residents",
        groups="kdc_residents.group_staff",
        copy=False,
        help="VND. Lower than the price; 0 when residents pay the same as everybody.",
    )
    kdc_variant_quantity = fields.Integer("Available of the choice", copy=False)
    kdc_variant_open = fields.Boolean("Choice open for orders", default=True, copy=False)

    _kdc_variant_quantity_check = models.Constraint(
        "CHECK (COALESCE(kdc_variant_quantity, 0) >= 0)", "The stock cannot be below zero."
    )
    _kdc_variant_price_check = models.Constraint(
        "CHECK (COALESCE(kdc_variant_price, 0) >= 0)", "The price of a listing is a whole number of đồng above zero."
    )
    _kdc_variant_resident_price_check = models.Constraint(
        "CHECK (COALESCE(kdc_variant_resident_price, 0) = 0 OR (kdc_variant_resident_price > 0"
        " AND kdc_variant_resident_price < kdc_variant_price))",
        "The price for residents is lower than the price for others.",
    )

    @api.depends(
        "product_template_attribute_value_ids.name",
        "product_template_attribute_value_ids.attribute_line_id.sequence",
        "kdc_shop_id",
    )
    def _compute_kdc_choice(self):
        for product in self:
            values = product.product_template_attribute_value_ids if product.kdc_shop_id else ()
            values = values and values.sorted(lambda value: (value.attribute_line_id.sequence, value.id))
            product.kdc_choice = ", ".join(value.name for value in values) or False

    @api.depends("kdc_variant_price", "product_tmpl_id.kdc_has_choices", "product_tmpl_id.list_price")
    def _compute_product_price_extra(self):
        """Override of `product`: a choice has a price of its own; Odoo asks what it costs more than the listing."""
        result = super()._compute_product_price_extra()
        for product in self:
            if product.kdc_has_choices and product.kdc_variant_price:
                product.price_extra = product.kdc_variant_price - product.list_price
        return result

    def write(self, vals):
        result = super().write(vals)
        if FIGURES & vals.keys():
            self.product_tmpl_id._kdc_sum_choices()
        return result

    def _is_add_to_cart_allowed(self):
        """Override of `website_sale`: a listing goes into the basket only while it is really for sale.

        Odoo lets administrators put unpublished products into a cart; a market listing must never be sold unseen.
        """
        self.ensure_one()
        if self.kdc_shop_id and not self._kdc_for_sale():
            return False
        return super()._is_add_to_cart_allowed()

    # -- what is sold ----------------------------------------------------------------------------------------------
    def _kdc_label(self):
        """Return the name as orders and slips say it: "Áo thun (Đỏ, M)"."""
        self.ensure_one()
        return f"{self.name} ({self.kdc_choice})" if self.kdc_choice else self.name

    def _kdc_for_sale(self):
        """Whether the current user can order this at this moment."""
        self.ensure_one()
        if not self.active or not self.product_tmpl_id._kdc_for_sale():
            return False
        return not self.kdc_has_choices or (self.kdc_variant_open and self._kdc_left() != 0)

    def _kdc_left(self):
        """Return the pieces that can still be ordered, or ``None`` when nobody counts them."""
        self.ensure_one()
        if not self.kdc_track_quantity:
            return None
        return self.kdc_variant_quantity if self.kdc_has_choices else self.kdc_quantity

    # -- stock -----------------------------------------------------------------------------------------------------
    @api.model
    def _kdc_reserve(self, quantities):
        """Take ordered pieces off the stock, or nothing at all.

        One UPDATE per product checks and takes in the same statement. A second buyer waits for the row; PostgreSQL
        then reports a conflict, Odoo replays the request and the second buyer sees what is left.

        :param dict quantities: {product.product: whole number of pieces}
        :return: the products of which too little is left (nothing may be sold then)
        """
        self.flush_model(["active", *FIGURES])
        Template = self.env["product.template"]
        Template.flush_model(["kdc_quantity", "kdc_track_quantity", "kdc_has_choices"])
        short = self.browse()
        ordered = sorted(quantities, key=lambda p: (p.product_tmpl_id.id, p.id))  # same order everywhere: no deadlock
        for template, products in groupby(ordered, key=lambda product: product.product_tmpl_id):
            if template.kdc_has_choices:
                short = short.union(*(p for p in products if not p._kdc_take_choice(quantities[p])))
                self._kdc_run(
                    SQL(
                        "UPDATE product_template SET kdc_quantity = %s WHERE id = %s RETURNING id",
                        template._kdc_sum_sql(),
                        template.id,
                    )
                )
            else:
                short = short.union(*(p for p in products if not template._kdc_take(quantities[p])))
        self.browse(p.id for p in ordered).invalidate_recordset(["kdc_variant_quantity"])
        Template.browse({p.product_tmpl_id.id for p in ordered}).invalidate_recordset(["kdc_quantity", "kdc_sold_out"])
        return short

    @api.model
    def _kdc_release(self, quantities):
        """Put reserved pieces back on the shelf, also where nobody counts now; see :meth:`_kdc_reserve`."""
        self._kdc_reserve({product: -quantity for product, quantity in quantities.items()})

    def _kdc_take_choice(self, pieces):
        """Take pieces off the stock of a choice while it is open; say whether there were enough."""
        self.ensure_one()
        return self._kdc_run(
            SQL(
                """UPDATE product_product choice
                      SET kdc_variant_quantity = COALESCE(kdc_variant_quantity, 0)
                                               - CASE WHEN listing.kdc_track_quantity OR %(n)s < 0 THEN %(n)s ELSE 0 END
                     FROM product_template listing
                    WHERE choice.id = %(id)s AND listing.id = choice.product_tmpl_id
                      AND (listing.kdc_track_quantity IS NOT TRUE OR COALESCE(kdc_variant_quantity, 0) >= %(n)s)
                      AND (%(n)s < 0 OR (choice.active AND choice.kdc_variant_open))
                RETURNING choice.id""",
                n=pieces,
                id=self.id,
            )
        )

    @api.model
    def _kdc_run(self, query):
        """Run an UPDATE that returns a row when it could; a conflict with another buyer is replayed, so no error."""
        self.env.cr.execute(query, log_exceptions=False)
        return bool(self.env.cr.fetchall())
