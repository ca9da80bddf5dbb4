from odoo import api, fields, models
from odoo.addons.kdc_residents.tools.local_day import today_here


class KdcPaidOver(models.AbstractModel):
    """Money of a payer that goes back, out of a drawer or by the bank, or over to another customer.

    It is booked on the day of the approval and not cancelled afterwards; before, it may be withdrawn. Models have the
    database constraints, and the two kinds: ``back`` and ``move``.
    """

    _name = "kdc.paid.over"
    _description = "Money Paid Back or Moved"
    _inherit = ["kdc.paid.out"]

    date = fields.Date("Booked on", readonly=True, help="The day of the approval.")
    journal_id = fields.Many2one(required=False)
    session_id = fields.Many2one(compute="_compute_session_id", store=True, readonly=False)
    receiver = fields.Char("Who receives it", help="Name, and the bank account for a transfer.")

    @api.depends("kind", "journal_id")
    def _compute_session_id(self):
        """A drawer that was chosen before stays only while cash of its desk is handed out."""
        for row in self:
            drawer = row.session_id
            row.session_id = drawer if row.kind == "back" and drawer.journal_id == row.journal_id else False

    @api.constrains("journal_id")
    def _check_journal(self):
        return super(KdcPaidOver, self.filtered("journal_id"))._check_journal()

    def action_withdraw(self):
        """Take back what nobody approved yet."""
        return self._withdraw()

    def _check_payable(self):
        """Look at desk or bank only where money leaves it (sudo, after locking)."""
        if self.kind == "back" and self.amount:
            return super()._check_payable()
        self.session_id = False  # nothing leaves it
        return None

    def _book_today(self):
        """The day of the approval is the day it is booked on (sudo)."""
        self.date = today_here(self)
