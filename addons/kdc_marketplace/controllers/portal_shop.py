"""The pages of a shop: application, listings, orders. They need a phone, no JavaScript and no backend licence.

Every page first searches with the membership in the domain (404 for anybody else) and only then acts with a narrow
``sudo()`` on named fields.
"""

import base64
import math
import uuid
from datetime import date

from odoo import Command, fields
from odoo.addons.kdc_residents.controllers.light import UploadError
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.engine.phone import PhoneError, to_e164
from odoo.addons.kdc_residents.tools.locks import lock_or_retry
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.http import request, route
from werkzeug.exceptions import HTTPException

from ..engine import listing_states, order_states, shop_states, tax_code
from ..models.kdc_erasure import KEPT_YEARS
from ..models.kdc_shop_question import OPEN_QUESTIONS
from ..models.product_template import MAX_PRICE
from .basket import MAX_QUANTITY, dong, whole_number
from .pages import MAX_PAGE, one_page
from .portal_order import market_order_values
from .steps import MarketSteps

APPLY_PAGE = "kdc_marketplace.portal_shop_form"
PAGE_SIZE = 50
SLIPS_AT_ONCE = 100
SESSION_SHOP = "kdc_market_shop"
#: Tells the phone which new listing has arrived, so that it forgets its draft (``static/src/js/listing_draft.js``).
ARRIVED, ARRIVED_SECONDS = "kdc_listing_arrived", 3600
PHOTO_MB = 12
PHOTOS_AT_ONCE = 4  # together below what the web server takes (config/nginx)
UNITS = ("kg", "cái", "bó", "chục", "hộp", "gói", "lít", "phần", "con", "trái")  # suggestions, in the buyers' words
APPLYING = (shop_states.DRAFT, shop_states.SUBMITTED, shop_states.REFUSED)
TEXTS = {
    "name": 80,
    "address": 200,
    "description": 2000,
    "delivery_note": 200,
}
SELLER_TEXTS = {"legal_name": 120, "registration_number": 40, "registration_place": 120}


class ShopPortal(MarketSteps):
    # -- who is asking ---------------------------------------------------------------------------------------------
    def _market_member(self, ended=False):
        """Return the membership of the current user in the shop he is working in, in sudo; may be empty.

        An address that names the shop (a notice, a task of the home page) opens that one. A form names the shop it was
        made for: another tab may have opened another shop since.

        :param ended: also in a closed shop of his, for pages that only show something
        :raise werkzeug.exceptions.HTTPException: a form without a shop, of somebody who works in several
        """
        members, named = self._market_asked_members(ended)
        if not named and request.httprequest.method == "POST" and len(members) > 1:
            page = self._market_back(request.env._("Please choose the shop again: nothing was changed."), "/my/shop")
            raise HTTPException(response=page)
        chosen = request.session.get(SESSION_SHOP)
        member = members.filtered(lambda m: m.shop_id.id == chosen)[:1] or members[:1]
        if member:
            self._market_work_in(member.shop_id)
        return member

    def _market_asked_members(self, ended):
        """Return (memberships of the current user, whether the request names one shop: then in that one only).

        :raise werkzeug.exceptions.NotFound: the shop that is named is none of the user's
        """
        members = request.env.user._kdc_memberships(ended)
        named = request.httprequest.values.get("shop")
        if named:
            members = members.filtered(lambda m: m.shop_id.id == whole_number(named, 0, 2**31 - 1))
            if not members:
                raise request.not_found()
        return members, bool(named)

    def _light_values(self):
        """Override: the shop of this page, for its forms."""
        return {**super()._light_values(), "shop": request.session.get(SESSION_SHOP)}

    def _market_my_shop(self, owner=False, ended=False):
        """Return the shop of the current user, in sudo; 404 for anybody else.

        :param owner: only for its owner, not for a seller
        :param ended: see :meth:`_market_member`
        """
        member = self._market_member(ended)
        if not member or (owner and member.role != "owner"):
            raise request.not_found()
        return member.shop_id

    def _market_my_listing(self, listing_id):
        """Return a listing of an own shop, in sudo; 404 otherwise."""
        return self._market_of_my_shops("product.template", listing_id)

    def _market_my_shop_order(self, order_id, ended=False):
        """Return an order of an own shop, in sudo; 404 otherwise."""
        return self._market_of_my_shops("sale.order", order_id, ended)

    def _market_of_my_shops(self, model, record_id, ended=False, domain=(), shop_field="kdc_shop_id", stay=False):
        """Return what one of the user's shops has, in sudo, and work in that shop from now on; 404 otherwise.

        Notices lead here, whichever of his shops the user has looked at last.

        :param stay: for what only belongs to a page, such as its images: the shop worked in stays
        """
        members, _named = self._market_asked_members(ended)
        Model = request.env[model].sudo()  # sudo: the shops are part of the search
        own = [("id", "=", record_id), (shop_field, "in", members.shop_id.ids), *domain]
        record = Model.search(own, limit=1)
        if not record:
            raise request.not_found()
        if not stay:
            self._market_work_in(record[shop_field])
        return record

    # -- the shop itself -------------------------------------------------------------------------------------------
    @route("/my/shop", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def market_shop_home(self, **_kwargs):
        """Show the state of the shop and what waits to be done, or invite to apply."""
        member = self._market_member(ended=True)
        if not member:
            return self._light_render("kdc_marketplace.portal_shop_none", {"invitations": self._market_invitations()})
        shop = member.shop_id
        others = self._market_other_shops(shop)
        Question = request.env["kdc.shop.question"].sudo()  # sudo: number of questions to the own shop
        if shop.state == shop_states.CLOSED:
            return self._light_render(
                "kdc_marketplace.portal_shop_closed",
                {
                    "shop": {"name": shop.name, "ended": shop.ended_on, "years": KEPT_YEARS},
                    "invitations": self._market_invitations(),
                    "credits": bool(shop.credit_ids),
                    "other_shops": others,
                },
            )
        return self._light_render(
            "kdc_marketplace.portal_shop",
            {
                "shop": {
                    "name": shop.name,
                    "state": shop.state,
                    "reason": shop.state_reason,
                    "url": shop._kdc_url(),
                    "label": dict(shop._fields["state"]._description_selection(request.env))[shop.state],
                    "submitted": shop.submitted_date,
                    "area": shop.area_id.name,
                    "area_word": shop.area_state,
                },
                "owner": member.role == "owner",
                "people": len(shop.member_ids),
                "windows": bool(shop.window_ids),
                "invitations": self._market_invitations(),
                "served": shop._kdc_served_text(),
                "open_now": shop._kdc_opening_now(),
                "answers": shop._kdc_answer_text(sample=1),
                "papers": shop.paper_ids or shop._kdc_needed_papers(),
                "missing_papers": ", ".join(shop._kdc_missing_papers().mapped("name")),
                "new_orders": shop.new_order_count,
                "bank_account": shop.bank_account,
                "open_questions": Question.search_count([("shop_id", "=", shop.id), *OPEN_QUESTIONS]),
                "open_orders": shop.open_order_count,
                "to_prepare": self._market_count(shop, request.env["sale.order"]._kdc_to_prepare_domain()),
                "published": shop.published_listing_count,
                "pending": shop.pending_listing_count,
                "no_judge": (shop.state == shop_states.SUBMITTED or shop.pending_listing_count)
                and shop._kdc_lacks_judge(),
                "listings": shop.listing_count,
                "other_shops": others,
                "may_apply": "owner" not in request.env.user._kdc_memberships().mapped("role"),
                "watch": self._market_new_orders(),
            },
        )

    def _market_other_shops(self, shop):
        """Return the other shops of the current user, closed ones too."""
        others = request.env.user._kdc_memberships(ended=True).shop_id - shop
        return [{"id": other.id, "name": other.name, "new_orders": other.new_order_count} for other in others]

    def _market_new_orders(self):
        """Return the number of new orders in all shops of the user, and where the last came to if he has several."""
        shops = request.env.user._kdc_shops()
        Order = request.env["sale.order"].sudo()  # sudo: number of new orders of the user's own shops
        new = Order.search([("kdc_shop_id", "in", shops.ids), ("kdc_shop_state", "=", order_states.NEW)], order="id")
        shop = new[-1:].kdc_shop_id if len(shops) > 1 else shops.browse()
        return {"count": len(new), **({"shop": shop.id, "name": shop.name} if shop else {})}

    def _market_count(self, shop, domain):
        Order = request.env["sale.order"].sudo()  # sudo: orders of the own shop, number only
        return Order.search_count(Domain("kdc_shop_id", "=", shop.id) & Domain(domain))

    @route("/my/shop/switch/<int:shop_id>", type="http", auth="user", website=True, sitemap=False, methods=["POST"])
    def market_shop_switch(self, shop_id, **_kwargs):
        """Work in another shop of one's own."""
        if shop_id not in request.env.user._kdc_memberships(ended=True).shop_id.ids:
            raise request.not_found()
        self._market_work_in(request.env["kdc.shop"].browse(shop_id))
        return self._light_redirect("/my/shop")

    def _market_work_in(self, shop):
        """Show the pages of ``shop`` from now on; whether the user belongs to it is asked anew on each of them."""
        request.session[SESSION_SHOP] = shop.id

    def _market_invitations(self):
        """Return what the user reads about the shops that invite him."""
        return [
            {"id": invitation.id, "shop": invitation.shop_id.name, "owner": invitation.invited_by_id.name}
            for invitation in request.env.user._kdc_shop_invitations()
        ]

    @route("/my/shop/apply", type="http", auth="user", website=True, sitemap=False, methods=["GET", "POST"])
    def market_shop_apply(self, **post):
        """Apply for a shop, keep an unfinished application, or correct one that was not accepted."""
        if request.httprequest.method == "POST":
            # sudo: only locked. Of two taps at once the second runs again and finds the shop of the first.
            lock_or_retry(request.env.user.sudo(), allow_referencing=True, touch=True)
        # Who sells in a neighbour's shop may open one of his own
        shop = request.env.user._kdc_memberships().filtered(lambda member: member.role == "owner").shop_id[:1]
        if shop and shop.state not in (shop_states.DRAFT, shop_states.REFUSED):
            return self._light_redirect("/my/shop")
        if request.httprequest.method != "POST":
            return self._light_render(APPLY_PAGE, self._market_shop_form(shop, {}, apply=True))
        draft = post.get("action") == "draft"
        values, errors = self._market_shop_parse(post, apply=True, shop=shop)
        if draft:
            # What is wrong is left out and asked for again when the application is sent.
            errors = {fname: message for fname, message in errors.items() if fname == "name"}
        elif not post.get("agree"):
            errors["agree"] = request.env._("Please tick that you answer for what you sell.")
        if errors:
            return self._light_invalid(APPLY_PAGE, self._market_shop_form(shop, post, errors, apply=True))
        if shop:
            shop.write(values)
        else:
            owner = Command.create({"user_id": request.env.uid, "role": "owner"})
            values |= {"company_id": self._light_company().id, "member_ids": [owner]}
            # sudo: applying needs no right on shops; the fields are named here and in `_market_shop_parse`
            shop = request.env["kdc.shop"].sudo().create(values)
        if draft:
            self._light_flash(request.env._("Your application was kept. You can finish and send it at any time."))
        else:
            shop.action_submit()
            self._light_flash(request.env._("Your application was sent. The ward will look at it and tell you."))
        self._market_work_in(shop)
        return self._light_redirect("/my/shop")

    @route("/my/shop/close", type="http", auth="user", website=True, sitemap=False, methods=["POST"])
    def market_shop_close(self, sure="", application="", **_kwargs):
        """Close the own shop for good, or take an application back; open orders are finished or refused first."""
        shop = self._market_my_shop(owner=True)
        env = request.env
        if application and shop.state not in APPLYING:
            # Decided while the page was open: what was meant for an application must not close a shop for good
            decided = env._(
                "Your application has been decided meanwhile: nothing was taken back. This is your shop now."
            )
            return self._market_back(decided, "/my/shop")
        if shop.state in APPLYING:
            if not sure:
                return self._market_back(env._("Please tick that you want to take the application back."), "/my/shop")
            return self._market_step(shop.action_close, env._("Your application was taken back."), "/my/shop")
        if not sure:
            return self._market_back(env._("Please tick that you want to close the shop for good."), "/my/shop/edit")
        if shop.open_order_count:
            return self._market_back(env._("Please finish or refuse your open orders first."), "/my/shop/orders")
        done = env._("Your shop is closed. Its listings have left the market.")
        return self._market_step(shop.action_close, done, "/my/shop")

    @route("/my/shop/edit", type="http", auth="user", website=True, sitemap=False, methods=["GET", "POST"])
    def market_shop_edit(self, **post):
        """Change what the shop tells buyers about itself; name and area stay as they were approved."""
        shop = self._market_my_shop(owner=True)
        if request.httprequest.method != "POST":
            return self._light_render(APPLY_PAGE, self._market_shop_form(shop, {}))
        values, errors = self._market_shop_parse(post)
        if errors:
            return self._light_invalid(APPLY_PAGE, self._market_shop_form(shop, post, errors))
        shop.write(values)
        self._light_flash(request.env._("The details of the shop were saved."))
        return self._light_redirect("/my/shop")

    def _market_areas(self):
        # sudo: names of the residential groups of the ward are public
        return request.env["kdc.area"].sudo()._groups_of(self._light_company())

    def _market_shop_form(self, shop, post, errors=None, apply=False):
        """Return what the form shows: what was typed, else what is stored, else what the ward knows."""
        resident = self._light_resident()
        defaults = self._market_seller_defaults(resident)
        known = resident.personal_number_masked
        form = {
            "seller_kind": post.get("seller_kind", shop.seller_kind if shop else defaults["seller_kind"]),
            "tax_number": post.get("tax_number", (shop or defaults)["tax_number"] or ""),
            "registration_date": post.get(
                "registration_date",
                shop.registration_date.isoformat() if shop and shop.registration_date else "",
            ),
        }
        for fname in (*TEXTS, *SELLER_TEXTS, "phone"):
            form[fname] = post.get(fname, (shop[fname] if shop else defaults.get(fname)) or "")
        if "phone" not in post:
            form["phone"] = fmt.phone(form["phone"])
        form["delivers"] = bool(post.get("delivers")) if post else shop.delivers
        form["area_id"] = whole_number(post.get("area_id"), shop.area_id.id or defaults["area_id"], 2**31 - 1)
        return {
            "form": form,
            "errors": errors or {},
            "apply": apply,
            "kinds": request.env["kdc.shop"]._fields["seller_kind"]._description_selection(request.env),
            "known_number": known,
            "state": shop.state if shop else shop_states.DRAFT,
            "agree": bool(post.get("agree")),
            "areas": [(area.id, area.display_name) for area in self._market_areas()] if apply else [],
        }

    def _market_seller_defaults(self, resident):
        """Return what the ward knows of who applies: a resident, or a business that got its account from the ward."""
        if resident:
            dwelling = resident.household_id.dwelling_id
            return {
                "phone": resident.phone,
                "address": dwelling.display_name or "",
                "area_id": resident.area_id.id,
                "legal_name": resident.name,
                "seller_kind": tax_code.HOUSEHOLD,
                "tax_number": "",
            }
        partner = request.env.user.partner_id.sudo()  # sudo: the reader's own contact and the business it belongs to
        business = partner.commercial_partner_id
        return {
            "phone": partner.phone,
            "area_id": False,
            "legal_name": business.name,
            "seller_kind": tax_code.ENTERPRISE if business.vat else tax_code.HOUSEHOLD,
            "tax_number": business.vat,
        }

    def _market_shop_parse(self, post, apply=False, shop=None):
        """Return (values to write, errors by field) of the shop form."""
        env = request.env
        errors = {}
        fnames = [f for f in TEXTS if apply or f != "name"]
        values = {fname: (post.get(fname) or "").strip()[: TEXTS[fname]] or False for fname in fnames}
        values["delivers"] = bool(post.get("delivers"))
        if apply:
            if not values["name"]:
                errors["name"] = env._("Please type the name of the shop.")
            area_id = whole_number(post.get("area_id"), 0, 2**31 - 1)
            if area_id in self._market_areas().ids:
                values["area_id"] = area_id
            else:
                errors["area_id"] = env._("Please choose the residential group of the shop.")
            self._market_seller_parse(post, shop, values, errors)
        if not values["address"]:
            errors["address"] = env._("Please type where buyers find the shop.")
        try:
            values["phone"] = to_e164(post.get("phone", ""))
        except PhoneError:
            errors["phone"] = env._("This phone number is not complete. Example: 0905 123 456.")
        return values, errors

    def _market_seller_parse(self, post, shop, values, errors):
        """Add who sells to ``values`` and ``errors``; who leaves the number empty uses the one the ward knows."""
        env = request.env
        values |= {fname: (post.get(fname) or "").strip()[:size] or False for fname, size in SELLER_TEXTS.items()}
        Shop = env["kdc.shop"].sudo()  # sudo: labels and the sealing of the own number
        kind = post.get("seller_kind")
        if kind not in dict(Shop._fields["seller_kind"].selection):
            errors["seller_kind"] = env._("Please choose who sells.")
            return
        values["seller_kind"] = kind
        if not values["legal_name"]:
            errors["legal_name"] = env._("Please type the full name of the seller as in the papers.")
        if kind == tax_code.ENTERPRISE:
            for fname in ("registration_number", "registration_place"):
                if not values[fname]:
                    errors[fname] = env._("An enterprise gives number and office of its business registration.")
        try:
            day = post.get("registration_date")
            values["registration_date"] = date.fromisoformat(day) if day else False
        except ValueError:
            errors["registration_date"] = env._("Please choose the day.")
        number = (post.get("tax_number") or "").strip()[:40]
        if "*" in number and shop and shop.seller_number_sealed and kind != tax_code.ENTERPRISE:
            return  # the masked number of before: unchanged
        if shop and kind != shop.seller_kind:
            values |= Shop._kdc_tax_values("", kind)  # a draft must not keep the number of another kind of seller
        if not number and kind != tax_code.ENTERPRISE:
            number = self._light_resident().personal_number or ""
        try:
            values |= Shop._kdc_tax_values(number, kind)
            if not number:
                errors["tax_number"] = env._("Please type the tax code or the personal number.")
        except tax_code.TaxCodeError as error:
            errors["tax_number"] = Shop._kdc_tax_message(error)
        except UserError as error:
            errors["tax_number"] = str(error)

    # -- listings --------------------------------------------------------------------------------------------------
    @route("/my/shop/listings", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def market_listings(self, page="1", **_kwargs):
        shop = self._market_my_shop()
        Listing = request.env["product.template"].sudo()  # sudo: listings of the own shop
        own = [("kdc_shop_id", "=", shop.id), ("kdc_listing_state", "!=", listing_states.CLOSED)]
        listings, older = one_page(Listing, own, page, PAGE_SIZE, "/my/shop/listings", "id desc")
        gone = [("kdc_shop_id", "=", shop.id), ("kdc_listing_state", "=", listing_states.CLOSED)]
        return self._light_render(
            "kdc_marketplace.portal_listings",
            {
                "removed": [
                    {"id": listing.id, "name": listing.name, "barred": listing.kdc_barred}
                    for listing in Listing.search(gone, limit=PAGE_SIZE, order="write_date desc, id desc")
                ],
                "older": older,
                "shop_approved": shop.state == shop_states.APPROVED,
                "no_judge": shop.pending_listing_count and shop._kdc_lacks_judge(),
                "listings": [self._market_listing_values(listing) for listing in listings],
            },
        )

    def _market_listing_values(self, listing):
        labels = dict(listing._fields["kdc_listing_state"]._description_selection(request.env))
        return {
            "id": listing.id,
            "name": listing.name,
            "price": listing.list_price,
            "unit": listing.kdc_unit,
            "quantity": listing.kdc_quantity,
            "track": listing.kdc_track_quantity,
            "sold_out": listing.kdc_sold_out,
            "open": listing.kdc_open,
            "state": listing.kdc_listing_state,
            "label": labels[listing.kdc_listing_state],
            "reason": listing.kdc_listing_state == listing_states.DRAFT and listing.kdc_refuse_reason,
            "shown": listing.is_published,
            "missing": listing.kdc_listing_state == listing_states.PUBLISHED
            and ", ".join(listing._kdc_missing_papers().mapped("name")),
            "url": listing.website_url,
            "photo": bool(listing.with_context(bin_size=True).image_128) and f"/my/shop/listings/{listing.id}/photo",
        }

    @route("/my/shop/listings/new", type="http", auth="user", website=True, sitemap=False, methods=["GET", "POST"])
    def market_listing_new(self, **post):
        """Add a listing; it goes to the moderators at once."""
        shop = self._market_my_shop()
        if shop.state != shop_states.APPROVED:
            self._light_flash(request.env._("You can add listings when the ward has approved your shop."), "warn")
            return self._light_redirect("/my/shop")
        # sudo: an empty set to read defaults from, and to create in below
        empty = request.env["product.template"].sudo()
        if request.httprequest.method != "POST":
            return self._light_render("kdc_marketplace.portal_listing_form", self._market_listing_form(empty, {}))
        values, errors = self._market_listing_parse(post)
        if not values.get("image_1920") and "photo" not in errors:
            errors["photo"] = request.env._("Please add a photo: buyers want to see what they order.")
        if errors:
            return self._light_invalid(
                "kdc_marketplace.portal_listing_form", self._market_listing_form(empty, post, errors)
            )
        # sudo: only locked. Of one form sent twice at once the second runs again and finds the listing of the first.
        lock_or_retry(request.env.user.sudo(), allow_referencing=True, touch=True)
        sent = post.get("client_key", "")[:40]
        key, listing = self._market_listing_of_form(shop, sent, values["name"])
        if listing:
            self._light_flash(
                request.env._(
                    "“%s” has reached us already, as you see it here. Please change what is different and save.",
                    listing.name,
                ),
                "info",
            )
            response = self._light_redirect(f"/my/shop/listings/{listing.id}")
        else:
            state = {"kdc_shop_id": shop.id, "kdc_listing_state": listing_states.PENDING, "kdc_client_key": key}
            # `empty` is in sudo: sellers have no right on products; fields are named in `_market_listing_parse`
            listing = empty.create({**values, **state})
            self._light_flash(
                request.env._("“%s” was sent to be checked. You will be told when it is in the market.", listing.name)
            )
            response = self._light_redirect("/my/shop/listings")
        if sent.isalnum():
            response.set_cookie(ARRIVED, sent, max_age=ARRIVED_SECONDS, samesite="Strict")
        return response

    def _market_listing_of_form(self, shop, sent, name):
        """Return (key to store, the listing that this form has made already; may be empty).

        When the answer was lost, the phone brings the form back with its old key; under it the seller may have typed
        the next product, which is another listing. Its key follows from both, so that it too is taken once only.

        :param str sent: key of the form
        :param str name: of the listing as typed
        """
        # sudo: listings of the own shop; also archived ones hold their key
        Listing = request.env["product.template"].sudo().with_context(active_test=False)
        for key in (sent, uuid.uuid5(uuid.NAMESPACE_OID, f"{sent} {name}").hex):
            listing = key and Listing.search([("kdc_shop_id", "=", shop.id), ("kdc_client_key", "=", key)])
            if not listing:
                return key or None, Listing
            if listing.name == name and listing.active and listing.kdc_listing_state != listing_states.CLOSED:
                return key, listing
        return uuid.uuid4().hex, Listing

    @route(
        "/my/shop/listings/<int:listing_id>",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["GET", "POST"],
    )
    def market_listing_edit(self, listing_id, **post):
        """Change a listing: price, stock and switch at once; name, unit, text and photo are checked again."""
        listing = self._market_my_listing(listing_id)
        if listing.kdc_barred:
            self._light_flash(listing._kdc_barred_text(), "warn")
            return self._light_redirect("/my/shop/listings")
        if request.httprequest.method != "POST":
            return self._light_render("kdc_marketplace.portal_listing_form", self._market_listing_form(listing, {}))
        # Pieces sold since the page was shown do not come back onto the shelf: nobody buys while the stock is compared
        lock_or_retry(listing, allow_referencing=True)
        listing.invalidate_recordset()
        values, errors = self._market_listing_parse(post, listing)
        if errors:
            return self._light_invalid(
                "kdc_marketplace.portal_listing_form", self._market_listing_form(listing, post, errors)
            )
        before = listing.kdc_listing_state
        listing.write(values)
        if listing.kdc_listing_state in (listing_states.DRAFT, listing_states.CLOSED):
            listing.write({"kdc_listing_state": listing_states.PENDING, "kdc_submitted_date": fields.Datetime.now()})
        if before != listing_states.PENDING and listing.kdc_listing_state == listing_states.PENDING:
            self._light_flash(
                request.env._(
                    "Saved. Because name, unit, text or photo changed, the ward looks at it again before buyers see it."
                )
            )
        else:
            self._light_flash(request.env._("Saved."))
        return self._light_redirect("/my/shop/listings")

    @route(
        "/my/shop/listings/<int:listing_id>/<any(open,pause,close,restore):step>",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["POST"],
    )
    def market_listing_step(self, listing_id, step, sure="", **_kwargs):
        """Open or pause a listing at once, take it away, or send again for review what was taken away."""
        listing, env = self._market_my_listing(listing_id), request.env
        url, closed = "/my/shop/listings", listing.kdc_listing_state == listing_states.CLOSED
        if step == "close" and not sure:
            return self._market_back(env._("Please tick that “%s” leaves your shop.", listing.name), url)
        if step == "restore" and not closed:
            return self._light_redirect(url)
        again = {"kdc_listing_state": listing_states.PENDING, "kdc_submitted_date": fields.Datetime.now()}
        values, done = {
            "open": ({"kdc_open": True}, env._("“%s” can be ordered again.", listing.name)),
            "pause": (
                {"kdc_open": False},
                env._("“%s” is paused. Buyers do not see it until you open it again.", listing.name),
            ),
            "close": (
                {} if closed else {"kdc_listing_state": listing_states.CLOSED},
                env._("“%s” was taken out of your shop.", listing.name),
            ),
            "restore": (again, env._("“%s” is back. The ward looks at it before buyers see it.", listing.name)),
        }[step]
        return self._market_step(lambda: listing.write(values), done, url)

    @route(
        "/my/shop/listings/<int:listing_id>/photo",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["GET"],
        readonly=True,
    )
    def market_listing_photo(self, listing_id, **_kwargs):
        """Show the owner the photo of a listing that the public cannot see yet."""
        listing = self._market_of_my_shops("product.template", listing_id, stay=True)
        response = request.env["ir.binary"]._get_image_stream_from(listing, "image_256").get_response()
        response.headers["Cache-Control"] = "private, no-store"
        return response

    def _market_listing_form(self, listing, post, errors=None):
        stored = self._market_listing_values(listing) if listing else {}
        form = {
            "name": post.get("name", listing.name or ""),
            "price": post.get("price", f"{listing.list_price:.0f}" if listing else ""),
            "unit": post.get("unit", listing.kdc_unit or ""),
            "quantity": post.get("quantity", str(listing.kdc_quantity) if listing else ""),
            "seen_quantity": listing.kdc_quantity if listing else None,
            "track": bool(post.get("track")) if post else (listing.kdc_track_quantity if listing else True),
            "description": post.get("description", listing.kdc_description or ""),
            "category": whole_number(post.get("category"), self._market_category(listing).id, 2**31 - 1),
            "client_key": post.get("client_key") or uuid.uuid4().hex,
        }
        return {
            "form": form,
            "listing": stored,
            "errors": errors or {},
            "units": UNITS,
            "photo_mb": PHOTO_MB,
            "photos_at_once": PHOTOS_AT_ONCE,
            "owner": request.env.uid,
            "categories": [(category.id, category.name) for category in self._market_categories()],
        }

    def _market_categories(self):
        """Return the categories of the market."""
        # sudo: Odoo hides categories without published products from residents; somebody is the first to sell there
        return request.env["product.public.category"].sudo().search(request.website.website_domain())

    def _market_category(self, listing):
        """Return the category of a listing; for a new one that of the shop's newest listing."""
        if listing:
            return listing.public_categ_ids[:1]
        Listing = request.env["product.template"].sudo()  # sudo: a listing of the own shop
        with_category = [("kdc_shop_id", "=", self._market_my_shop().id), ("public_categ_ids", "!=", False)]
        return Listing.search(with_category, order="id desc", limit=1).public_categ_ids[:1]

    def _market_listing_parse(self, post, listing=None):
        """Return (values to write, errors by field) of the listing form. Only these fields can be written."""
        env = request.env
        errors = {}
        values = {
            "name": (post.get("name") or "").strip()[:80],
            "kdc_unit": (post.get("unit") or "").strip()[:20] or False,
            "kdc_description": (post.get("description") or "").strip()[:2000] or False,
            "kdc_track_quantity": bool(post.get("track")),
        }
        if not values["name"]:
            errors["name"] = env._("Please type what you sell.")
        if not listing or not listing.kdc_has_choices:  # else each choice has its own, on a page of their own
            self._market_listing_figures(post, values, errors, listing)
        if categories := self._market_categories():
            category = categories.filtered(lambda c: str(c.id) == post.get("category"))
            if not category and listing and not listing.public_categ_ids and not post.get("category"):
                pass  # from before there were categories: a new price needs no second look
            elif not category:
                errors["category"] = env._("Please choose what kind of goods it is.")
            elif not listing or category != listing.public_categ_ids:
                values["public_categ_ids"] = [Command.set(category.ids)]
        try:
            # A new listing comes with all its photos; later they have a page of their own.
            if photos := self._light_uploads("photo", 1 if listing else PHOTOS_AT_ONCE, PHOTO_MB):
                values["image_1920"], *more = map(base64.b64encode, photos)
                if more:
                    values["product_template_image_ids"] = [
                        Command.create({"name": values["name"], "image_1920": photo, "sequence": place})
                        for place, photo in enumerate(more, 1)
                    ]
        except UploadError as error:
            errors["photo"] = str(error)
        return values, errors

    def _market_listing_figures(self, post, values, errors, listing=None):
        """Add price and stock to ``values`` and ``errors``; a stock that was left alone is not written."""
        env = request.env
        price = dong(post.get("price"))
        if price and price <= MAX_PRICE:
            values["list_price"] = price
        else:
            errors["price"] = env._("Please type the price in đồng, for example 25000.")
        quantity = whole_number(post.get("quantity") or "0", -1, MAX_QUANTITY)
        seen = whole_number(post.get("seen_quantity"), -1, MAX_QUANTITY)
        if quantity < 0:
            errors["quantity"] = env._("Please type a whole number, for example 10.")
        elif not listing:
            values["kdc_quantity"] = quantity
        elif quantity not in (seen, listing.kdc_quantity):
            if seen != listing.kdc_quantity:
                errors["quantity"] = env._("It changed meanwhile: %s are left.", listing.kdc_quantity)
            values["kdc_quantity"] = quantity

    # -- orders ----------------------------------------------------------------------------------------------------
    @route("/my/shop/orders", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def market_shop_orders(self, page="1", **_kwargs):
        """Show what waits for an answer first, then what is to be prepared, then the rest."""
        shop = self._market_my_shop(ended=True)
        Order = request.env["sale.order"].sudo()  # sudo: orders of the own shop
        own = Domain("kdc_shop_id", "=", shop.id)
        env = request.env
        waiting = [
            (env._("New: please answer"), Domain("kdc_shop_state", "=", order_states.NEW)),
            (env._("To prepare"), Domain(Order._kdc_to_prepare_domain())),
            (env._("Ready for the buyer"), Domain("kdc_shop_state", "=", order_states.READY)),
        ]
        # The oldest first: what was dealt with makes room for those behind it
        sections = [
            (title, Order.search(own & domain, order="id", limit=PAGE_SIZE), Order.search_count(own & domain))
            for title, domain in waiting
        ]
        _new, prepare, _ready = (count for _title, _orders, count in sections)
        rest = own & ~Domain.OR(domain for _title, domain in waiting)
        earlier, older = one_page(Order, rest, page, PAGE_SIZE, "/my/shop/orders", "id desc")
        if whole_number(page, 1, MAX_PAGE) > 1:
            sections = []  # who looks through the old ones has seen what waits
        sections.append((env._("Earlier"), earlier, 0))
        return self._light_render(
            "kdc_marketplace.portal_shop_orders",
            {
                "watch": self._market_new_orders(),
                "older": older,
                "slips": [
                    (page, (page - 1) * SLIPS_AT_ONCE + 1, min(page * SLIPS_AT_ONCE, prepare))
                    for page in range(1, math.ceil(prepare / SLIPS_AT_ONCE) + 1)
                ],
                "sections": [
                    (title, [self._market_order_row(order) for order in orders], max(count - len(orders), 0))
                    for title, orders, count in sections
                    if orders
                ],
            },
        )

    def _market_order_row(self, order):
        labels = dict(order._fields["kdc_shop_state"]._description_selection(request.env))
        return {
            "url": f"/my/shop/orders/{order.id}",
            "name": order.name,
            "buyer": order.partner_id.name,
            "summary": order._kdc_summary(),
            "date": order.date_order,
            "total": order.amount_total,
            "state": order.kdc_shop_state,
            "label": labels[order.kdc_shop_state],
        }

    def _market_shop_order_page(self, order, error=None, reason=""):
        targets = order._kdc_targets(order_states.SHOP)
        labels = dict(order._fields["kdc_shop_state"]._description_selection(request.env))
        open_order = order.kdc_shop_state in order_states.OPEN
        closed = order.kdc_shop_id.state == shop_states.CLOSED
        return self._light_render(
            "kdc_marketplace.portal_shop_order",
            {
                "order": market_order_values(order),
                "label": labels[order.kdc_shop_state],
                # What the hand-over needs, and only while there is one to come.
                "buyer": order.partner_id.name,
                "phone": open_order and order.kdc_buyer_phone,
                "place": open_order and order.kdc_handover == "delivery" and order.kdc_handover_address,
                "targets": targets,
                "begins": order.kdc_shop_state in (order_states.ACCEPTED, order_states.READY)
                and order._kdc_still_to_come(),
                "answer_by": order.kdc_shop_state == order_states.NEW and order.kdc_answer_by,
                "paid": order.kdc_paid_date,
                "give_back": order._kdc_to_give_back(),
                "may_be_paid": not closed and order._kdc_may_be_paid(),
                "cash": order.kdc_payment_way == "cash" and order._kdc_may_be_paid(),
                "closed": closed,
                "slip": order.kdc_shop_state in (order_states.ACCEPTED, order_states.READY),
                "error": error,
                "reason": reason,
            },
            status=422 if error else 200,
        )

    @route("/my/shop/orders/<int:order_id>", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def market_shop_order(self, order_id, **_kwargs):
        return self._market_shop_order_page(self._market_my_shop_order(order_id, ended=True))

    @route(
        "/my/shop/orders/<int:order_id>/<any(accepted,refused,ready,handed_over):target>",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["POST"],
    )
    def market_shop_order_step(self, order_id, target, reason="", cash="", **_kwargs):
        """Accept, refuse with a reason, report ready, hand over, perhaps for cash."""
        order, env = self._market_my_shop_order(order_id), request.env
        done = {
            order_states.ACCEPTED: env._("Accepted. The buyer was told."),
            order_states.REFUSED: env._("Refused. The buyer was told why."),
            order_states.READY: env._("The buyer was told that the order is ready."),
            order_states.HANDED_OVER: env._("Handed over. The buyer was asked to confirm."),
        }[target]

        def step():
            order._kdc_set_state(target, order_states.SHOP, reason.strip()[:300])
            if cash and target == order_states.HANDED_OVER and order.kdc_payment_way == "cash":
                order._kdc_set_paid()

        return self._market_step(
            step,
            done,
            "/my/shop/orders",
            lambda error: self._market_shop_order_page(order, error, reason),
        )
