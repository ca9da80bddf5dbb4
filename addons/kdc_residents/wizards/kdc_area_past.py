from odoo import api, fields, models

from ..tools.local_day import today_here


class KdcAreaPast(models.TransientModel):
    """An area as it was on a past day: its dwellings, households and members."""

    _name = "kdc.area.past"
    _description = "Area as of a Past Day"

    area_id = fields.Many2one("kdc.area", required=True, ondelete="cascade", readonly=True)
    date = fields.Date(
        string="Day", required=True, default=lambda self: fields.Date.start_of(today_here(self), "year")
    )
    existed = fields.Boolean(compute="_compute_counts")
    dwelling_count = fields.Integer(string="Dwellings", compute="_compute_counts")
    household_count = fields.Integer(string="Households", compute="_compute_counts")
    resident_count = fields.Integer(string="Residents", compute="_compute_counts")

    @api.depends("area_id", "date")
    def _compute_counts(self):
        for wizard in self:
            area, date = wizard.area_id, wizard.date
            wizard.existed = bool(area.filtered_domain(area._live_domain(date))) if date else False
            wizard.dwelling_count = len(area._dwellings_on(date)) if date else 0
            households = area._households_on(date) if date else self.env["kdc.household"]
            wizard.household_count = len(households)
            wizard.resident_count = len(households._members_on(date)) if date else 0

    def _open(self, xmlid, records):
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        action["display_name"] = action["name"] = self.env._(
            "%(area)s on %(date)s", area=self.area_id.name, date=f"{self.date:%d/%m/%Y}"
        )
        return action | {
            "domain": [("id", "in", records.ids)],
            "context": {"active_test": False, "create": False},
            "target": "current",
            "path": False,
        }

    def action_dwellings(self):
        return self._open("kdc_residents.kdc_dwelling_action", self.area_id._dwellings_on(self.date))

    def action_households(self):
        return self._open("kdc_residents.kdc_household_action", self.area_id._households_on(self.date))

    def action_residents(self):
        members = self.area_id._households_on(self.date)._members_on(self.date).resident_id
        return self._open("kdc_residents.kdc_resident_action", members)
