from odoo import api, fields, models
from odoo.addons.kdc_residents.tools.local_day import today_here


class KdcReadingEntry(models.TransientModel):
    """Choose month, service and area, then type the figures in one list in walking order."""

    _name = "kdc.reading.entry"
    _description = "Enter Meter Readings"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    date = fields.Date("Date of the readings", required=True, default=today_here)
    service_id = fields.Many2one(
        "kdc.service",
        required=True,
        domain="[('metered', '=', True), ('company_id', '=', company_id)]",
        default=lambda self: self._default_service_id(),
    )
    area_ids = fields.Many2many("kdc.area", string="Areas")
    meter_count = fields.Integer("Meters", compute="_compute_meter_count")
    left_count = fields.Integer("Not read yet", compute="_compute_meter_count")

    def _default_service_id(self):
        services = self.env["kdc.service"]
        return services.search([("metered", "=", True), ("company_id", "=", self.env.company.id)], limit=1)

    def _meter_domain(self):
        """Meters of the choice that are still on the wall on that day."""
        self.ensure_one()
        domain = [
            ("service_id", "=", self.service_id.id),
            ("company_id", "=", self.company_id.id),
            "|", ("date_removed", "=", False), ("date_removed", ">=", fields.Date.start_of(self.date, "month")),
        ]  # fmt: skip
        if self.area_ids:
            domain.append(("area_id", "child_of", self.area_ids.ids))
        return domain

    @api.depends("date", "service_id", "area_ids")
    def _compute_meter_count(self):
        for entry in self:
            meters = self.env["kdc.meter"].with_context(kdc_reading_date=entry.date)
            domain = entry._meter_domain() if entry.date else [("id", "=", 0)]
            entry.meter_count = meters.search_count(domain)
            entry.left_count = meters.search_count([*domain, ("entry_done", "=", False)])

    def action_open(self):
        """Open the list; the date travels in the context."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_utilities.kdc_meter_entry_action")
        name = self.env._(
            "%(service)s: readings of %(month)s", service=self.service_id.name, month=self.date.strftime("%m/%Y")
        )
        return action | {
            "name": name,
            "display_name": name,
            "domain": self._meter_domain(),
            "context": {
                "kdc_reading_date": fields.Date.to_string(self.date),
                "search_default_to_read": 1 if self.left_count else 0,
            },
        }

    def action_check(self):
        """Look through the month before it is billed and open what is odd."""
        self.ensure_one()
        period = fields.Date.start_of(self.date, "month")
        domain = [("service_id", "=", self.service_id.id)]
        if self.area_ids:
            domain.append(("area_id", "child_of", self.area_ids.ids))
        found = self.env["kdc.reading.anomaly"]._check(self.company_id, period, domain)
        to_check = found.filtered(lambda row: row.state in ("open", "reread"))
        # Meters not read yet have a list of their own, which opens when nothing else is left.
        only_missing = to_check and set(to_check.mapped("kind")) == {"missing"}
        page = "kdc_reading_missing_action" if only_missing else "kdc_reading_anomaly_action"
        action = self.env["ir.actions.act_window"]._for_xml_id(f"kdc_utilities.{page}")
        name = self.env._("%(service)s: check %(month)s", service=self.service_id.name, month=period.strftime("%m/%Y"))
        return action | {
            "name": name,
            "display_name": name,
            "domain": [("period", "=", fields.Date.to_string(period)), *domain],
        }
