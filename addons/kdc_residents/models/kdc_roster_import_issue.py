from odoo import fields, models


class KdcRosterImportIssue(models.Model):
    """A remark on one cell of a list."""

    _name = "kdc.roster.import.issue"
    _description = "Remark on an Imported List"
    _order = "level, line, id"

    import_id = fields.Many2one("kdc.roster.import", required=True, ondelete="cascade", index=True)
    level = fields.Selection([("error", "Rejected"), ("warning", "Please check")], required=True)
    sheet = fields.Char(help="Where several sheets of the file are read.")
    line = fields.Integer(string="Row", aggregator=None)
    column = fields.Char()
    heading = fields.Char()
    name = fields.Char(string="Full name")
    message = fields.Char(string="Remark")
