from odoo import models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.locks import lock_or_retry
from odoo.exceptions import ValidationError

from ..engine import listing_states
from ..engine.listing_sheet import FIGURES, Problem
from .product_template import MAX_PRICE

#: A listing holds at most so many pieces (as in the form).
MAX_QUANTITY = 9999
FIELDS = dict(zip(FIGURES, ("list_price", "kdc_resident_price", "kdc_quantity"), strict=True))


class KdcShop(models.Model):
    """Prices and stock of many listings at once, from the shop's own spreadsheet.

    A plan is made first and shown; carrying it out writes all of it or nothing. Each change names the figure it
    replaces: stock that was sold between the two steps is not put back on the shelf.
    """

    _inherit = "kdc.shop"

    def _kdc_sheet_listings(self):
        """Return the listings of the sheet, in the order in which the shop reads them."""
        self.ensure_one()
        return self.listing_ids.filtered(lambda p: p.kdc_listing_state != listing_states.CLOSED).sorted(
            lambda listing: (listing.name, listing.id)
        )

    def _kdc_sheet_rows(self):
        """Return the shop's list as rows of a spreadsheet, with the headings that the reader understands."""
        heading = [
            self.env._("Code of the goods"),
            self.env._("Name of the goods"),
            self.env._("Unit"),
            self.env._("Price"),
            self.env._("Price for residents"),
            self.env._("Quantity"),
        ]
        return [heading] + [
            [
                listing.id,
                listing.name,
                listing.kdc_unit or None,
                round(listing.list_price),
                listing.kdc_resident_price or None,
                listing.kdc_quantity if listing.kdc_track_quantity else None,
            ]
            for listing in self._kdc_sheet_listings()
        ]

    def _kdc_sheet_plan(self, rows):
        """Compare the rows of a sheet with the listings.

        :param rows: list of engine.listing_sheet.Row
        :return: (changes, problems): a change is ``{"listing", "line", "figures": {name: (before, after)}}``
        """
        self.ensure_one()
        listings = {listing.id: listing for listing in self._kdc_sheet_listings()}
        changes, problems = [], []
        for row in rows:
            listing = listings.get(row.listing)
            if not listing:
                problems.append(Problem(row.line, "id", "unknown", str(row.listing)))
                continue
            now = {name: round(listing[fname]) for name, fname in FIELDS.items()}
            figures = {
                name: (now[name], after)
                for name, after in row.figures.items()
                if after is not None and after != now[name]
            }
            found = self._kdc_sheet_problems(row.line, listing, figures, now)
            problems += found
            if figures and not found:
                changes.append({"listing": listing, "line": row.line, "figures": figures})
        return changes, problems

    def _kdc_sheet_problems(self, line, listing, figures, now):
        """Return what forbids to change one listing so."""
        after = {**now, **{name: new for name, (_old, new) in figures.items()}}
        problems = []
        if not 0 < after["price"] <= MAX_PRICE:
            problems.append(Problem(line, "price", "range", fmt.vnd(after["price"])))
        if after["resident_price"] and after["resident_price"] >= after["price"]:
            problems.append(Problem(line, "resident_price", "not_lower", fmt.vnd(after["resident_price"])))
        if "quantity" in figures:
            if not listing.kdc_track_quantity:
                problems.append(Problem(line, "quantity", "untracked", str(after["quantity"])))
            elif after["quantity"] > MAX_QUANTITY:
                problems.append(Problem(line, "quantity", "range", str(after["quantity"])))
        return problems

    def _kdc_sheet_apply(self, wanted):
        """Write all changes, or none.

        :param dict wanted: {id of a listing: {name of a figure: (before, after)}}
        :return: the listings that have another figure by now than the shop has seen; nothing is written then
        :raise ValidationError: a change that a plan would not have allowed
        """
        self.ensure_one()
        listings = {listing.id: listing for listing in self._kdc_sheet_listings() if listing.id in wanted}
        if len(listings) != len(wanted):
            raise ValidationError(self.env._("A listing was taken away in the meantime. Please read the file again."))
        records = self.env["product.template"].browse(listings)
        lock_or_retry(records, allow_referencing=True)
        records.invalidate_recordset(FIELDS.values())
        moved = records.browse(
            listing.id
            for listing in listings.values()
            if any(round(listing[FIELDS[name]]) != old for name, (old, _new) in wanted[listing.id].items())
        )
        if moved:
            return moved
        with self.env.cr.savepoint():
            for listing in listings.values():
                now = {name: round(listing[fname]) for name, fname in FIELDS.items()}
                if self._kdc_sheet_problems(0, listing, wanted[listing.id], now):
                    raise ValidationError(self.env._("Please check the figures of “%s”.", listing.name))
                # In one write, so that a price and the lower one for residents may both move
                listing.write({FIELDS[name]: new for name, (_old, new) in wanted[listing.id].items()})
            records.flush_recordset()
        return moved
