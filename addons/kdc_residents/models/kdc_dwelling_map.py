from importlib.metadata import version

from odoo import api, models

#: The middle of Nha Trang, where a map opens as long as no dwelling has a position.
START = (12.2388, 109.1967)
#: A browser draws so many pins without waiting; a ward has fewer dwellings.
MAX_PINS = 5000


class KdcDwelling(models.Model):
    """Dwellings on a map: Leaflet from a package, tiles only from where the ward says, none by default."""

    _inherit = "kdc.dwelling"

    @api.model
    def _map_library_version(self):
        return version("django-js-lib-leaflet")

    @api.model
    @api.readonly
    def get_map_settings(self, near=None):
        """Return what a map needs to start.

        :param near: id of an area near which an empty map opens
        :return: dict ``js``, ``css``, ``tiles`` and ``attribution`` (empty: plain ground), ``center`` (lat, lng)
        """
        self.check_access("read")
        return self._map_settings(self._map_center(near))

    @api.model
    def _map_settings(self, center):
        """Return the library, the ground and where the map opens, see :meth:`get_map_settings`."""
        base = f"/kdc/leaflet/{self._map_library_version()}"
        company = self.env.company
        return {
            "js": f"{base}/leaflet.js",
            "css": f"{base}/leaflet.css",
            "tiles": company.kdc_map_tiles or "",
            "attribution": company.kdc_map_attribution or "",
            "center": center,
        }

    @api.model
    def _map_center(self, near=None):
        """Return (latitude, longitude) in the middle of the dwellings that have a position, of the area if it has."""
        placed = [("latitude", "!=", 0), ("longitude", "!=", 0)]
        domains = [[*placed, ("area_id", "child_of", near)]] if near else []
        for domain in [*domains, placed]:
            ((latitude, longitude),) = self._read_group(domain, [], ["latitude:avg", "longitude:avg"])
            if latitude and longitude:
                return [latitude, longitude]
        return list(START)

    @api.model
    @api.readonly
    def get_map(self, area_id=None):
        """Return the dwellings the reader may see as pins.

        :param area_id: only this area and what lies in it
        :return: dict ``areas`` (id, name), ``pins`` (id, name, lat, lng, vacant), ``missing`` (dwellings without a
            position), ``more`` (whether there are more than a map shows)
        """
        self.check_access("read")
        domain = [("area_id", "child_of", area_id)] if area_id else []
        placed = [*domain, ("latitude", "!=", 0), ("longitude", "!=", 0)]
        dwellings = self.search_fetch(
            placed, ["name", "latitude", "longitude", "occupancy"], order="area_id, route_sequence, id",
            limit=MAX_PINS + 1,
        )  # fmt: skip
        groups = [("kind", "=", "group"), ("date_to", "=", False)]
        if self.env.user.kdc_area_scoped:
            # Names of all groups may be read, but the others' maps would be empty.
            groups.append(("id", "child_of", self.env.user.kdc_area_ids.ids))
        areas = self.env["kdc.area"].search(groups)
        return {
            "areas": [{"id": area.id, "name": area.name} for area in areas],
            "pins": [
                {
                    "id": dwelling.id,
                    "name": dwelling.name,
                    "lat": dwelling.latitude,
                    "lng": dwelling.longitude,
                    "vacant": dwelling.occupancy == "vacant",
                }
                for dwelling in dwellings[:MAX_PINS]
            ],
            "missing": self.search_count([*domain, "|", ("latitude", "=", 0), ("longitude", "=", 0)]),
            "more": len(dwellings) > MAX_PINS,
        }
