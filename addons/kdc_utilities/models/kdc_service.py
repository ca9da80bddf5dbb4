from odoo import api, fields, models
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import ValidationError


class KdcService(models.Model):
    """Something households pay for every period: water, waste, security …

    The kind of money decides the document and where the money is booked: what is collected for a
    provider or a residents' fund is a liability, never income (vietnam.md §3.5).
    """

    _name = "kdc.service"
    _description = "Service"
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    code = fields.Char(required=True, help="Short code without spaces, used in imports and explanations.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    money_kind = fields.Selection(
        [
            ("phi", "Statutory fee (phí)"),
            ("le_phi", "Statutory charge (lệ phí)"),
            ("gia_dich_vu", "Service price"),
            ("dong_gop", "Contribution"),
            ("thu_ho", "Collected for a provider"),
        ],
        string="Kind of money",
        required=True,
        default="gia_dich_vu",
    )
    legal_basis = fields.Char(
        required=True, help="Decision, resolution or contract that allows this charge. It is printed on the bill."
    )
    provider_id = fields.Many2one("res.partner", help="For whom the money is collected.")
    journal_id = fields.Many2one(
        "account.journal",
        required=True,
        check_company=True,
        compute="_compute_journal_id",
        store=True,
        precompute=True,
        readonly=False,
        domain="[('type', '=', 'sale')]",
        help="All services of one journal come on one bill.",
    )
    product_id = fields.Many2one(
        "product.product",
        required=True,
        check_company=True,
        copy=False,
        ondelete="restrict",
        help="Its income account decides whether the money is income or owed to somebody. A new service gets its own.",
    )
    late_fee_product_id = fields.Many2one(
        "product.product",
        string="Late fees booked by",
        check_company=True,
        ondelete="restrict",
        help="Empty: as the service itself.",
    )
    late_fee_rule_ids = fields.One2many("kdc.late.fee.rule", "service_id", string="Late fees")
    unit = fields.Char(required=True, help="What is counted: m³, kWh, month.")
    metered = fields.Boolean(help="The quantity comes from meter readings.")
    tariff_ids = fields.One2many("kdc.tariff", "service_id", string="Tariffs")
    connection_count = fields.Integer(compute="_compute_connection_count")

    _code_uniq = models.Constraint("UNIQUE (company_id, code)", "Another service of this company has this code.")
    _provider_required = models.Constraint(
        "CHECK (money_kind != 'thu_ho' OR provider_id IS NOT NULL)",
        "Name the provider: the money is collected for somebody else.",
    )

    @api.depends("company_id")
    def _compute_journal_id(self):
        """Propose the journal that the bills of the ward are in already."""
        for service in self:
            if service.journal_id.company_id != service.company_id:
                service.journal_id = service.company_id._kdc_bill_journals()[:1]

    def _compute_connection_count(self):
        groups = self.env["kdc.connection"]._read_group([("service_id", "in", self.ids)], ["service_id"], ["__count"])
        counts = {service.id: count for service, count in groups}
        for service in self:
            service.connection_count = counts.get(service.id, 0)

    @api.constrains("money_kind", "product_id", "late_fee_product_id")
    def _check_liability(self):
        """What belongs to somebody else must not reach income."""
        for service in self.filtered(lambda service: service.money_kind in ("thu_ho", "dong_gop")):
            for product in service.product_id | service.late_fee_product_id:
                account = service._income_account(product)
                if account and account.internal_group == "income":
                    raise ValidationError(
                        self.env._(
                            "%(service)s is money of somebody else, but product %(product)s books it as income "
                            "(account %(account)s). Choose a current liability under “Booked to account”.",
                            service=service.name,
                            product=product.display_name,
                            account=account.display_name,
                        )
                    )

    def _income_account(self, product):
        """Return the account that ``product`` is credited to in this service's company."""
        self.ensure_one()
        return product.with_company(self.company_id)._get_product_accounts()["income"]

    def _charge_product(self, component_code):
        """Return the product that books a component: its own, else the service's."""
        self.ensure_one()
        component = self.env["kdc.tariff.component"].search(
            [
                ("version_id.tariff_id.service_id", "=", self.id),
                ("code", "=", component_code),
                ("product_id", "!=", False),
            ],
            limit=1,
        )
        return component.product_id or self.product_id

    def _tariff_classes(self):
        """Return the classes of customers this service has a price for."""
        self.ensure_one()
        return set(self.with_context(active_test=True).tariff_ids.mapped("customer_class"))

    def _tariff_for(self, customer_class, day=None, used=None):
        """Return the tariff for a class of customers, maybe none: one with prices in force on the day, if there is any.

        :param day: today by default
        :param used: the tariffs so far, the last choice first; they come first while they are as good as others, and
            stay where the class has no price
        """
        day = day or today_here(self)
        used = used or self.env["kdc.tariff"]
        active = self.with_context(active_test=True).tariff_ids
        own = active.filtered(lambda tariff: tariff.customer_class == customer_class)
        valid = own.filtered(lambda tariff: any(version.date_from <= day for version in tariff.version_ids))
        choice = valid or own or used
        return (used & choice or choice)[:1]

    def action_view_connections(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_utilities.kdc_connection_action")
        return action | {"domain": [("service_id", "=", self.id)], "context": {"default_service_id": self.id}}
