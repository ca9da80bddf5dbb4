from odoo import models

from ..engine import states


class KdcArea(models.Model):
    _inherit = "kdc.area"

    def _move_open_work(self, mapping, date):
        """Open feedback follows its dwelling, else its area; closed feedback stays. Assignment rules and known
        places are taken over.
        """
        feedback = self.env["kdc.feedback"].search(
            [("area_id", "in", self.ids), ("state", "not in", list(states.SETTLED))]
        )
        for case in feedback:
            target = case.dwelling_id.area_id or mapping.get(case.area_id)
            if target and target != case.area_id:
                case.area_id = target
        rules = self.env["kdc.feedback.assignment"]
        for rule in rules.search([("area_id", "in", self.ids)], order="sequence, id"):
            for target in mapping[rule.area_id] | rule.area_id.successor_ids.successor_id:
                same = [("area_id", "=", target.id), ("category_id", "=", rule.category_id.id)]
                if not rules.search_count([("company_id", "=", rule.company_id.id), *same], limit=1):
                    rule.copy({"area_id": target.id})
        places = self.env["kdc.feedback.place"].with_context(active_test=False)
        for place in places.search([("area_id", "in", self.ids)]):
            place.area_id = mapping.get(place.area_id, place.area_id)
        return super()._move_open_work(mapping, date)

    def _open_work_counts(self):
        waiting = self.env["kdc.feedback"].search_count(
            [("area_id", "in", self.ids), ("state", "not in", list(states.SETTLED))]
        )
        return [*super()._open_work_counts(), (self.env._("Open feedback"), waiting)]
