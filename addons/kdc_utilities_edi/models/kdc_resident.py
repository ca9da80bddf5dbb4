from odoo import models


class KdcResident(models.Model):
    """What a person told about the buyer is the person's own: shown on request, forgotten on erasure."""

    _inherit = "kdc.resident"

    def _kdc_buyer_accounts(self):
        # sudo: the accounts for which this person gave the data
        accounts = self.env["kdc.customer.account"].sudo().with_context(active_test=False)
        return accounts.search([("einvoice_partner_id", "in", self.partner_id.ids)])

    def _kdc_my_data(self):
        names = [
            "number", "einvoice_name", "einvoice_tax_code", "einvoice_number_masked", "einvoice_address",
            "einvoice_email",
        ]  # fmt: skip
        section = self._kdc_section("einvoices", self.env._("Buyer on e-invoices"), self._kdc_buyer_accounts(), names)
        return [*super()._kdc_my_data(), section]

    def _kdc_erase_more(self, keys):
        """Invoices that were made stay as the accounting law asks; coming ones know nothing of this person."""
        result = super()._kdc_erase_more(keys)
        names = ["name", "tax_code", "number_sealed", "address", "email", "partner_id"]
        self._kdc_buyer_accounts().write({f"einvoice_{name}": False for name in names})
        return result
