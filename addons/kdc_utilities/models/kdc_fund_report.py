from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.actions import dialogue
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from ..report.book import Book, Column, Row
from .approval_mixin import KdcTwoPersons

_lt = LazyTranslate(__name__)


class KdcFundReport(models.Model):
    """The book of a fund for a quarter as the residents read it: income by source, each spending, what is left.

    Prepared by one person, published by another. What is published is kept as it was read; when it was wrong, the
    report is withdrawn with a reason, which the residents read as well, and another one is made.
    """

    _name = "kdc.fund.report"
    _description = "Quarterly Report of a Fund"
    _inherit = ["kdc.two.persons", "kdc.book", "mail.thread"]
    _order = "date_from desc, id desc"
    _check_company_auto = True
    _step_fields = KdcTwoPersons._step_fields | {"content", "withdraw_reason", "withdrawn_by_id"}
    _refuse_step = _lt("Reports are published and withdrawn by their buttons only.")
    _refuse_change = _lt("The residents have read this. Withdraw it with a reason and make another one.")
    _refuse_delete = _lt("A report that was published is withdrawn, not deleted.")

    fund_id = fields.Many2one("kdc.fund", required=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="fund_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_from = fields.Date("Quarter", required=True, help="First day of the quarter.")
    date_to = fields.Date("Until", compute="_compute_date_to", store=True)
    note = fields.Text("Explanation for the residents")
    state = fields.Selection(
        [("draft", "To publish"), ("published", "Published"), ("withdrawn", "Withdrawn")],
        required=True, default="draft", tracking=True, index=True, copy=False,
    )  # fmt: skip
    approved_by_id = fields.Many2one(string="Published by")
    approved_on = fields.Datetime("Published on")
    content = fields.Json(readonly=True, copy=False, help="What was published, in VND.")
    opening = fields.Monetary("In the fund before", compute="_compute_totals", compute_sudo=True)
    income = fields.Monetary("Came in", compute="_compute_totals", compute_sudo=True)
    spent = fields.Monetary(compute="_compute_totals", compute_sudo=True)
    closing = fields.Monetary("In the fund now", compute="_compute_totals", compute_sudo=True)
    withdraw_reason = fields.Char("Why it was withdrawn", readonly=True, copy=False, tracking=True)
    withdrawn_by_id = fields.Many2one("res.users", "Withdrawn by", readonly=True, copy=False)

    _one_live = models.UniqueIndex(
        "(fund_id, date_from) WHERE state != 'withdrawn'", "This quarter already has a report."
    )
    _first_day = models.Constraint(
        "CHECK (date_from = date_trunc('quarter', date_from)::date)",
        "A quarter begins in January, April, July, October.",
    )
    _publisher_is_another = models.Constraint(
        "CHECK (approved_by_id IS NULL OR approved_by_id != requested_by_id)",
        "Whoever prepared a report cannot publish it.",
    )
    _published_is_complete = models.Constraint(
        "CHECK (state = 'draft' OR (approved_by_id IS NOT NULL AND content IS NOT NULL))",
        "A report is published by a person.",
    )
    _withdrawn_with_reason = models.Constraint(
        "CHECK (state != 'withdrawn' OR withdraw_reason <> '')", "A report is withdrawn with a reason."
    )

    @api.depends("date_from")
    def _compute_date_to(self):
        for report in self:
            start = report.date_from
            report.date_to = start and start + relativedelta(months=3, days=-1)

    @api.depends("fund_id", "date_from")
    def _compute_display_name(self):
        for report in self:
            report.display_name = f"{report.fund_id.name} · {report._quarter_name()}"

    def _quarter_name(self):
        self.ensure_one()
        day = self.date_from
        return self.env._("Quarter %(number)s/%(year)s", number=day.month // 3 + 1, year=day.year) if day else ""

    @api.depends("content", "fund_id", "date_from")
    def _compute_totals(self):
        for report in self:
            content = report._content_now() if report.fund_id and report.date_from else {}
            for name in ("opening", "income", "spent", "closing"):
                report[name] = content.get(name, 0)

    def _content_now(self):
        """Return what was published; for a draft, what would be, from the ledger (sudo)."""
        self.ensure_one()
        fund = self.fund_id
        words = {"name": fund.name, "purpose": fund.purpose, "decision": fund.decision}
        return words | (self.content or self._read_ledger())

    def _read_ledger(self):
        fund = self.fund_id.with_context(lang="vi_VN")
        before = fund._sums(Domain("date", "<", self.date_from))
        within = Domain("date", ">=", self.date_from) & Domain("date", "<=", self.date_to)
        sums = fund._sums(within)
        # sudo: no right on spendings is needed to read what is published of them
        spendings = self.env["kdc.fund.spending"].sudo()._of(fund).filtered_domain(within).sorted("date")
        sources = fund._income_by_source(self.date_from, self.date_to)
        corrections = self._read_corrections()
        if corrections:
            sources[fund.env._("Later corrections of earlier quarters")] = corrections
        opening = before["in"] - before["out"] - corrections
        income = sums["in"] + corrections
        return {
            "opening": opening,
            "income": income,
            "spent": sums["out"],
            "closing": opening + income - sums["out"],
            "sources": [list(item) for item in sources.items()],
            "spendings": [
                {
                    "date": fields.Date.to_string(row.date), "name": row.name, "amount": round(row.amount),
                    "decision": row.decision, "payee": row.payee if fund.publish_payees else "",
                }
                for row in spendings
            ],
        }  # fmt: skip

    def action_open_amount(self, column):
        """Open what an amount is the sum of in the ledger of today; what was published stays as it was read.

        :param column: field of the amount
        """
        self.ensure_one()
        self.check_access("read")
        if column == "opening":
            period = Domain("date", "<", self.date_from)
        elif column == "closing":
            period = Domain("date", "<=", self.date_to)
        else:
            period = Domain("date", ">=", self.date_from) & Domain("date", "<=", self.date_to)
        head = self._fields[column]._description_string(self.env)
        name = self.env._("%(amount)s · %(report)s, as booked today", amount=head, report=self.display_name)
        return self.fund_id._action_part(column, period, name)

    def _read_corrections(self):
        """Return the VND by which the ledger of earlier quarters has changed since the residents read of them."""
        read = self.fund_id.report_ids.filtered(
            lambda report: report.state == "published" and report.date_to < self.date_from
        ).sorted("date_to")[-1:]
        if not read:
            return 0
        sums = self.fund_id._sums(Domain("date", "<=", read.date_to))
        return sums["in"] - sums["out"] - read.content["closing"]

    # -- steps -------------------------------------------------------------------------------------

    def action_approve(self):
        """Publish what somebody else prepared; it is kept as the residents read it."""
        if not self.env.user.has_group("kdc_utilities.group_approver"):
            raise AccessError(self.env._("You are not allowed to publish reports."))
        self.check_access("read")
        today = today_here(self)
        for report in self:
            if report.state != "draft":
                raise UserError(self.env._("Only a report in preparation is published."))
            if report.requested_by_id == self.env.user:
                raise UserError(self.env._("You prepared this report, so another person has to publish it."))
            if report.date_to >= today:
                raise UserError(
                    self.env._("The quarter ends on %s. Publish the report afterwards.", fmt.date(report.date_to))
                )
            # sudo: the publisher has no right on entries and does not change what was prepared
            report = report.sudo()
            content = report._content_now()
            if content["closing"] < 0:
                raise UserError(self.env._("By the books this fund is below zero. Mend the entries first."))
            report.write({
                "state": "published", "content": content, "approved_by_id": self.env.uid,
                "approved_on": fields.Datetime.now(),
            })  # fmt: skip
        return True

    def action_withdraw(self):
        """Ask for the reason."""
        self.ensure_one()
        return dialogue("kdc.books.undo", self.env._("Withdraw a report"), res_model=self._name, res_id=self.id)

    def _undo(self, reason):
        """Take a published report off the residents' pages; they read why."""
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("Write why the report is withdrawn. The residents read it."))
        if not self.env.user.has_group("kdc_utilities.group_approver"):
            raise AccessError(self.env._("Reports are withdrawn by an approver."))
        self.check_access("read")
        if any(report.state != "published" for report in self):
            raise UserError(self.env._("Only a published report is withdrawn."))
        # sudo: steps are written by the steps only
        self.sudo().write({"state": "withdrawn", "withdraw_reason": reason, "withdrawn_by_id": self.env.uid})
        # The quarter is free for another report from now on, in the database too.
        self.flush_recordset(["state"])

    # -- residents -----------------------------------------------------------------------------------

    @api.model
    def _published_for(self, area, company):
        """Return the reports that the residents of an area read, newest first (sudo: they are published to them)."""
        # sudo: the way up to the ward may leave the areas of the reader; residents have no right on reports
        path = [int(part) for part in (area.sudo().parent_path or "").split("/") if part]
        return self.sudo().search([  # sudo: as above
            ("company_id", "=", company.id), ("state", "in", ("published", "withdrawn")),
            ("fund_id.area_id", "in", [False, *path]),
        ])  # fmt: skip

    # -- paper -----------------------------------------------------------------------------------------

    def _book(self):
        report = self.sudo()  # sudo: the caller has found that the reader may see this report
        content, fund = report._content_now(), report.fund_id
        rows = [Row((None, self.env._("In the fund before"), None, content["opening"]), bold=True)]
        rows += [Row((None, source, None, amount)) for source, amount in content["sources"]]
        rows.append(Row((None, self.env._("Came in"), None, content["income"]), bold=True))
        for spending in content["spendings"]:
            words = " – ".join(filter(None, (spending["name"], spending["payee"])))
            day = fields.Date.to_date(spending["date"])
            rows.append(Row((day, words, spending["decision"], -spending["amount"])))
        rows.append(Row((None, self.env._("Spent"), None, -content["spent"]), bold=True))
        rows.append(Row((None, self.env._("In the fund now"), None, content["closing"]), bold=True))
        return Book(
            company=fund.company_id,
            title=self.env._("BOOK OF THE FUND"),
            about=tuple(filter(None, (content["name"], report._quarter_name(), fund.area_id.display_name))),
            columns=(
                Column(self.env._("Date"), 1.1, "date"), Column(self.env._("Text"), 4),
                Column(self.env._("Decision or reason"), 3), Column(self.env._("Amount"), 1.5, "vnd"),
            ),
            rows=rows,
            notes=tuple(filter(None, (
                self.env._("Purpose: %s", content["purpose"]), self.env._("Set up by: %s", content["decision"]),
                report.note, report._state_words(),
            ))),
            signers=((self.env._("Prepared by"), report.requested_by_id.name), (self.env._("Published by"),
                report.approved_by_id.name or "")),
            sign_hint=self.env._("(signature, full name)"),
            file_name=f"so-quy-cong-khai-{fund.id}-{report.date_from:%Y-%m}",
            symbol=True,
        )  # fmt: skip

    def _state_words(self):
        """Return in a sentence whether this is published."""
        if self.state == "published":
            return self.env._("Published on %s.", fmt.date(self.approved_on))
        if self.state == "withdrawn":
            return self.env._("WITHDRAWN: %s", self.withdraw_reason)
        return self.env._("Not published yet.")
