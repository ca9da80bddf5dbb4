from datetime import date

from odoo import Command, api, models

#: Before this day two groups stood where the first group of the main ward is today (NĐ 185/2026/NĐ-CP, article 9).
MERGED_ON = date(2026, 8, 1)


class KdcDemo(models.AbstractModel):
    _inherit = "kdc.demo"

    @api.model
    def _make_area_history(self):
        """Let the first group of the main ward come from a merger, so that a former name can be searched."""
        group = self._main_households()[:1].area_id
        if not group or group.predecessor_ids:
            return
        kind, number = group.name.split(" ", 3)[:3], group.name.split(" ", 3)[3]
        former = self.env["kdc.area"].create([
            {
                "name": f"{' '.join(kind)} {letter} {number}", "code": f"{group.code}-{letter}", "kind": "group",
                "unit_type": "to_dan_pho", "parent_id": group.parent_id.id, "sequence": 900,
                "date_from": group.date_from, "date_to": MERGED_ON,
            }
            for letter in "AB"
        ])  # fmt: skip
        self.env["kdc.area.succession"].create([
            {
                "predecessor_id": area.id, "successor_id": group.id, "date": MERGED_ON,
                "decision_number": "12/NQ-HĐND", "dwelling_count": 0,
            }
            for area in former
        ])  # fmt: skip
        group.alias_ids = [Command.create({"name": area.name, "date_to": MERGED_ON}) for area in former]
        group.date_from = MERGED_ON
        dwellings = self.env["kdc.dwelling"].search([("area_id", "=", group.id)])
        self.env["kdc.dwelling.area"].create([
            {"dwelling_id": dwelling.id, "area_id": former[position % 2].id, "date_to": MERGED_ON}
            for position, dwelling in enumerate(dwellings)
        ])  # fmt: skip
        for position, succession in enumerate(group.predecessor_ids.sorted("id")):
            succession.dwelling_count = len(dwellings[position::2])
        head = self._user("totruong")
        if head and not group.head_ids:
            # What the demo's account may do comes from its term, as in a real ward.
            head.kdc_area_ids -= group
            self.env["kdc.area.head"].create({
                "area_id": group.id, "user_id": head.id, "name": head.name, "phone": "0905 777 005",
                "date_from": MERGED_ON, "decision_number": "45/QĐ-UBND",
            })  # fmt: skip
