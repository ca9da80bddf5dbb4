from collections import defaultdict

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.clock import to_local
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.addons.kdc_residents.tools.locks import lock_or_retry
from odoo.exceptions import UserError

from ..engine import fees


class KdcMarketFeeRun(models.Model):
    """The fees of the market for one month: computed to be looked at, then charged.

    Computing charges nothing and may be repeated. Charging makes each fee a one-off charge on the customer account of
    its shop, which another person approves like every other; a fee that has become a charge never becomes another one.
    """

    _name = "kdc.market.fee.run"
    _description = "Fees of the Market of a Month"
    _order = "period desc"

    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(related="company_id.currency_id")
    period = fields.Date(
        "Month",
        required=True,
        default=lambda self: today_here(self).replace(day=1) - relativedelta(months=1),
    )
    line_ids = fields.One2many("kdc.market.fee", "run_id", "Fees", readonly=True)
    shop_count = fields.Integer("Shops", compute="_compute_totals")
    amount = fields.Monetary("Together, before VAT", compute="_compute_totals")
    charged_amount = fields.Monetary("Of it charged", compute="_compute_totals")
    state = fields.Selection(
        [("draft", "Not charged"), ("part", "Charged in part"), ("charged", "Charged")], compute="_compute_totals"
    )

    _month_uniq = models.UniqueIndex("(company_id, period)", "The fees of this month exist already. Open them instead.")

    @api.depends("period")
    def _compute_display_name(self):
        for run in self:
            run.display_name = run.period and fmt.period(run.period)

    @api.depends("line_ids.amount", "line_ids.charge_id.state", "line_ids.charge_id.amount")
    def _compute_totals(self):
        for run in self:
            charged = run.line_ids.filtered("charge_id")
            live = charged.filtered(lambda fee: fee.charge_id.state != "withdrawn")
            run.shop_count = len(run.line_ids.shop_id)
            run.amount = sum(run.line_ids.mapped("amount"))
            run.charged_amount = sum(live.charge_id.mapped("amount"))
            run.state = "draft" if not charged else "charged" if charged == run.line_ids else "part"

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._first_of_month(vals) for vals in vals_list])

    def write(self, vals):
        if {"company_id", "period"} & vals.keys() and self.line_ids:
            raise UserError(self.env._("Fees were computed for this month. Make another list for another month."))
        return super().write(self._first_of_month(vals))

    @api.model
    def _first_of_month(self, vals):
        if not vals.get("period"):
            return vals
        return vals | {"period": fields.Date.start_of(fields.Date.to_date(vals["period"]), "month")}

    @api.ondelete(at_uninstall=False)
    def _unlink_except_charged(self):
        if self.line_ids.charge_id:
            raise UserError(self.env._("Shops were charged, so this stays."))

    # -- steps -----------------------------------------------------------------------------------------------------
    def action_compute(self):
        """Compute what each shop owes, without charging anybody; what was computed before is replaced.

        :raise UserError: somebody was charged; withdrawn charges do not count
        """
        self.ensure_one()
        self.check_access("write")
        lock_or_retry(self, touch=True)
        if self.line_ids.charge_id.filtered(lambda charge: charge.state != "withdrawn"):
            raise UserError(
                self.env._("Shops were charged for this month. Withdraw these charges before computing it anew.")
            )
        lines = self.sudo().line_ids  # sudo: fees are written by the steps only; the right was checked above
        lines.unlink()
        lines.create(self._fee_vals())
        return True

    def action_charge(self):
        """Make each fee a charge, to be approved by another person; what was charged before stays as it is."""
        self.ensure_one()
        self.check_access("write")
        lock_or_retry(self, touch=True)
        if self.period >= today_here(self).replace(day=1):
            raise UserError(
                self.env._("This month is not over. Its fees can be charged from the first day of the next.")
            )
        open_fees = self.line_ids.filtered(lambda fee: not fee.charge_id)
        if not open_fees:
            raise UserError(self.env._("Nothing is left to charge for this month."))
        if open_fees == self.line_ids:
            self._check_still_right()
        accounts = open_fees.shop_id._kdc_fee_accounts()
        charges = self.env["kdc.charge"].create([fee._charge_vals(accounts[fee.shop_id]) for fee in open_fees])
        for fee, charge in zip(open_fees.sudo(), charges, strict=True):  # sudo: as in action_compute
            fee.charge_id = charge
        return self.action_view_charges()

    def _check_still_right(self):
        """Refuse to charge what would not come out any more: orders or rules have changed since it was looked at.

        :raise UserError: it has to be computed anew
        """
        now = {
            (vals["shop_id"], vals["rule_id"]): (vals["turnover"], vals["amount"], vals["basis"])
            for vals in self._fee_vals()
        }
        seen = {(fee.shop_id.id, fee.rule_id.id): (fee.turnover, fee.amount, fee.basis) for fee in self.line_ids}
        if now != seen:
            raise UserError(
                self.env._(
                    "Orders or rules have changed since this was computed. Compute it anew and look at it again."
                )
            )

    def action_view_charges(self):
        """Open the charges of the month, to be approved."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_utilities.kdc_charge_action")
        return action | {"domain": [("id", "in", self.line_ids.charge_id.ids)], "context": {}}

    # -- what is owed ----------------------------------------------------------------------------------------------
    def _fee_vals(self):
        """Return the values of the fees of this month by shop and kind."""
        rules = self.env["kdc.market.fee.rule"].search([("company_id", "=", self.company_id.id)])
        known = [rule._engine_rule() for rule in rules]
        bases = {rule.id: rule._basis() for rule in rules}
        end = self.period + relativedelta(months=1)
        # sudo: accountants have no right on orders; number, day and amount of what was handed over are taken
        shops = self.env["kdc.shop"].sudo().search([("company_id", "=", self.company_id.id)])
        orders = defaultdict(list)
        for order in shops._kdc_orders_between(self.period, end):
            orders[order.kdc_shop_id].append(
                {
                    "name": order.name,
                    "date": fields.Date.to_string(to_local(order.kdc_handed_over_date).date()),
                    "amount": round(order.amount_total),
                }
            )
        return [
            {
                "run_id": self.id,
                "shop_id": shop.id,
                "rule_id": fee.rule.key,
                "turnover": fee.turnover,
                "amount": fee.amount,
                "orders": orders[shop],
                "basis": bases[fee.rule.key],
            }
            for shop in shops
            for fee in fees.fees(
                known,
                self.period,
                sum(order["amount"] for order in orders[shop]),
                fees.was_open(shop.kdc_open_from or None, shop.kdc_open_until or None, self.period, end),
            )
        ]
