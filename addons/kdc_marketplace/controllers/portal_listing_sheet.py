"""Prices and stock of all listings from a spreadsheet: download, change, send, look at it, carry out."""

from odoo.addons.kdc_residents.engine import sheet
from odoo.addons.kdc_residents.engine.text import fold
from odoo.addons.kdc_residents.tools.private_file import private_file
from odoo.exceptions import ValidationError
from odoo.http import request, route

from ..engine import listing_sheet
from ..engine.listing_sheet import FIGURES
from .portal_shop import ShopPortal

PAGE = "kdc_marketplace.portal_listing_sheet"
URL = "/my/shop/listings/sheet"
MAX_MB = 2
WIDTHS = (10, 36, 10, 14, 18, 12)
#: Problems shown at once; who has more has taken the wrong file.
MAX_PROBLEMS = 50


class ShopListingSheet(ShopPortal):
    @route(URL, type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def market_sheet(self, **_kwargs):
        return self._light_render(PAGE, self._market_sheet_values(self._market_my_shop()))

    @route(URL + ".xlsx", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def market_sheet_file(self, **_kwargs):
        """Give the shop's list as a spreadsheet that the same page reads again."""
        shop = self._market_my_shop()
        content = sheet.write_xlsx(shop._kdc_sheet_rows(), request.env._("Listings"), WIDTHS)
        return private_file(content, f"bang-gia-{shop.code}.xlsx")

    @route(URL, type="http", auth="user", website=True, sitemap=False, methods=["POST"])
    def market_sheet_read(self, **_post):
        """Say what the file would change, without changing anything."""
        shop = self._market_my_shop()
        try:
            rows, problems = self._market_sheet_rows()
        except ValidationError as error:
            return self._light_invalid(PAGE, self._market_sheet_values(shop, error=str(error)))
        changes, more = shop._kdc_sheet_plan(rows)
        problems = sorted(problems + more, key=lambda problem: problem.line)
        values = self._market_sheet_values(shop, changes, problems, read=True)
        return self._light_invalid(PAGE, values) if problems else self._light_render(PAGE, values)

    @route(URL + "/save", type="http", auth="user", website=True, sitemap=False, methods=["POST"])
    def market_sheet_save(self, plan="", **_post):
        """Carry out what was shown: all of it, or nothing."""
        shop = self._market_my_shop()
        wanted = self._market_sheet_plan(plan)
        if not wanted:
            return self._light_redirect(URL)
        try:
            moved = shop._kdc_sheet_apply(wanted)
        except ValidationError as error:
            return self._light_invalid(PAGE, self._market_sheet_values(shop, error=str(error)))
        if moved:
            # Sold or changed by somebody else meanwhile: the shop looks at the new figures first
            rows = [
                listing_sheet.Row(0, code, {name: new for name, (_old, new) in figures.items()})
                for code, figures in wanted.items()
            ]
            changes, problems = shop._kdc_sheet_plan(rows)
            error = request.env._(
                "Nothing was saved: in the meantime something was sold or changed of %s. Please look at the figures "
                "again.",
                ", ".join(f"“{name}”" for name in moved),
            )
            return self._light_invalid(PAGE, self._market_sheet_values(shop, changes, problems, read=True, error=error))
        self._light_flash(request.env._("%s listings were changed.", len(wanted)))
        return self._light_redirect("/my/shop/listings")

    # -- helpers ---------------------------------------------------------------------------------------------------
    def _market_sheet_rows(self):
        """Return (rows, problems) of the file that was sent.

        :raise ValidationError: it cannot be read at all; the message says what to do
        """
        env = request.env
        upload = request.httprequest.files.get("file")
        if not upload or not upload.filename:
            raise ValidationError(env._("Please choose the file first."))
        content = upload.stream.read(MAX_MB * 2**20 + 1)
        if len(content) > MAX_MB * 2**20:
            raise ValidationError(env._("This file is larger than %s MB. Please send the list of this page.", MAX_MB))
        try:
            sheets = sheet.read(content)
        except sheet.ProtectedFile:
            message = env._("The file is protected by a password. Please save a copy without password first.")
            raise ValidationError(message) from None
        except sheet.SheetError:
            message = env._("This file cannot be read. Please send an Excel file (.xlsx, .xls) or a .csv file.")
            raise ValidationError(message) from None
        for pages in sheets:
            try:
                return listing_sheet.parse(pages.rows, fold)
            except listing_sheet.HeadingError:
                continue
            except listing_sheet.TooManyRows:
                message = env._("The list has more than %s rows. Please send it in parts.", listing_sheet.MAX_ROWS)
                raise ValidationError(message) from None
        raise ValidationError(
            env._("The list needs a row of headings with “Mã hàng” and “Giá” or “Số lượng”. Please download it anew.")
        )

    def _market_sheet_plan(self, text):
        """Read the changes that the page carries from the first step to the second; anything odd is no plan.

        One line per code: the code, then before and after of each figure, empty where it stays.
        """
        wanted = {}
        for line in text.split("\n")[: listing_sheet.MAX_ROWS]:
            cells = line.strip().split(";")
            if len(cells) != 1 + 2 * len(FIGURES) or not all(c.isascii() and c.isdigit() for c in cells[1:] if c):
                continue
            try:
                code = listing_sheet.code(cells.pop(0))
            except ValueError:
                continue
            if not code or any(len(cell) > 12 for cell in cells):
                continue
            pairs = zip(FIGURES, cells[::2], cells[1::2], strict=True)
            figures = {name: (int(old), int(new)) for name, old, new in pairs if old and new}
            if figures:
                wanted[code] = figures
        return wanted

    def _market_sheet_line(self, change):
        """Return one change as :meth:`_market_sheet_plan` reads it."""
        cells = [str(listing_sheet.code_text(change["code"]))]
        for name in FIGURES:
            old, new = change["figures"].get(name, ("", ""))
            cells += [str(old), str(new)]
        return ";".join(cells)

    def _market_sheet_values(self, shop, changes=(), problems=(), read=False, error=None):
        labels = self._market_sheet_labels()
        return {
            "read": read,
            "error": error,
            "changes": [
                {
                    "name": change["name"],
                    "figures": [
                        {
                            "label": labels[name],
                            "old": old,
                            "new": new,
                            "money": name != "quantity",
                            # A slip of the finger: a zero too many, or one too few
                            "far": name != "quantity" and old and new and not old / 2 <= new <= old * 2,
                        }
                        for name, (old, new) in change["figures"].items()
                    ],
                }
                for change in changes
            ],
            "problems": [(p.line, labels[p.field], self._market_sheet_words(p)) for p in problems[:MAX_PROBLEMS]],
            "more_problems": max(len(problems) - MAX_PROBLEMS, 0),
            "plan": "\n".join(self._market_sheet_line(change) for change in changes),
            "count": len(shop._kdc_sheet_items()),
            "max_mb": MAX_MB,
        }

    def _market_sheet_labels(self):
        env = request.env
        return {
            "id": env._("Code of the goods"),
            "price": env._("Price"),
            "resident_price": env._("Price for residents"),
            "quantity": env._("Quantity"),
        }

    def _market_sheet_words(self, problem):
        """Say what is wrong in a row and what to do."""
        env = request.env
        return {
            "number": env._("“%s” is not a whole number. Example: 35000.", problem.text),
            "no_code": env._("the code is missing. Please download the list anew and keep its first column."),
            "twice": env._("code %s is there twice. Please keep one row.", problem.text),
            "unknown": env._("your shop has no goods with code %s.", problem.text),
            "range": env._("%s is not possible here. Please check the zeros.", problem.text),
            "not_lower": env._("%s is not lower than the price.", problem.text),
            "untracked": env._(
                "this is always available and has no stock. Please leave the cell empty, or let the listing count."
            ),
        }[problem.code]
