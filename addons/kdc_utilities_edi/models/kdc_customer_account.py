from odoo import api, fields, models
from odoo.addons.kdc_residents.engine import personal_number
from odoo.addons.kdc_residents.tools import personal_data
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.tools import email_normalize
from stdnum.exceptions import ValidationError as NumberError
from stdnum.vn import mst

#: Characters of a name or an address on an invoice.
LONGEST = 200
#: What a sealed number is, see ``kdc_residents.tools.personal_data``.
BUYER = "einvoice_buyer"


class KdcCustomerAccount(models.Model):
    """Whether an account gets e-invoices, and who stands on them as buyer."""

    _inherit = "kdc.customer.account"

    einvoice_wish = fields.Selection(
        [("rule", "By the rule of the ward"), ("always", "Every month"), ("never", "Never")],
        string="E-invoice",
        required=True,
        default="rule",
        tracking=True,
    )
    einvoice_name = fields.Char("Buyer", size=LONGEST, help="Empty: the payer.")
    einvoice_tax_code = fields.Char("Tax code of the buyer", help="Of an organisation or a household business.")
    einvoice_number_sealed = fields.Char(copy=False, prefetch=False, groups="kdc_utilities.group_accountant")
    einvoice_number_masked = fields.Char(
        "Personal number of the buyer", compute="_compute_einvoice_number_masked", compute_sudo=True
    )
    einvoice_address = fields.Char("Address of the buyer", size=LONGEST, help="Empty: the dwelling.")
    einvoice_email = fields.Char("E-invoice to the e-mail address")
    einvoice_partner_id = fields.Many2one(
        "res.partner", string="Buyer told by", readonly=True, copy=False, index="btree_not_null", ondelete="set null"
    )

    _einvoice_number_sealed_only = models.Constraint(
        "CHECK (einvoice_number_sealed ~ '^1[.][0-9a-f]{8}[.]')", "A personal number is stored encrypted only."
    )

    @api.depends("einvoice_number_sealed")
    def _compute_einvoice_number_masked(self):
        for account in self:
            number = account._kdc_buyer_number()
            account.einvoice_number_masked = number and personal_number.mask(number)

    def _kdc_buyer_number(self):
        """Return the personal number of the buyer in the clear, for the invoice only."""
        # sudo: whoever may make an invoice writes what the buyer gave for it.
        sealed = self.sudo().einvoice_number_sealed
        return (personal_data.opened(sealed, BUYER) if sealed else None) or False

    @api.model
    def _kdc_check_buyer(self, values):
        """Check what somebody typed about the buyer.

        :param values: texts ``kind`` (``organisation`` or ``person``), ``name``, ``tax_code``, ``number``, ``address``,
            ``email``
        :return: (clean values, messages by name of the value)
        """
        clean = {name: " ".join((values.get(name) or "").split()) for name in (
            "kind", "name", "tax_code", "number", "address", "email"
        )}  # fmt: skip
        errors = {}
        if not clean["name"] or len(clean["name"]) > LONGEST:
            errors["name"] = self.env._("Please write the name that stands on the invoice.")
        if len(clean["address"]) > LONGEST:
            errors["address"] = self.env._("Please shorten the address to %s characters.", LONGEST)
        if clean["email"] and not email_normalize(clean["email"]):
            errors["email"] = self.env._("This is no e-mail address. Please check it, for example an@example.com.")
        if clean["kind"] == "organisation":
            clean["number"] = ""
            try:
                clean["tax_code"] = mst.format(mst.validate(clean["tax_code"]))
            except NumberError:
                errors["tax_code"] = self.env._(
                    "This tax code is not right. It has 10 digits, a branch has 3 more: 0100109106 or 0100109106-001."
                )
        else:
            clean |= {"kind": "person", "tax_code": ""}
            clean["number"] = personal_number.clean(clean["number"])
            try:
                if clean["number"]:
                    personal_number.parse(clean["number"])
            except ValueError:
                errors["number"] = self.env._(
                    "This personal number is not right. Please copy the 12 digits of the identity card or leave it out."
                )
        return clean, errors

    def _kdc_set_buyer(self, clean, partner, always=None):
        """Note the buyer of the coming e-invoices.

        :param clean: values that :meth:`_kdc_check_buyer` found right
        :param partner: who told it
        :param always: whether every month brings an e-invoice; None leaves it as it is
        """
        self.ensure_one()
        vals = {
            "einvoice_name": clean["name"],
            "einvoice_tax_code": clean["tax_code"] or False,
            "einvoice_address": clean["address"] or False,
            "einvoice_email": clean["email"] or False,
            "einvoice_partner_id": partner.id,
            "einvoice_number_sealed": False,
        }
        if clean["number"]:
            vals["einvoice_number_sealed"] = personal_data.vault_or_refuse(self.env).seal(clean["number"], BUYER)
        if always:
            vals["einvoice_wish"] = "always"
        elif always is False and self.einvoice_wish == "always":
            vals["einvoice_wish"] = "rule"
        # sudo: the caller checked that the account is the reader's own, or that the clerk may see it.
        self.sudo().write(vals)

    def _kdc_buyer(self):
        """Return the buyer as he stands on an e-invoice, as a dict (sudo)."""
        self.ensure_one()
        # sudo: the payer's data on the payer's invoice
        account = self.sudo()
        payer = account.partner_id.commercial_partner_id
        return {
            "name": account.einvoice_name or payer.name,
            "tax_code": account.einvoice_tax_code or payer.vat or "",
            "number": account._kdc_buyer_number() or "",
            "address": account.einvoice_address or account.dwelling_id.display_name or payer.contact_address_inline,
            "email": account.einvoice_email or payer.email or "",
        }

    def _kdc_wanting_einvoice(self):
        """Return the accounts of these that get an e-invoice without anybody pressing a button."""
        by_rule = self.filtered(
            lambda account: account.einvoice_wish == "rule" and account.company_id.kdc_einvoice_rule == "organisations"
        )
        classes = self.env["kdc.connection"].search(
            [
                ("account_id", "in", by_rule.ids),
                ("tariff_id.customer_class", "!=", "household"),
                "|", ("date_to", "=", False), ("date_to", ">=", today_here(self)),
            ]
        ).account_id  # fmt: skip
        return self.filtered(lambda account: account.einvoice_wish == "always") | classes

    def action_request_einvoice(self):
        """Ask for the buyer and the wish, without a bill."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_utilities_edi.kdc_einvoice_request_action")
        return action | {"context": {"default_account_id": self.id}}
