import json

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import file_open

from ..engine.money import decimal, plain

TABLES = "kdc_utilities/data/tables_khanh_hoa.json"


class ResCompany(models.Model):
    _inherit = "res.company"

    kdc_bill_due_days = fields.Integer("Days to pay a bill", default=15)
    kdc_high_use_factor = fields.Float(
        "High use from (times the usual)",
        digits=(5, 2),
        default=3.0,
        help="A consumption above this many times the median of the last six periods is shown before billing.",
    )

    kdc_verification_rule = fields.Selection(
        [("flag", "Accept the reading and point it out"), ("refuse", "Refuse the reading")],
        string="Meters past their verification",
        required=True,
        default="flag",
    )

    kdc_verification_days = fields.Integer(
        "Verification is due", default=60, help="Days before the verification of a meter runs out."
    )

    _kdc_verification_days_positive = models.Constraint(
        "CHECK (kdc_verification_days BETWEEN 0 AND 730)", "The notice before a verification is 0 to 730 days."
    )
    _kdc_bill_due_days_positive = models.Constraint(
        "CHECK (kdc_bill_due_days >= 0)", "The days to pay a bill cannot be negative."
    )
    _kdc_high_use_factor_above_one = models.Constraint(
        "CHECK (kdc_high_use_factor > 1)", "Use above the usual means a factor above 1."
    )

    def _kdc_bill_journals(self):
        """Journals of this company's services, in a stable order."""
        self.ensure_one()
        services = self.env["kdc.service"].with_context(active_test=False)
        return services.search([("company_id", "=", self.id)]).journal_id.sorted("id")

    def _kdc_service_ranks(self):
        """Return {service code: rank}: in which order a payment serves the services of a bill."""
        self.ensure_one()
        # sudo: only codes and ranks of the services are used.
        services = self.env["kdc.service"].sudo().with_context(active_test=False)
        return {service.code: service.sequence for service in services.search([("company_id", "=", self.id)])}

    # --- Taxes -----------------------------------------------------------------------------------

    def _kdc_tax(self, rate, price_included, account):
        """Return the sales tax for an engine VAT rate, making it when it is missing.

        Where ``account`` is a liability, the VAT is the provider's: it is credited to the same
        account and stays out of the ward's VAT return.

        :param rate: percent as Decimal, or None when not subject to VAT
        :param price_included: the published price includes the VAT
        :param account: account the charge is credited to
        """
        self.ensure_one()
        taxes = self.env["account.tax"]
        if not rate:
            return taxes
        collected = account.internal_group == "liability"
        key = f"{plain(rate)}-{'incl' if price_included else 'excl'}-{account.code if collected else 'own'}"
        # sudo: the rate comes from the VAT table of the administrator; whoever issues bills may use it.
        taxes = taxes.sudo().with_company(self)
        tax = taxes.search([("company_id", "=", self.id), ("kdc_key", "=", key)], limit=1)
        return tax or taxes.create(self._kdc_tax_vals(rate, price_included, account if collected else None, key))

    def _kdc_tax_vals(self, rate, price_included, liability, key):
        """Values of a tax like the chart's own of this rate, with its accounts and report tags."""
        template = (
            self.env["account.tax"]
            .sudo()  # sudo: see _kdc_tax
            .search(
                [
                    ("company_id", "=", self.id),
                    ("type_tax_use", "=", "sale"),
                    ("amount_type", "=", "percent"),
                    ("amount", "=", float(rate)),
                    ("kdc_key", "=", False),
                ],
                limit=1,
            )
        )
        group = template.tax_group_id or self.env["account.tax.group"].sudo().search(  # sudo: see _kdc_tax
            [("company_id", "=", self.id)], limit=1
        )
        text = plain(rate).replace(".", ",")
        name = self.env._("VAT %s%%", text)
        if price_included:
            name = self.env._("VAT %s%% included", text)
        return {
            "name": f"{name} ({liability.code})" if liability else f"{name} (KDC)",
            "kdc_key": key,
            "company_id": self.id,
            "country_id": self.account_fiscal_country_id.id,
            "type_tax_use": "sale",
            "amount_type": "percent",
            "amount": float(rate),
            "price_include_override": "tax_included" if price_included else "tax_excluded",
            "tax_group_id": group.id,
            "invoice_label": name,
            "invoice_repartition_line_ids": self._kdc_repartition(template.invoice_repartition_line_ids, liability),
            "refund_repartition_line_ids": self._kdc_repartition(template.refund_repartition_line_ids, liability),
        }

    @api.model
    def _kdc_repartition(self, template, liability):
        """Repartition lines: the chart's accounts and tags, or plainly everything to the liability."""
        tax_line = template.filtered(lambda line: line.repartition_type == "tax")[:1]
        base_line = template - tax_line
        return [
            Command.create(
                {"repartition_type": "base", "tag_ids": [] if liability else [Command.set(base_line.tag_ids.ids)]}
            ),
            Command.create(
                {
                    "repartition_type": "tax",
                    "account_id": liability.id if liability else tax_line.account_id.id,
                    "tag_ids": [] if liability else [Command.set(tax_line.tag_ids.ids)],
                }
            ),
        ]

    # --- Setting a company up --------------------------------------------------------------------

    def _kdc_setup_utilities(self):
        """Give a ward its bill journal, accounts, products, services and the dated price tables.

        Only what is missing (by code) is created, so it can be run again; nothing the accountant
        changed is overwritten.

        :return: the services of the company
        """
        self.ensure_one()
        if not self.chart_template:
            raise UserError(self.env._("Choose a chart of accounts for %s first.", self.name))
        # sudo: one deliberate set-up over journals, accounts and products, offered to administrators only.
        company = self.sudo().with_company(self).with_context(lang="vi_VN")
        company.tax_calculation_rounding_method = "round_per_line"
        tables = self._kdc_tables()
        journal = company._kdc_setup_bill_journal()
        for data in tables["services"]:
            company._kdc_setup_service(data, journal)
        company._kdc_setup_liability(self._kdc_gift_fund())
        company._kdc_setup_cash_desks()
        company._kdc_setup_dunning()
        return self.env["kdc.service"].search([("company_id", "=", self.id)])

    def _kdc_action_setup(self):
        """Run the set-up from the menu and show its services."""
        self._kdc_setup_utilities()
        return self.env["ir.actions.act_window"]._for_xml_id("kdc_utilities.kdc_service_action")

    @api.model
    def _kdc_tables(self):
        with file_open(TABLES) as file:
            return json.load(file)

    def _kdc_setup_bill_journal(self):
        """Return the journal of the bills, made when the ward has none."""
        data = self._kdc_tables()["journal"]
        journals = self.env["account.journal"]
        return journals.search([("company_id", "=", self.id), ("code", "=", data["code"])], limit=1) or journals.create(
            {"company_id": self.id, "type": "sale", "name": data["name"], "code": data["code"]}
        )

    def _kdc_setup_service(self, data, journal):
        services = self.env["kdc.service"].with_context(active_test=False)
        service = services.search([("company_id", "=", self.id), ("code", "=", data["code"])], limit=1)
        if not service:
            service = services.create(
                {key: data[key] for key in ("name", "code", "sequence", "money_kind", "legal_basis", "unit", "metered")}
                | {
                    "company_id": self.id,
                    "journal_id": journal.id,
                    "provider_id": self._kdc_setup_provider(data.get("provider")),
                    "product_id": self._kdc_setup_product(data["product"]).id,
                }
            )
        for number, tariff_data in enumerate(data["tariffs"], 1):
            self._kdc_setup_tariff(service, tariff_data | {"sequence": 10 * number})

    def _kdc_setup_provider(self, name):
        if not name:
            return False
        partners = self.env["res.partner"]
        domain = [("name", "=", name), ("is_company", "=", True), ("company_id", "in", (False, self.id))]
        partner = partners.search(domain, limit=1) or partners.create({"name": name, "is_company": True})
        return partner.id

    def _kdc_setup_product(self, data):
        """Product with its income account: the chart's own for income, a liability of ours otherwise."""
        products = self.env["product.product"]
        code = f"KDC-{data['code']}"
        product = products.search([("default_code", "=", code), ("company_id", "=", self.id)], limit=1)
        if product:
            return product
        account = self._kdc_setup_liability(data["liability"]) if "liability" in data else self.income_account_id
        return self._kdc_make_product(data["code"], data["name"], account)

    def _kdc_make_product(self, code, name, account):
        """Return a new product that books a service, or a part of it, on ``account``."""
        return self.env["product.product"].create(
            {
                "name": name,
                "default_code": f"KDC-{code}",
                "type": "service",
                "company_id": self.id,
                "sale_ok": False,
                "purchase_ok": False,
                "list_price": 0,
                "taxes_id": [Command.clear()],
                "supplier_taxes_id": [Command.clear()],
                "property_account_income_id": account.id,
            }
        )

    def _kdc_setup_liability(self, data):
        """Current liability for money of others. (The chart's 3388 is of payable type, which a customer
        invoice may not use on its lines.)"""
        accounts = self.env["account.account"]
        domain = [("company_ids", "in", self.ids), ("code", "=", data["code"])]
        return accounts.search(domain, limit=1) or accounts.create(
            {
                "name": data["name"],
                "code": data["code"],
                "account_type": "liability_current",
                "company_ids": [Command.set(self.ids)],
            }
        )

    def _kdc_setup_tariff(self, service, data):
        tariffs = self.env["kdc.tariff"].with_context(active_test=False)
        if tariffs.search_count([("service_id", "=", service.id), ("code", "=", data["code"])], limit=1):
            return
        values = {key: value for key, value in data.items() if key not in ("versions", "reliefs")}
        tariff = tariffs.create(values | {"service_id": service.id})
        for version_data in data["versions"]:
            self._kdc_setup_version(tariff, version_data)
        for relief in data.get("reliefs", ()):
            kinds = [self.env.ref(name).id for name in relief["statuses"]]
            values = {key: value for key, value in relief.items() if key != "statuses"}
            tariff.relief_ids.create(values | {"tariff_id": tariff.id, "status_kind_ids": [Command.set(kinds)]})

    def _kdc_setup_version(self, tariff, data):
        version = self.env["kdc.tariff.version"].create(
            {
                "tariff_id": tariff.id,
                "date_from": data["date_from"],
                "decision": data["decision"],
                "note": data.get("note"),
            }
        )
        components = {}
        for sequence, component in enumerate(data["components"], 1):
            components[component["code"]] = self.env["kdc.tariff.component"].create(
                self._kdc_component_vals(version, component, sequence, components)
            )

    def _kdc_component_vals(self, version, data, sequence, components):
        values = {
            key: data[key]
            for key in ("name", "code", "kind", "price", "percent", "price_includes_vat", "prorate")
            if key in data
        }
        vat = self.env["kdc.vat.category"].search([("code", "=", data.get("vat"))], limit=1)
        return values | {
            "version_id": version.id,
            "sequence": 10 * sequence,
            "vat_category_id": vat.id,
            "product_id": self._kdc_setup_product(data["product"]).id if "product" in data else False,
            "base_ids": [Command.set([components[code].id for code in data.get("base", [])])],
            "tier_ids": [
                Command.create({"sequence": 10 * number, "upper": upper or 0, "price": float(decimal(price))})
                for number, (upper, price) in enumerate(data.get("tiers", []), 1)
            ],
        }
