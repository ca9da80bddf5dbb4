from collections import defaultdict

from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.tools import SQL

from .payer_papers import last_account, papers


class KdcCustomerAccount(models.Model):
    """Who paid for an account before: what they still owe on it, and what they paid too much.

    The debt follows the person, and so does the money: neither is added to what today's payer owes or has paid.
    """

    _inherit = "kdc.customer.account"

    former_balance = fields.Monetary(
        "Owed by who paid before", compute="_compute_former", compute_sudo=True,
        help="Unpaid bills of this account that name a former payer.",
    )  # fmt: skip
    former_words = fields.Char("Who paid before", compute="_compute_former", compute_sudo=True)
    has_former_advance = fields.Boolean(
        "Money of who paid before", compute="_compute_former", compute_sudo=True, search="_search_has_former_advance",
        help="Somebody who pays for no account any more has paid more than was owed: it waits to be paid back.",
    )  # fmt: skip

    @api.depends("partner_id", "move_ids.amount_residual", "move_ids.partner_id", "move_ids.state")
    def _compute_former(self):
        """Read the bills and what is left of former payers' money, each in one query for all accounts."""
        owed, paid = defaultdict(dict), self._kdc_former_advances()
        for account, bills in self._kdc_open_bills().grouped("kdc_account_id").items():
            for payer, own in bills.grouped("partner_id").items():
                if payer != account.partner_id:
                    owed[account.id][payer] = round(sum(own.mapped("amount_residual")))
        for account in self:
            debts, advances = owed[account.id], paid.get(account.id, {})
            account.former_balance = sum(debts.values())
            account.has_former_advance = bool(advances)
            account.former_words = "; ".join([
                *(self.env._("%(name)s owes %(amount)s", name=payer.name, amount=fmt.vnd(amount))
                  for payer, amount in debts.items()),
                *(self.env._("%(name)s has paid %(amount)s too much", name=payer.name, amount=fmt.vnd(amount))
                  for payer, amount in advances.items()),
            ])  # fmt: skip

    @api.model
    def _search_has_former_advance(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("id", operator, list(self.browse()._kdc_former_advances()))]

    def _kdc_former_advances(self):
        """Return {account id: {payer: VND}} of money of people who pay for no account of the ward any more (sudo).

        :param self: accounts that are asked about; none: all of the wards in sight
        """
        self.env.flush_all()
        here = papers(lambda _partner, account: SQL("%s = ANY(%s)", account, self.ids))
        only = SQL("AND contact.id IN (SELECT paper.partner_id FROM (%s) paper)", here) if self else SQL()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT %(account)s, item.partner_id, -SUM(item.amount_residual)
                  FROM account_move_line item
                  JOIN account_account ledger ON ledger.id = item.account_id
                       AND ledger.account_type = 'asset_receivable'
                  JOIN res_partner contact ON contact.id = item.partner_id
                 WHERE item.parent_state = 'posted' AND item.reconciled IS NOT TRUE AND item.amount_residual < 0
                   AND item.company_id = ANY(%(companies)s) %(only)s
                   AND NOT EXISTS (
                        SELECT FROM kdc_customer_account own
                          JOIN res_partner payer ON payer.id = own.partner_id
                         WHERE own.company_id = item.company_id
                           AND payer.commercial_partner_id = contact.commercial_partner_id
                       )
                 GROUP BY contact.commercial_partner_id, item.company_id, item.partner_id
                 ORDER BY item.partner_id
                """,
                account=last_account(SQL("contact.commercial_partner_id"), SQL("item.company_id")),
                companies=(self.company_id or self.env.companies).ids,
                only=only,
            )
        )
        found = defaultdict(dict)
        for account_id, partner_id, amount in rows:
            if account_id:
                # sudo: whoever reads the account is told whose money waits, as its bills say whose debt they are
                found[account_id][self.env["res.partner"].sudo().browse(partner_id)] = round(amount)
        return dict(found)

    @api.model
    def _kdc_last_account(self, payer):
        """Return the account (sudo) for which somebody who pays for none any more has paid last; may be empty.

        :param payer: commercial contact; none for who only reads the bills of others
        """
        # sudo: residents have no right on accounts; the caller asks for the reader's own contact
        accounts = self.sudo()
        if not payer:
            return accounts.browse()
        self.env.flush_all()
        any_ward = SQL("paper.company_id")
        [[account_id]] = self.env.execute_query(SQL("SELECT %s", last_account(SQL("%s", payer.id), any_ward)))
        return accounts.browse(account_id or ())

    def action_advance(self):
        """Prepare that the advance goes back or over: today's payer's, else that of who paid before."""
        self.ensure_one()
        payer = self.partner_id
        if not self.advance:
            payer = next(iter(self._kdc_former_advances().get(self.id, ())), payer)
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_utilities.kdc_advance_return_action")
        return action | {
            "context": {
                "default_account_id": self.id, "default_payer_id": payer.id, "search_default_account_id": self.id,
            }
        }  # fmt: skip

    def _kdc_payers(self):
        """Return who pays for this account or has paid for it before, as its bills, receipts and transfers say (sudo).

        Somebody else's money is not moved or paid back from here.
        """
        self.ensure_one()
        self.env.flush_all()
        here = papers(lambda _partner, account: SQL("%s = %s", account, self.id))
        rows = self.env.execute_query(SQL("SELECT DISTINCT paper.partner_id FROM (%s) paper", here))
        # sudo: as above
        return self.sudo().partner_id.browse(sorted({self.partner_id.id, *(partner_id for (partner_id,) in rows)}))
