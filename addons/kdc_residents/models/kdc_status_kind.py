from odoo import fields, models


class KdcStatusKind(models.Model):
    """What a household or person can be recognised as: poor, policy family … Programs ask for the code."""

    _name = "kdc.status.kind"
    _description = "Kind of Social Status"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Short and stable; tariffs and exemptions name it.")
    scope = fields.Selection(
        [("household", "The household"), ("person", "A person")],
        string="Given to",
        required=True,
        default="household",
    )
    legal_basis = fields.Char()
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _code_uniq = models.Constraint("UNIQUE (code)", "Another kind has this code.")
