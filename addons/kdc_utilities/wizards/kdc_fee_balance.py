from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..report.book import Book, Column, Row

#: Amounts of a row, in the order in which they are read; all but the first and the last happened in the period.
AMOUNTS = (
    "opening", "billed", "adjusted", "cash", "transfer", "card", "online", "applied", "written_off", "other", "closing",
)  # fmt: skip
#: Which kinds of movement a column holds; the collected ones by their way.
KINDS = {
    "billed": ("billed",),
    "adjusted": ("adjusted",),
    "applied": ("applied",),
    "written_off": ("written_off",),
    "other": ("paid_back", "other"),
}
WAYS = ("cash", "transfer", "card", "online")
#: Columns whose amounts lower the debt and are shown without a sign.
LOWERING = (*WAYS, "applied", "written_off")
GROUPINGS = {
    "service": ["service_id"],
    "period": ["service_id", "period:month"],
    "area": ["area_id"],
    "account": ["area_id", "account_id"],
}


class KdcFeeBalance(models.TransientModel):
    """Demand, collection and balance of a period: what was owed, what was added, what came in, what is owed now."""

    _name = "kdc.fee.balance"
    _description = "Demand, Collection and Balance"
    _inherit = ["kdc.book", "kdc.counted.page"]
    _kdc_choice = frozenset({"date_from", "date_to", "grouping", "area_id", "service_id", "company_id"})

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_from = fields.Date("From", required=True, default=lambda self: fields.Date.start_of(today_here(self), "month"))
    date_to = fields.Date("Until", required=True, default=today_here)
    grouping = fields.Selection(
        [
            ("service", "By service"),
            ("period", "By service and billing period"),
            ("area", "By area"),
            ("account", "By customer"),
        ],
        "Lines",
        required=True,
        default="service",
    )
    area_id = fields.Many2one("kdc.area", help="Empty: all areas that you may see.")
    service_id = fields.Many2one("kdc.service", help="Empty: all services, and what was paid in advance.")
    line_ids = fields.One2many("kdc.fee.balance.line", "balance_id", readonly=True)
    empty_columns = fields.Json(compute="_compute_empty_columns", help="Amounts that no line has; they are not shown.")

    @api.depends("line_ids")
    def _compute_empty_columns(self):
        for balance in self:
            balance.empty_columns = [name for name in AMOUNTS if not any(balance.line_ids.mapped(name))]

    @api.depends("date_from", "date_to")
    def _compute_display_name(self):
        for balance in self:
            balance.display_name = self.env._(
                "Demand and collection, %(start)s to %(end)s",
                start=fmt.date(balance.date_from), end=fmt.date(balance.date_to),
            )  # fmt: skip

    @api.model
    def action_this_month(self):
        """Show the month until today."""
        return self._kdc_open(self.env._("Demand and collection"))

    def action_previous(self):
        """Show the month before."""
        self.ensure_one()
        start = fields.Date.subtract(fields.Date.start_of(self.date_from, "month"), months=1)
        self.write({"date_from": start, "date_to": fields.Date.end_of(start, "month")})
        return True

    def action_analyse(self):
        """Open the movements of the period in a table that can be turned: by collector, way of payment, area."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_utilities.kdc_fee_movement_action")
        return action | {"domain": list(self._domain() & self._in_period()), "context": {}}

    # -- sums ----------------------------------------------------------------------------------------

    def _domain(self):
        """Return the domain of all movements that this balance looks at, of any day."""
        domain = Domain("company_id", "=", self.company_id.id)
        if self.area_id:
            domain &= Domain("area_id", "child_of", self.area_id.id)
        if self.service_id:
            domain &= Domain("service_id", "=", self.service_id.id)
        return domain

    def _before(self):
        return Domain("date", "<", self.date_from)

    def _in_period(self):
        return Domain("date", ">=", self.date_from) & Domain("date", "<=", self.date_to)

    def _kdc_count(self):
        """Add up the movements anew, in two queries whatever the ward's size."""
        for balance in self:
            if balance.company_id not in self.env.companies:
                raise UserError(self.env._("Choose a ward that you work in."))
            if balance.date_to < balance.date_from:
                raise UserError(self.env._("The period ends before it begins. Change one of the days."))
            lines = [fields.Command.create(vals) for vals in balance._line_values()]
            balance.line_ids = [fields.Command.clear(), *lines]

    def _line_values(self):
        groupby = GROUPINGS[self.grouping]
        movements = self.env["kdc.fee.movement"].with_context(allowed_company_ids=self.company_id.ids)
        rows = {}
        for *key, amount in movements._read_group(self._domain() & self._before(), groupby, ["amount:sum"]):
            rows.setdefault(tuple(key), dict.fromkeys(AMOUNTS, 0))["opening"] += round(amount)
        groups = movements._read_group(self._domain() & self._in_period(), [*groupby, "kind", "way"], ["amount:sum"])
        for *key, kind, way, amount in groups:
            row = rows.setdefault(tuple(key), dict.fromkeys(AMOUNTS, 0))
            row[self._column(kind, way)] += round(amount)
        ordered = sorted(rows.items(), key=lambda item: self._sort_key(item[0]))
        return [self._row_values(key, row) for key, row in ordered if any(row.values())]

    @api.model
    def _column(self, kind, way):
        if kind == "collected":
            return way if way in WAYS else "transfer"
        return next((column for column, kinds in KINDS.items() if kind in kinds), "other")

    @api.model
    def _sort_key(self, key):
        """Advances, which have no service, come last; services as they are served, areas and customers by name."""
        parts = []
        for part in key:
            if isinstance(part, models.BaseModel):
                order = part.sequence if part._name == "kdc.service" else 0
                parts.append((not part, order, part.display_name or ""))
            else:
                parts.append((not part, 0, str(part or "")))
        return parts

    def _row_values(self, key, row):
        row["closing"] = sum(row.values())
        row |= {column: -row[column] for column in LOWERING}
        demanded = row["opening"] + row["billed"] + row["adjusted"] - row["written_off"]
        came = sum(row[way] for way in WAYS) + row["applied"]
        names = {name.partition(":")[0]: part for name, part in zip(GROUPINGS[self.grouping], key, strict=True)}
        values = {
            name: part.id if isinstance(part, models.BaseModel) else part or False for name, part in names.items()
        }
        return {
            **row,
            **values,
            "name": self._row_name(names),
            "rate": round(came * 100 / demanded) if demanded > 0 and not self._is_advance(names) else False,
        }

    @api.model
    def _is_advance(self, names):
        return "service_id" in names and not names["service_id"]

    def _row_name(self, names):
        """Return what a row is about, in words."""
        if self._is_advance(names):
            return self.env._("Paid in advance")
        period = names.get("period")
        if period:
            return f"{names['service_id'].name} · {fmt.period(period)}"
        record = names.get("account_id") or names.get("service_id") or names.get("area_id")
        return record.display_name if record else self.env._("Without area")

    # -- paper -----------------------------------------------------------------------------------------

    def _book(self):
        heads = {line: self.env["kdc.fee.balance.line"]._fields[line]._description_string(self.env) for line in AMOUNTS}
        rows = [Row((line.name, *(round(line[name]) for name in AMOUNTS), line.rate or None)) for line in self.line_ids]
        totals = [round(sum(self.line_ids.mapped(name))) for name in AMOUNTS]
        rows.append(Row((self.env._("Total"), *totals, None), bold=True))
        return Book(
            company=self.company_id,
            title=self.env._("DEMAND, COLLECTION AND BALANCE OF FEES"),
            about=tuple(filter(None, (
                self.env._("From %(start)s to %(end)s", start=fmt.date(self.date_from), end=fmt.date(self.date_to)),
                self.area_id.display_name, self.service_id.name,
            ))),
            columns=(
                Column(self.env._("Fee"), 3.2), *(Column(heads[name], 1.6, "vnd") for name in AMOUNTS),
                Column(self.env._("Rate"), 0.9, "percent"),
            ),
            rows=rows,
            notes=(self.env._("Amounts in đồng. A negative amount owed is money paid in advance."),),
            signers=((self.env._("Prepared by"), self.env.user.name), (self.env._("Chief accountant"), "")),
            sign_hint=self.env._("(signature, full name)"),
            file_name=f"thu-phi-{self.date_from:%Y%m%d}-{self.date_to:%Y%m%d}",
            wide=True,
        )  # fmt: skip


class KdcFeeBalanceLine(models.TransientModel):
    """A service, month, area or customer in a balance.

    Amounts are VND: owed before + billed + adjusted − collected − from advances − written off + other = owed now.
    """

    _name = "kdc.fee.balance.line"
    _description = "Line of Demand, Collection and Balance"
    _order = "id"

    balance_id = fields.Many2one("kdc.fee.balance", required=True, ondelete="cascade", index=True)
    currency_id = fields.Many2one(related="balance_id.currency_id")
    name = fields.Char("Fee", required=True, readonly=True)
    service_id = fields.Many2one("kdc.service", readonly=True)
    period = fields.Date(readonly=True)
    area_id = fields.Many2one("kdc.area", readonly=True)
    account_id = fields.Many2one("kdc.customer.account", readonly=True)
    opening = fields.Monetary("Owed before", readonly=True)
    billed = fields.Monetary(readonly=True)
    adjusted = fields.Monetary(readonly=True)
    cash = fields.Monetary("In cash", readonly=True)
    transfer = fields.Monetary("By transfer", readonly=True)
    card = fields.Monetary("By card", readonly=True)
    online = fields.Monetary(readonly=True)
    applied = fields.Monetary("From advances", readonly=True, help="Money paid earlier, used on a bill now.")
    written_off = fields.Monetary("Written off", readonly=True)
    other = fields.Monetary(readonly=True, help="Paid back, and entries made by hand.")
    closing = fields.Monetary("Owed now", readonly=True)
    rate = fields.Integer("Collected (%)", readonly=True, aggregator=False, help="Of what was owed and billed.")

    def action_open_amount(self, column):
        """Open the movements behind an amount of this line.

        :param column: field of the amount
        """
        self.ensure_one()
        balance = self.balance_id
        domain = balance._domain() & self._row_domain()
        if column == "opening":
            domain &= balance._before()
        elif column == "closing":
            domain &= Domain("date", "<=", balance.date_to)
        else:
            domain &= balance._in_period() & self._column_domain(column)
        head = self._fields[column]._description_string(self.env)
        return {
            "type": "ir.actions.act_window",
            "name": f"{head} · {self.name}",
            "res_model": "kdc.fee.movement",
            "views": [(False, "list"), (False, "pivot"), (False, "graph")],
            "domain": list(domain),
        }

    def _row_domain(self):
        """Return what distinguishes this line from the others of its balance."""
        domain = Domain.TRUE
        for name in GROUPINGS[self.balance_id.grouping]:
            name = name.partition(":")[0]
            value = self[name]
            domain &= Domain(name, "=", value.id if isinstance(value, models.BaseModel) else value)
        return domain

    @api.model
    def _column_domain(self, column):
        if column in KINDS:
            return Domain("kind", "in", KINDS[column])
        domain = Domain("kind", "=", "collected")
        if column == "transfer":
            return domain & ~Domain("way", "in", ("cash", "card", "online"))
        return domain & Domain("way", "=", column)
