from odoo import fields, models


class KdcReadingImportProblem(models.TransientModel):
    """One problem of an imported sheet, by row and column."""

    _name = "kdc.reading.import.problem"
    _description = "Problem in a Spreadsheet of Readings"
    _order = "line, column, id"

    import_id = fields.Many2one("kdc.reading.import", required=True, ondelete="cascade")
    line = fields.Integer("Row", readonly=True)
    column = fields.Char(readonly=True)
    message = fields.Char("Problem", readonly=True)
