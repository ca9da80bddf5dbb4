from collections import Counter, defaultdict

from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..engine.posting import posted_name
from ..report.book import Book, Column, Row

OFFICE = "kdc_utilities.group_accountant,kdc_utilities.group_approver,kdc_residents.group_auditor"
OUTSIDE = "kdc_utilities.group_collector,kdc_residents.group_area_head"


class KdcAreaRegister(models.TransientModel):
    """Who of a residential group has paid the fees of a month: on screen for the staff, as a paper for the board.

    The paper says whether a household has paid, never how much; names are masked as the ward decided. Contributions and
    funds of the residents are not on it: nobody is in arrears with them.
    """

    _name = "kdc.area.register"
    _description = "Register of an Area"
    _inherit = ["kdc.book", "kdc.counted.page"]
    _kdc_choice = frozenset({"company_id", "area_id", "period", "shown"})

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    area_id = fields.Many2one(
        "kdc.area", required=True, default=lambda self: self._default_area_id(),
        domain="[('kind', '=', 'group'), ('company_id', '=', company_id)]",
    )  # fmt: skip
    period = fields.Date("Month", required=True, default=lambda self: self._default_period())
    shown = fields.Selection(
        [("all", "All"), ("paid", "Has paid"), ("part", "Has paid in part"), ("open", "Has not paid yet")],
        required=True, default="all",
    )  # fmt: skip
    line_ids = fields.One2many("kdc.area.register.line", "register_id", readonly=True)
    paid_count = fields.Integer("Has paid", readonly=True)
    part_count = fields.Integer("Has paid in part", readonly=True)
    open_count = fields.Integer("Has not paid yet", readonly=True)

    @api.model
    def _may_see_ward(self):
        return self.env.user.has_groups(OFFICE)

    @api.model
    def _own_areas(self):
        """Return the domain of the residential groups that the reader may print."""
        domain = Domain("kind", "=", "group") & Domain("company_id", "in", self.env.companies.ids)
        if not self._may_see_ward():
            domain &= Domain("id", "child_of", self.env.user.kdc_area_ids.ids)
        return domain

    @api.model
    def _default_area_id(self):
        here = Domain("company_id", "=", self.env.company.id)
        return self.env["kdc.area"].search(self._own_areas() & here, limit=1)

    @api.model
    def _default_period(self):
        """The last month that was billed."""
        # sudo: heads of groups have no right on bills; one month comes out.
        bills = self.env["account.move"].sudo()
        domain = [("company_id", "=", self.env.company.id), ("kdc_period", "!=", False), ("state", "=", "posted")]
        [[last]] = bills._read_group(domain, [], ["kdc_period:max"])
        return last or fields.Date.start_of(today_here(self), "month")

    @api.depends("area_id", "period")
    def _compute_display_name(self):
        for register in self:
            register.display_name = f"{register.area_id.name} · {fmt.period(register.period)}"

    @api.model
    def action_last_month(self):
        """Show the last month that was billed."""
        if not self._default_area_id():
            raise UserError(self.env._("No residential group is assigned to you. Ask the ward's administrator."))
        return self._kdc_open(self.env._("Register of the area"))

    def action_show(self):
        """List the households that a count counts: the ``state`` named by the button."""
        self.check_access("write")
        self.shown = self.env.context["state"]
        return True

    # -- who has paid ----------------------------------------------------------------------------------

    def _kdc_count(self):
        """Write the lines anew, in the order in which somebody walks through the area."""
        for register in self:
            if not self.env.user.has_groups(f"{OFFICE},{OUTSIDE}"):
                raise AccessError(self.env._("The register is for the office, the collectors and the heads of groups."))
            area = self.env["kdc.area"].search(self._own_areas() & Domain("id", "=", register.area_id.id))
            if not area or area.company_id != register.company_id:
                raise AccessError(self.env._("This residential group is not one of yours."))
            # sudo: heads of groups have no right on bills and accounts; the area was checked above.
            register.sudo()._write_lines()

    def _write_lines(self):
        self.ensure_one()
        states = self._states()
        accounts = self.env["kdc.customer.account"].browse([account.id for account in states])
        accounts = accounts.sorted(lambda account: (account.route_sequence, account.dwelling_id.name or "", account.id))
        counts = dict.fromkeys(("paid", "part", "open"), 0)
        lines = []
        for account in accounts:
            billed, open_amount = states[account]
            state = "paid" if open_amount <= 0 else "part" if open_amount < billed else "open"
            counts[state] += 1
            if self.shown in ("all", state):
                lines.append({
                    "account_id": account.id,
                    "house": account.dwelling_id.name or "–",
                    "name": account._kdc_usual_payer(),
                    "billed": billed,
                    "open_amount": max(open_amount, 0),
                    "state": state,
                })  # fmt: skip
        self.write({
            "line_ids": [fields.Command.clear(), *(fields.Command.create(line) for line in lines)],
            **{f"{state}_count": count for state, count in counts.items()},
        })  # fmt: skip

    def _movements_domain(self):
        """Return the domain of what changed the debts of the month, without what is no duty to pay."""
        return Domain([
            ("company_id", "=", self.company_id.id), ("area_id", "=", self.area_id.id),
            ("period", "=", fields.Date.start_of(self.period, "month")),
            ("service_id.money_kind", "!=", "dong_gop"),
        ])  # fmt: skip

    def _states(self):
        """Return account → (VND billed for the month, VND still open), without what is no duty to pay.

        Who owes nothing because the bill was credited or given up has not paid, and is on no notice board.
        """
        movements = self.env["kdc.fee.movement"].with_context(allowed_company_ids=self.company_id.ids)
        groups = movements._read_group(self._movements_domain(), ["account_id", "kind"], ["amount:sum"])
        amounts = defaultdict(Counter)
        for account, kind, amount in groups:
            amounts[account][kind] = round(amount)
        states = {account: (kinds["billed"] + kinds["adjusted"], kinds.total()) for account, kinds in amounts.items()}
        return {
            account: (billed, open_amount)
            for account, (billed, open_amount) in states.items()
            if billed > 0 and not (amounts[account]["written_off"] and open_amount <= 0)
        }

    # -- paper -----------------------------------------------------------------------------------------

    def _book(self):
        register = self.sudo()  # sudo: the reader has been found to own this register
        way = register.company_id.kdc_posted_names
        words = dict(self.env["kdc.area.register.line"]._fields["state"]._description_selection(self.env))
        columns = [Column(self.env._("No."), 0.5), Column(self.env._("House"), 2.6)]
        if way != "none":
            columns.append(Column(self.env._("Household"), 2))
        columns.append(Column(self.env._("Fees of the month"), 1.5))
        rows = []
        for number, line in enumerate(register.line_ids, 1):
            name = () if way == "none" else (posted_name(line.name, way),)
            rows.append(Row((number, line.house, *name, words[line.state])))
        counts = self.env._(
            "%(paid)s households have paid, %(part)s in part, %(open)s not yet.",
            paid=register.paid_count, part=register.part_count, open=register.open_count,
        )  # fmt: skip
        return Book(
            company=register.company_id,
            title=self.env._("FEES OF THE MONTH: WHO HAS PAID"),
            about=(register.area_id.display_name, fmt.period(register.period)),
            columns=tuple(columns),
            rows=rows,
            notes=(
                counts,
                self.env._("As of %s. Whoever has paid since then need not do anything.", fmt.date(today_here(self))),
                self.env._("Voluntary contributions and funds are not part of this list."),
            ),
            signers=(
                (self.env._("Head of the residential group"), ""),
                (self.env._("Prepared by"), self.env.user.name),
            ),
            sign_hint=self.env._("(signature, full name)"),
            file_name=f"bang-thu-phi-{register.period:%Y-%m}-{register.area_id.code or register.area_id.id}".lower(),
        )


class KdcAreaRegisterLine(models.TransientModel):
    """A household of the register. The office and the collectors see amounts, heads of groups only who has paid."""

    _name = "kdc.area.register.line"
    _description = "Household in the Register of an Area"
    _order = "id"

    register_id = fields.Many2one("kdc.area.register", required=True, ondelete="cascade", index=True)
    currency_id = fields.Many2one(related="register_id.company_id.currency_id")
    account_id = fields.Many2one(
        "kdc.customer.account", readonly=True, groups=f"{OFFICE},kdc_utilities.group_collector"
    )
    house = fields.Char(readonly=True)
    name = fields.Char("Household", readonly=True)
    billed = fields.Monetary(readonly=True, groups=f"{OFFICE},kdc_utilities.group_collector")
    open_amount = fields.Monetary("Still owed", readonly=True, groups=f"{OFFICE},kdc_utilities.group_collector")
    state = fields.Selection(
        [("paid", "Has paid"), ("part", "Has paid in part"), ("open", "Has not paid yet")], readonly=True
    )

    def action_open_amount(self, column):
        """Open what was billed, or everything that left the open amount, of this household for the month.

        :param column: field of the amount
        """
        self.ensure_one()
        self.check_access("read")
        domain = self.register_id._movements_domain() & Domain("account_id", "=", self.account_id.id)
        if column == "billed":
            domain &= Domain("kind", "in", ("billed", "adjusted"))
        head = self._fields[column]._description_string(self.env)
        return {
            "type": "ir.actions.act_window",
            "name": f"{head} · {self.account_id.display_name} · {fmt.period(self.register_id.period)}",
            "res_model": "kdc.fee.movement",
            "views": [(False, "list"), (False, "pivot")],
            "domain": list(domain),
        }

    def action_open(self):
        """Open the customer account of this household."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "kdc.customer.account",
            "res_id": self.account_id.id,
            "views": [(False, "form")],
        }
