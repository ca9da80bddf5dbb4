from odoo import fields, models
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.tools import format_date


class KdcAgeing(models.TransientModel):
    """Asks for the day whose debts are shown by age."""

    _name = "kdc.ageing"
    _description = "Ageing of Debts"

    date = fields.Date("On the day", required=True, default=today_here)
    by = fields.Selection(
        [("area_id", "Area"), ("service_id", "Service"), ("collector_id", "Collector")],
        required=True,
        default="area_id",
    )

    def action_open(self):
        """Open the table; each of its figures opens the debts it is made of."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_utilities.kdc_arrears_action")
        return action | {
            "name": self.env._("Debts by age on %s", format_date(self.env, self.date)),
            "context": {
                "kdc_day": fields.Date.to_string(self.date),
                "search_default_bills": 1,
                "pivot_row_groupby": [self.by],
                "pivot_column_groupby": ["bucket"],
                "pivot_measures": ["amount"],
            },
        }
