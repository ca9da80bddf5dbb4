from decimal import Decimal

from odoo import api, fields, models
from odoo.addons.kdc_residents.tools.local_day import today_here

from ..engine import tariff
from ..engine.money import decimal
from ..engine.periods import month_end
from ..models.kdc_meter_zone import ZONES


class KdcTariffTrial(models.TransientModel):
    """Try a tariff: what would a household pay? Shown as on its bill; nothing is stored."""

    _name = "kdc.tariff.trial"
    _description = "Try a Tariff"

    tariff_id = fields.Many2one("kdc.tariff", required=True)
    metered = fields.Boolean(related="tariff_id.service_id.metered")
    date_from = fields.Date("From", required=True, default=lambda self: self._default_month())
    date_to = fields.Date(
        "Until", required=True, default=lambda self: fields.Date.end_of(self._default_month(), "month")
    )
    days = fields.Integer(compute="_compute_days")
    quantity = fields.Float(digits=(16, 3), default=25)
    zoned = fields.Boolean(compute="_compute_zoned")
    quantity_normal = fields.Float("Normal hours", digits=(16, 3), default=120)
    quantity_peak = fields.Float("Peak hours", digits=(16, 3), default=30)
    quantity_offpeak = fields.Float("Off-peak hours", digits=(16, 3), default=50)
    quantity_fourth = fields.Float("Fourth time of use", digits=(16, 3))
    persons = fields.Integer(default=4)
    quota_households = fields.Integer("Households on the meter", default=1)
    quota_persons = fields.Integer("Tenants")
    area_m2 = fields.Float("Floor area (m²)", digits=(16, 2))
    motorcycles = fields.Integer()
    cars = fields.Integer()
    status_kind_ids = fields.Many2many("kdc.status.kind", string="Household recognised as")
    total = fields.Integer("Total (VND)", compute="_compute_result")
    result_html = fields.Html(string="On the bill", compute="_compute_result", sanitize=False)
    problem = fields.Char(compute="_compute_result")

    def _default_month(self):
        return fields.Date.start_of(today_here(self), "month")

    @api.depends("tariff_id")
    def _compute_zoned(self):
        for trial in self:
            trial.zoned = any(component.zone for component in trial.tariff_id.version_ids.component_ids)

    @api.depends("date_from", "date_to")
    def _compute_days(self):
        for trial in self:
            known = trial.date_from and trial.date_to
            trial.days = (trial.date_to - trial.date_from).days + 1 if known else 0

    @api.onchange("date_from")
    def _onchange_date_from(self):
        if self.date_from and (not self.date_to or self.date_to < self.date_from):
            self.date_to = month_end(self.date_from)

    @api.depends(
        "tariff_id", "date_from", "date_to", "quantity", "quantity_normal", "quantity_peak", "quantity_offpeak",
        "quantity_fourth", "persons", "quota_households", "quota_persons",
        "area_m2", "motorcycles", "cars", "status_kind_ids",
    )  # fmt: skip
    def _compute_result(self):
        moves, lines = self.env["account.move"], self.env["kdc.billing.run.line"]
        for trial in self:
            trial.total, trial.result_html, trial.problem = 0, False, False
            if not (trial.tariff_id and trial.date_from and trial.date_to):
                continue
            try:
                section = trial._section()
            except tariff.TariffError as error:
                params = {key: str(value) for key, value in error.params.items()}
                trial.problem = lines._word_issue(error.code, params)
                continue
            trial.total = section.total
            trial.result_html = moves._kdc_render_explanation(tariff.Bill((section,)).to_dict())

    def _section(self):
        """Price the entered usage, by the same call as a billing run.

        :raise TariffError: the tariff cannot price it
        """
        record = self.tariff_id._origin or self.tariff_id
        service = record.service_id
        quota = Decimal(max(self.quota_households, 1))
        counted = max(self.quota_persons or (self.persons if record.quota_by_persons else 0), 0)
        if counted and record.persons_per_quota:
            quota = tariff.quota_of_persons(counted, record.persons_per_quota)
        entitled = record.relief_ids._in_force(self.date_from).filtered(
            lambda relief: relief.status_kind_ids & self.status_kind_ids._origin
        )
        counts = (("car", self.cars), ("motorcycle", self.motorcycles))
        zones = tuple((zone, decimal(self[f"quantity_{zone}"], 3)) for zone, _label in ZONES) if self.zoned else ()
        quantity = sum(part for _zone, part in zones) if zones else decimal(self.quantity, 3)
        usage = tariff.Usage(
            self.date_from, self.date_to, quantity, max(self.persons, 0), quota,
            area=decimal(max(self.area_m2, 0.0), 2),
            vehicles=tuple((kind, count) for kind, count in counts if count > 0),
            reliefs=tuple(relief._engine_relief() for relief in entitled), zones=zones,
            quota_persons=counted if record.persons_per_quota else 0,
        )  # fmt: skip
        return tariff.compute(
            record._engine_plan(), usage, self.env["kdc.vat.rate"]._engine_table(),
            service=service.code, name=service.name, unit=service.unit, tariff=record.code,
        )  # fmt: skip
