from odoo import fields, models

from ..models.kdc_residence import KINDS


class KdcPopulationReportLine(models.TransientModel):
    """So many persons of one group, age band, sex and residence."""

    _name = "kdc.population.report.line"
    _description = "Counted Persons"
    _order = "area_id, age_band, sex, id"
    _transient_max_hours = 12.0

    report_id = fields.Many2one("kdc.population.report", required=True, index=True, ondelete="cascade")
    area_id = fields.Many2one("kdc.area", string="Residential group")
    age_band = fields.Char(string="Age")
    sex = fields.Selection([("male", "Male"), ("female", "Female"), ("other", "Other")])
    residence = fields.Selection([*KINDS, ("unknown", "Not noted")])
    persons = fields.Integer()
