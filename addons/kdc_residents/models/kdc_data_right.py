from odoo import fields, models

from ..engine.data_request import Clock


class KdcDataRight(models.Model):
    """A right people have over their personal data, with the days the law gives the ward (Luật 91/2025/QH15, điều 4).

    The days stand in a table because the decrees change; NĐ 356/2025/NĐ-CP, điều 5 gives one set per right.
    """

    _name = "kdc.data.right"
    _description = "Right over personal data"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="“delete” is the right whose requests can be carried out by a button.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    description = fields.Text(translate=True, help="What residents read before they choose.")
    acknowledge_days = fields.Integer(
        string="Working days to confirm", required=True, default=2, aggregator=None,
        help="Until the resident is told that the request is being handled.",
    )  # fmt: skip
    act_days = fields.Integer(string="Days to carry out", required=True, default=15, aggregator=None)
    extension_days = fields.Integer(
        string="Days of one extension", required=True, default=0, aggregator=None, help="0: it cannot be extended."
    )
    legal_basis = fields.Char(required=True, translate=True)

    _code_uniq = models.Constraint("UNIQUE (code)", "There already is a right with this code.")
    _days_possible = models.Constraint(
        "CHECK (acknowledge_days BETWEEN 1 AND 30 AND act_days BETWEEN 1 AND 90 AND extension_days BETWEEN 0 AND 90)",
        "The days of the law are between 1 and 90.",
    )

    def _clock(self):
        """Return the days of this right for ``engine/data_request.py``."""
        self.ensure_one()
        return Clock(self.acknowledge_days, self.act_days, self.extension_days)
