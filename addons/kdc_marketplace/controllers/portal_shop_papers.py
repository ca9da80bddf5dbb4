"""The papers of a shop: which ones its trades need, photos of them, until when they count. Private to its people."""

import base64
from datetime import date

from odoo.addons.kdc_residents.controllers.light import UploadError
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.addons.kdc_residents.tools.locks import lock_or_retry
from odoo.http import request, route

from .portal_shop import PHOTO_MB, ShopPortal

PAGE = "kdc_marketplace.portal_shop_papers"
#: Days before its end from which a paper is shown as ending.
SOON = 30


class ShopPapers(ShopPortal):
    @route("/my/shop/papers", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def market_papers(self, **_kwargs):
        return self._light_render(PAGE, self._market_papers_values(self._market_my_shop(), {}))

    @route("/my/shop/papers/<int:kind_id>", type="http", auth="user", website=True, sitemap=False, methods=["POST"])
    def market_paper_send(self, kind_id, **post):
        """Send the photo of a paper; a moderator looks at it."""
        shop = self._market_my_shop()
        kind = self._market_paper_kinds(shop).filtered(lambda kind: kind.id == kind_id)
        if not kind:
            raise request.not_found()
        env = request.env
        errors = {}
        values = {"shop_id": shop.id, "kind_id": kind.id, "number": (post.get("number") or "").strip()[:60] or False}
        for fname in ("issue_date", "expiry_date"):
            try:
                values[fname] = date.fromisoformat(post[fname]) if post.get(fname) else False
            except ValueError:
                errors[fname] = env._("Please choose the day.")
        today = today_here(env["kdc.shop.paper"])
        expiry, issued = values.get("expiry_date"), values.get("issue_date")
        if "expiry_date" not in errors:
            if kind.expires and not expiry:
                errors["expiry_date"] = env._("Please choose until when the paper is valid; it is printed on it.")
            elif expiry and expiry < today:
                errors["expiry_date"] = env._("This paper has already expired. Please send the renewed one.")
            elif expiry and issued and expiry < issued:
                errors["expiry_date"] = env._("The paper ends before it was issued.")
        if issued and issued > today:
            errors["issue_date"] = env._("A paper cannot have been issued in the future.")
        try:
            photos = self._light_uploads("photo", 1, PHOTO_MB)
            if not photos:
                errors["photo"] = env._("Please take a photo of the paper on which everything can be read.")
        except UploadError as error:
            errors["photo"] = str(error)
        if errors:
            return self._light_invalid(PAGE, self._market_papers_values(shop, post, errors, kind))
        # Of two sends at once the second runs again and replaces the first
        lock_or_retry(shop, allow_referencing=True, touch=True)
        # Only the newest photo waits: sending again replaces what nobody has looked at yet.
        shop.paper_ids.filtered(lambda paper: paper.kind_id == kind and paper.state == "pending").unlink()
        # sudo (of the shop): its people have no right on papers; the fields are named above
        shop.env["kdc.shop.paper"].create({**values, "image": base64.b64encode(photos[0])})
        self._light_flash(env._("“%s” was sent. The ward looks at it and tells you.", kind.name))
        return self._light_redirect("/my/shop/papers")

    @route("/my/shop/papers/photo/<int:paper_id>", type="http", auth="user", website=True, sitemap=False, readonly=True)
    def market_paper_photo(self, paper_id, **_kwargs):
        paper = self._market_my_shop().paper_ids.filtered(lambda paper: paper.id == paper_id)
        if not paper:
            raise request.not_found()
        response = request.env["ir.binary"]._get_image_stream_from(paper, "image").get_response()
        response.headers["Cache-Control"] = "private, no-store"
        return response

    def _market_paper_kinds(self, shop):
        """Return the papers the shop needs, and those it has sent."""
        return shop._kdc_needed_papers() | shop.paper_ids.kind_id

    def _market_papers_values(self, shop, post, errors=None, failed=None):
        today = today_here(request.env["kdc.shop.paper"])
        needed = shop._kdc_needed_papers()
        rows = []
        for kind in self._market_paper_kinds(shop):
            papers = shop.paper_ids.filtered(lambda paper, kind=kind: paper.kind_id == kind)
            counting = papers.filtered(lambda paper: paper._kdc_counts(today)).sorted(
                lambda paper: paper.expiry_date or date.max
            )[-1:]
            newest = papers[:1]
            days = (counting.expiry_date - today).days if counting.expiry_date else None
            rows.append(
                {
                    "id": kind.id,
                    "name": kind.name,
                    "legal_basis": kind.legal_basis,
                    "expires": kind.expires,
                    "status": "ok" if counting and (days is None or days > SOON) else "warn" if counting else "late",
                    "needed": kind in needed,
                    "until": counting.expiry_date,
                    "counting": bool(counting),
                    "pending": newest.state == "pending",
                    "refused": newest.state == "refused" and newest.refuse_reason,
                    "photo": newest and f"/my/shop/papers/photo/{newest.id}",
                    "post": post if failed and kind == failed else {},
                    "errors": (errors or {}) if failed and kind == failed else {},
                }
            )
        return {"papers": rows, "errors": errors or {}, "photo_mb": PHOTO_MB}
