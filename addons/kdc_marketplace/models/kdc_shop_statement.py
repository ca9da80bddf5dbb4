from datetime import datetime, time, timedelta
from itertools import accumulate

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.clock import to_local, to_utc
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.local_day import today_here

from ..engine import bars, order_states

#: Orders whose goods the buyer has: what counts as turnover.
SOLD = (order_states.HANDED_OVER, order_states.DONE)
#: Orders whose money is the shop's once it has come, unless they are given up later.
PAYABLE = (order_states.ACCEPTED, order_states.READY, *SOLD)
BEST = 5
#: Percent of the tax threshold from which the shop is told that it comes close.
NEAR = 80


class SaleOrder(models.Model):
    _inherit = "sale.order"

    kdc_handed_over_date = fields.Datetime(
        "Handed over on",
        compute="_compute_kdc_handed_over_date",
        store=True,
        copy=False,
        help="The day that decides in which month the order counts; the buyer's confirmation does not move it.",
    )

    @api.depends("kdc_shop_state")
    def _compute_kdc_handed_over_date(self):
        for order in self:
            sold = order.kdc_shop_state in SOLD
            order.kdc_handed_over_date = sold and (order.kdc_handed_over_date or order.kdc_state_date)


class KdcShop(models.Model):
    """What the owner reads about a month and a year of the shop (features M-22). Months are those of Vietnam.

    Goods count in the month in which they were handed over, money in the month in which it came. Neither day moves
    afterwards, so that the statement of a month that is over stays what it was when it was printed.
    """

    _inherit = "kdc.shop"

    @api.model
    def _kdc_this_month(self):
        return today_here(self).replace(day=1)

    def _kdc_orders_between(self, start, end, day_field="kdc_handed_over_date", states=SOLD):
        """Return the orders whose ``day_field`` lies from ``start`` up to before ``end``, oldest first, in sudo.

        :param day_field: the moment that counts: hand-over, payment (``kdc_paid_date``) or end (``kdc_state_date``)
        """
        return (
            self.env["sale.order"]
            # sudo: orders of these shops only; callers have checked who asks
            .sudo()
            .search(
                [
                    ("kdc_shop_id", "in", self.ids),
                    ("kdc_shop_state", "in", list(states)),
                    (day_field, ">=", to_utc(datetime.combine(start, time.min))),
                    (day_field, "<", to_utc(datetime.combine(end, time.min))),
                ],
                order=f"{day_field}, id",
            )
        )

    def _kdc_statement(self, month):
        """Return the figures of one month.

        :param month: first day of the month
        :return: dict with ``orders`` (handed over in the month) and their ``goods``, ``fees`` and ``total``,
            ``payments`` (orders whose money came in the month, whenever they are handed over) and their ``received``,
            ``given_back`` (of what came in earlier months, for orders given up in this one),
            ``open_amount`` (of ``total``, not noted as received before the month was over), all in VND, ``given_up``
            (count), ``best``: ``[(name, pieces, amount)]``, ``charges`` (see `_kdc_statement_charges`), ``year`` (see
            `_kdc_year_turnover`) and ``threshold``, the ``kdc.tax.threshold`` of that year
        """
        end = month + relativedelta(months=1)
        over = to_utc(datetime.combine(end, time.min))
        orders = self._kdc_orders_between(month, end)
        given_up = self._kdc_orders_between(month, end, "kdc_state_date", order_states.GIVEN_UP)
        # Money of an order that was given up goes back to the buyer: it was never the shop's, or stops to be in the
        # month in which the order was given up. The month in which it came is over and stays as it was printed.
        payments = self._kdc_orders_between(month, end, "kdc_paid_date", (*PAYABLE, *order_states.GIVEN_UP)).filtered(
            lambda order: order.kdc_shop_state in PAYABLE or order.kdc_state_date >= over
        )
        start = to_utc(datetime.combine(month, time.min))
        returned = given_up.filtered(lambda order: order.kdc_paid_date and order.kdc_paid_date < start)
        unpaid = orders.filtered(lambda order: not order.kdc_paid_date or order.kdc_paid_date >= over)
        fee_lines = orders.order_line.filtered("is_delivery")
        total = round(sum(orders.mapped("amount_total")))
        fees = round(sum(fee_lines.mapped("price_total")))
        sold = {}
        for line in (orders.order_line - fee_lines).filtered(lambda line: not line.display_type):
            pieces, amount = sold.get(line.product_id, (0, 0))
            sold[line.product_id] = (pieces + line.product_uom_qty, amount + round(line.price_total))
        best = sorted(sold.items(), key=lambda item: (-item[1][1], item[0].id))[:BEST]
        return {
            "month": month,
            "orders": orders,
            "goods": total - fees,
            "fees": fees,
            "total": total,
            "payments": payments,
            "received": round(sum(payments.mapped("amount_total"))),
            "open_amount": round(sum(unpaid.mapped("amount_total"))),
            "given_back": round(sum(returned.mapped("amount_total"))),
            "given_up": len(given_up),
            "best": [(product._kdc_label(), pieces, amount) for product, (pieces, amount) in best],
            "charges": self._kdc_statement_charges(month),
            "year": self._kdc_year_turnover(month),
            # sudo: what the law says is for every owner
            "threshold": self.env["kdc.tax.threshold"].sudo()._kdc_on(end - timedelta(days=1)),
        }

    def _kdc_statement_charges(self, month):
        """Return what others charge the shop for a month; addons that charge shops add to it.

        :return: list of dicts with ``name``, ``how`` (it came about), ``amount`` (VND before VAT), ``bill`` (number,
            empty while it waits for one) and ``url`` (page of that bill, or empty)
        """
        self.ensure_one()
        return []

    def _kdc_turnover(self, months=12):
        """Return [(first day, turnover in VND)] of the last months, this one included, oldest first."""
        last = self._kdc_this_month()
        return self._kdc_turnover_between(last - relativedelta(months=months - 1), last)

    def _kdc_turnover_between(self, first, last):
        """Return [(first day, turnover in VND)] of the months from ``first`` to ``last``."""
        after = last + relativedelta(months=1)
        count = (after.year - first.year) * 12 + after.month - first.month
        totals = dict.fromkeys((first + relativedelta(months=number) for number in range(count)), 0)
        for order in self._kdc_orders_between(first, after):
            totals[to_local(order.kdc_handed_over_date).date().replace(day=1)] += round(order.amount_total)
        return list(totals.items())

    def _kdc_year_turnover(self, month):
        """Return how the year grew that the tax threshold looks at.

        :param month: first day of the last month to count
        :return: [(first day of a month, turnover since January in VND)], from January to ``month``
        """
        months = self._kdc_turnover_between(month.replace(month=1), month)
        grown = accumulate(amount for _first, amount in months)
        return [(first, total) for (first, _amount), total in zip(months, grown, strict=True)]

    def _kdc_tax_words(self, figures):
        """Say what the turnover of the year means beside the tax threshold; screen and file say the same.

        :param figures: as `_kdc_statement` returns them
        :return: dict with ``label`` (the turnover), ``hint`` (what to do; near and above the threshold only),
            ``above`` (whether it is passed) and ``law`` (which threshold it is)
        """
        total, threshold = figures["year"][-1][1], figures["threshold"]
        limit, label = round(threshold.amount), self.env._("Turnover since January: %s.", fmt.vnd(total))
        if not limit:
            law = self.env._("No tax threshold is known to the system for this year.")
            return {"label": label, "hint": "", "above": False, "law": law}
        percent, above, hint = bars.percent(total, limit), total > limit, ""
        if above:
            hint = self.env._(
                "Your sales are above the threshold. Please ask the tax office what to declare, and register for "
                "electronic invoices in time."
            )
        elif percent >= NEAR:
            hint = self.env._(
                "Your sales come close to the threshold. Above it taxes are declared and electronic invoices are "
                "issued."
            )
        return {
            "label": self.env._(
                "Turnover since January: %(total)s, which is %(share)s percent of the threshold of %(limit)s.",
                total=fmt.vnd(total),
                share=fmt.number(percent, 1),
                limit=fmt.vnd(limit),
            ),
            "hint": hint,
            "above": above,
            "law": self.env._(
                "Up to %(limit)s a year a household business owes neither VAT nor personal income tax (%(law)s). "
                "Sales outside this market count as well.",
                limit=fmt.vnd(limit),
                law=threshold.legal_basis,
            ),
        }

    def _kdc_weekly_orders(self, weeks=12):
        """Return [(Monday, orders placed, of them given up)] of the last weeks, this one included, oldest first."""
        today = today_here(self)
        last = today - timedelta(days=today.weekday())
        first = last - timedelta(weeks=weeks - 1)
        counts = {first + timedelta(weeks=number): [0, 0] for number in range(weeks)}
        states = order_states.ORDER_STATES.states
        for order in self._kdc_orders_between(first, last + timedelta(weeks=1), "date_order", states):
            day = to_local(order.date_order).date()
            week = counts[day - timedelta(days=day.weekday())]
            week[0] += 1
            week[1] += order.kdc_shop_state in order_states.GIVEN_UP
        return [(monday, *numbers) for monday, numbers in counts.items()]
