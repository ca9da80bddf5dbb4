from odoo import api, fields, models
from odoo.addons.kdc_residents.tools.actions import dialogue
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import UserError

from ..engine import tariff

#: Who is billed at which price; the published price lists tell these apart.
CUSTOMER_CLASSES = [
    ("household", "Household"),
    ("public", "Public body"),
    ("production", "Production"),
    ("business", "Trade and services"),
]

#: How the prices of all versions are applied, and what bills call the tariff.
APPLIED_BY = frozenset({
    "code", "service_id", "round_limits", "days_basis", "whole_units", "persons_per_quota", "quota_by_persons",
    "round_to",
})  # fmt: skip


class KdcTariff(models.Model):
    """A dated price table of a service for one class of customers."""

    _name = "kdc.tariff"
    _description = "Tariff"
    _order = "service_id, sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    service_id = fields.Many2one("kdc.service", required=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(related="service_id.company_id", store=True, index=True)
    customer_class = fields.Selection(CUSTOMER_CLASSES, required=True, default="household")
    round_limits = fields.Selection(
        [
            ("days", "When scaled by days"),
            ("always", "Always"),
            ("never", "Never"),
        ],
        string="Round tier limits to whole units",
        required=True,
        default="days",
        help="Tier limits follow the number of days and the quota. Published examples round them to whole units "
        "for a price change inside the period, but not for a quota alone.",
    )
    days_basis = fields.Selection(
        [("month", "Days of the month itself"), ("previous_month", "Days of the month before (electricity)")],
        required=True,
        default="month",
        help="What a part of a month is measured against.",
    )
    whole_units = fields.Boolean(
        "Divide in whole units",
        default=True,
        help="When the price changes inside a period, the quantity before the change is rounded to whole units.",
    )
    persons_per_quota = fields.Integer(
        help="Persons that make one set of tier limits when a connection states a headcount (electricity: 4)."
    )
    quota_by_persons = fields.Boolean(
        "Quota by registered persons",
        help="The limits of the tiers grow with the persons who are billed: those registered in the household, or "
        "the number on the connection. Off: with the households on the meter.",
    )
    round_to = fields.Selection(
        [("1", "1 VND"), ("10", "10 VND"), ("100", "100 VND"), ("500", "500 VND"), ("1000", "1,000 VND")],
        string="Round each component to",
        required=True,
        default="1",
        help="Half up. The difference is printed as a line of its own; VAT is taken of the rounded amount.",
    )
    relief_ids = fields.One2many("kdc.tariff.relief", "tariff_id", string="Exemptions and rebates")
    version_ids = fields.One2many("kdc.tariff.version", "tariff_id", string="Versions")
    current_version_id = fields.Many2one("kdc.tariff.version", compute="_compute_current_version_id")

    _code_uniq = models.Constraint("UNIQUE (service_id, code)", "Another tariff of this service has this code.")
    _persons_per_quota_positive = models.Constraint(
        "CHECK (persons_per_quota >= 0)", "The number of persons cannot be negative."
    )
    _quota_of_how_many = models.Constraint(
        "CHECK (NOT quota_by_persons OR persons_per_quota > 0)",
        "Say how many persons make one set of tier limits.",
    )

    @api.depends("version_ids.date_from")
    def _compute_current_version_id(self):
        today = today_here(self)
        for record in self:
            standing = record.version_ids._standing()
            past = standing.filtered(lambda version: version.date_from and version.date_from <= today)
            record.current_version_id = past.sorted("date_from")[-1:]

    def copy_data(self, default=None):
        """Another tariff has another code; who copies it gives it the name it should have."""
        rows = super().copy_data(default)
        for record, vals in zip(self, rows, strict=True):
            if "code" not in (default or {}):
                vals |= {"code": record._free_code(), "name": self.env._("%s (copy)", record.name)}
        return rows

    def _free_code(self):
        """Return the code with the first number that no tariff of the service has."""
        tariffs = self.with_context(active_test=False).search([("service_id", "=", self.service_id.id)])
        taken, number = set(tariffs.mapped("code")), 2
        while f"{self.code}-{number}" in taken:
            number += 1
        return f"{self.code}-{number}"

    def copy(self, default=None):
        """Copy the versions too, with what their components are computed from."""
        copies = super().copy(default)
        for record, copied in zip(self, copies, strict=True):
            for version in record.version_ids._standing():
                version.copy({"tariff_id": copied.id, "date_from": version.date_from})
        return copies

    def write(self, vals):
        if APPLIED_BY & vals.keys():
            self._check_rules_on_no_bill()
        return super().write(vals)

    def _check_rules_on_no_bill(self):
        """Refuse to change rules by which issued bills were computed. They have no dates: another tariff has others.

        :raise UserError: names a bill and says what to do instead
        """
        for record in self:
            for version in record.version_ids:
                if bill := version._bill_made_with():
                    raise UserError(
                        self.env._(
                            "Bill %(bill)s was computed by the rules of “%(tariff)s” (rounding, days, quota), so they "
                            "stay as they are and nothing was changed. For other rules, duplicate this tariff, change "
                            "the copy, and choose it in the services of the customers. If these rules were wrong, also "
                            "correct the bills that were issued, with the copy as their tariff.",
                            bill=bill.name, tariff=record.name,
                        )
                    )  # fmt: skip

    @api.ondelete(at_uninstall=False)
    def _unlink_except_billed(self):
        """The versions would go with it without being asked."""
        self.version_ids._check_no_bill_made_with()

    def action_try(self):
        """Open the panel that prices an imagined household; see ``kdc.tariff.trial``."""
        self.ensure_one()
        return dialogue("kdc.tariff.trial", self.env._("Try tariff %s", self.name), tariff_id=self.id)

    def _engine_plan(self):
        """Return this tariff as the engine's frozen plan (read once per run, it is used for every account)."""
        self.ensure_one()
        return tariff.Plan(
            versions=tuple(version._engine_version() for version in self.version_ids._standing().sorted("date_from")),
            round_limits=self.round_limits,
            days_basis=self.days_basis,
            whole_units=self.whole_units,
            persons_per_quota=self.persons_per_quota,
            quota_by_persons=self.quota_by_persons,
            round_to=int(self.round_to),
        )
