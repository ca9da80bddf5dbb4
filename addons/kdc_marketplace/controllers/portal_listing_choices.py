"""The choices of a listing (sizes, colours): what can be chosen, then price and stock of each. Two plain forms."""

from odoo.addons.kdc_residents.engine.text import fold
from odoo.addons.kdc_residents.tools.locks import lock_or_retry
from odoo.http import request, route

from ..engine import choices, listing_states
from ..models.product_template import MAX_PRICE
from .basket import MAX_QUANTITY, dong, whole_number
from .portal_shop import ShopPortal

PAGE = "kdc_marketplace.portal_listing_choices"
URL = "/my/shop/listings/<int:listing_id>/choices"


class ShopListingChoices(ShopPortal):
    def _market_listing_values(self, listing):
        return {
            **super()._market_listing_values(listing),
            "choices": listing.kdc_has_choices and listing.kdc_choices,
            "may_have_choices": not listing.kdc_slot_minutes,
        }

    def _market_choices_listing(self, listing_id):
        """Return an own listing whose choices can be changed; 404 for any other."""
        listing = self._market_my_listing(listing_id)
        closed = listing.kdc_listing_state == listing_states.CLOSED
        if listing.kdc_barred or closed or listing.kdc_slot_minutes:  # a service by appointment has times instead
            raise request.not_found()
        return listing

    # -- what can be chosen ----------------------------------------------------------------------------------------
    @route(URL, type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def market_choices(self, listing_id, **_kwargs):
        return self._light_render(PAGE, self._market_choices_values(self._market_choices_listing(listing_id)))

    @route(URL, type="http", auth="user", website=True, sitemap=False, methods=["POST"])
    def market_choices_save(self, listing_id, **post):
        """Offer other choices; new words are looked at again before buyers see them."""
        listing = self._market_choices_listing(listing_id)
        lock_or_retry(listing, allow_referencing=True, touch=True)  # of two taps the second finds what the first made
        typed = [(post.get(f"name_{n}"), post.get(f"values_{n}")) for n in range(choices.MAX_KINDS)]
        try:
            kinds = choices.read(typed, fold)
        except choices.ChoiceError as error:
            message = self._market_choices_words(error)
            return self._light_invalid(PAGE, self._market_choices_values(listing, post, error=message))
        if kinds != listing._kdc_kinds():
            before = listing.kdc_listing_state
            listing._kdc_set_choices(kinds)
            self._market_choices_flash(listing, before)
        return self._light_redirect(f"/my/shop/listings/{listing.id}" + ("/choices#figures" if kinds else ""))

    def _market_choices_flash(self, listing, before):
        """Say what the shop has to do now."""
        env = request.env
        if before == listing_states.PUBLISHED and listing.kdc_listing_state == listing_states.PENDING:
            self._light_flash(env._("Saved. The ward looks at the new choices before buyers see them."))
        elif listing.kdc_has_choices:
            self._light_flash(env._("Saved. Please check price and quantity of each choice."))
        else:
            self._light_flash(env._("Saved. Please check price and quantity of the listing."))

    def _market_choices_words(self, error):
        """Say what is wrong with the choices and what to do."""
        env, limits = request.env, choices
        return {
            "name": env._("Please type what is chosen, for example “Cỡ”."),
            "few": env._("“%(kind)s” needs at least %(count)s choices, one on each line.", kind=error.text,
                         count=limits.MIN_VALUES),
            "many": env._("“%(kind)s” has more than %(count)s choices. Please put the others into another listing.",
                          kind=error.text, count=limits.MAX_VALUES),
            "long": env._("“%(text)s…” is longer than %(count)s letters. Please shorten it.", text=error.text[:20],
                          count=limits.MAX_LENGTH),
            "twice": env._("“%s” is there twice. Please give the second kind another name.", error.text),
            "variants": env._("Together this makes more than %s choices. Please leave some out.", limits.MAX_VARIANTS),
        }[error.code]  # fmt: skip

    # -- price and stock of each -----------------------------------------------------------------------------------
    @route(URL + "/figures", type="http", auth="user", website=True, sitemap=False, methods=["POST"])
    def market_choices_figures(self, listing_id, **post):
        """Change price, stock and switch of the choices, at once: all of it, or nothing."""
        listing = self._market_choices_listing(listing_id)
        variants = listing._kdc_variants()
        # Choices before the listing, as whoever orders does
        for records in (variants, listing):
            lock_or_retry(records, allow_referencing=True)
            records.invalidate_recordset()
        wanted, errors = {}, {}
        for variant in variants:
            wanted[variant], errors[variant.id] = self._market_figures_parse(variant, post)
        message = None
        if any(errors.values()):
            message = request.env._("Nothing was saved yet. Please look at what is marked below.")
        elif variants and not any(vals["kdc_variant_open"] for vals in wanted.values()):
            message = request.env._("At least one choice stays open. To sell nothing for a while, pause the listing.")
        if message:
            values = self._market_choices_values(listing, figures=post, error=message, errors=errors)
            return self._light_invalid(PAGE, values)

        def save():
            for variant, vals in wanted.items():
                variant.write(vals)

        return self._market_step(
            save,
            request.env._("Saved."),
            "/my/shop/listings",
            lambda error: self._light_invalid(
                PAGE, self._market_choices_values(listing, figures=post, error=error)
            ),
        )

    def _market_figures_parse(self, variant, post):
        """Return (values to write, message or None) of one choice."""
        env, key = request.env, variant.id
        price, resident_price = dong(post.get(f"price_{key}")), dong(post.get(f"resident_{key}"))
        quantity = whole_number(post.get(f"quantity_{key}") or "0", -1, MAX_QUANTITY)
        values = {"kdc_variant_open": bool(post.get(f"open_{key}")), "kdc_variant_price": price}
        values["kdc_variant_resident_price"] = resident_price
        if not price or price > MAX_PRICE:
            return values, env._("Please type the price in đồng, for example 25000.")
        if resident_price is None or resident_price >= price:
            return values, env._("Please type a price lower than the usual one, or leave it empty.")
        if quantity < 0:
            return values, env._("Please type a whole number, for example 10.")
        seen = whole_number(post.get(f"seen_{key}"), -1, MAX_QUANTITY)
        if quantity != seen:  # else it stays what it is now: pieces sold meanwhile do not come back onto the shelf
            if seen != variant.kdc_variant_quantity:
                return values, env._("In the meantime some were sold: %s are left.", variant.kdc_variant_quantity)
            values["kdc_variant_quantity"] = quantity
        return values, None

    # -- the page --------------------------------------------------------------------------------------------------
    def _market_choices_values(self, listing, post=None, figures=None, error=None, errors=None):
        stored = [(kind.name, "\n".join(kind.values)) for kind in listing._kdc_kinds()]
        kinds = []
        for number, example in enumerate((("Cỡ", "S\nM\nL"), ("Màu", "Đỏ\nXanh"))):
            name, values = stored[number] if number < len(stored) else ("", "")
            if post:
                name, values = post.get(f"name_{number}", ""), post.get(f"values_{number}", "")
            kinds.append({"number": number, "name": name[:200], "values": values[:2000], "example": example})
        return {
            "listing": {"id": listing.id, "name": listing.name, "track": listing.kdc_track_quantity},
            "url": f"/my/shop/listings/{listing.id}/choices",
            "kinds": kinds,
            "most": choices.MAX_VALUES,
            "most_letters": choices.MAX_LENGTH,
            "figures": [
                {**self._market_figures_row(variant, figures), "error": (errors or {}).get(variant.id)}
                for variant in listing._kdc_variants()
            ],
            "error": error,
            "typed": bool(post),
        }

    def _market_figures_row(self, variant, typed=None):
        """Return one choice as its form shows it: what was typed, else what is stored."""
        key, left = variant.id, variant.kdc_variant_quantity
        row = {
            "id": key,
            "name": variant.kdc_choice,
            "price": str(variant.kdc_variant_price or ""),
            "resident": str(variant.kdc_variant_resident_price or ""),
            "quantity": str(left),
            "open": variant.kdc_variant_open,
            "seen": left,
        }
        if typed:
            row.update({name: typed.get(f"{name}_{key}", "")[:20] for name in ("price", "resident", "quantity")})
            row["open"] = bool(typed.get(f"open_{key}"))
        return row
