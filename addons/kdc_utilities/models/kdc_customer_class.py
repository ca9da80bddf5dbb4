from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .kdc_tariff import CUSTOMER_CLASSES


class KdcCustomerAccount(models.Model):
    """Which class a customer belongs to: water costs a shop more than twice what it costs a household.

    (Khánh Hòa, QĐ 1763/QĐ-UBND: a first tier of 5,040 VND for households, 12,495 VND for trade and services.)
    """

    _inherit = "kdc.customer.account"

    customer_class = fields.Selection(
        CUSTOMER_CLASSES,
        string="Customer class",
        required=True,
        default="household",
        tracking=True,
        help="The prices of new services follow it. Where a service is at the price of another class, the billing run "
        "says so.",
    )

    def _init_column(self, column_name):
        """Customers from before there were classes belong to the class at whose prices they are billed."""
        result = super()._init_column(column_name)
        if column_name == "customer_class":
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE kdc_customer_account a
                       SET customer_class = t.customer_class
                      FROM kdc_connection c
                      JOIN kdc_tariff t ON t.id = c.tariff_id
                     WHERE c.account_id = a.id AND t.customer_class != 'household'
                    """
                )
            )
        return result

    @api.model_create_multi
    def create(self, vals_list):
        """A firm without a household is in trade, unless somebody says something else."""
        for vals in vals_list:
            if "customer_class" not in vals:
                partner = self.env["res.partner"].browse(vals.get("partner_id"))
                vals["customer_class"] = self._class_of(vals.get("household_id"), partner)
        return super().create(vals_list)

    @api.onchange("household_id", "partner_id")
    def _onchange_payer(self):
        if not self._origin:
            self.customer_class = self._class_of(self.household_id, self.partner_id)

    @api.model
    def _class_of(self, household, partner):
        """Return the class to propose for a payer; the contact of a household is no firm, though Odoo calls it one."""
        trades = not household and partner.is_company and not partner.kdc_registered
        return "business" if trades else "household"

    @api.onchange("customer_class")
    def _onchange_customer_class(self):
        """Say which services would be billed at the price of the other class; nobody changes a price in passing.

        Services that are being entered have no price yet that anybody was billed at: they take the one of the class.
        """
        for row in self.connection_ids.filtered(lambda row: row.service_id and not row._origin):
            row.tariff_id = row.service_id._tariff_for(self.customer_class, row.date_from, row.tariff_id)
        wrong = self.connection_ids.filtered("wrong_class")
        if not wrong:
            return None
        return {
            "warning": {
                "title": self.env._("Prices of another class"),
                "message": self.env._(
                    "These services stay at their tariffs until you change them: %s. Bills that were issued are put "
                    "right by “Correct the bill”.",
                    ", ".join(f"{row.service_id.name} ({row.tariff_id.name})" for row in wrong),
                ),
            }
        }


class KdcConnection(models.Model):
    _inherit = "kdc.connection"

    customer_class = fields.Selection(related="account_id.customer_class")
    wrong_class = fields.Boolean(
        "Price of another class",
        compute="_compute_wrong_class",
        search="_search_wrong_class",
        help="The service has a tariff for the class of this customer, but another one is used.",
    )

    @api.depends("account_id.customer_class", "tariff_id.customer_class", "service_id.tariff_ids.customer_class")
    def _compute_wrong_class(self):
        for connection in self:
            own = connection.account_id.customer_class
            connection.wrong_class = (
                bool(connection.tariff_id)
                and connection.tariff_id.customer_class != own
                and own in connection.service_id._tariff_classes()
            )

    @api.model
    def _search_wrong_class(self, operator, value):
        if operator not in ("in", "not in"):
            return NotImplemented
        tariffs = self.env["kdc.tariff"]._read_group(
            [("active", "=", True)], ["customer_class"], ["service_id:recordset"]
        )
        wrong = Domain.OR(
            Domain("account_id.customer_class", "=", own)
            & Domain("tariff_id.customer_class", "!=", own)
            & Domain("service_id", "in", services.ids)
            for own, services in tariffs
        )
        return wrong if (True in value) == (operator == "in") else ~wrong

    @api.onchange("service_id", "date_from")
    def _onchange_service_id(self):
        """Propose the tariff of the customer's class; where there is none, somebody has to choose one.

        A new service takes what is in force on its first day. The price of one that is there changes with its service.
        """
        used = self.tariff_id.filtered(lambda tariff: tariff.service_id == self.service_id)
        if not used or not self._origin:
            self.tariff_id = self.service_id._tariff_for(self.account_id.customer_class, self.date_from, used)

    @api.onchange("tariff_id")
    def _onchange_tariff_id(self):
        own, taken = self.account_id.customer_class, self.tariff_id.customer_class
        if not (own and taken) or own == taken:
            return None
        names = dict(self.env["kdc.tariff"]._fields["customer_class"]._description_selection(self.env))
        return {
            "warning": {
                "title": self.env._("Price of another class"),
                "message": self.env._(
                    "The customer belongs to “%(own)s”, tariff %(tariff)s is for “%(taken)s”. Choose another tariff, "
                    "or correct the class of the customer.",
                    own=names[own], tariff=self.tariff_id.name, taken=names[taken],
                ),
            }
        }  # fmt: skip
