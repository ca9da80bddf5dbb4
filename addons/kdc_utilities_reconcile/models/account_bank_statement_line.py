from odoo import api, fields, models
from odoo.addons.kdc_residents.tools.actions import form_of
from odoo.addons.kdc_residents.tools.locks import lock_or_retry
from odoo.addons.kdc_utilities.models.account_move_transfer import transfer_step
from odoo.exceptions import UserError

#: What the bank has said of a movement, and how it is booked: the steps of the queue alone change it.
TOLD = frozenset(
    """
    journal_id date amount amount_currency foreign_currency_id payment_ref partner_name account_number move_id line_ids
    """.split()
)
RECEIVABLE = "asset_receivable"


class AccountBankStatementLine(models.Model):
    """A movement of the bank is reconciled by hand once the queue of transfers has set it aside, and nothing else is.

    The screen is that of ``account_reconcile_oca``. Whatever it offers, what residents owe and give is matched in the
    queue, which knows the services of a bill, writes down what was paid for and tells the payer.
    """

    _inherit = "account.bank.statement.line"

    # Of one line there is one transfer at most: both are written by the same import.
    kdc_transfer_ids = fields.One2many(
        "kdc.transfer", "statement_line_id", string="In the queue", readonly=True,
        groups="kdc_utilities.group_accountant",
    )  # fmt: skip
    kdc_queue_state = fields.Char("State in the queue", compute="_compute_kdc_queue_state")

    @api.depends("kdc_transfer_ids.state")
    def _compute_kdc_queue_state(self):
        """Say in a word what the queue has decided, empty when it leaves the movement to this screen."""
        for line in self:
            # sudo: whoever sees the movement learns that the queue decides about it, and nothing else of it.
            transfer = line.sudo().kdc_transfer_ids[:1]
            left_alone = transfer.state in (False, "other")
            line.kdc_queue_state = False if left_alone else transfer._state_in_words()

    def action_view_transfer(self):
        """Open this movement in the queue."""
        self.ensure_one()
        return form_of(self.kdc_transfer_ids[:1])

    # -- nothing by a label alone -------------------------------------------------------------------

    def _auto_reconcile(self):
        """Override of ``account_reconcile_oca``: nothing is booked when a line is created.

        Our import has matched its lines by codes with check characters, and what waits, waits for a person.
        """

    def _retrieve_partner(self):
        """Override of ``account_reconcile_oca``: a part of a name or of a bank account says nothing of who paid."""

    def _do_auto_reconcile_invoices(self):
        """Override of ``account_reconcile_oca``: a label in which the number of a bill occurs is no proposal either."""
        return self, self.browse()

    # -- reconciling by hand ------------------------------------------------------------------------

    def reconcile_bank_line(self):
        """Override of ``account_reconcile_oca``: what was set aside and is not of residents; the queue learns it."""
        self.ensure_one()
        transfer = self._kdc_set_aside()
        self._kdc_check_not_of_residents()
        with transfer_step():
            result = super().reconcile_bank_line()
        if transfer:
            transfer._reconciled_by_hand()
        return result

    def _reconcile_bank_line_keep(self, data):
        """Override of ``account_reconcile_oca``: a movement of the queue has one entry, which tells where it went."""
        # sudo: the way of booking must not depend on what the caller sees of the queue
        if self.sudo().kdc_transfer_ids:
            self.reconcile_mode = "edit"
            return self._reconcile_bank_line_edit(data)
        return super()._reconcile_bank_line_keep(data)

    def _kdc_set_aside(self):
        """Return the locked transfer of this line (sudo), none when no statement of ours brought it.

        :raise UserError: the queue holds it, or has decided what it is
        """
        # sudo: whoever reconciles must learn that the queue decides; the job is checked at once.
        transfer = self.sudo().kdc_transfer_ids
        if transfer:
            self.env["kdc.transfer"]._check_reconciler()
            # Two people at once, here and in the queue: one of them is told to try again.
            lock_or_retry(transfer, allow_referencing=True)
            transfer.invalidate_recordset()
            transfer._check_set_aside()
        return transfer

    def _kdc_check_not_of_residents(self):
        """What residents owe and what belongs to their funds is not touched here.

        :raise UserError: a counterpart is on the account of a payer or a fund, or of a decided transfer
        """
        rows = [row for row in self.reconcile_data_info["data"] if row["kind"] != "liquidity"]
        items = self.env["account.move.line"].browse(
            {item for row in rows for item in row.get("counterpart_line_ids") or ()}
        )
        # Money that is being sent back, for instance: the queue suggests the movement that closes it.
        items.move_id._kdc_check_no_transfer()
        # The items as well as the rows about them: a row may be given another partner.
        touched = [(item.account_id, item.partner_id, item.display_name) for item in items]
        # A bill stays one of fees when somebody else pays for its account today.
        bills = items.filtered(lambda item: item.move_id.kdc_account_id and item.account_id.account_type == RECEIVABLE)
        for row in rows:
            account = self.env["account.account"].browse(row["account_id"][0] or [])
            partner = self.env["res.partner"].browse((row.get("partner_id") or [False])[0] or [])
            touched.append((account, partner, row.get("name") or account.display_name))
        funds = self._kdc_fund_accounts()
        refused = bills.mapped("display_name") + [
            label
            for account, partner, label in touched
            if account in funds or (account.account_type == RECEIVABLE and self._kdc_may_pay_fees(partner))
        ]
        if refused:
            raise UserError(
                self.env._(
                    "“%s” is about what residents owe or give. Such money is matched in the queue of transfers, so "
                    "that the payer sees it: undo “Not for fees” there and press “Choose what it is for”.",
                    refused[0],
                )
            )

    def _kdc_fund_accounts(self):
        mine = [("company_id", "=", self.company_id.id)]
        # sudo: which accounts are those of funds and drives applies to all who reconcile
        funds = self.env["kdc.fund"].sudo().search(mine)
        return funds.account_id | self.env["kdc.contribution.drive"].sudo().search(mine).account_id  # sudo: as above

    def _kdc_may_pay_fees(self, partner):
        """Whether a receivable of this partner may be one of fees in this ward; one without partner may be anybody's.

        Who pays may be a person of a household: its money is that of the whole commercial entity.
        """
        # sudo: the rule holds for customers of other areas of the ward too
        accounts = self.env["kdc.customer.account"].sudo().with_context(active_test=False)
        payer = partner.commercial_partner_id
        mine = [("company_id", "=", self.company_id.id), ("partner_id.commercial_partner_id", "=", payer.id)]
        return not payer or bool(accounts.search_count(mine, limit=1))

    def _get_manual_reconcile_vals(self):
        """Override of ``account_reconcile_oca``, whose word for a missing account is English."""
        vals = super()._get_manual_reconcile_vals()
        if not vals["account_id"][0]:
            vals["account_id"] = [False, self.env._("No account yet")]
        return vals

    # -- what stays ---------------------------------------------------------------------------------

    def write(self, vals):
        """What the bank has told of a movement of the queue stays, and so does whose it is once it is decided."""
        if not transfer_step.running() and (TOLD | {"partner_id"}) & vals.keys():
            # sudo: the rule holds whoever changes it
            transfers = self.sudo().kdc_transfer_ids
            if transfers and TOLD & vals.keys():
                raise UserError(
                    self.env._("The statement of the bank says this of transfer %s.", transfers[0].display_name)
                )
            transfers._check_set_aside()
        return super().write(vals)
