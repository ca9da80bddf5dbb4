from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import ValidationError

from ..engine import late_fee
from ..engine.money import decimal


class KdcLateFeeRule(models.Model):
    """What a late payment of a service costs, from a day on and by which contract or decision (U-33).

    Without a rule nothing is ever charged: a ward may not invent a fine. Late interest rests on a contract clause or on
    the law of the sector, and no surcharge may be put on contributions (vietnam.md §3.4). How high a rate may be is no
    constant: the accountant enters the highest rate in force with the decision that says so, and the rule keeps to it.
    """

    _name = "kdc.late.fee.rule"
    _description = "Late Fee Rule"
    _order = "service_id, date_from desc"
    _rec_name = "service_id"
    _check_company_auto = True

    service_id = fields.Many2one(
        "kdc.service", required=True, ondelete="restrict", index=True, domain="[('money_kind', '!=', 'dong_gop')]"
    )
    company_id = fields.Many2one(related="service_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    legal_basis = fields.Char(
        "Contract clause or decision", required=True, help="What allows the fee. It is printed on the bill."
    )
    date_from = fields.Date("In force from", required=True, default=today_here)
    date_to = fields.Date("Until", help="Empty: until the next rule.")
    every = fields.Selection(
        [("day", "Each day of delay"), ("month", "Each full month of delay")],
        string="Counted by",
        required=True,
        default="day",
    )
    method = fields.Selection(
        [("percent", "Percentage of what is open"), ("flat", "Fixed amount")], required=True, default="percent"
    )
    percent = fields.Float(
        "Percentage per day or month", digits=(6, 4), help="Of the open amount without fees, per day or month."
    )
    yearly_limit = fields.Float(
        "Highest rate a year (%)", digits=(5, 2), help="What the law allows from the day on which this rule begins."
    )
    limit_basis = fields.Char("Highest rate by", help="Law or decision with its number and article.")
    flat = fields.Monetary("Amount", help="Per day or month.")
    grace_days = fields.Integer("Grace days", help="Days after the due date that cost nothing.")
    cap_percent = fields.Float(
        "At most (% of the debt)", digits=(5, 2), default=100, required=True, help="All late fees on a bill together."
    )
    cap_amount = fields.Monetary("At most (amount)", help="0: no such limit.")
    vat_category_id = fields.Many2one(
        "kdc.vat.category", "VAT", ondelete="restrict",
        help="Empty: no VAT. Choose one only where the tax office says in writing that the fee bears VAT. The rate is "
        "that of the table on the last day of the month billed.",
    )  # fmt: skip
    sentence = fields.Char("On the bill", compute="_compute_sentence")

    _service_date_uniq = models.UniqueIndex(
        "(service_id, date_from)", "This service already has a rule that begins on this day."
    )
    _dates = models.Constraint("CHECK (date_to >= date_from)", "The rule ends before it begins.")
    _rate = models.Constraint(
        "CHECK (CASE method WHEN 'percent' THEN COALESCE(percent, 0) ELSE COALESCE(flat, 0) END > 0)",
        "Say how much a late payment costs.",
    )
    _legal_limit = models.Constraint(
        "CHECK (method = 'flat' OR (limit_basis IS NOT NULL"
        " AND percent * (CASE every WHEN 'day' THEN 365 ELSE 12 END) <= COALESCE(yearly_limit, 0)))",
        "Enter the highest rate a year with the decision that says so; the rate of the rule stays within it.",
    )
    _limits = models.Constraint(
        "CHECK (grace_days >= 0 AND cap_percent > 0 AND cap_percent <= 100 AND cap_amount >= 0)",
        "Grace days and limits are not negative, and a fee is never higher than the debt.",
    )

    @api.constrains("service_id")
    def _check_no_contribution(self):
        if any(rule.service_id.money_kind == "dong_gop" for rule in self):
            raise ValidationError(self.env._("No late fee may be charged on contributions."))

    @api.depends(
        "service_id", "every", "method", "percent", "flat", "grace_days", "cap_percent", "cap_amount", "vat_category_id"
    )
    @api.depends_context("lang")
    def _compute_sentence(self):
        for rule in self:
            rule.sentence = rule._word() if rule.service_id else False

    def _word(self):
        """Return in one sentence what a late payment costs, for the bill and its page."""
        self.ensure_one()
        by_day = self.every == "day"
        rate = fmt.vnd(self.flat) if self.method == "flat" else f"{fmt.number(decimal(self.percent, 4), 4)}%"
        texts = {
            ("percent", True): lambda: self.env._("%s of what is open per day", rate),
            ("percent", False): lambda: self.env._("%s of what is open per full month", rate),
            ("flat", True): lambda: self.env._("%s per day", rate),
            ("flat", False): lambda: self.env._("%s per full month", rate),
        }
        most = f"{fmt.number(decimal(self.cap_percent, 2), 2)}%"
        if self.cap_amount:
            most = self.env._("%(percent)s and %(amount)s", percent=most, amount=fmt.vnd(self.cap_amount))
        rate = texts[self.method, by_day]()
        if self.vat_category_id:
            rate = self.env._("%s plus VAT", rate)
        return self.env._(
            "%(service)s, late by more than %(grace)s days: %(rate)s, at most %(most)s of the debt (%(basis)s)",
            service=self.service_id.name, grace=self.grace_days, rate=rate, most=most,
            basis=self.legal_basis,
        )  # fmt: skip

    def _engine_rule(self):
        self.ensure_one()
        percent = self.method == "percent"
        return late_fee.Rule(
            date_from=self.date_from,
            date_to=self.date_to or None,
            every=self.every,
            percent=decimal(self.percent, 4) if percent else decimal(0),
            flat=0 if percent else round(self.flat),
            grace_days=self.grace_days,
            cap_percent=decimal(self.cap_percent, 2),
            cap_amount=round(self.cap_amount) or None,
            decision=self.legal_basis,
            vat=self.vat_category_id.code or "",
        )
