from odoo import api, fields, models
from odoo.exceptions import ValidationError

#: What a column can mean; the keys are those of the engine.
FIELD_LABELS = [
    ("seq", "No."),
    ("household_seq", "Number of the household in the list"),
    ("household_code", "Household code"),
    ("head_name", "Name of the head"),
    ("name", "Full name"),
    ("birth", "Date of birth"),
    ("birth_male", "Year of birth, if male"),
    ("birth_female", "Year of birth, if female"),
    ("sex", "Sex"),
    ("female_mark", "Mark for female"),
    ("personal_number", "Personal number"),
    ("role", "Relationship to head"),
    ("house_number", "House number"),
    ("alley", "Alley"),
    ("street", "Street"),
    ("group", "Residential group"),
    ("address", "Address in one cell"),
    ("phone", "Phone"),
    ("email", "Email"),
    ("note", "Note"),
]


class KdcRosterImportColumn(models.Model):
    """How one column of a list is understood; the officer can correct it."""

    _name = "kdc.roster.import.column"
    _description = "Column of an Imported List"
    _order = "index, id"

    import_id = fields.Many2one("kdc.roster.import", required=True, ondelete="cascade", index=True)
    index = fields.Integer(required=True)
    letter = fields.Char(string="Column", readonly=True)
    heading = fields.Char(string="Heading in the file", readonly=True)
    example = fields.Char(readonly=True)
    key = fields.Selection(FIELD_LABELS, string="Means")

    @api.constrains("key", "import_id")
    def _check_key_once(self):
        for record in self.import_id:
            keys = [column.key for column in record.column_ids if column.key]
            if len(keys) != len(set(keys)):
                raise ValidationError(
                    self.env._("Two columns of the list have the same meaning. Please choose one of them.")
                )
