from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.locks import lock_or_retry
from odoo.exceptions import AccessError, UserError

from ..engine import order_states
from .kdc_shop_statement import SOLD

MAX_AMOUNT = 100_000_000  # VND, of a limit and of one entry; above that it is a slip of the finger
MAX_CUSTOMERS = 200  # former buyers an owner chooses from, the most frequent first


class KdcShopCredit(models.Model):
    """The running account of one customer in one shop: bought on credit, paid later (features M-12).

    The account is between the two of them. The ward sells nothing and lends nothing, so it is in no book of the ward,
    and its staff have no right to read it. Pages show it to the people of the shop and to the customer only.

    An order on credit is held against the limit from its confirmation and owed from the hand-over, as a shopkeeper
    expects: a promise takes room, but nobody owes for goods still on the shelf. What is held is asked of the orders
    themselves, so that whatever gives an order up also frees its room.
    """

    _name = "kdc.shop.credit"
    _description = "Running Account of a Customer"
    _order = "id"

    shop_id = fields.Many2one("kdc.shop", required=True, index=True, ondelete="restrict", readonly=True)
    company_id = fields.Many2one(related="shop_id.company_id", store=True)
    partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, index=True, ondelete="restrict", readonly=True
    )
    state = fields.Selection([("open", "Open"), ("closed", "Closed")], default="open", required=True)
    limit_amount = fields.Integer("Limit (₫)", required=True)
    entry_ids = fields.One2many("kdc.shop.credit.entry", "credit_id", "Entries")
    order_ids = fields.One2many("sale.order", "kdc_credit_id", "Orders on credit")
    balance = fields.Integer("Owed (₫)", compute="_compute_balance", help="Sum of all entries, never typed.")
    held = fields.Integer(
        "Held for orders (₫)", compute="_compute_held", help="Orders on credit that are not handed over yet."
    )

    _shop_partner_uniq = models.Constraint("UNIQUE (shop_id, partner_id)", "This customer has an account already.")
    _limit_check = models.Constraint(
        f"CHECK (limit_amount BETWEEN 0 AND {MAX_AMOUNT})", "A limit is an amount up to 100.000.000 ₫."
    )

    @api.depends("entry_ids.amount")
    def _compute_balance(self):
        entries = self.env["kdc.shop.credit.entry"]
        sums = dict(entries._read_group([("credit_id", "in", self.ids)], ["credit_id"], ["amount:sum"]))
        for credit in self:
            credit.balance = sums.get(credit, 0)

    @api.depends("order_ids.kdc_shop_state", "order_ids.amount_total")
    def _compute_held(self):
        waiting = [("kdc_credit_id", "in", self.ids), ("kdc_shop_state", "in", list(order_states.OPEN))]
        sums = dict(self.env["sale.order"]._read_group(waiting, ["kdc_credit_id"], ["amount_total:sum"]))
        for credit in self:
            credit.held = round(sums.get(credit, 0))

    def _kdc_room(self):
        """Return how much the customer can still order on credit, in VND."""
        self.ensure_one()
        return max(self.limit_amount - self.balance - self.held, 0) if self.state == "open" else 0

    # -- what the shop decides -------------------------------------------------------------------------------------
    @api.model
    def _kdc_open(self, shop, partner, limit):
        """Open the account of a customer, or the closed one again, and tell him.

        :param shop: kdc.shop in sudo, of which the caller has checked that the current user owns it
        :param int limit: in VND
        :raise UserError: no such limit, or nobody who has bought here
        """
        self._kdc_check_amount(limit)
        lock_or_retry(shop, allow_referencing=True, touch=True)  # two taps open one account
        if partner not in shop._kdc_credit_customers():
            raise UserError(self.env._("Please choose somebody who has bought in this shop and has no account yet."))
        # sudo: owners have no right on accounts; named fields only
        accounts = self.sudo()
        account = accounts.search([("shop_id", "=", shop.id), ("partner_id", "=", partner.id)])
        if account:
            account.write({"state": "open", "limit_amount": limit})
        else:
            account = accounts.create({"shop_id": shop.id, "partner_id": partner.id, "limit_amount": limit})
        account._kdc_tell(
            lambda account: (
                account.env._("You can buy on credit at “%s”", account.shop_id.name),
                account.env._("Up to %s, if you choose it when you order.", fmt.vnd(limit)),
            )
        )
        return account

    def _kdc_set_limit(self, limit):
        """Change the limit at any time, to 0 for no more credit; what is ordered stays, also above a lower limit."""
        if limit != 0:
            self._kdc_check_amount(limit)
        self._kdc_lock()
        self._kdc_check_open()
        self.limit_amount = limit
        self._kdc_tell(
            lambda account: (
                account.env._("“%s” has changed your limit for buying on credit", account.shop_id.name),
                account.env._("It is %s now. Orders you have placed stay as they are.", fmt.vnd(limit)),
            )
        )

    def _kdc_pay(self, amount, seen):
        """Note money the customer has paid, and tell him.

        :param int amount: in VND
        :param int seen: what was owed on the page; a second tap finds less and is refused
        """
        self._kdc_check_amount(amount)
        self._kdc_enter("payment", -amount, seen)
        self._kdc_tell(
            lambda account: (
                account.env._("“%(shop)s” has received %(amount)s", shop=account.shop_id.name, amount=fmt.vnd(amount)),
                account.env._("You still owe %s on your running account.", fmt.vnd(account.balance)),
            )
        )

    def _kdc_correct(self, amount, reason, seen):
        """Counter something that was noted wrongly, and tell the customer why; nothing noted is ever changed.

        :param int amount: in VND, above 0 when more is owed, below 0 when less
        :param int seen: see `_kdc_pay`
        """
        self._kdc_check_amount(abs(amount or 0))
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("Please give the reason: the customer will read it."))
        self._kdc_enter("correction", amount, seen, reason)
        self._kdc_tell(
            lambda account: (
                account.env._("“%s” has corrected your running account", account.shop_id.name),
                account.env._(
                    "%(amount)s: %(reason)s. You owe %(balance)s now. If that is wrong, please talk to the shop.",
                    amount=fmt.vnd(amount),
                    reason=reason,
                    balance=fmt.vnd(account.balance),
                ),
            )
        )

    def _kdc_close(self):
        """Close an account on which nothing is owed and nothing on its way, and tell the customer."""
        self._kdc_lock()
        self._kdc_check_open()
        if self.balance or self.held:
            raise UserError(
                self.env._("An account is closed when nothing is owed any more and no order on credit is on its way.")
            )
        self.state = "closed"
        self._kdc_tell(
            lambda account: (
                account.env._("Your running account at “%s” was closed", account.shop_id.name),
                account.env._("You owe nothing there."),
            )
        )

    # -- orders on credit ------------------------------------------------------------------------------------------
    def _kdc_hold(self, order):
        """Keep room for an order that is being confirmed; of two at once the second sees the first.

        :raise UserError: the account is closed, or too little room is left
        """
        self._kdc_lock()
        self._kdc_check_open()
        total = round(order.amount_total)
        if total > self._kdc_room():
            raise UserError(
                self.env._(
                    "“%(shop)s”: this order is %(total)s and you can buy for %(room)s on credit. "
                    "Please choose another way of paying, or order less.",
                    shop=self.shop_id.name,
                    total=fmt.vnd(total),
                    room=fmt.vnd(self._kdc_room()),
                )
            )

    def _kdc_owe(self, order):
        """Enter an order whose goods the customer has now; once only, the database says so too."""
        self._kdc_lock()
        if order not in self.entry_ids.order_id:
            self._kdc_add("order", round(order.amount_total), order_id=order.id)

    # -- helpers ---------------------------------------------------------------------------------------------------
    def _kdc_lock(self):
        """Let nobody else work on this account until the end of the transaction, and read it anew."""
        self.ensure_one()
        lock_or_retry(self, allow_referencing=True, touch=True)
        self.invalidate_recordset()

    def _kdc_check_open(self):
        if self.state != "open":
            raise UserError(self.env._("This running account is closed."))

    @api.model
    def _kdc_check_amount(self, amount):
        if not amount or not 0 < amount <= MAX_AMOUNT:
            raise UserError(
                self.env._("Please type an amount in đồng up to %s, for example 200000.", fmt.vnd(MAX_AMOUNT))
            )

    def _kdc_enter(self, kind, amount, seen, reason=False):
        """Add an entry that somebody of the shop has typed."""
        self._kdc_lock()
        self._kdc_check_open()
        if seen != self.balance:
            raise UserError(
                self.env._("%s is owed now: something was noted meanwhile. Please look again.", fmt.vnd(self.balance))
            )
        if self.balance + amount < 0:
            raise UserError(self.env._("Only %s is owed. Please type no more than that.", fmt.vnd(self.balance)))
        self._kdc_add(kind, amount, reason=reason)

    def _kdc_add(self, kind, amount, **values):
        self.entry_ids.create(
            {
                "credit_id": self.id,
                "date": fields.Datetime.now(),
                "kind": kind,
                "amount": amount,
                "user_id": self.env.uid,
                **values,
            }
        )

    def _kdc_tell(self, words):
        """Leave a notice to the customer in his own language; ``words`` gets the account and returns title, body."""
        title, body = words(self.with_context(lang=self.partner_id.lang or "vi_VN"))
        # sudo: the shop tells the customer without reading his notices
        self.env["kdc.notification"].sudo()._notify(self.partner_id, title, body, f"/my/orders/credit/{self.id}")


class KdcShopCreditEntry(models.Model):
    """One line of a running account. It is never changed and never deleted, only countered by another one."""

    _name = "kdc.shop.credit.entry"
    _description = "Entry of a Running Account"
    _order = "id desc"

    credit_id = fields.Many2one("kdc.shop.credit", "Account", required=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="credit_id.company_id", store=True)
    date = fields.Datetime(required=True, default=fields.Datetime.now)
    kind = fields.Selection(
        [("order", "Goods on credit"), ("payment", "Payment"), ("correction", "Correction")], required=True
    )
    amount = fields.Integer("Amount (₫)", required=True, help="Above 0: more is owed. Below 0: less.")
    order_id = fields.Many2one("sale.order", ondelete="restrict")
    reason = fields.Char(help="Of a correction; the customer reads it.")
    user_id = fields.Many2one("res.users", "Noted by", required=True, ondelete="restrict")

    _order_uniq = models.UniqueIndex("(order_id) WHERE order_id IS NOT NULL", "This order is entered already.")
    _amount_check = models.Constraint(
        "CHECK (CASE kind WHEN 'order' THEN amount > 0 AND order_id IS NOT NULL WHEN 'payment' THEN amount < 0 "
        "AND order_id IS NULL ELSE amount <> 0 AND order_id IS NULL END)",
        "Goods add to what is owed, payments take from it.",
    )

    def write(self, vals):
        """Refuse every change, also under ``sudo()``; only erasure takes the words of a settled account away."""
        if vals != {"reason": False} or not self.env.su:
            raise AccessError(self.env._("What was noted on a running account stays. Please add a correction."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_noted(self):
        raise AccessError(self.env._("What was noted on a running account stays. Please add a correction."))


class KdcShop(models.Model):
    _inherit = "kdc.shop"

    credit_ids = fields.One2many("kdc.shop.credit", "shop_id", "Running accounts", copy=False)

    def _kdc_credit_customers(self):
        """Return who may get a running account: people with a login who have received goods of this shop before."""
        self.ensure_one()
        found = (
            self.env["sale.order"]
            # sudo: orders of this shop; callers have checked who asks and show names only
            .sudo()
            ._read_group(
                [("kdc_shop_id", "=", self.id), ("kdc_shop_state", "in", SOLD)],
                ["partner_id"],
                order="__count desc, partner_id",
                limit=MAX_CUSTOMERS,
            )
        )
        partners = self.env["res.partner"].sudo().union(*(partner for (partner,) in found))  # sudo: see above
        taken = self.credit_ids.filtered(lambda account: account.state == "open").partner_id
        return (partners - taken - self.member_ids.user_id.partner_id).filtered("user_ids")


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _kdc_credits(self):
        """Return the running accounts of this customer in all shops, in sudo."""
        self.ensure_one()
        # sudo: own accounts only; callers show named fields
        return self.env["kdc.shop.credit"].sudo().search([("partner_id", "=", self.id)])
