from markupsafe import Markup
from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt


class KdcMarketFee(models.Model):
    """One fee of one shop for one month: how it came about, and the charge it became.

    The orders behind a commission are kept as number, day and amount: the accountant has to see what is charged, and
    needs no right on the orders of residents for that.
    """

    _name = "kdc.market.fee"
    _description = "Fee of the Market"
    _order = "period desc, shop_id, kind desc"

    run_id = fields.Many2one("kdc.market.fee.run", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="run_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    period = fields.Date("Month", related="run_id.period", store=True)
    shop_id = fields.Many2one("kdc.shop", required=True, ondelete="restrict", index=True)
    rule_id = fields.Many2one("kdc.market.fee.rule", required=True, ondelete="restrict", index=True)
    kind = fields.Selection(related="rule_id.kind", store=True)
    turnover = fields.Monetary("Handed over", help="Total of the orders handed over in the month, delivery included.")
    amount = fields.Monetary("Fee before VAT", required=True)
    orders = fields.Json(
        "Orders behind it", help="What the turnover consists of: number, day and amount of each order."
    )
    basis = fields.Json("What the rule said", help="When it was computed; charging asks whether it still says so.")
    orders_html = fields.Html("Orders", compute="_compute_orders_html", sanitize=False)
    order_count = fields.Integer("Orders handed over", compute="_compute_orders_html")
    charge_id = fields.Many2one("kdc.charge", readonly=True, ondelete="set null", index="btree_not_null")
    charge_amount = fields.Monetary(related="charge_id.amount", string="Charged before VAT")
    charge_state = fields.Selection(related="charge_id.state", string="State of the charge")

    _once = models.UniqueIndex("(shop_id, period, kind)", "A shop owes each fee once a month.")
    _above_zero = models.Constraint("CHECK (amount > 0 AND turnover >= 0)", "A fee is an amount above zero.")

    @api.depends("shop_id", "rule_id", "period")
    def _compute_display_name(self):
        for fee in self:
            fee.display_name = f"{fee.shop_id.sudo().name} · {fee._name_of()}"  # sudo: the name of the shop is public

    @api.depends("orders")
    def _compute_orders_html(self):
        """Write the orders as a table, oldest first."""
        row = Markup('<tr><td>%s</td><td>%s</td><td class="text-end">%s</td></tr>')
        for fee in self:
            orders = fee.orders or []
            rows = Markup().join(
                row % (order["name"], fmt.date(fields.Date.to_date(order["date"])), fmt.vnd(order["amount"]))
                for order in orders
            )
            fee.order_count = len(orders)
            fee.orders_html = orders and Markup('<table class="table table-sm">%s</table>') % rows

    def _name_of(self):
        """Return what the bill and the statement call it."""
        self.ensure_one()
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        return self.env._("%(fee)s, %(month)s", fee=kinds[self.kind], month=fmt.period(self.period).lower())

    def _charge_vals(self, account):
        """Return the charge, as an imported list of charges would make it: the name of the list keeps it single."""
        self.ensure_one()
        rule = self.rule_id
        how = rule._how(self.turnover)
        return {
            "account_id": account.id,
            "service_id": rule.service_id.id,
            "name": f"{self._name_of()}: {how}" if self.turnover and self.kind == "commission" else self._name_of(),
            "amount": self.amount,
            "vat_category_id": rule.vat_category_id.id,
            "period": self.period,
            "decision": rule.decision,
            "reason": self.env._("%(shop)s: %(how)s, orders: %(count)s", shop=self.shop_id.name, how=how,
                                 count=self.order_count),
            "list_name": f"MARKET-{self.kind.upper()}-{self.period:%Y-%m}",
        }  # fmt: skip

    def _statement_charge(self):
        """Return what the statement of the shop shows of this fee, see ``kdc.shop._kdc_statement_charges``."""
        self.ensure_one()
        bill = self.charge_id.billed and self.charge_id.move_id
        issued = bill and bill.state == "posted"
        return {
            "name": self._name_of(),
            "how": self.rule_id._how(self.turnover),
            # What was approved: the charge may have been corrected before
            "amount": round(self.charge_amount),
            "bill": bill.kdc_reference or bill.name if issued else "",
            "url": f"/my/bills/{bill.id}" if issued else "",
        }
