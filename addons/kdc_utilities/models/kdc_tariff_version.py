from odoo import api, fields, models
from odoo.addons.kdc_residents.tools.local_day import today_here

from ..engine import tariff


class KdcTariffVersion(models.Model):
    """The prices of a tariff from a date on, by a decision."""

    _name = "kdc.tariff.version"
    _description = "Tariff Version"
    _order = "tariff_id, date_from desc"

    tariff_id = fields.Many2one("kdc.tariff", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="tariff_id.company_id", store=True, index=True)
    date_from = fields.Date("In force from", required=True)
    decision = fields.Char("Decision number", required=True, help="Printed on every bill made with these prices.")
    note = fields.Text()
    component_ids = fields.One2many("kdc.tariff.component", "version_id", string="Components")

    _tariff_date_uniq = models.Constraint(
        "UNIQUE (tariff_id, date_from)", "This tariff already has a version from this date."
    )

    @api.depends("tariff_id", "date_from", "decision")
    def _compute_display_name(self):
        for version in self:
            version.display_name = f"{version.tariff_id.name or ''} – {version.decision or ''}"

    def copy_data(self, default=None):
        """A copy within its tariff is the next version: in force from a month that no version and no bill has begun."""
        rows = super().copy_data(default)
        for version, vals in zip(self, rows, strict=True):
            if "date_from" not in (default or {}):
                latest = max(today_here(self), *version.tariff_id.version_ids.mapped("date_from"))
                vals["date_from"] = fields.Date.add(fields.Date.start_of(latest, "month"), months=1)
        return rows

    def copy(self, default=None):
        """Copy the components too."""
        copies = super().copy(default)
        for version, copied in zip(self, copies, strict=True):
            version.component_ids._copy_to(copied)
        return copies

    def _engine_version(self):
        self.ensure_one()
        return tariff.Version(
            date_from=self.date_from,
            decision=self.decision,
            components=tuple(component._engine_component() for component in self.component_ids.sorted()),
        )
