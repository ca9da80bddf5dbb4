from odoo import api, fields, models
from odoo.addons.kdc_marketplace.engine import shop_states
from odoo.addons.kdc_residents.tools.local_day import today_here


class KdcShop(models.Model):
    _inherit = "kdc.shop"

    kdc_account_ids = fields.One2many("kdc.customer.account", "kdc_shop_id", "Customer account", readonly=True)
    kdc_open_from = fields.Date(
        "Open since", compute="_compute_kdc_open_days", store=True, copy=False, help="The day of the first approval."
    )
    kdc_open_until = fields.Date("Closed on", compute="_compute_kdc_open_days", store=True, copy=False)

    @api.depends("state")
    def _compute_kdc_open_days(self):
        """Note the days for which a stall fee is owed; a suspended shop keeps its stall."""
        today = today_here(self)
        for shop in self:
            opened = shop.state in (shop_states.APPROVED, shop_states.SUSPENDED)
            shop.kdc_open_from = shop.kdc_open_from or (opened and today)
            shop.kdc_open_until = shop.state == shop_states.CLOSED and (shop.kdc_open_until or today)

    def _kdc_fee_accounts(self):
        """Return {shop: customer account}, of which those that are missing are opened."""
        # sudo: who charges shops may open their accounts, but has no right on contacts
        accounts = self.env["kdc.customer.account"].sudo()
        found = {account.kdc_shop_id: account for account in accounts.search([("kdc_shop_id", "in", self.ids)])}
        for shop in self.sudo():  # sudo: named fields of the shop, as above
            if shop not in found:
                found[shop] = accounts.create(shop._kdc_account_vals())
        return found

    def _kdc_account_vals(self):
        """Return the customer account of a shop: it pays itself, and its owners see the bills."""
        payer = self.env["res.partner"].create(
            {"name": self.name, "is_company": True, "street": self.address, "company_id": self.company_id.id}
        )
        return {
            "kdc_shop_id": self.id,
            "partner_id": payer.id,
            "area_id": self.area_id.id,
            "company_id": self.company_id.id,
        }

    def _kdc_statement_charges(self, month):
        """Add the fees of the market for the month that a second person has approved."""
        approved = (
            self.env["kdc.market.fee"]
            .sudo()  # sudo: fees and bills of this shop, which the caller has checked
            .search([("shop_id", "=", self.id), ("period", "=", month), ("charge_id.state", "=", "approved")])
        )
        return super()._kdc_statement_charges(month) + [fee._statement_charge() for fee in approved]
