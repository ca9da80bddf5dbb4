from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine import plate
from ..tools.local_day import today_here


class KdcVehicle(models.Model):
    """A vehicle that a household keeps at its dwelling from one day to another; parking fees count them."""

    _name = "kdc.vehicle"
    _description = "Vehicle of a Household"
    _order = "household_id, date_to DESC, kind, id"
    _rec_names_search = ["plate", "plate_key"]
    _check_company_auto = True

    household_id = fields.Many2one("kdc.household", required=True, index=True, ondelete="restrict", check_company=True)
    company_id = fields.Many2one(related="household_id.company_id", store=True, index=True)
    area_id = fields.Many2one(related="household_id.area_id", store=True, index=True, string="Residential group")
    resident_id = fields.Many2one("kdc.resident", string="Keeper", ondelete="restrict", check_company=True)
    kind = fields.Selection(
        [
            ("motorcycle", "Motorcycle"),
            ("electric_motorcycle", "Electric motorcycle"),
            ("bicycle", "Bicycle"),
            ("car", "Car"),
            ("truck", "Truck"),
            ("other", "Other"),
        ],
        required=True,
        default="motorcycle",
    )
    plate = fields.Char(string="Number plate", help="For example 79A-123.45 or 79N1-234.56.")
    plate_key = fields.Char(compute="_compute_plate_key", store=True)
    description = fields.Char(help="Make and colour.")
    date_from = fields.Date(string="Since", required=True, default=today_here)
    date_to = fields.Date(string="Until", help="First day on which it is no longer kept here.")

    _plate_uniq = models.UniqueIndex(
        "(company_id, plate_key) WHERE plate_key IS NOT NULL AND date_to IS NULL",
        "A vehicle with this number plate is already recorded. End that record first.",
    )
    _dates_ordered = models.Constraint(
        "CHECK (date_to IS NULL OR date_to >= date_from)", "It cannot end before it begins."
    )

    @api.depends("plate")
    def _compute_plate_key(self):
        for vehicle in self:
            vehicle.plate_key = self._parse_plate(vehicle.plate, plate.plate_key)

    @api.depends("kind", "plate")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for vehicle in self:
            vehicle.display_name = " ".join(filter(None, (kinds.get(vehicle.kind), vehicle.plate)))

    @api.model
    def _parse_plate(self, typed, function):
        """Return ``function`` of a plate, or False without one.

        :raises ValidationError: it is no plate
        """
        if not typed:
            return False
        try:
            return function(typed)
        except plate.PlateError:
            raise ValidationError(
                self.env._(
                    "“%(plate)s” is not a number plate. Write it like 79A-123.45 or 79N1-234.56, or leave it empty.",
                    plate=typed,
                )
            ) from None

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._normalize_vals(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._normalize_vals(vals))

    @api.model
    def _normalize_vals(self, vals):
        return vals | {"plate": self._parse_plate(vals["plate"], plate.display)} if vals.get("plate") else vals

    @api.model
    def _kdc_vehicle_count(self, household, kind, date):
        """Return how many vehicles of a kind a household kept on ``date``; fees per vehicle ask here.

        :param kind: key of the selection, or None for all kinds
        """
        counts = self._kdc_vehicle_counts(household, date).get(household.id, {})
        return counts.get(kind, 0) if kind else sum(counts.values())

    @api.model
    def _kdc_vehicle_counts(self, households, date):
        """Return ``{household id: {kind: number}}`` of the vehicles kept on ``date``, for whole billing runs."""
        domain = [
            ("household_id", "in", households.ids), ("date_from", "<=", date),
            "|", ("date_to", "=", False), ("date_to", ">", date),
        ]  # fmt: skip
        counts = {}
        for household, kind, count in self._read_group(domain, ["household_id", "kind"], ["__count"]):
            counts.setdefault(household.id, {})[kind] = count
        return counts
