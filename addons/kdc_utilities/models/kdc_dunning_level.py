from odoo import fields, models

from ..engine import dunning


class KdcDunningLevel(models.Model):
    """A reminder of a ward: from which day on, for how much at least, and how it reaches people."""

    _name = "kdc.dunning.level"
    _description = "Level of Reminders"
    _order = "company_id, rank"
    _check_company_auto = True

    name = fields.Char(required=True, help="Printed as the title of the letter.")
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(related="company_id.currency_id")
    rank = fields.Integer("Level", required=True, default=1, aggregator=False)
    days = fields.Integer("Days overdue", required=True, default=5)
    minimum = fields.Monetary("Owed at least", help="Together, of the debts in one reminder.")
    wait = fields.Integer("Days after the level before", default=10)
    channel = fields.Selection(
        [
            ("notice", "Notice on the residents' pages"),
            ("email", "E-mail"),
            ("text", "Text message"),
            ("letter", "Letter"),
            ("visit", "Visit"),
        ],
        required=True,
        default="notice",
        help="Whom it does not reach that way gets a letter.",
    )
    text = fields.Text(
        "Words of the reminder",
        help="Printed below the list of debts. Do not threaten to cut water or power: only the utility may do that, "
        "after its own notices.",
    )
    active = fields.Boolean(default=True)

    _rank_uniq = models.UniqueIndex("(company_id, rank) WHERE active", "Another reminder of this ward has this level.")
    _positive = models.Constraint(
        "CHECK (rank > 0 AND days > 0 AND minimum >= 0 AND wait >= 0)",
        "Level and days are greater than zero, the amount is not negative.",
    )

    def _engine_level(self):
        self.ensure_one()
        return dunning.Level(self, self.rank, self.days, round(self.minimum), self.wait)


class ResCompany(models.Model):
    _inherit = "res.company"

    def _kdc_setup_dunning(self):
        """Give a new ward three usual reminders; what the accountant changed or archived stays."""
        levels = self.env["kdc.dunning.level"].with_context(active_test=False)
        if not levels.search_count([("company_id", "=", self.id)], limit=1):
            levels.create([
                {
                    "company_id": self.id, "name": "Nhắc nộp phí", "rank": 1, "days": 5, "channel": "notice",
                    "text": "Kính mong Ông/Bà nộp sớm. Nếu đã nộp, xin bỏ qua lời nhắc này.",
                },
                {
                    "company_id": self.id, "name": "Thư nhắc nộp phí", "rank": 2, "days": 30, "minimum": 50_000,
                    "channel": "letter",
                    "text": "Nếu có khó khăn, xin Ông/Bà liên hệ kế toán phường để được chia thành nhiều kỳ nộp.",
                },
                {
                    "company_id": self.id, "name": "Đến nhà nhắc nộp phí", "rank": 3, "days": 60, "minimum": 100_000,
                    "channel": "visit", "text": False,
                },
            ])  # fmt: skip
