from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

#: Liability accounts by kind of money: first digits of the Vietnamese chart and how the account is called.
#: 3388: what is kept for others (its own 33881 is of payable type, which a bill may not use on its lines);
#: 3339: fees and charges that are owed to the budget.
LIABILITIES = {
    "thu_ho": ("3388", "Thu hộ: %s"),
    "dong_gop": ("3388", "Đóng góp của cư dân: %s"),
    "phi": ("3339", "Phí: %s"),
    "le_phi": ("3339", "Lệ phí: %s"),
}
#: Which two digits follow: below are those of the usual services, above the voluntary gifts.
NUMBERS = range(11, 90)

#: Services that many wards have. Only what is the same everywhere: the price and the paper that allows it are not.
TEMPLATES = {
    "GUIXE": {"money_kind": "gia_dich_vu", "unit": "tháng", "sequence": 40},
    "ANNINH": {"money_kind": "dong_gop", "unit": "tháng", "sequence": 50},
    "INTERNET": {"money_kind": "thu_ho", "unit": "tháng", "sequence": 60},
    "CHO": {"money_kind": "gia_dich_vu", "unit": "tháng", "sequence": 70},
    "DONGGOP": {"money_kind": "dong_gop", "unit": "lần", "sequence": 80},
}


class KdcService(models.Model):
    """Where a service books its money: a product and an account of its own, made from the kind of money.

    An accountant of fees writes neither products nor the chart of accounts, yet a new service needs both, and no two
    services may share them: else the books of parking are those of waste.
    """

    _inherit = "kdc.service"

    template = fields.Selection(
        [
            ("GUIXE", "Parking"),
            ("ANNINH", "Security"),
            ("INTERNET", "Internet"),
            ("CHO", "Market stall"),
            ("DONGGOP", "One-off contribution"),
        ],
        string="Start from",
        compute="_compute_template",
        readonly=False,
        help="Fills in what is the same in every ward. The paper that allows the charge, the provider and the price "
        "are yours to enter.",
    )
    booking_account_id = fields.Many2one(
        "account.account",
        string="Booked to account",
        compute="_compute_booking_account_id",
        readonly=False,
        help="Empty in a new service: an account that fits the kind of money is chosen or opened for it.",
    )
    price_state = fields.Selection(
        [("none", "No price yet"), ("later", "Not in force yet"), ("ok", "In force")],
        string="Price",
        compute="_compute_price_state",
    )

    def _compute_template(self):
        """Only helps to fill in a new form; nothing remembers it."""
        self.template = False

    @api.depends("product_id", "company_id")
    def _compute_booking_account_id(self):
        for service in self:
            # sudo: an approver or auditor reads services but not products; only the account is shown.
            product = service.sudo().product_id
            service.booking_account_id = service.sudo()._income_account(product) if product else False  # sudo: as above

    @api.depends("tariff_ids.version_ids.date_from")
    def _compute_price_state(self):
        for service in self:
            tariffs = service.tariff_ids
            versions = tariffs.version_ids
            service.price_state = "ok" if tariffs.current_version_id else "later" if versions else "none"

    @api.onchange("template")
    def _onchange_template(self):
        if self.template:
            # What is printed on bills is Vietnamese whatever language the screen has.
            names = dict(self._fields["template"]._description_selection(self.with_context(lang="vi_VN").env))
            self.update(TEMPLATES[self.template] | {"code": self.template, "name": names[self.template]})

    # --- Made with the service ---------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Give each service what it books with, unless the values say it (set-up, import)."""
        prepared = []
        for vals in vals_list:
            vals = dict(vals)
            vals.pop("template", None)
            account = self.env["account.account"].browse(vals.pop("booking_account_id", None) or [])
            if not vals.get("product_id"):
                vals |= self._booking_vals(vals, account)
            prepared.append(vals)
        return super().create(prepared)

    def write(self, vals):
        """A new kind of money, or an account, goes to the product before the service is checked."""
        vals = dict(vals)
        vals.pop("template", None)
        account = self.env["account.account"].browse(vals.pop("booking_account_id", None) or [])
        if account or ("money_kind" in vals and "product_id" not in vals):
            self.check_access("write")
            for service in self:
                service._book_on(vals.get("money_kind") or service.money_kind, account)
        return super().write(vals)

    @api.model
    def _booking_vals(self, vals, account):
        """Return product and journal of a service to be created; a required value that is missing fails later.

        :param account: where the accountant wants it booked, maybe empty
        """
        self.check_access("create")
        company = self.env["res.company"].browse(vals.get("company_id") or self.env.company.id)
        kind = vals.get("money_kind") or "gia_dich_vu"
        name, code = vals.get("name") or "", vals.get("code") or ""
        if not company.chart_template:
            raise UserError(self.env._("Choose a chart of accounts for %s first.", company.name))
        account = self._checked_account(company, kind, account) or self._account_for(company, kind, name)
        # sudo: an accountant of fees writes neither products nor journals; this adds the ones of the new service.
        setup = company.sudo().with_company(company).with_context(lang="vi_VN")
        journal = vals.get("journal_id") or (company._kdc_bill_journals()[:1] or setup._kdc_setup_bill_journal()).id
        return {"product_id": setup._kdc_make_product(code, name, account).id, "journal_id": journal}

    @api.model
    def _account_for(self, company, kind, name):
        """Return the account that fits a kind of money: the ward's income, or a liability opened for this service."""
        # sudo: the chart of accounts is the chief accountant's; this adds one liability account and nothing else.
        company = company.sudo().with_company(company)
        if kind not in LIABILITIES:
            return company.income_account_id
        prefix, words = LIABILITIES[kind]
        accounts = company.env["account.account"].with_context(active_test=False)
        taken = set(
            accounts.search([("company_ids", "in", company.ids), ("code", "=like", f"{prefix}%")]).mapped("code")
        )
        code = next((f"{prefix}{number}" for number in NUMBERS if f"{prefix}{number}" not in taken), None)
        if not code:
            raise UserError(self.env._("No account number is left under %s. Choose an account yourself.", prefix))
        return company._kdc_setup_liability({"code": code, "name": words % name})

    @api.model
    def _checked_account(self, company, kind, account):
        """Return the account somebody chose, if it may take this kind of money.

        :raise ValidationError: it would make income of somebody else's money, or the other way round
        """
        if not account:
            return account
        account.check_access("read")
        wrong_type = account.account_type not in ("income", "income_other", "liability_current")
        if wrong_type or company not in account.company_ids or not self._fits(kind, account):
            raise ValidationError(
                self.env._(
                    "Account %(account)s does not fit this kind of money. A service price is income; what is "
                    "collected for others, and contributions, is a current liability. Leave it empty to have one "
                    "chosen.",
                    account=account.display_name,
                )
            )
        return account

    @api.model
    def _fits(self, kind, account):
        """Tell whether an account may take a kind of money; a fee may also be left to the ward as income."""
        if kind in ("phi", "le_phi"):
            return True
        return account.internal_group == ("liability" if kind in LIABILITIES else "income")

    # --- Changed later ------------------------------------------------------------------------------

    def _book_on(self, kind, account):
        """Book this service on ``account``, or where it is empty on one that fits ``kind``.

        :raise UserError: bills were booked already; moving the account would tear the books apart
        """
        self.ensure_one()
        # sudo: as in _booking_vals; the right to write services was checked by the caller
        product = self.sudo().product_id
        present = self.sudo()._income_account(product)  # sudo: as above
        account = self._checked_account(self.company_id, kind, account)
        if account == present or (not account and self._fits(kind, present)):
            return
        if self._is_booked(product):
            raise UserError(
                self.env._(
                    "Money of %(service)s is booked on account %(account)s already, so kind and account stay as they "
                    "are. Create a new service and let this one end. If all its bills were wrong, cancel them first; "
                    "then kind and account can be changed.",
                    service=self.name,
                    account=present.display_name,
                )
            )
        account = account or self._account_for(self.company_id, kind, self.name)
        if self._shares(product):
            setup = self.company_id.sudo().with_company(self.company_id)  # sudo: as above
            self.product_id = setup.with_context(lang="vi_VN")._kdc_make_product(self.code, self.name, account)
        else:
            product.with_company(self.company_id).property_account_income_id = account
            # A cancelled bill books nothing; if somebody posts it again, it books where the service does by then.
            self._entries(product, "=").account_id = account

    def _is_booked(self, product):
        """Tell whether this service is on a bill, or its own product on any entry, that was not cancelled.

        Of a shared product nobody knows whose the lines are: then cancelled bills of the service count as well.
        """
        shared = self._shares(product)
        bills = [("service_id", "=", self.id)] + ([] if shared else [("move_id.state", "!=", "cancel")])
        # sudo: only whether there is anything is looked at
        parts = self.env["kdc.bill.part"].sudo().search_count(bills, limit=1)
        return bool(parts or (not shared and self._entries(product, "!=", limit=1)))

    def _entries(self, product, is_cancelled, limit=None):
        """Return the lines (sudo) that this product booked in the ward, ``=`` on cancelled entries or ``!=`` others."""
        # sudo: who changes a service need not read the entries
        return self.env["account.move.line"].sudo().search([
            ("product_id", "=", product.id), ("company_id", "=", self.company_id.id),
            ("parent_state", is_cancelled, "cancel"),
        ], limit=limit)  # fmt: skip

    def _shares(self, product):
        """Tell whether another service books with this product, as older ones may."""
        # sudo: services of other companies too, if the product belongs to all of them
        services = self.env["kdc.service"].sudo().with_context(active_test=False)
        domain = ["|", ("product_id", "=", product.id), ("late_fee_product_id", "=", product.id)]
        components = self.env["kdc.tariff.component"].sudo()  # sudo: as above
        return bool(
            services.search_count([("id", "!=", self.id), *domain], limit=1)
            or components.search_count([("product_id", "=", product.id)], limit=1)
        )

    # --- Prices -------------------------------------------------------------------------------------

    def action_view_tariffs(self):
        """Show the tariffs of this service; a first one is begun at once, with what is known."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_utilities.kdc_tariff_action")
        action["context"] = {"default_service_id": self.id, "default_name": self.name, "default_code": "HO"}
        action["domain"] = [("service_id", "=", self.id)]
        if not self.tariff_ids:
            action |= {"view_mode": "form", "views": [(False, "form")]}
        return action
