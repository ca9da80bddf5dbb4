from odoo import api, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.locks import lock_or_retry
from odoo.exceptions import ValidationError

from ..engine import listing_states
from ..engine.listing_sheet import FIGURES, Problem, code_text
from .product_template import MAX_PRICE

#: A listing holds at most so many pieces (as in the form).
MAX_QUANTITY = 9999
#: Where the figures of a row are: in the listing, or in one of its choices.
FIELDS = {
    model: dict(zip(FIGURES, fnames, strict=True))
    for model, fnames in (
        ("product.template", ("list_price", "kdc_resident_price", "kdc_quantity")),
        ("product.product", ("kdc_variant_price", "kdc_variant_resident_price", "kdc_variant_quantity")),
    )
}


class KdcShop(models.Model):
    """Prices and stock of many listings at once, from the shop's own spreadsheet.

    A plan is made first and shown; carrying it out writes all of it or nothing. Each change names the figure it
    replaces: stock that was sold between the two steps is not put back on the shelf.
    """

    _inherit = "kdc.shop"

    def _kdc_sheet_items(self):
        """Return {code: listing, or one choice of it}: what has a price and a stock, as the shop reads them."""
        self.ensure_one()
        items = {}
        listings = self.listing_ids.filtered(lambda p: p.kdc_listing_state != listing_states.CLOSED)
        for listing in listings.sorted(lambda listing: (listing.name, listing.id)):
            if listing.kdc_has_choices:
                items.update(((listing.id, choice.id), choice) for choice in listing._kdc_variants())
            else:
                items[listing.id, 0] = listing
        return items

    @api.model
    def _kdc_sheet_figures(self, item):
        """Return {name of a figure: its value now}."""
        return {name: round(item[fname]) for name, fname in FIELDS[item._name].items()}

    @api.model
    def _kdc_sheet_name(self, item):
        return item._kdc_label() if item._name == "product.product" else item.name

    def _kdc_sheet_rows(self):
        """Return the shop's list as rows of a spreadsheet, with the headings that the reader understands."""
        rows = [
            [
                self.env._("Code of the goods"),
                self.env._("Name of the goods"),
                self.env._("Unit"),
                self.env._("Price"),
                self.env._("Price for residents"),
                self.env._("Quantity"),
            ]
        ]
        for code, item in self._kdc_sheet_items().items():
            now = self._kdc_sheet_figures(item)
            quantity = now["quantity"] if item.kdc_track_quantity else None
            name, unit = self._kdc_sheet_name(item), item.kdc_unit or None
            rows.append([code_text(code), name, unit, now["price"], now["resident_price"] or None, quantity])
        return rows

    def _kdc_sheet_plan(self, rows):
        """Compare the rows of a sheet with the listings.

        :param rows: list of engine.listing_sheet.Row
        :return: (changes, problems): a change is ``{"code", "name", "line", "figures": {name: (before, after)}}``
        """
        self.ensure_one()
        items = self._kdc_sheet_items()
        changes, problems = [], []
        for row in rows:
            item = items.get(row.listing)
            if not item:
                problems.append(Problem(row.line, "id", "unknown", str(code_text(row.listing))))
                continue
            now = self._kdc_sheet_figures(item)
            figures = {
                name: (now[name], after)
                for name, after in row.figures.items()
                if after is not None and after != now[name]
            }
            found = self._kdc_sheet_problems(row.line, item, figures, now)
            problems += found
            if figures and not found:
                name = self._kdc_sheet_name(item)
                changes.append({"code": row.listing, "name": name, "line": row.line, "figures": figures})
        return changes, problems

    def _kdc_sheet_problems(self, line, item, figures, now):
        """Return what forbids to change a listing or a choice so."""
        after = {**now, **{name: new for name, (_old, new) in figures.items()}}
        problems = []
        if not 0 < after["price"] <= MAX_PRICE:
            problems.append(Problem(line, "price", "range", fmt.vnd(after["price"])))
        if after["resident_price"] and after["resident_price"] >= after["price"]:
            problems.append(Problem(line, "resident_price", "not_lower", fmt.vnd(after["resident_price"])))
        if "quantity" in figures:
            if not item.kdc_track_quantity:
                problems.append(Problem(line, "quantity", "untracked", str(after["quantity"])))
            elif after["quantity"] > MAX_QUANTITY:
                problems.append(Problem(line, "quantity", "range", str(after["quantity"])))
        return problems

    def _kdc_sheet_apply(self, wanted):
        """Write all changes, or none.

        :param dict wanted: {code: {name of a figure: (before, after)}}
        :return: names of what has another figure by now than the shop has seen; nothing is written then
        :raise ValidationError: a change that a plan would not have allowed
        """
        self.ensure_one()
        items = {code: item for code, item in self._kdc_sheet_items().items() if code in wanted}
        if len(items) != len(wanted):
            raise ValidationError(self.env._("A listing was taken away in the meantime. Please read the file again."))
        self._kdc_sheet_lock(items)
        moved = [
            self._kdc_sheet_name(item)
            for code, item in items.items()
            if any(self._kdc_sheet_figures(item)[name] != old for name, (old, _new) in wanted[code].items())
        ]
        if moved:
            return moved
        with self.env.cr.savepoint():
            for code, item in items.items():
                if self._kdc_sheet_problems(0, item, wanted[code], self._kdc_sheet_figures(item)):
                    raise ValidationError(self.env._("Please check the figures of “%s”.", self._kdc_sheet_name(item)))
                # In one write, so that a price and the lower one for residents may both move
                item.write({FIELDS[item._name][name]: new for name, (_old, new) in wanted[code].items()})
            self.env.flush_all()
        return []

    @api.model
    def _kdc_sheet_lock(self, items):
        """Lock what is written, choices before their listings as who orders does, and forget what was read before."""
        Template, Product = self.env["product.template"], self.env["product.product"]
        choices = Product.browse(choice for _listing, choice in items if choice)
        listings = Template.browse({listing for listing, _choice in items})
        for records in (choices, listings):
            lock_or_retry(records, allow_referencing=True)
            records.invalidate_recordset(FIELDS[records._name].values())
