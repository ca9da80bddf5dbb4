from odoo import api, fields, models
from odoo.exceptions import UserError


class KdcReceiptUnused(models.Model):
    """A receipt number that was set apart for a phone and came back without a receipt: it stays, with the reason.

    When a phone that was given up sends the payment after all, the receipt takes this number, since the payer holds a
    paper with it; the record stays and points to the receipt.
    """

    _name = "kdc.receipt.unused"
    _description = "Unused Receipt Number"
    _order = "year desc, number desc"
    _rec_name = "number"

    range_id = fields.Many2one("kdc.receipt.range", required=True, readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="range_id.company_id", store=True, index=True)
    user_id = fields.Many2one(related="range_id.user_id", store=True)
    journal_id = fields.Many2one(related="range_id.journal_id", store=True)
    year = fields.Integer(related="range_id.year", store=True, aggregator=False)
    number = fields.Integer(required=True, readonly=True, aggregator=False)
    reason = fields.Char(required=True, readonly=True)
    receipt_id = fields.Many2one(
        "kdc.receipt", "Receipt that came later", readonly=True, index="btree_not_null", ondelete="restrict"
    )

    _number_uniq = models.Constraint("UNIQUE (journal_id, year, number)", "This number is recorded as unused already.")

    @api.ondelete(at_uninstall=False)
    def _unlink_except_always(self):
        raise UserError(self.env._("The record of an unused receipt number is never deleted."))
