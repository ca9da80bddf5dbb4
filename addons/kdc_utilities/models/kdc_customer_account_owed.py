from typing import NamedTuple

from odoo import models
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.exceptions import UserError

from ..engine.apportion import Charge, apportion, open_parts

# A service without rank (renamed since) is served last.
_LAST_RANK = 10**6


class Debt(NamedTuple):
    """What one payer owes on one account. After a change of the payer an account has bills of several.

    Money pays one of these debts: that of today's payer, unless somebody chose the bill of another one.
    """

    account: models.Model
    payer: models.Model

    @property
    def former(self):
        """Whether the payer pays for the account no more."""
        return self.payer != self.account.partner_id

    def charges(self):
        """Return the open ``engine.apportion.Charge`` in the order in which payments serve them."""
        return self.account._kdc_charges_by_debt().get(self, [])

    def spread(self, amount):
        """Return how an amount (VND) is spread over this debt, the oldest bill first; what is left is an advance.

        The advance is always of the payer of this debt, also of a former one: it pays no bill of who came after, and
        goes back or over by ``kdc.advance.return``.
        """
        return apportion(amount, self.charges())

    def take_at_desk(self, amount):
        """Return the spread of money that lies on the desk and can still be handed back.

        :raise UserError: it is more than a former payer owes, whose advance no later bill of the account would use
        """
        spread = self.spread(amount)
        if spread.advance and self.former:
            raise UserError(
                self.account.env._(
                    "%(payer)s paid for account %(account)s before and owes %(owed)s for that time. Nothing was "
                    "booked: take no more than that for these bills, and hand the rest back.",
                    payer=self.payer.name, account=self.account.number, owed=fmt.vnd(amount - spread.advance),
                )
            )  # fmt: skip
        return spread

    def rest_words(self, rest):
        """Say what happens to the rest (VND) of an amount that is more than the debt."""
        env = self.account.env
        if self.former:
            return env._(
                "%(rest)s beyond it: an advance of %(payer)s alone, to be paid back or moved",
                rest=fmt.vnd(rest), payer=self.payer.name,
            )  # fmt: skip
        return env._("kept as advance: %s", fmt.vnd(rest))


class KdcCustomerAccount(models.Model):
    """What an account owes, as the counter and the residents' pages see it."""

    _inherit = "kdc.customer.account"

    def _kdc_open_bills(self):
        """Return the issued bills of these accounts with something left to pay, oldest first (sudo)."""
        return (
            self.env["account.move"]
            # sudo: collectors do not read accounting; the caller has checked that they may see the account.
            .sudo()
            .search(
                [
                    ("kdc_account_id", "in", self.ids),
                    ("move_type", "=", "out_invoice"),
                    ("state", "=", "posted"),
                    ("amount_residual", ">", 0),
                ],
                order="kdc_period, id",
            )
        )

    def _kdc_own_open_bills(self):
        """Return those open bills that name who pays for these accounts now (sudo, as above).

        After a change of the payer the older bills are still the former one's: the debt follows the person.
        """
        return self._kdc_open_bills().filtered(lambda bill: bill.partner_id == bill.kdc_account_id.partner_id)

    def _kdc_payer_open_bills(self, payer=None):
        """Return the open bills of this payer (today's by default) in the ward, on any account (sudo, as above)."""
        self.ensure_one()
        # sudo: an advance is the payer's, so it is for debts in areas of other collectors as well.
        return self.env["account.move"].sudo().search(
            [
                ("partner_id", "=", (payer or self.partner_id).id), ("company_id", "=", self.company_id.id),
                ("kdc_account_id", "!=", False), ("move_type", "=", "out_invoice"), ("state", "=", "posted"),
                ("amount_residual", ">", 0),
            ],
            order="kdc_period, id",
        )  # fmt: skip

    def _kdc_debt(self, payer=None):
        """Return the :class:`Debt` of this payer on this account, of today's one unless said otherwise."""
        self.ensure_one()
        return Debt(self, payer or self.partner_id)

    def _kdc_charges(self):
        """Return what today's payer of one account owes, in the order in which payments serve it."""
        return self._kdc_debt().charges()

    def _kdc_charges_by_debt(self):
        """Return :class:`Debt` → its open charges, in as many queries for many accounts as for one.

        Only debts with something open. Their payers are read in sudo: whose a bill is, is said to who takes its money.
        """
        ranks = {company.id: company._kdc_service_ranks() for company in self.company_id}
        charges = {}
        for debt, bills in self._kdc_open_bills().grouped(lambda bill: (bill.kdc_account_id, bill.partner_id)).items():
            account, payer = debt
            found = [charge for bill in bills for charge in bill._kdc_charges(ranks[account.company_id.id])]
            charges[Debt(account.with_env(self.env), payer)] = [share.charge for share in apportion(0, found).shares]
        return charges

    def _kdc_advance_lines(self, payer=None):
        """Return the journal items of money that this payer (today's by default) paid beyond what was owed (sudo)."""
        self.ensure_one()
        return (
            self.env["account.move.line"]
            .sudo()  # sudo: as in _kdc_open_bills
            .search(
                [
                    ("partner_id", "=", (payer or self.partner_id).id),
                    ("company_id", "=", self.company_id.id),
                    ("account_id.account_type", "=", "asset_receivable"),
                    ("parent_state", "=", "posted"),
                    ("amount_residual", "<", 0),
                ]
            )
        )

    def _kdc_advance(self, payer=None):
        """Return the advance of this payer (today's by default) in VND."""
        return -round(sum(self._kdc_advance_lines(payer).mapped("amount_residual")))

    def _kdc_apply_advance(self, payer=None):
        """Pay what this payer (today's by default) owes on these accounts from the own advance, oldest bill first."""
        for account in self:
            whose = payer or account.partner_id
            bills = account._kdc_open_bills().filtered(lambda bill, whose=whose: bill.partner_id == whose)
            account._kdc_pay_from_advance(bills, payer)

    def _kdc_apply_payers_advance(self):
        """Pay the payers' own open bills of all their accounts from the advance, oldest first."""
        for accounts in self.grouped("partner_id").values():
            accounts[0]._kdc_pay_from_advance(accounts._kdc_own_open_bills())

    def _kdc_pay_from_advance(self, bills, payer=None):
        """Pay these bills from the advance of their payer (today's by default), one after the other.

        Not all at once: Odoo would begin with the smaller one of two that are due on the same day.
        """
        advances = self._kdc_advance_lines(payer)
        for bill in bills:
            for ledger_account, owed in bill._kdc_open_items().grouped("account_id").items():
                money = advances.filtered(
                    lambda line, ledger_account=ledger_account: (
                        line.account_id == ledger_account and not line.reconciled
                    )
                )
                if money and ledger_account.reconcile:
                    (owed + money).reconcile()

    def _kdc_usual_payer(self):
        """Return who usually hands over the money: the head of the household that pays, else the payer's own name."""
        self.ensure_one()
        household = self.household_id
        return (household.partner_id == self.partner_id and household.head_id.name) or self.partner_id.name

    def _kdc_portal_partners(self):
        """Return the contacts of the household's present members who see its bills on the residents' pages (sudo)."""
        # sudo: collectors do not read user accounts; only notices are addressed with it.
        households = self.sudo().household_id
        residents = households.live_membership_ids.resident_id
        return residents.partner_id.filtered(
            lambda partner: any(
                user._kdc_may_see("bills", household) for user in partner.user_ids for household in households
            )
        )


class AccountMove(models.Model):
    _inherit = "account.move"

    def _kdc_charges(self, ranks):
        """Return what is open of each service of this bill, given the rank of services by code."""
        return open_parts(self._kdc_parts(ranks), round(self.amount_total - self.amount_residual))

    def _kdc_parts(self, ranks):
        """Return the full amount of each service of this bill as ``engine.apportion.Charge``."""
        self.ensure_one()
        bill = self._kdc_bill()
        period = self.kdc_period or self.invoice_date
        if bill is None:
            return [
                Charge(
                    {"move_id": self.id, "section": False, "label": self.name},
                    period,
                    _LAST_RANK,
                    round(self.amount_total),
                )
            ]
        return [
            Charge(
                {"move_id": self.id, "section": section.service, "label": section.name},
                period,
                ranks.get(section.service, _LAST_RANK),
                section.total,
            )
            for section in bill.sections
        ]
