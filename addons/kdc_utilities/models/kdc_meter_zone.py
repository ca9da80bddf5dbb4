from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine import meter as meter_engine

#: Times of use that have a price of their own; up to four registers in one meter.
ZONES = [
    ("normal", "Normal hours"),
    ("peak", "Peak hours"),
    ("offpeak", "Off-peak hours"),
    ("fourth", "Fourth time of use"),
]
#: What a meter of three prices counts.
USUAL_ZONES = ("normal", "peak", "offpeak")


class KdcMeter(models.Model):
    """A meter with a register for each time of use (công tơ 3 giá) is one record per register (U-01).

    All that reads a meter reads a register: the list, the round, the resident's page, spreadsheets, anomalies and
    changes stay as they are. The registers share connection and serial number, and each serial number ends in the sign
    its register has on the display (BT, CD, TD, T4), so that it is unique and found in an import.
    """

    _inherit = "kdc.meter"

    zone = fields.Selection(ZONES, string="Time of use", help="Empty: one register counts everything.")

    _zone_not_shared = models.Constraint(
        "CHECK (zone IS NULL OR share_basis IS NULL)", "A meter with times of use cannot be shared out."
    )

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._with_sign(vals, vals.get("serial"), vals.get("zone")) for vals in vals_list])

    def write(self, vals):
        if not {"serial", "zone"} & vals.keys():
            return super().write(vals)
        for meter in self:
            zone = vals.get("zone", meter.zone)
            if zone != meter.zone and (zone or meter.zone) and meter.reading_ids:
                raise UserError(self.env._("Meter %s has readings. Replace it by one with times of use.", meter.serial))
            super(KdcMeter, meter).write(self._with_sign(vals, vals.get("serial", meter.serial), zone))
        return True

    @api.model
    def _with_sign(self, vals, serial, zone):
        """Return the values of a register with the sign of its time of use at the end of its serial number."""
        if not zone or not isinstance(serial, str):
            return vals
        return vals | {"serial": meter_engine.register_serial(" ".join(serial.split()), zone)}

    def action_add_registers(self):
        """Add the registers of the usual times of use that this meter does not have yet, and show them all."""
        self.ensure_one()
        if not self.zone:
            raise UserError(self.env._("Choose first which time of use this register counts."))
        present = self._registers()
        for zone in USUAL_ZONES:
            if zone not in present.mapped("zone"):
                present |= self.copy({"serial": self.serial, "zone": zone})
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_utilities.kdc_meter_action")
        return action | {"domain": [("id", "in", present.ids)], "context": {}}

    def _registers(self):
        """Return the registers of this meter that are in use, with itself."""
        self.ensure_one()
        base = meter_engine.serial_base(self.serial)
        return self.connection_id.meter_ids.filtered(
            lambda meter: meter.zone and meter.state != "removed" and meter_engine.serial_base(meter.serial) == base
        )
