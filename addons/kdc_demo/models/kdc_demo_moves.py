from datetime import timedelta

from odoo import Command, api, fields, models


class KdcDemo(models.AbstractModel):
    _inherit = "kdc.demo"

    @api.model
    def _make_moves(self):
        """A household has moved away three days ago: its final bill waits for the accountant."""
        household = self._main_households()[-2:-1]
        if not household.kdc_account_ids:
            return
        people = household._live_memberships().resident_id
        event = self.env["kdc.civil.event"].with_user(self._user("canbo")).create({
            "kind": "move_out",
            "household_id": household.id,
            "date": fields.Date.context_today(self) - timedelta(days=3),
            "line_ids": [Command.create({"resident_id": person.id}) for person in people],
            "place": "Phường Cam Ranh, tỉnh Khánh Hòa",
            "reason": "Cả hộ chuyển nhà",
        })  # fmt: skip
        event.action_confirm()
