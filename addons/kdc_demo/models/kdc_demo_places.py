import random
from datetime import date

from odoo import api, models

COLOURS = ("đen", "đỏ", "trắng", "xanh", "bạc")
BIKES = ("Honda Wave", "Honda Vision", "Yamaha Sirius", "Honda Air Blade", "VinFast Evo")
CARS = ("Toyota Vios", "VinFast VF 5", "Kia Morning", "Mazda 3")
DOGS = ("Vàng", "Mực", "Ki", "Lu", "Bông")
#: Of the main ward's households only so many get vehicles, pets and owners: enough to look at, quick to make.
CAST = 60


class KdcDemo(models.AbstractModel):
    _inherit = "kdc.demo"

    @api.model
    def _make_belongings(self):
        """Give the first households their motorcycles, cars, pets and the owners of their houses."""
        if self.env["kdc.vehicle"].search_count([], limit=1):
            return
        draw = random.Random(79)  # noqa: S311 - a story, not a secret
        households = self._main_households()[:CAST]
        vehicles, pets, owners = [], [], []
        for position, household in enumerate(households):
            for number in range(draw.choice((1, 1, 2, 2, 3))):
                vehicles.append({
                    "household_id": household.id, "kind": "motorcycle",
                    "plate": f"79N{1 + number}-{position + 101:03d}.{draw.randrange(100):02d}",
                    "description": f"{draw.choice(BIKES)} màu {draw.choice(COLOURS)}",
                    "date_from": date(2025, 7, 1), "resident_id": household.head_id.id,
                })  # fmt: skip
            if draw.random() < 0.25:
                vehicles.append({
                    "household_id": household.id, "kind": "car",
                    "plate": f"79A-{position + 201:03d}.{draw.randrange(100):02d}",
                    "description": f"{draw.choice(CARS)} màu {draw.choice(COLOURS)}", "date_from": date(2025, 7, 1),
                })  # fmt: skip
            if draw.random() < 0.4 or not position:
                pets.append({
                    "household_id": household.id, "kind": draw.choice(("dog", "dog", "cat")), "name": draw.choice(DOGS),
                    "description": f"màu {draw.choice(COLOURS)}", "vaccinated_on": date(2026, draw.randrange(1, 10), 5),
                    "date_from": date(2025, 7, 1),
                })  # fmt: skip
        for dwelling in households.dwelling_id:
            household = dwelling.household_ids[:1]
            wife = household.live_membership_ids.filtered(lambda m: m.role in ("wife", "husband")).resident_id[:1]
            shares = [(household.head_id, 50), (wife, 50)] if wife else [(household.head_id, 100)]
            owners += [
                {"dwelling_id": dwelling.id, "partner_id": person.partner_id.id, "share": share}
                for person, share in shares
            ]
        self.env["kdc.vehicle"].create(vehicles)
        self.env["kdc.pet"].create(pets)
        self.env["kdc.dwelling.owner"].create(owners)
