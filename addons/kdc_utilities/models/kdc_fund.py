from collections import defaultdict

from odoo import api, fields, models
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class KdcFund(models.Model):
    """Money of the residents that is kept for a purpose: a liability account with a book that they may read.

    What came in is what the ledger credits (gifts, contributions on bills); what goes out are ``kdc.fund.spending``
    records. The ward owns none of it. (Law 10/2022/QH15 on grassroots democracy, articles 11 to 15.)
    """

    _name = "kdc.fund"
    _description = "Fund of the Residents"
    _inherit = ["mail.thread"]
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(related="company_id.currency_id")
    area_id = fields.Many2one(
        "kdc.area", index="btree_not_null", ondelete="restrict", tracking=True,
        help="Whose fund it is; its reports are published there. Empty: the whole ward.",
    )  # fmt: skip
    account_id = fields.Many2one(
        "account.account", string="Ledger account", required=True, check_company=True, ondelete="restrict",
        domain="[('account_type', '=', 'liability_current')]", tracking=True,
        help="The liability that keeps the money apart. One fund per account.",
    )  # fmt: skip
    purpose = fields.Text(required=True, help="What the money may be spent on. The residents read it.")
    decision = fields.Char(
        "Decision or minutes", required=True, tracking=True, help="By which the fund was set up. It is published."
    )
    publish_payees = fields.Boolean(
        "Publish who was paid", help="Off by default: a payee is often a person, and persons are not published."
    )
    income = fields.Monetary("Came in", compute="_compute_amounts", compute_sudo=True)
    spent = fields.Monetary(compute="_compute_amounts", compute_sudo=True)
    balance = fields.Monetary("In the fund", compute="_compute_amounts", compute_sudo=True)
    spending_ids = fields.One2many("kdc.fund.spending", "fund_id")
    report_ids = fields.One2many("kdc.fund.report", "fund_id", string="Reports")

    _account_uniq = models.Constraint("UNIQUE (company_id, account_id)", "This account already belongs to a fund.")

    @api.depends("account_id", "spending_ids.state")
    def _compute_amounts(self):
        for fund in self:
            sums = fund._sums(Domain.TRUE)
            fund.income, fund.spent, fund.balance = sums["in"], sums["out"], sums["in"] - sums["out"]

    @api.constrains("account_id")
    def _check_liability(self):
        for fund in self:
            # sudo: only the kind of the account is looked at
            account = fund.sudo().account_id
            if account.internal_group != "liability":
                raise ValidationError(
                    self.env._(
                        "Account %s is no fund: money of the residents is kept for their purpose, so choose a "
                        "liability.",
                        account.display_name,
                    )
                )

            providers = self.env["kdc.remittance"]
            # sudo: only whether taxes use the account is looked at
            taxes = self.env["account.tax.repartition.line"].sudo()
            if account in providers._accounts_of(providers._services_of(fund.company_id)) or taxes.search_count(
                [("account_id", "=", account.id)], limit=1
            ):
                raise ValidationError(
                    self.env._(
                        "Account %s is for taxes or for a provider's money. Choose a liability that only this fund "
                        "uses.",
                        account.display_name,
                    )
                )

    def write(self, vals):
        # sudo: only whether there is anything is looked at
        if "account_id" in vals and any(f.account_id.id != vals["account_id"] and f._is_used() for f in self.sudo()):
            raise ValidationError(
                self.env._("This fund has money or a book already, so its account stays. Set up another fund.")
            )
        return super().write(vals)

    def _is_used(self):
        # sudo: as above
        items = self.env["account.move.line"].sudo().search_count(self._items_domain(), limit=1)
        return bool(items or self.spending_ids or self.report_ids)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if any(fund.spending_ids or fund.report_ids for fund in self):
            raise ValidationError(self.env._("A fund with spending or reports is archived, not deleted."))

    # -- the ledger ----------------------------------------------------------------------------------

    def _items_domain(self):
        self.ensure_one()
        return Domain([
            ("account_id", "=", self.account_id.id), ("company_id", "=", self.company_id.id),
            ("parent_state", "=", "posted"),
        ])  # fmt: skip

    def _sums(self, domain):
        """Return what came in and went out on the ledger account, in VND, as ``{"in": …, "out": …}`` (sudo).

        Out is what the approved spendings took; everything else is income, corrections of it negative.
        """
        self.ensure_one()
        # sudo: the balance of a fund is published; callers have checked who asks
        items = self.env["account.move.line"].sudo()
        spendings = self.env["kdc.fund.spending"].sudo()._of(self)  # sudo: as above
        base = self._items_domain() & domain
        [[total]] = items._read_group(base, [], ["balance:sum"])
        [[spent]] = items._read_group(base & Domain("move_id", "in", spendings.move_id.ids), [], ["balance:sum"])
        total, spent = round(total or 0), round(spent or 0)
        return {"in": spent - total, "out": spent}

    def _income_by_source(self, date_from, date_to):
        """Return {words: VND} of what came in: by drive, by service, and everything else together (sudo)."""
        self.ensure_one()
        # sudo: sums per drive and service; no person is named
        items = self.env["account.move.line"].sudo()
        spendings = self.env["kdc.fund.spending"].sudo()._of(self)  # sudo: as above
        found = items.search(
            self._items_domain()
            & Domain([
                ("date", ">=", date_from), ("date", "<=", date_to), ("move_id", "not in", spendings.move_id.ids),
            ])
        )  # fmt: skip
        # sudo: as above
        gifts = self.env["kdc.contribution"].sudo().search([("move_id", "in", found.move_id.ids)])
        drives = {gift.move_id: gift.drive_id for gift in gifts if gift.drive_id.account_id == self.account_id}
        # What goes back with a receipt is less for the same drive. sudo: as above
        for undone in self.env["kdc.receipt.reversal"].sudo().search([("move_id", "in", found.move_id.ids)]):
            given = undone.receipt_id.line_ids.contribution_id.drive_id
            drives[undone.move_id] = given.filtered(lambda drive: drive.account_id == self.account_id)[:1]
        sources = defaultdict(int)
        for item in found:
            drive = drives.get(item.move_id)
            words = drive.name if drive else item.product_id.name or self.env._("Other entries")
            sources[words] -= round(item.balance)
        return dict(sorted(sources.items()))

    # -- buttons -------------------------------------------------------------------------------------

    def action_view_items(self):
        """Open the journal items behind the balance."""
        self.ensure_one()
        return self.env["account.move.line"]._kdc_action_items(self.name, self._items_domain())

    def action_open_amount(self, column):
        """Open what an amount of the fund is the sum of.

        :param column: field of the amount
        """
        self.ensure_one()
        self.check_access("read")
        head = self._fields[column]._description_string(self.env)
        return self._action_part(column, Domain.TRUE, f"{head} · {self.name}")

    def _action_part(self, part, period, name):
        """Open the spendings or the journal items of a period, as ``_sums`` tells them apart.

        :param part: ``spent``, ``income``, or anything else for both together
        :param period: domain on the date
        """
        # sudo: as in _sums
        spendings = self.env["kdc.fund.spending"].sudo()._of(self).filtered_domain(period)
        if part == "spent":
            action = self.env["ir.actions.act_window"]._for_xml_id("kdc_utilities.kdc_fund_spending_action")
            return action | {"name": name, "domain": [("id", "in", spendings.ids)], "context": {"create": False}}
        domain = self._items_domain() & period
        if part == "income":
            domain &= Domain("move_id", "not in", spendings.move_id.ids)
        return self.env["account.move.line"]._kdc_action_items(name, domain)

    def action_view_spending(self):
        """Open what was spent and what waits."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_utilities.kdc_fund_spending_action")
        return action | {"domain": [("fund_id", "=", self.id)], "context": {"default_fund_id": self.id}}

    def action_report(self):
        """Prepare the report of the last quarter that has ended, or open it."""
        self.ensure_one()
        quarter = fields.Date.subtract(
            fields.Date.start_of(today_here(self), "quarter"),
            months=3,
        )
        report = self.report_ids.filtered(lambda row: row.date_from == quarter and row.state != "withdrawn")[:1]
        report = report or self.env["kdc.fund.report"].create({"fund_id": self.id, "date_from": quarter})
        return {
            "type": "ir.actions.act_window",
            "res_model": "kdc.fund.report",
            "res_id": report.id,
            "views": [(False, "form")],
        }
