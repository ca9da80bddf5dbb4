from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.addons.kdc_utilities.engine.money import decimal
from odoo.exceptions import UserError

from ..engine import fees

#: What the fees of a month were computed with stays as it was.
USED_FIELDS = frozenset({"kind", "service_id", "date_from", "amount", "percent", "vat_category_id", "decision"})


class KdcMarketFeeRule(models.Model):
    """What shops pay for their place in the market, from a month on (features M-21).

    A rule ends where the next one of its kind begins; one of zero ends the fee. Without a rule nothing is ever charged.
    The service says where the money is booked and which decision allows it, as with every charge of the ward.
    """

    _name = "kdc.market.fee.rule"
    _description = "Rule for Fees of the Market"
    _order = "company_id, kind, date_from desc"

    kind = fields.Selection(
        [(fees.STALL, "Stall fee"), (fees.COMMISSION, "Commission")], required=True, default=fees.STALL
    )
    service_id = fields.Many2one("kdc.service", required=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(related="service_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    legal_basis = fields.Char(related="service_id.legal_basis")
    date_from = fields.Date(
        "From the month",
        required=True,
        default=lambda self: today_here(self).replace(day=1),
    )
    amount = fields.Monetary("Amount a month", help="Per shop, before VAT. 0: no fee from this month on.")
    percent = fields.Float(
        "Percentage",
        digits=(6, 3),
        help="Of what was handed over in the month, delivery included, before VAT; 5 per mille are 0.5. "
        "The month is rounded to whole đồng, half up. 0: no commission from this month on.",
    )
    vat_category_id = fields.Many2one("kdc.vat.category", string="VAT", ondelete="restrict", help="Empty: no VAT.")
    decision = fields.Char("Decision or paper", required=True, help="What sets this fee. Printed on the bill.")

    _month_uniq = models.UniqueIndex(
        "(company_id, kind, date_from)", "There is a rule for this fee from this month on already."
    )
    _one_measure = models.Constraint(
        "CHECK (CASE kind WHEN 'stall' THEN amount >= 0 AND COALESCE(percent, 0) = 0"
        " ELSE percent >= 0 AND percent <= 100 AND COALESCE(amount, 0) = 0 END)",
        "A stall fee is an amount, a commission a percentage from 0 to 100.",
    )

    @api.depends("kind", "date_from")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for rule in self:
            rule.display_name = f"{kinds.get(rule.kind)} · {fmt.period(rule.date_from) if rule.date_from else ''}"

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._first_of_month(vals) for vals in vals_list])

    def write(self, vals):
        if USED_FIELDS & vals.keys():
            self._check_unused()
        return super().write(self._first_of_month(vals))

    @api.model
    def _first_of_month(self, vals):
        if not vals.get("date_from"):
            return vals
        return vals | {"date_from": fields.Date.start_of(fields.Date.to_date(vals["date_from"]), "month")}

    @api.onchange("kind")
    def _onchange_kind(self):
        """One measure at a time."""
        self.amount = self.percent = 0

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self._check_unused()

    def _check_unused(self):
        """Refuse to change what shops were charged by.

        :raise UserError: says what to do instead
        """
        if self.env["kdc.market.fee"].search_count([("rule_id", "in", self.ids), ("charge_id", "!=", False)], limit=1):
            raise UserError(
                self.env._("Shops were charged by this rule, so it stays. Enter a new one from a later month.")
            )

    def _engine_rule(self):
        self.ensure_one()
        return fees.Rule(self.kind, self.date_from, round(self.amount), decimal(self.percent, 3), self.id)

    def _basis(self):
        """Return what a charge takes from this rule, as JSON; when it changes, fees are looked at again."""
        self.ensure_one()
        return {
            "service": self.service_id.id,
            "amount": round(self.amount),
            "percent": str(decimal(self.percent, 3)),
            "vat": self.vat_category_id.id,
            "decision": self.decision,
        }

    def _how(self, turnover):
        """Say in words how a fee came about, for the bill and the statement."""
        self.ensure_one()
        if self.kind == fees.STALL:
            return self.env._("Stall of the month")
        return self.env._(
            "%(percent)s%% of %(turnover)s handed over", percent=fmt.number(self.percent), turnover=fmt.vnd(turnover)
        )
