from odoo import fields, models


class AccountMove(models.Model):
    """A bill knows how it reached its payer."""

    _inherit = "account.move"

    kdc_delivery_ids = fields.One2many(
        "kdc.bill.delivery", "move_id", string="Deliveries",
        groups="kdc_utilities.group_accountant,kdc_utilities.group_approver,kdc_residents.group_auditor",
    )  # fmt: skip
