import json
import uuid
from decimal import Decimal

from odoo import api, fields, models
from odoo.addons.kdc_utilities.engine import tariff
from odoo.exceptions import UserError

from ..engine import items as engine


class AccountMove(models.Model):
    """Which part of a bill an e-invoice covers, for whom, and how Odoo's SInvoice is told.

    A bill holds money of several kinds; only prices of the ward's own services are invoiced. What is collected for a
    provider is invoiced by the provider, a statutory fee is receipted, a contribution is neither (vietnam.md §3.5).
    """

    _inherit = "account.move"

    kdc_einvoice_ids = fields.One2many(
        "kdc.einvoice", "move_id", string="E-invoice requests",
        groups="kdc_utilities.group_accountant,kdc_utilities.group_approver,kdc_residents.group_auditor",
    )  # fmt: skip
    kdc_einvoice_state = fields.Selection(
        [
            ("waiting", "Being made"),
            ("sent", "Made"),
            ("failed", "Not made"),
            ("canceled", "Cancelled"),
            ("adjusted", "Adjusted"),
            ("replaced", "Replaced"),
        ],
        string="E-invoice",
        compute="_compute_kdc_einvoice_state",
    )
    kdc_einvoice_amount = fields.Monetary(
        "Amount of the e-invoice",
        compute="_compute_kdc_einvoice_amount",
        help="What of this bill may be invoiced by the ward, VAT included.",
    )

    @api.depends("kdc_einvoice_ids.state", "l10n_vn_edi_invoice_state")
    def _compute_kdc_einvoice_state(self):
        made = {"sent": "sent", "payment_state_to_update": "sent"}
        for move in self:
            document = move.l10n_vn_edi_invoice_state
            if document and document != "ready_to_send":
                move.kdc_einvoice_state = made.get(document, document)
            else:
                # sudo: collectors and residents see how far it is, not the register.
                move.kdc_einvoice_state = move.sudo().kdc_einvoice_ids[:1].state

    @api.depends("invoice_line_ids.price_total")
    def _compute_kdc_einvoice_amount(self):
        for move in self:
            move.kdc_einvoice_amount = sum(move._kdc_invoiced_lines().mapped("price_total"))

    # -- which money ----------------------------------------------------------------------------------

    def _kdc_einvoice_origin(self):
        """Return the bill that this bill, credit note or replacement is about; empty for other invoices."""
        self.ensure_one()
        bill = self
        while bill and not bill.kdc_account_id:
            bill = bill.reversed_entry_id or bill.l10n_vn_edi_replacement_origin_id
        return bill

    def _kdc_invoiced_lines(self):
        """Return the lines whose money the ward invoices itself."""
        self.ensure_one()
        lines = self.invoice_line_ids.filtered(lambda line: line.display_type == "product")
        bill = self._kdc_einvoice_origin()
        if not bill:
            return lines
        prices = self._kdc_priced_products(bill.company_id)
        # A credit note has the lines of its bill, without what the engine said of them.
        charges = self._kdc_line_charges(lines) or bill._kdc_line_charges(lines)

        def own_price(line):
            charge = charges.get(line)
            if charge and tariff.of_late_fee(charge.kind, charge.code):
                # A late fee bears VAT only by the ward's own rule, and then it is invoiced with it, and so given back.
                return charge.vat_rate is not None
            return line.product_id in prices

        # sudo: the kind of an account is no secret of the books.
        return lines.filtered(lambda line: line.account_id.sudo().internal_group == "income" and own_price(line))

    @api.model
    def _kdc_priced_products(self, company):
        """Return the products of services with a price of the ward's own, without those of their late fees."""
        # sudo: residents ask for an e-invoice and may not read services.
        services = self.env["kdc.service"].sudo().with_context(active_test=False).search(
            [("company_id", "=", company.id), ("money_kind", "=", "gia_dich_vu")]
        )  # fmt: skip
        components = services.with_context(active_test=False).tariff_ids.version_ids.component_ids
        return (services.product_id | components.product_id) - (services.late_fee_product_id - services.product_id)

    def _kdc_line_charges(self, lines):
        """Return {line: charge of the engine}. Each charge of a bill is one line, in this order."""
        bill = self._kdc_bill()
        charges = [charge for section in bill.sections for charge in section.charges] if bill else []
        return dict(zip(lines, charges, strict=True)) if len(charges) == len(lines) else {}

    def _kdc_einvoice_wanted(self):
        """Whether somebody asked for the e-invoice of this bill; credit notes and replacements follow a made one."""
        bill = self._kdc_einvoice_origin()
        if bill == self:
            return bool(self.sudo().kdc_einvoice_ids)  # sudo: as in _compute_kdc_einvoice_state
        return bill._l10n_vn_edi_is_sent()

    def _kdc_einvoice_problem(self):
        """Return why there can be no e-invoice of this bill in words, or an empty text."""
        self.ensure_one()
        if self.state != "posted":
            return self.env._("Only an issued bill becomes an e-invoice.")
        if not self._l10n_vn_edi_get_credentials_company():
            return self.env._("The ward has no access to SInvoice yet; the administrator enters it in the settings.")
        lines = self._kdc_invoiced_lines()
        if not lines or not sum(lines.mapped("price_total")):
            return self.env._(
                "Nothing on this bill is invoiced by the ward: what is collected for a provider is invoiced by the "
                "provider, statutory fees and contributions are receipted."
            )
        if any(line.price_total < 0 for line in lines):
            return self.env._("This bill gives money back; it is invoiced by hand in accounting.")
        return ""

    # -- what SInvoice is told ------------------------------------------------------------------------

    def _l10n_vn_edi_get_credentials_company(self):
        """Override of `l10n_vn_edi_viettel`: whoever may send or cancel uses the ward's access without seeing it."""
        # sudo: user name, password and token are the administrator's.
        return super(AccountMove, self.sudo())._l10n_vn_edi_get_credentials_company()

    def _l10n_vn_edi_add_general_invoice_information(self, json_values):
        """Override of `l10n_vn_edi_viettel` to keep the transaction id: SInvoice makes one invoice for one id."""
        result = super()._l10n_vn_edi_add_general_invoice_information(json_values)
        if self._kdc_einvoice_origin() and self.l10n_vn_edi_invoice_transaction_id:
            json_values["generalInvoiceInfo"]["transactionUuid"] = self.l10n_vn_edi_invoice_transaction_id
        return result

    def _l10n_vn_edi_add_buyer_information(self, json_values):
        """Override of `l10n_vn_edi_viettel` to name the buyer that the customer told."""
        super()._l10n_vn_edi_add_buyer_information(json_values)
        bill = self._kdc_einvoice_origin()
        if not bill:
            return
        buyer = bill.kdc_account_id._kdc_buyer()
        json_values["buyerInfo"] |= {
            "buyerName": buyer["name"],
            "buyerLegalName": buyer["name"] if buyer["tax_code"] else "",
            "buyerTaxCode": buyer["tax_code"],
            "buyerAddressLine": buyer["address"] or "",
            "buyerEmail": buyer["email"],
            "buyerCityName": self.company_id.state_id.name or "",
            "buyerCountryCode": "VN",
        }
        if buyer["number"]:
            json_values["buyerInfo"] |= {"buyerIdNo": buyer["number"], "buyerIdType": "1"}

    def _l10n_vn_edi_add_item_information(self, json_values):
        """Override of `l10n_vn_edi_viettel` to leave out what is not invoiced, with prices before tax."""
        super()._l10n_vn_edi_add_item_information(json_values)
        if not self._kdc_einvoice_origin():
            return
        lines = self.invoice_line_ids.filtered(lambda line: line.display_type == "product")
        invoiced, charges = self._kdc_invoiced_lines(), self._kdc_line_charges(lines)
        sign = -1 if self.move_type == "out_refund" else 1
        json_values["itemInfo"] = [
            item | self._kdc_item_amounts(line, charges.get(line), sign)
            for line, item in zip(lines, json_values["itemInfo"], strict=True)
            if line in invoiced
        ]

    def _kdc_item_amounts(self, line, charge, sign):
        """Return quantity, unit and price of an item: as printed on the bill, else one month at the net amount."""
        quantity, unit, price = engine.quantity_and_price(charge, Decimal(round(line.price_subtotal)))
        return {
            "unitName": unit or self.env._("month"),
            "quantity": float(quantity),
            "unitPrice": float(price) * sign,
            "itemTotalAmountWithoutTax": line.price_subtotal,
        }

    def _l10n_vn_edi_add_tax_breakdowns(self, json_values):
        """Override of `l10n_vn_edi_viettel` to add up the tax of the invoiced items only."""
        if not self._kdc_einvoice_origin():
            return super()._l10n_vn_edi_add_tax_breakdowns(json_values)
        positive = self.move_type == "out_invoice"
        json_values["taxBreakdowns"] = [
            {
                "taxPercentage": rate, "taxableAmount": net, "taxAmount": tax,
                "taxableAmountPos": positive, "taxAmountPos": positive,
            }
            for rate, net, tax in engine.tax_totals(json_values["itemInfo"])
        ]  # fmt: skip
        return None

    def _l10n_vn_edi_lookup_invoice(self):
        """Override of `l10n_vn_edi_viettel`: no answer is not the answer “there is no such invoice”.

        :raise UserError: nobody answered, so the invoice may be there
        """
        answer, error = super()._l10n_vn_edi_lookup_invoice()
        if not self._kdc_einvoice_origin():
            return answer, error
        # “No such invoice” comes with a code; without one, or with that of a fault, a proxy speaks or nobody.
        code = str(answer.get("code") or "")
        if error and (not code or (code.isdigit() and int(code) >= 500)):
            raise UserError(error)
        if not answer.get("result"):
            answer = {name: value for name, value in answer.items() if name != "result"}
        return answer, error

    def _kdc_write_einvoice(self):
        """Write the document to send, with an id that stays, and keep both before anybody is told of them.

        An attempt that broke off is asked about by this id, so that no second invoice is made.

        :raise UserError: SInvoice does not say whether an earlier attempt arrived
        """
        self.ensure_one()
        if self._l10n_vn_edi_is_sent():
            return
        if self.l10n_vn_edi_invoice_transaction_id:
            answer, _error = self._l10n_vn_edi_lookup_invoice()
            if "result" in answer:
                return
            # It did not arrive. The day of an invoice follows those made since, and the buyer may have been mended.
            self.l10n_vn_edi_sinvoice_file_id.unlink()
        else:
            self.l10n_vn_edi_invoice_transaction_id = str(uuid.uuid4())
        document = self._l10n_vn_edi_generate_invoice_json()
        self.env["ir.attachment"].create(
            {
                "name": f"{self.kdc_reference or self.id}_sinvoice.json",
                "raw": json.dumps(document, ensure_ascii=False).encode(),
                "mimetype": "application/json",
                "res_model": self._name,
                "res_id": self.id,
                "res_field": "l10n_vn_edi_sinvoice_file",
            }
        )
        self.invalidate_recordset(["l10n_vn_edi_sinvoice_file_id", "l10n_vn_edi_sinvoice_file"])
        self.flush_recordset()

    # -- steps ----------------------------------------------------------------------------------------

    def action_kdc_einvoice(self):
        """Open the form that asks for the buyer."""
        self.ensure_one()
        problem = self._kdc_einvoice_problem()
        if problem:
            raise UserError(problem)
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_utilities_edi.kdc_einvoice_request_action")
        return action | {"context": {"default_move_id": self.id, "default_account_id": self.kdc_account_id.id}}

    def button_request_cancel(self):
        """Override of `l10n_vn_edi_viettel`: a bill is cancelled with its e-invoice, by two persons."""
        return self.action_kdc_cancel() if self.kdc_account_id else super().button_request_cancel()

    def _kdc_needs_credit_note(self):
        """What an e-invoice says is adjusted by another e-invoice, which Odoo makes of a credit note."""
        return self.filtered(lambda bill: bill._l10n_vn_edi_is_sent())

    def _l10n_vn_edi_cancel_invoice(self, reason, agreement_document_name, agreement_document_date):
        """Override of `l10n_vn_edi_viettel`: what keeps a bill from being cancelled keeps its e-invoice too."""
        if self.kdc_account_id:
            self.check_access("write")
            self._kdc_check_correction_right()
            self._kdc_check_approved()
            self._kdc_check_unused()
        return super()._l10n_vn_edi_cancel_invoice(reason, agreement_document_name, agreement_document_date)
