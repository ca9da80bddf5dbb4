from odoo import api, fields, models
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..engine.ageing import LIMITS, OLDEST
from .payer_papers import last_account

#: As in :mod:`kdc_customer_account_owed`: a service that was renamed since is served last.
LAST_RANK = 10**6


class KdcArrears(models.Model):
    """What is open on a day: one row per bill and service, and per payment that no bill has used yet.

    The day is ``kdc_day`` of the context, today without it. The rows are made of the items of the customers'
    receivable account (131) and of nothing else, so they add up to its balance on that day, to the đồng. What a bill
    has open is told apart by its parts (``kdc.bill.part``) in the order in which payments serve them, as
    ``engine.apportion.open_parts`` does.
    """

    _name = "kdc.arrears"
    _description = "Open Debt"
    _auto = False
    _order = "date_due, id"
    _rec_name = "move_id"
    _depends = {
        "account.move": ["date", "kdc_account_id", "kdc_period", "invoice_date_due", "move_type", "partner_id"],
        "account.move.line": [
            "account_id", "amount_residual", "balance", "company_id", "date", "date_maturity", "move_id",
            "parent_state", "partner_id", "reconciled",
        ],
        "account.partial.reconcile": ["amount", "credit_move_id", "debit_move_id", "max_date"],
        "kdc.area": ["parent_path"],
        "kdc.bill.dispute": ["move_id", "service_code", "state"],
        "kdc.bill.part": ["move_id", "section", "service_id", "amount"],
        "kdc.customer.account": ["area_id", "partner_id", "company_id"],
        "kdc.receipt": ["account_id", "date", "partner_id"],
        "kdc.service": ["sequence", "money_kind"],
        "kdc.transfer": ["date"],
        "kdc.transfer.line": ["account_id", "payer_id", "transfer_id"],
        "res.users": ["active", "kdc_area_ids"],
    }  # fmt: skip

    kind = fields.Selection([("bill", "Bill"), ("advance", "Paid in advance"), ("other", "Other entry")], readonly=True)
    move_id = fields.Many2one("account.move", "Bill", readonly=True)
    account_id = fields.Many2one("kdc.customer.account", "Customer", readonly=True)
    partner_id = fields.Many2one("res.partner", "Payer", readonly=True)
    area_id = fields.Many2one("kdc.area", readonly=True)
    collector_id = fields.Many2one(
        "res.users", readonly=True, help="Empty where several people collect in the area, or nobody."
    )
    service_id = fields.Many2one("kdc.service", readonly=True)
    money_kind = fields.Selection(related="service_id.money_kind")
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    period = fields.Date("Month billed", readonly=True)
    period_name = fields.Char("Month", compute="_compute_period_name")
    date_due = fields.Date("Due date", readonly=True)
    days = fields.Integer("Days overdue", readonly=True, aggregator="max")
    bucket = fields.Selection(
        [
            ("advance", "Paid in advance"),
            ("not_due", "Not due"),
            ("to_30", "1–30 days"),
            ("to_60", "31–60 days"),
            ("to_90", "61–90 days"),
            ("over_90", "Over 90 days"),
        ],
        "Age",
        readonly=True,
    )
    disputed = fields.Boolean(readonly=True)
    amount = fields.Monetary("Still owed", readonly=True)

    @api.depends("move_id.kdc_period_name")
    def _compute_period_name(self):
        for row in self:
            row.period_name = row.move_id.kdc_period_name

    def search_fetch(self, domain, field_names=None, offset=0, limit=None, order=None):
        """Read the rows anew: the same row says something else on another day, or after a payment."""
        self.invalidate_model(flush=False)
        self._plan_quickly()
        return super().search_fetch(domain, field_names, offset, limit, order)

    @api.model
    def _read_group(self, domain, groupby=(), aggregates=(), having=(), offset=0, limit=None, order=None):
        self._plan_quickly()
        return super()._read_group(domain, groupby, aggregates, having, offset, limit, order)

    @api.model
    def _plan_quickly(self):
        """Compiling a query of this size takes PostgreSQL longer than running it, even for a city."""
        self.env.cr.execute("SET LOCAL jit = off")

    def action_open_bill(self):
        """Open the bill or entry behind a row."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_utilities.account_move_bill_action")
        return action | {"res_id": self.move_id.id, "view_mode": "form", "views": [(False, "form")], "context": {}}

    # --- The rows --------------------------------------------------------------------------------

    @api.model
    def _day(self):
        """Return the day whose debts are shown.

        :raise UserError: the context holds something else than a day
        """
        value = self.env.context.get("kdc_day")
        try:
            return fields.Date.to_date(value) or today_here(self)
        except (TypeError, ValueError):
            raise UserError(self.env._("Choose the day whose debts you want to see.")) from None

    @property
    def _table_query(self):
        """Three steps: what was open on the day, apart by service where it is a bill, then whose it is."""
        day = self._day()
        return SQL(
            """
            WITH later AS (%(later)s), item AS (%(item)s), bill AS (%(bill)s), part AS (%(part)s),
                 collector AS (%(collector)s), debt AS (%(debt)s)
            SELECT debt.id, debt.kind, debt.move_id, debt.partner_id, debt.company_id, debt.service_id, debt.period,
                   debt.date_due, debt.disputed, debt.amount, account.id AS account_id, account.area_id,
                   collector.user_id AS collector_id, GREATEST(%(day)s - debt.date_due, 0) AS days,
                   CASE WHEN debt.kind = 'advance' THEN 'advance' %(buckets)s ELSE %(oldest)s END AS bucket
              FROM debt
              LEFT JOIN kdc_customer_account account ON account.id = debt.account_id
              LEFT JOIN collector ON collector.area_id = account.area_id
            """,
            later=self._later_sql(day),
            item=self._item_sql(day),
            bill=self._bill_sql(),
            part=self._part_sql(),
            collector=self._collector_sql(),
            debt=self._debt_sql(),
            day=day,
            buckets=SQL(" ").join(
                SQL("WHEN %s - debt.date_due <= %s THEN %s", day, last, name) for last, name in LIMITS
            ),
            oldest=OLDEST,
        )

    @api.model
    def _later_sql(self, day):
        """What was matched only after the day: by then it was still open."""
        return SQL(
            """
            SELECT part.line_id, SUM(part.amount) AS amount
              FROM (SELECT debit_move_id AS line_id, amount FROM account_partial_reconcile WHERE max_date > %(day)s
                    UNION ALL
                    SELECT credit_move_id, -amount FROM account_partial_reconcile WHERE max_date > %(day)s) part
             GROUP BY part.line_id
            """,
            day=day,
        )

    @api.model
    def _item_sql(self, day):
        """The items of the receivable accounts with something open on the day; only few of all have."""
        accounts = list(self.env.companies._kdc_receivable_accounts().ids)
        return SQL(
            """
            SELECT line.id, line.move_id, line.partner_id, line.company_id, line.balance,
                   COALESCE(line.date_maturity, line.date) AS date_due,
                   line.amount_residual + COALESCE(later.amount, 0) AS open
              FROM account_move_line line
              LEFT JOIN later ON later.line_id = line.id
             WHERE line.id IN (
                    SELECT id FROM account_move_line WHERE account_id = ANY(%(accounts)s) AND reconciled IS NOT TRUE
                    UNION
                    SELECT line_id FROM later)
               AND line.account_id = ANY(%(accounts)s)
               AND line.parent_state = 'posted'
               AND line.date <= %(day)s
               AND line.amount_residual + COALESCE(later.amount, 0) != 0
            """,
            accounts=accounts,
            day=day,
        )

    @api.model
    def _bill_sql(self):
        """Bills with something open: what they demanded and what of it is still owed."""
        return SQL(
            """
            SELECT item.move_id, MIN(item.partner_id) AS partner_id, item.company_id,
                   move.kdc_account_id AS account_id, move.kdc_period AS period,
                   COALESCE(move.invoice_date_due, MIN(item.date_due)) AS date_due,
                   SUM(item.balance) - SUM(item.open) AS covered
              FROM item
              JOIN account_move move ON move.id = item.move_id
             WHERE move.kdc_account_id IS NOT NULL AND move.move_type = 'out_invoice'
             GROUP BY item.move_id, item.company_id, move.id
            HAVING SUM(item.open) > 0
            """
        )

    @api.model
    def _part_sql(self):
        """The services of these bills in serving order: how much is reached with each, how much is covered already."""
        return SQL(
            """
            SELECT bill.*, part.id, part.section, part.service_id, part.amount AS total,
                   SUM(part.amount) OVER (
                        PARTITION BY part.move_id ORDER BY COALESCE(service.sequence, %(last)s), part.id) AS reached
              FROM bill
              JOIN kdc_bill_part part ON part.move_id = bill.move_id
              LEFT JOIN kdc_service service ON service.id = part.service_id
            """,
            last=LAST_RANK,
        )

    @api.model
    def _collector_sql(self):
        """Who collects in an area, where it is one person."""
        # sudo: who has the job is asked for everybody who may read this list
        collectors = self.env.ref("kdc_utilities.group_collector").sudo().all_user_ids
        return SQL(
            """
            SELECT area.id AS area_id, MIN(people.user_id) AS user_id
              FROM kdc_area area
              JOIN kdc_area charge ON starts_with(area.parent_path, charge.parent_path)
              JOIN kdc_area_res_users_rel people ON people.area_id = charge.id
              JOIN res_users ON res_users.id = people.user_id AND res_users.active
             WHERE people.user_id = ANY(%s)
             GROUP BY area.id
            HAVING COUNT(DISTINCT people.user_id) = 1
            """,
            list(collectors.ids),
        )

    @api.model
    def _debt_sql(self):
        """Bills by service, then everything else on the account: advances, bills below zero, other entries."""
        return SQL(
            """
            SELECT part.id::bigint * 2 AS id, 'bill' AS kind, part.move_id, part.partner_id, part.company_id,
                   part.account_id, part.service_id, part.period, part.date_due,
                   EXISTS (SELECT FROM kdc_bill_dispute dispute
                            WHERE dispute.move_id = part.move_id AND dispute.service_code = part.section
                              AND dispute.state = 'open') AS disputed,
                   LEAST(part.total, part.reached - part.covered) AS amount
              FROM part
             WHERE part.reached > part.covered AND part.total > 0
            UNION ALL
            SELECT item.id::bigint * 2 + 1,
                   CASE WHEN item.open < 0 THEN 'advance' WHEN move.kdc_account_id IS NULL THEN 'other' ELSE 'bill' END,
                   item.move_id, item.partner_id, item.company_id,
                   COALESCE(move.kdc_account_id, (
                        SELECT MIN(customer.id) FROM kdc_customer_account customer
                         WHERE customer.partner_id = item.partner_id AND customer.company_id = item.company_id),
                        %(last_account)s),
                   NULL, move.kdc_period,
                   item.date_due, FALSE, item.open
              FROM item
              JOIN account_move move ON move.id = item.move_id
              LEFT JOIN res_partner contact ON contact.id = item.partner_id
             WHERE NOT EXISTS (SELECT FROM part WHERE part.move_id = item.move_id)
            """,
            last_account=last_account(SQL("contact.commercial_partner_id"), SQL("item.company_id")),
        )


class ResCompany(models.Model):
    _inherit = "res.company"

    def _kdc_receivable_accounts(self):
        """Return the accounts on which customers owe these wards: 131 of any Vietnamese chart and the usual one.

        Other receivables (cash that is missing, advances to staff) are nobody's bills.
        """
        accounts = self.env["account.account"]
        for company in self:
            # sudo: only the ids of accounts are used, by whoever may read debts
            company = company.sudo().with_company(company)
            usual = (
                company.env["res.partner"]
                ._fields["property_account_receivable_id"]
                .get_company_dependent_fallback(company.env["res.partner"])
            )
            accounts |= usual | company.env["account.account"].search(
                [
                    ("company_ids", "in", company.ids), ("account_type", "=", "asset_receivable"),
                    ("code", "=like", "131%"),
                ]
            )  # fmt: skip
        return accounts
