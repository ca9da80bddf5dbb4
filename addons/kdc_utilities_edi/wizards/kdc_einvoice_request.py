from odoo import api, fields, models
from odoo.addons.kdc_residents.tools import personal_data
from odoo.exceptions import ValidationError

#: What is sealed here opens nowhere else, and nothing sealed elsewhere opens here: see ``personal_data``.
TYPED = "einvoice_request"


class KdcEinvoiceRequest(models.TransientModel):
    """At the counter: the buyer of an e-invoice, for one bill or for the months to come."""

    _name = "kdc.einvoice.request"
    _description = "Ask for an E-Invoice"

    account_id = fields.Many2one("kdc.customer.account", required=True, readonly=True)
    move_id = fields.Many2one("account.move", string="Bill", readonly=True)
    currency_id = fields.Many2one(related="account_id.currency_id")
    amount = fields.Monetary(related="move_id.kdc_einvoice_amount", related_sudo=False)
    kind = fields.Selection(
        [("person", "A person"), ("organisation", "An organisation or a household business")],
        string="Buyer is",
        required=True,
        compute="_compute_buyer",
        store=True,
        precompute=True,
        readonly=False,
    )
    name = fields.Char(required=True, compute="_compute_buyer", store=True, precompute=True, readonly=False)
    tax_code = fields.Char(compute="_compute_buyer", store=True, precompute=True, readonly=False)
    number = fields.Char("Personal number", compute="_compute_number", inverse="_inverse_number")
    number_sealed = fields.Char()
    address = fields.Char(compute="_compute_buyer", store=True, precompute=True, readonly=False)
    email = fields.Char("E-mail", compute="_compute_buyer", store=True, precompute=True, readonly=False)
    always = fields.Boolean(
        "Every month from now on", compute="_compute_buyer", store=True, precompute=True, readonly=False
    )

    @api.depends("account_id")
    def _compute_buyer(self):
        for request in self:
            # The buyer is read in sudo, so only of accounts that the clerk may see.
            account = request.account_id._filtered_access("read")
            buyer = account._kdc_buyer() if account else dict.fromkeys(("name", "tax_code", "address", "email"), False)
            request.kind = "organisation" if buyer["tax_code"] else "person"
            request.name = buyer["name"]
            request.tax_code = buyer["tax_code"]
            request.address = buyer["address"]
            request.email = buyer["email"]
            request.always = account.einvoice_wish == "always"

    @api.depends("number_sealed")
    def _compute_number(self):
        for request in self:
            sealed = request.number_sealed
            request.number = (personal_data.opened(sealed, TYPED) if sealed else None) or False

    def _inverse_number(self):
        for request in self:
            number = request.number
            request.number_sealed = number and personal_data.vault_or_refuse(self.env).seal(number, TYPED)

    def action_request(self):
        """Note the buyer and, when there is a bill, ask for its e-invoice."""
        self.ensure_one()
        self.account_id.check_access("read")
        if self.move_id and self.move_id.kdc_account_id != self.account_id:
            raise ValidationError(self.env._("This bill is another customer's."))
        values = {name: self[name] for name in ("kind", "name", "tax_code", "number", "address", "email")}
        if values["kind"] == "person" and not values["number"]:
            # Known before; the form does not show it.
            values["number"] = self.account_id._kdc_buyer_number() or ""
        clean, errors = self.account_id._kdc_check_buyer(values)
        if errors:
            raise ValidationError("\n".join(errors.values()))
        self.account_id._kdc_set_buyer(clean, self.env.user.partner_id, self.always)
        if self.move_id:
            self.move_id.check_access("read")
            # sudo: the register is written by its steps only; the clerk may read the bill.
            bill = self.move_id.sudo()
            self.env["kdc.einvoice"].sudo()._request(bill, "counter", self.env.user.partner_id)  # sudo: as above
        return {"type": "ir.actions.act_window_close"}
