"""Running accounts: the shop notes what its customers owe, each customer reads the own one, and nobody else."""

from odoo.addons.kdc_residents.controllers.light import LightController
from odoo.http import request, route

from ..models.kdc_shop_credit import MAX_CUSTOMERS
from .basket import dong, whole_number
from .portal_shop import ShopPortal

LIST_PAGE = "kdc_marketplace.portal_shop_credits"
PAGE = "kdc_marketplace.portal_shop_credit"
URL = "/my/shop/credit"
PAGE_SIZE = 50
REASON_LENGTH = 200


def account_values(account, page, for_shop):
    """Return what shop and customer read of a running account, its entries from the newest on.

    :param str page: 1 for the newest entries
    :param bool for_shop: also say who noted what; which of them it was is the shop's own affair
    """
    page = max(whole_number(page, 1, 10_000), 1)
    entries = account.entry_ids[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    kinds = dict(entries._fields["kind"]._description_selection(request.env))
    return {
        "id": account.id,
        "open": account.state == "open",
        "balance": account.balance,
        "held": account.held,
        "limit": account.limit_amount,
        "room": account._kdc_room(),
        "joined": [(other.joined_date, other.joined_amount) for other in account.joined_ids],
        "older": page + 1 if len(account.entry_ids) > page * PAGE_SIZE else None,
        "entries": [
            {
                "date": entry.date,
                "kind": kinds[entry.kind],
                "amount": entry.amount,
                "order_id": entry.order_id.id,
                "order": entry.order_id.name,
                "reason": entry.reason,
                "by": for_shop and entry.kind != "order" and entry.user_id.name,
            }
            for entry in entries
        ],
    }


class ShopCredit(ShopPortal):
    # -- the shop --------------------------------------------------------------------------------------------------
    def _market_my_credit(self, credit_id, owner=False):
        """Return a running account of the own shop, in sudo; 404 otherwise.

        Also of a closed shop, for its owner: what customers owe does not end with it.
        """
        shop = self._market_my_shop(owner, ended=True)
        account = shop.credit_ids._kdc_find(credit_id)
        if not account:
            raise request.not_found()
        return account

    @route(URL, type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def market_credits(self, **_kwargs):
        """Show who owes how much, and let the owner open an account."""
        return self._light_render(LIST_PAGE, self._market_credits_values({}))

    def _market_credits_values(self, post, error=None):
        member = self._market_member(ended=True)
        shop = self._market_my_shop(ended=True)
        accounts = shop.credit_ids.filtered(lambda account: not account.joined_id)
        accounts = accounts.sorted(lambda account: (account.state != "open", account.partner_id.name or ""))
        owner = member.role == "owner" and shop in request.env.user._kdc_shops()
        return {
            "total": sum(accounts.mapped("balance")),
            "accounts": [
                {
                    "url": f"{URL}/{account.id}",
                    "name": account.partner_id.name,
                    "open": account.state == "open",
                    "balance": account.balance,
                    "held": account.held,
                    "limit": account.limit_amount,
                }
                for account in accounts
            ],
            "owner": owner,
            "customers": [(partner.id, partner.name) for partner in shop._kdc_credit_customers()] if owner else [],
            "many": MAX_CUSTOMERS,
            "form": {name: post.get(name, "") for name in ("customer", "limit")},
            "error": error,
        }

    @route(f"{URL}/open", type="http", auth="user", website=True, sitemap=False, methods=["POST"])
    def market_credit_open(self, **post):
        """Open a running account for somebody who has bought here."""
        shop = self._market_my_shop(owner=True)
        chosen = whole_number(post.get("customer"), 0, 2**31 - 1)
        customer = shop._kdc_credit_customers().filtered(lambda partner: partner.id == chosen)
        return self._market_step(
            lambda: request.env["kdc.shop.credit"]._kdc_open(shop, customer, dong(post.get("limit"))),
            request.env._("Opened. The customer was told."),
            lambda account: f"{URL}/{account.id}",
            lambda error: self._light_invalid(LIST_PAGE, self._market_credits_values(post, error)),
        )

    @route(f"{URL}/<int:credit_id>", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def market_credit(self, credit_id, page="1", **_kwargs):
        """Show one customer's account."""
        return self._light_render(PAGE, self._market_credit_values(self._market_my_credit(credit_id), page))

    def _market_credit_values(self, account, page="1", post=None, error=None):
        post = post or {}
        return {
            "account": account_values(account, page, for_shop=True),
            "customer": account.partner_id.name,
            "owner": self._market_member(ended=True).role == "owner",
            "form": {name: post.get(name, "") for name in ("amount", "reason", "way", "limit")},
            "step": post.get("step"),
            "error": error,
        }

    @route(f"{URL}/<int:credit_id>/payment", type="http", auth="user", website=True, sitemap=False, methods=["POST"])
    def market_credit_payment(self, credit_id, **post):
        """Note money that came; sellers stand at the counter, so they may too."""
        return self._market_credit_step(self._market_my_credit(credit_id), "payment", post)

    @route(
        f"{URL}/<int:credit_id>/<any(correction,limit,close):step>",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["POST"],
    )
    def market_credit_decide(self, credit_id, step, **post):
        """Correct, change the limit or close: the owner's decisions."""
        return self._market_credit_step(self._market_my_credit(credit_id, owner=True), step, post)

    def _market_credit_step(self, account, step, post):
        """Do one step on an account; what was typed stays on the page when it is refused."""
        amount, seen = dong(post.get("amount")), whole_number(post.get("seen"), -1, 2**62)
        sign = 1 if post.get("way") == "more" else -1
        steps = {
            "payment": lambda: account._kdc_pay(amount, seen),
            "correction": lambda: account._kdc_correct(
                sign * (amount or 0), post.get("reason", "")[:REASON_LENGTH], seen
            ),
            "limit": lambda: account._kdc_set_limit(dong(post.get("limit")) if post.get("limit") else None),
            "close": account._kdc_close,
        }
        typed = {**post, "step": step}
        return self._market_step(
            steps[step],
            request.env._("Noted. The customer was told."),
            f"{URL}/{account.id}",
            lambda error: self._light_invalid(PAGE, self._market_credit_values(account, post=typed, error=error)),
        )


class BuyerCredit(LightController):
    # -- the customer ----------------------------------------------------------------------------------------------
    @route("/my/orders/credit", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def market_my_credits(self, **_kwargs):
        """Show in which shops the current user buys on credit, and what is owed there."""
        accounts = request.env.user.partner_id._kdc_credits()
        return self._light_render(
            "kdc_marketplace.portal_my_credits",
            {
                "total": sum(accounts.mapped("balance")),
                "accounts": [
                    {
                        "url": f"/my/orders/credit/{account.id}",
                        "shop": account.shop_id.name,
                        "open": account.state == "open",
                        "balance": account.balance,
                        "room": account._kdc_room(),
                    }
                    for account in accounts
                ],
            },
        )

    @route("/my/orders/credit/<int:credit_id>", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def market_my_credit(self, credit_id, page="1", **_kwargs):
        """Show one of the own running accounts; 404 for anybody else's."""
        account = request.env.user.partner_id._kdc_credits()._kdc_find(credit_id)
        if not account:
            raise request.not_found()
        return self._light_render(
            "kdc_marketplace.portal_my_credit",
            {
                "account": account_values(account, page, for_shop=False),
                "shop": account.shop_id.name,
                "bank_account": account.shop_id.bank_account,
            },
        )
