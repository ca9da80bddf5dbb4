from odoo import api, fields, models

from ..tools.local_day import today_here


class KdcPet(models.Model):
    """A dog, a cat or another animal of a household, with its vaccination against rabies (Luật Thú y 79/2015/QH13)."""

    _name = "kdc.pet"
    _description = "Pet of a Household"
    _order = "household_id, date_to DESC, kind, id"
    _check_company_auto = True

    household_id = fields.Many2one("kdc.household", required=True, index=True, ondelete="restrict", check_company=True)
    company_id = fields.Many2one(related="household_id.company_id", store=True, index=True)
    area_id = fields.Many2one(related="household_id.area_id", store=True, index=True, string="Residential group")
    kind = fields.Selection([("dog", "Dog"), ("cat", "Cat"), ("other", "Other")], required=True, default="dog")
    name = fields.Char()
    description = fields.Char(help="Breed and colour.")
    vaccinated_on = fields.Date(string="Vaccinated on", help="Last vaccination against rabies.")
    vaccinated_until = fields.Date(
        string="Protected until", compute="_compute_vaccinated_until", store=True, readonly=False
    )
    date_from = fields.Date(string="Since", required=True, default=today_here)
    date_to = fields.Date(string="Until", help="First day on which it is no longer kept here.")

    _dates_ordered = models.Constraint(
        "CHECK (date_to IS NULL OR date_to >= date_from)", "It cannot end before it begins."
    )

    @api.depends("vaccinated_on")
    def _compute_vaccinated_until(self):
        """The vaccine protects for a year unless its paper says otherwise."""
        for pet in self:
            pet.vaccinated_until = fields.Date.add(pet.vaccinated_on, years=1) if pet.vaccinated_on else False

    @api.depends("kind", "name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for pet in self:
            pet.display_name = " ".join(filter(None, (kinds.get(pet.kind), pet.name)))
