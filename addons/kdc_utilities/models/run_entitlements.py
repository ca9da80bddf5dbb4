"""What households are entitled to and pay for by their register: reliefs by status, fees by vehicle."""


class Entitlements:
    """Answers about many households with one query per day and question, whatever their number.

    Nearly all connections of a run begin on the same day, the first of the month.
    """

    def __init__(self, env, households):
        self.env = env
        self.households = households
        self._holders = {}
        self._reliefs = {}
        self._vehicles = {}

    def holds(self, relief, household, day):
        """Tell whether a household had a status of this relief on a day."""
        return household.id in self._entitled(relief, day)

    def _entitled(self, relief, day):
        """Return the ids of the households that had a status of this relief on a day."""
        kinds = relief.status_kind_ids
        key = (tuple(kinds.ids), day)
        if key not in self._holders:
            # sudo: the bill needs yes or no; the decision behind it stays with social affairs.
            self._holders[key] = set(self.households.sudo()._kdc_with_status(kinds.mapped("code"), day).ids)
        return self._holders[key]

    def reliefs(self, tariff_record, household, day):
        """Return the engine's reliefs of a tariff that a household is entitled to on a day."""
        if not household:
            return ()
        key = (tariff_record.id, day)
        if key not in self._reliefs:
            in_force = tariff_record.relief_ids._in_force(day)
            self._reliefs[key] = [(self._entitled(relief, day), relief._engine_relief()) for relief in in_force]
        return tuple(priced for entitled, priced in self._reliefs[key] if household.id in entitled)

    def vehicles(self, household, day):
        """Return ``((kind, number), …)`` of the vehicles a household kept on a day."""
        if day not in self._vehicles:
            # sudo: the number of vehicles makes the fee; plates and keepers are not read.
            self._vehicles[day] = self.env["kdc.vehicle"].sudo()._kdc_vehicle_counts(self.households, day)
        return tuple(sorted(self._vehicles[day].get(household.id, {}).items()))
