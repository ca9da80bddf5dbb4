from odoo import api, models

#: Where the first residential group of each ward lies; the others follow on a grid of blocks.
START = {"latitude": 12.2388, "longitude": 109.1930}
#: Degrees between two groups, two streets and two houses: about 400 m, 45 m and 12 m.
GROUP, STREET, HOUSE = 0.0036, 0.0004, 0.00011
HOUSES_PER_STREET = 20
#: Larger communities are for load, nobody looks at their map.
MAPPED = 3000


class KdcDemo(models.AbstractModel):
    _inherit = "kdc.demo"

    @api.model
    def _make_positions(self):
        """Put the dwellings on the map, house after house along the streets of their group, and leave one house empty.

        A few stay without a position, as in every ward.
        """
        dwellings = self.env["kdc.dwelling"].search([("active", "=", True)])
        if len(dwellings) > MAPPED:
            return
        for number, houses in enumerate(dwellings.grouped("area_id").values()):
            south, west = START["latitude"] + number // 5 * GROUP, START["longitude"] + number % 5 * GROUP
            for place, house in enumerate(houses.sorted(lambda one: (one.route_sequence, one.id))):
                if place % 17 == 16:
                    continue
                street, house_number = divmod(place, HOUSES_PER_STREET)
                house.latitude = round(south + street * STREET + house_number % 2 * HOUSE, 6)
                house.longitude = round(west + house_number * HOUSE, 6)
        first = self._main_households()[:1].dwelling_id
        self.env["kdc.dwelling"].create(
            {
                "area_id": first.area_id.id, "company_id": first.company_id.id, "house_number": "Lô 7",
                "street": first.street, "latitude": first.latitude - STREET, "longitude": first.longitude,
            }
        )  # fmt: skip
