"""The board of the neighbourhood: given away, second-hand, lost, found. Everybody looks, residents post and write."""

from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.http import request, route

from ..models.kdc_board_post import MAX_PHOTOS, PHOTOS
from .pages import address, one_page, typed_search, words_domain
from .portal_voice import BuyerVoice, typed, words_wait

PAGE_SIZE = 24
POST = "/shop/board/<int:post_id>"


class Board(BuyerVoice):
    def _market_posts(self):
        # sudo: guests have no right on posts; what is shown to whom is decided in this class
        return request.env["kdc.board.post"].sudo()

    def _market_shown_post(self, post_id):
        """Return a post everybody sees, in sudo; 404 otherwise."""
        posts = self._market_posts()
        domain = [("id", "=", post_id), *posts._kdc_shown_domain(request.website.company_id)]
        post = posts.search(domain, limit=1)
        if not post:
            raise request.not_found()
        return post

    def _market_readable_post(self, post_id):
        """Return a shown post, or one of one's own in any state, in sudo; 404 otherwise."""
        own = self._market_posts().search(
            [("id", "=", post_id), ("partner_id", "=", request.env.user.partner_id.id)], limit=1
        )
        return own if own and not request.env.user._is_public() else self._market_shown_post(post_id)

    def _market_post_values(self, post):
        """Return what the public may know about a post: no name, no phone."""
        return {
            "id": post.id,
            "url": f"/shop/board/{post.id}",
            "kind": post.kind,
            "label": dict(post._fields["kind"]._description_selection(request.env))[post.kind],
            "name": post.name,
            "text": post.text,
            "area": post.area_id.name,
            "date": post.published_date,
            "until": post.expiry_date,
            "photos": [
                f"/shop/board/{post.id}/photo/{number}"
                for number, fname in enumerate(PHOTOS, 1)
                if post.with_context(bin_size=True)[fname]
            ],
        }

    @route("/shop/board", type="http", auth="public", website=True, sitemap=False, methods=["GET"])
    def market_board(self, kind="", area="", page="1", search="", **_kwargs):
        """Show what is on the board, the newest first."""
        posts = self._market_posts()
        kinds = posts._fields["kind"]._description_selection(request.env)
        kind = kind if kind in dict(kinds) else ""
        groups = self._market_board_areas(request.website.company_id)
        chosen = groups.filtered(lambda group: str(group.id) == area)
        domain = posts._kdc_shown_domain(request.website.company_id)
        domain += [("kind", "=", kind)] if kind else []
        domain += [("area_id", "=", chosen.id)] if chosen else []
        search = typed_search(search)
        domain = Domain(domain) & words_domain("search_key", search)
        here = address("/shop/board", search=search, kind=kind, area=chosen.id)
        found, more = one_page(posts, domain, page, PAGE_SIZE, here)
        return self._light_render(
            "kdc_marketplace.board",
            {
                "kinds": kinds,
                "kind": kind,
                "area": chosen.id,
                "areas": [(group.id, group.name) for group in groups],
                "search": search,
                "posts": [self._market_post_values(post) for post in found],
                "more": more,
            },
        )

    def _market_board_areas(self, company):
        # sudo: names of the residential groups of the ward are public
        return request.env["kdc.area"].sudo()._groups_of(company)

    @route(POST, type="http", auth="public", website=True, sitemap=False, methods=["GET"])
    def market_board_post(self, post_id, **_kwargs):
        return self._light_render("kdc_marketplace.board_post", self._market_board_values(post_id))

    def _market_board_values(self, post_id, text="", error=None):
        """Return what the page of a post shows; contact to residents only."""
        post = self._market_shown_post(post_id)
        resident, partner = self._light_resident(), request.env.user.partner_id
        own = bool(resident) and post.partner_id == partner
        # sudo (of the post): messages this person wrote about it
        messages = post.question_ids.filtered(lambda q: q.partner_id == partner) if resident else post.question_ids[:0]
        return {
            "post": self._market_post_values(post),
            "resident": bool(resident),
            "own": own,
            "phone": resident and post.phone,
            "messages": [message._kdc_values(mine=True) for message in messages],
            "text": text,
            "error": error,
        }

    @route(POST + "/message", type="http", auth="user", website=True, sitemap=False, methods=["POST"])
    def market_board_message(self, post_id, text="", **_kwargs):
        """Write to the poster; neither side learns the other's phone number."""
        post = self._market_shown_post(post_id)
        partner = request.env.user.partner_id
        if not self._light_resident() or post.partner_id == partner:
            raise request.not_found()
        try:
            if not typed(text):
                raise UserError(request.env._("Please type your message."))
            sent = request.env["kdc.shop.question"]._kdc_write_to_poster(post, partner, typed(text))
        except UserError as error:
            return self._light_invalid(
                "kdc_marketplace.board_post", self._market_board_values(post_id, text, str(error))
            )
        self._light_flash(
            words_wait(sent) or request.env._("Your message was sent. You will be told when there is an answer.")
        )
        return self._light_redirect(f"/shop/board/{post.id}")

    @route(POST + "/report", type="http", auth="user", website=True, sitemap=False, methods=["GET", "POST"])
    def market_board_report(self, post_id, **post):
        """Report a post to the ward."""
        subject = self._market_shown_post(post_id)
        if not self._light_resident():
            raise request.not_found()
        return self._market_report(subject, subject.name, f"/shop/board/{subject.id}", post)

    @route(
        POST + "/photo/<int:number>",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
        methods=["GET"],
        readonly=True,
    )
    def market_board_photo(self, post_id, number, small="", **_kwargs):
        """Show a photo of a shown post, or of one's own."""
        post = self._market_readable_post(post_id)
        if not 1 <= number <= MAX_PHOTOS or not post[PHOTOS[number - 1]]:
            raise request.not_found()
        fname = "thumbnail" if small and number == 1 else PHOTOS[number - 1]
        response = request.env["ir.binary"]._get_image_stream_from(post, fname).get_response()
        # A post that is taken down takes its photos with it
        response.headers["Cache-Control"] = "private, no-store"
        return response
