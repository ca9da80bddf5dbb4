from odoo import api, fields, models
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import AccessError, UserError


class KdcLateFeePrepare(models.TransientModel):
    """Prepare the late fees of all bills up to a day, for another person to approve."""

    _name = "kdc.late.fee.prepare"
    _description = "Prepare Late Fees"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_to = fields.Date(
        "Days of delay until",
        required=True,
        default=lambda self: fields.Date.subtract(today_here(self), days=1),
        help="What was paid later than this day counts as still open.",
    )
    area_ids = fields.Many2many("kdc.area", string="Areas", help="Empty: the whole ward.")
    rule_count = fields.Integer("Rules", compute="_compute_fees")
    fee_count = fields.Integer("Late fees", compute="_compute_fees")
    amount = fields.Monetary("Together", compute="_compute_fees")
    bank_until = fields.Date(
        compute="_compute_bank_until", help="The newest movement of an imported bank statement, when it is older."
    )

    @api.depends("company_id", "date_to", "area_ids")
    def _compute_fees(self):
        """Count without creating anything."""
        rules = self.env["kdc.late.fee.rule"]
        for wizard in self:
            vals_list = wizard._vals_list()
            wizard.rule_count = rules.search_count([("company_id", "=", wizard.company_id.id)])
            wizard.fee_count = len(vals_list)
            wizard.amount = sum(vals["amount"] for vals in vals_list)

    @api.depends("company_id", "date_to")
    def _compute_bank_until(self):
        """Who paid by transfer is not late because the statement was not imported yet."""
        transfers = self.env["kdc.transfer"]
        for wizard in self:
            newest = transfers.search([("company_id", "=", wizard.company_id.id)], order="date desc", limit=1).date
            wizard.bank_until = newest if newest and wizard.date_to and newest < wizard.date_to else False

    def _vals_list(self):
        if self.company_id not in self.env.companies:
            raise AccessError(self.env._("Late fees are prepared for your own ward."))
        if not self.date_to:
            return []
        areas = self.area_ids._origin
        return self.env["kdc.charge"]._late_fee_vals(self.company_id, self.date_to, areas)

    def action_prepare(self):
        """Create the late fees, to be approved by another person, and show them."""
        self.ensure_one()
        charges = self.env["kdc.charge"]
        charges.check_access("create")
        if self.date_to >= today_here(self):
            raise UserError(self.env._("Choose a day that is over: who pays today is not late for today."))
        vals_list = self._vals_list()
        if not vals_list:
            raise UserError(self.env._("No late fee is due: all bills were paid in time, or no service has a rule."))
        # sudo: the days and the engine's lines are written by this step only; the right to create was checked above.
        fees = charges.sudo().create(vals_list)
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_utilities.kdc_late_fee_action")
        return action | {"domain": [("id", "in", fees.ids)], "context": {}}
