from odoo import Command, api, fields, models
from odoo.addons.kdc_residents.engine.text import fold
from odoo.tools import SQL

from ..engine.choices import Kind
from .product_product import FIGURES


class ProductTemplate(models.Model):
    """Choices of a listing ("Cỡ": S, M, L), on Odoo's attributes and variants.

    The listing itself shows the lowest price and all pieces of its open choices, so that cards, search and sorting
    need to ask nothing else. New words are looked at by a moderator (see ``product.attribute``); less choice, prices
    and stock work at once. Callers check who asks.
    """

    _inherit = "product.template"

    kdc_has_choices = fields.Boolean("Has choices", compute="_compute_kdc_has_choices", store=True)
    kdc_choices = fields.Char("Choices", compute="_compute_kdc_choices", help="As buyers read them.")

    _kdc_choices_check = models.Constraint(
        "CHECK (kdc_has_choices IS NOT TRUE OR COALESCE(kdc_slot_minutes, 0) = 0)",
        "A service by appointment has times, no choices.",
    )

    @api.depends("kdc_shop_id", "attribute_line_ids.active")
    def _compute_kdc_has_choices(self):
        for template in self:
            template.kdc_has_choices = bool(template.kdc_shop_id and template.attribute_line_ids)

    @api.depends("kdc_has_choices", "attribute_line_ids.attribute_id.name", "attribute_line_ids.value_ids.name")
    def _compute_kdc_choices(self):
        for template in self:
            kinds = template._kdc_kinds() if template.kdc_has_choices else []
            template.kdc_choices = "; ".join(f"{kind.name}: {', '.join(kind.values)}" for kind in kinds) or False

    def copy_data(self, default=None):
        """Override of `product`: the choices of a listing are its own; `_kdc_duplicate` gives the copy its own too."""
        vals_list = super().copy_data(default=default)
        for template, vals in zip(self, vals_list, strict=True):
            if template.kdc_shop_id:
                vals.pop("attribute_line_ids", None)
        return vals_list

    # -- reading ---------------------------------------------------------------------------------------------------
    def _kdc_kinds(self):
        """Return the kinds of choice as list of engine.choices.Kind."""
        self.ensure_one()
        return [
            Kind(line.attribute_id.name, tuple(line.value_ids.sorted(lambda v: (v.sequence, v.id)).mapped("name")))
            for line in self.attribute_line_ids
        ]

    def _kdc_variants(self):
        """Return what can be chosen, in the order of the shop; empty for a listing without choices."""
        self.ensure_one()
        if not self.kdc_has_choices:
            return self.env["product.product"]

        def place(variant):
            values = variant.product_template_attribute_value_ids
            values = values.sorted(lambda value: value.attribute_line_id.sequence).product_attribute_value_id
            return [(value.sequence, value.id) for value in values]

        return self.product_variant_ids.sorted(place)

    # -- changing --------------------------------------------------------------------------------------------------
    def _kdc_set_choices(self, kinds):
        """Offer these kinds of choice and no others.

        What was there before keeps price and stock; what is new costs what the listing costs and has no stock yet.

        :param kinds: list of engine.choices.Kind, empty for none
        """
        self.ensure_one()
        before = self._kdc_variants()
        price, resident_price = round(self.list_price), self.sudo().kdc_resident_price  # sudo: as the caller
        lines = self._kdc_lines_of(kinds)
        gone = self.attribute_line_ids.filtered(lambda line: line not in lines.values())
        commands = [Command.delete(line.id) for line in gone]
        for place, kind in enumerate(kinds):
            line = lines.get(kind)
            attribute = line.attribute_id if line else self._kdc_new_kind(kind.name)
            if attribute.name != kind.name:
                attribute.name = kind.name
            vals = {"sequence": place, "value_ids": [Command.set(self._kdc_values(attribute, kind.values).ids)]}
            commands.append(
                Command.update(line.id, vals) if line else Command.create({**vals, "attribute_id": attribute.id})
            )
        self.write({"attribute_line_ids": commands})
        (self._kdc_variants() - before).write(
            {
                "kdc_variant_price": price,
                "kdc_variant_resident_price": resident_price,
                "kdc_variant_quantity": 0,
                "kdc_variant_open": True,
            }
        )
        self._kdc_sum_choices()
        self._kdc_forget_choices()

    def _kdc_lines_of(self, kinds):
        """Return {kind: line that goes on as it}: by its name, else in its place under another name."""
        free, lines = self.attribute_line_ids, {}
        for same_name in (True, False):
            for kind in kinds:
                found = free.filtered(lambda line, kind=kind: fold(line.attribute_id.name) == fold(kind.name))
                line = found[:1] if same_name else free[:1]
                if kind not in lines and line:
                    lines[kind] = line
                    free -= line
        return lines

    def _kdc_new_kind(self, name):
        return self.env["product.attribute"].create(
            {
                "name": name,
                "kdc_listing_id": self.id,
                "create_variant": "always",
                "visibility": "hidden",  # no filter of the market: it is about this listing only
            }
        )

    def _kdc_values(self, attribute, names):
        """Return the values of these names in this order; those that are not there yet are made."""
        Value = self.env["product.attribute.value"]
        known = Value.with_context(active_test=False).search([("attribute_id", "=", attribute.id)])
        values = Value
        for sequence, name in enumerate(names):
            value = known.filtered(lambda value, name=name: value.name.casefold() == name.casefold())[:1]
            if not value:
                value = Value.create({"name": name, "attribute_id": attribute.id, "sequence": sequence})
            elif value.sequence != sequence or not value.active:
                value.write({"sequence": sequence, "active": True})
            values |= value
        return values

    def _kdc_forget_choices(self):
        """Remove kinds and choices that neither the listing nor an old order holds, so that they do not pile up."""
        attributes = self.env["product.attribute"].search([("kdc_listing_id", "=", self.id)])
        held = self.env["product.template.attribute.value"].search([("attribute_id", "in", attributes.ids)])
        values = attributes.with_context(active_test=False).value_ids
        (values - held.product_attribute_value_id - self.attribute_line_ids.value_ids).unlink()
        lines = self.env["product.template.attribute.line"].with_context(active_test=False)
        kept = lines.search([("attribute_id", "in", attributes.ids)]).attribute_id
        (attributes - kept).unlink()

    # -- the listing sums up its choices ---------------------------------------------------------------------------
    def _kdc_sum_choices(self):
        """Give listings the lowest price and all pieces of their open choices."""
        for listing in self.filtered("kdc_has_choices"):
            variants = listing.product_variant_ids.sudo()  # sudo: the price for residents is not for everybody
            shown = variants.filtered("kdc_variant_open")
            priced = (shown or variants).filtered("kdc_variant_price")
            vals = {"kdc_quantity": sum(shown.mapped("kdc_variant_quantity"))}
            if priced:
                cheapest = min(priced, key=lambda variant: (variant.kdc_variant_price, variant.id))
                vals["list_price"] = cheapest.kdc_variant_price
                vals["kdc_resident_price"] = cheapest.kdc_variant_resident_price
            listing.write(vals)

    def _kdc_sum_sql(self):
        """Return what `_kdc_sum_choices` makes of the stock, for the statement that reserves."""
        return SQL(
            "(SELECT COALESCE(SUM(kdc_variant_quantity), 0) FROM product_product"
            " WHERE product_tmpl_id = %s AND active AND kdc_variant_open)",
            self.id,
        )

    def _kdc_copy_choices(self, source):
        """Offer the same choices as another listing, with its prices and stock."""
        self._kdc_set_choices(source._kdc_kinds())
        figures = {variant.kdc_choice: variant.sudo() for variant in source._kdc_variants()}  # sudo: as the copy
        for variant in self._kdc_variants():
            same = figures[variant.kdc_choice]
            variant.write({name: same[name] for name in FIGURES})
