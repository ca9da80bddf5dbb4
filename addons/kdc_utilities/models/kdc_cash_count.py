from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

#: VND notes in circulation that a desk takes, the largest first as they are counted.
DENOMINATIONS = (500_000, 200_000, 100_000, 50_000, 20_000, 10_000, 5_000, 2_000, 1_000, 500)


class KdcCashCount(models.Model):
    """How many notes of a denomination are in the drawer of a cash session when it is counted.

    The lines are made with the session; its collector fills in the pieces while it is open.
    """

    _name = "kdc.cash.count"
    _description = "Cash Count"
    _order = "session_id, denomination desc"
    _rec_name = "denomination"

    session_id = fields.Many2one("kdc.cash.session", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="session_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    denomination = fields.Monetary(required=True, readonly=True, aggregator=False)
    pieces = fields.Integer(aggregator=False)
    subtotal = fields.Monetary(compute="_compute_subtotal", store=True)

    _denomination_uniq = models.Constraint(
        "UNIQUE (session_id, denomination)", "Each denomination is counted once in a session."
    )
    _pieces_not_negative = models.Constraint("CHECK (pieces >= 0)", "The number of notes cannot be negative.")

    @api.depends("denomination", "pieces")
    def _compute_subtotal(self):
        for line in self:
            line.subtotal = line.denomination * line.pieces

    def write(self, vals):
        """Let the collector write the pieces while the session is open, nothing else."""
        if not self.env.su:
            if vals.keys() - {"pieces"}:
                raise AccessError(self.env._("Only the number of notes is typed; the rest is set by the system."))
            if any(line.session_id.state != "open" for line in self):
                raise UserError(self.env._("This cash session is closed and does not change any more."))
        return super().write(vals)
