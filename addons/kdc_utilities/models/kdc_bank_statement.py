from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.exceptions import UserError


class KdcBankStatement(models.Model):
    """A statement of the bank as it was imported: the file, what the bank says about itself, what was new in it.

    The movements are Odoo's own ``account.bank.statement.line``. Odoo's ``account.bank.statement`` is not used: its
    balances are those of its lines, so files whose periods overlap, or that repeat what is known, would be invalid.
    """

    _name = "kdc.bank.statement"
    _description = "Imported Bank Statement"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    journal_id = fields.Many2one(
        "account.journal", string="Bank", required=True, readonly=True, index=True, check_company=True
    )
    date_from = fields.Date("From", readonly=True)
    date_to = fields.Date("Until", readonly=True)
    opening = fields.Monetary("Opening balance", readonly=True)
    closing = fields.Monetary("Closing balance", readonly=True)
    balance_known = fields.Boolean(readonly=True, help="The file states its balances.")
    remark = fields.Text("Differences", readonly=True, help="Where the sums of the bank are not those of its rows.")
    file = fields.Binary(readonly=True, attachment=True, help="Kept as long as the law keeps accounting documents.")
    filename = fields.Char(readonly=True)
    digest = fields.Char(required=True, readonly=True)
    known_count = fields.Integer("Known before", readonly=True, help="Rows that an earlier file brought already.")
    error_count = fields.Integer("Rows left out", readonly=True, help="Rows that could not be read.")
    transfer_ids = fields.One2many("kdc.transfer", "statement_id", string="Transfers", readonly=True)
    transfer_count = fields.Integer("New", compute="_compute_counts")
    matched_count = fields.Integer("Matched", compute="_compute_counts")
    open_count = fields.Integer("To decide", compute="_compute_counts")

    _digest_uniq = models.Constraint("UNIQUE (journal_id, digest)", "This file was imported already.")

    @api.depends("journal_id.name", "date_from", "date_to")
    def _compute_name(self):
        for statement in self:
            # sudo: approvers and auditors do not read journals; only the name of the bank is shown.
            bank = statement.sudo().journal_id.name
            days = dict.fromkeys((fmt.date(statement.date_from), fmt.date(statement.date_to)))
            statement.name = f"{bank} {' – '.join(days)}"

    @api.depends("transfer_ids.state")
    def _compute_counts(self):
        groups = self.env["kdc.transfer"]._read_group(
            [("statement_id", "in", self.ids)], ["statement_id", "state"], ["__count"]
        )
        counts = {(statement.id, state): count for statement, state, count in groups}
        for statement in self:
            states = {state: count for (key, state), count in counts.items() if key == statement.id}
            statement.transfer_count = sum(states.values())
            statement.matched_count = sum(states.get(state, 0) for state in ("matched", "gift", "deposit", "booked"))
            statement.open_count = states.get("open", 0)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_always(self):
        raise UserError(self.env._("An imported statement is never deleted. Undo single matches with a reason."))

    def action_view_transfers(self):
        """Open all transfers of this statement."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_utilities.kdc_transfer_action")
        return action | {"domain": [("statement_id", "=", self.id)], "context": {}, "name": self.name}

    def action_view_open(self):
        """Open what of this statement waits for a decision."""
        action = self.action_view_transfers()
        return action | {"domain": [("statement_id", "=", self.id), ("state", "=", "open")]}


class KdcBankLayout(models.Model):
    """What the columns of a bank's statement mean, said once by a person and recognised by the headings ever after."""

    _name = "kdc.bank.layout"
    _description = "Layout of a Bank's Statement"
    _order = "journal_id, id"
    _rec_name = "journal_id"
    _check_company_auto = True

    journal_id = fields.Many2one("account.journal", string="Bank", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="journal_id.company_id", store=True, index=True)
    headings = fields.Char(required=True, help="The headings of the file, by which it is recognised.")
    columns = fields.Json(required=True, help="Column number → meaning.")
    description = fields.Char("Meaning of the columns", compute="_compute_description")

    _headings_uniq = models.Constraint("UNIQUE (journal_id, headings)", "This layout is known already.")

    @api.depends("columns", "headings")
    def _compute_description(self):
        words = self.env["kdc.statement.import"]._meaning_words()
        for layout in self:
            headings = layout.headings.split("|")
            layout.description = ", ".join(
                f"{headings[int(column)] if int(column) < len(headings) else column} = {words.get(meaning, meaning)}"
                for column, meaning in sorted(layout.columns.items(), key=lambda item: int(item[0]))
            )
