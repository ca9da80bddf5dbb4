import hashlib
import json
from contextlib import suppress
from dataclasses import replace

from odoo import api, models
from odoo.addons.kdc_residents.engine import phone, vietqr
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.engine.text import fold
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools.sql import escape_psql

from ..engine import account_number, reference
from ..engine.cash import round_cash
from ..engine.words import amount_in_words
from ..models.kdc_customer_account_owed import Debt
from ..models.kdc_receipt import Taking

# More than ten billion in cash from one household is a slip of the keyboard.
AMOUNT_LIMIT = 10**10
RESULT_LIMIT = 20


class KdcCollect(models.AbstractModel):
    """The counter: find an account, see what it owes, show the spread of an amount, take the money.

    The screen calls the public methods; each checks the job of the caller and works with the
    accounts that the caller's rules show. Amounts are whole VND.
    """

    _name = "kdc.collect"
    _description = "Counter"

    # -- session -----------------------------------------------------------------------------------

    @api.model
    def get_session(self):
        """Return the current user's open session for the screen's header, or False."""
        self._check_job()
        session = self.env["kdc.cash.session"]._current()
        if not session:
            return False
        return {
            "id": session.id,
            "name": session.name,
            "desk": session.journal_id.sudo().name,  # sudo: collectors do not read journals; only the desk's name
            "company": session.company_id.name,
            "receipt_count": session.receipt_count,
            "cash_total": round(session.cash_total),
            "expected_cash": round(session.expected_cash),
        }

    @api.model
    def open_session(self, opening_float=0):
        """Open the user's session with the given change money; keep the one that is open already."""
        self._check_job()
        if not self.env["kdc.cash.session"]._current():
            self.env["kdc.cash.session"].create({"opening_float": self._whole_amount(opening_float, allow_zero=True)})
        return self.get_session()

    # -- finding -----------------------------------------------------------------------------------

    @api.model
    def find(self, text):
        """Find accounts by reference, QR text, account number, phone, name or address, diacritics or not.

        :return: list of dicts for the screen; one of them means that the search hit exactly, one more than
            ``RESULT_LIMIT`` that there are further ones, which the screen says instead of showing it
        """
        self._check_job()
        text = (text or "").strip()
        if not text:
            return []
        debts = self._find_by_reference(text)
        if not debts:
            accounts = self._find_by_number(text) or self._find_by_phone(text) or self._find_by_words(text)
            debts = [account._kdc_debt() for account in accounts]
        owed = self._owed_of(debts)
        return [self._account_values(debt) | {"owed": owed.get(debt, 0)} for debt in debts]

    def _find_by_reference(self, text):
        """Return the debts that a text names by the code of a bill or a gift; a former payer's by its own code only."""
        # What is no transfer QR may be a reference itself.
        with suppress(vietqr.VietQRError):
            text = vietqr.parse(text).purpose
        numbers = [number for number, _drive in reference.find_gifts(text)]
        if numbers:
            return [account._kdc_debt() for account in self._accounts([("number", "in", numbers)])]
        references = reference.find_references(text)
        if not references:
            return []
        # sudo: collectors do not read bills; the accounts are searched again with the caller's own rules.
        bills = self.env["account.move"].sudo().search([("kdc_reference", "in", references)])
        debts = []
        for account in self._accounts([("id", "in", bills.kdc_account_id.ids)]):
            named = bills.filtered(lambda bill, account=account: bill.kdc_account_id == account)
            unpaid = named.filtered(lambda bill: bill.state == "posted" and bill.amount_residual > 0)
            debts += [account._kdc_debt(payer) for payer in unpaid.partner_id or account.partner_id]
        return debts

    def _find_by_number(self, text):
        number = account_number.clean(text)
        if not account_number.is_valid(number):
            return self.env["kdc.customer.account"]
        return self._accounts([("number", "=", number)])

    def _find_by_phone(self, text):
        try:
            number = phone.to_e164(text)
        except phone.PhoneError:
            return self.env["kdc.customer.account"]
        return self._accounts(
            [
                "|",
                ("partner_id.phone", "=", number),
                ("household_id.live_membership_ids.resident_id.phone", "=", number),
            ]
        )

    def _find_by_words(self, text):
        key = escape_psql(fold(text))
        digits = account_number.clean(text)
        domains = [
            [("household_id.search_key", "like", key)],
            [("household_id.live_membership_ids.resident_id.search_key", "like", key)],
            [("dwelling_id.search_key", "like", key)],
            [("search_key", "like", key)],  # the payer, who may be a shop or an office, in folded letters
        ]
        if digits.isascii() and digits.isdigit():
            domains.append([("number", "=like", f"{digits}%")])
        return self._accounts(Domain.OR(domains))

    def _accounts(self, domain):
        """Search accounts with the caller's own rules, in the caller's company."""
        domain = Domain(domain) & Domain("company_id", "=", self._company().id)
        return self.env["kdc.customer.account"].search(domain, limit=RESULT_LIMIT + 1)

    def _owed_of(self, debts):
        """Return ``Debt`` → what it is in VND, in one query."""
        groups = (
            self.env["account.move"]
            # sudo: collectors do not read bills; the accounts were found with their own rules.
            .sudo()
            ._read_group(
                [
                    ("kdc_account_id", "in", [debt.account.id for debt in debts]),
                    ("move_type", "=", "out_invoice"),
                    ("state", "=", "posted"),
                    ("amount_residual", ">", 0),
                ],
                ["kdc_account_id", "partner_id"],
                ["amount_residual:sum"],
            )
        )
        return {Debt(account, payer): round(residual) for account, payer, residual in groups}

    # -- what is owed ------------------------------------------------------------------------------

    @api.model
    def get_owed(self, account_id, payer_id=None):
        """Return an account with its open charges, by period and service, for the screen.

        :param payer_id: whose bills, for those of who paid for the account before; of today's payer by default
        """
        self._check_job()
        account = self._account(account_id)
        debts = account._kdc_charges_by_debt()
        debt = self._debt(account, payer_id, debts)
        charges = debts.pop(debt, [])
        return {
            "account": self._account_values(debt),
            "charges": [self._charge_values(charge) for charge in charges],
            "total": sum(charge.open for charge in charges),
            "advance": account._kdc_advance(debt.payer),
            "others": [
                {
                    "payer_id": other.payer.id,
                    "name": other.payer.name,
                    "former": other.former,
                    "owed": sum(charge.open for charge in open_ones),
                }
                for other, open_ones in debts.items()
            ],
            "drives": [
                {
                    "id": drive.id,
                    "name": drive.name,
                    "progress": drive._progress_text(),
                    "given": drive._given_by(account),
                }
                for drive in self._drives(debt)
            ],
        }

    @api.model
    def apply_advance(self, account_id, payer_id=None):
        """Pay what a payer owes from the own advance, then return what today's payer owes, like :meth:`get_owed`.

        :param payer_id: as for :meth:`get_owed`
        """
        self._check_job()
        account, payer = self._debt(self._account(account_id), payer_id)
        account._kdc_apply_advance(payer)
        return self.get_owed(account_id)

    @api.model
    def preview(self, account_id, amount, gifts=(), ways=None, payer_id=None):
        """Show how an amount is spread, before anything is booked.

        :param amount: VND for what is owed; what is left of it is kept as an advance
        :param gifts: list of (drive id, VND): voluntary contributions handed over besides
        :param ways: dict with the VND by ``transfer`` and by ``card``; the rest is cash. :meth:`confirm` also wants the
            ``reference`` by which the bank knows them
        :param payer_id: as for :meth:`get_owed`
        :return: dict with ``shares``, ``advance``, ``remaining``, ``gifts``, ``total``, ``ways``, ``words`` and the
            ``fingerprint`` that :meth:`confirm` wants back, so that only what was shown is booked
        """
        self._check_job()
        account = self._account(account_id)
        debt = self._debt(account, payer_id)
        gifts = self._gifts(debt, gifts)
        amount = self._whole_amount(amount, allow_zero=gifts)
        spread = debt.take_at_desk(amount)
        total = amount + sum(given for _drive, given in gifts)
        ways = self._ways(account, spread, total, ways)
        return {
            "ways": ways,
            "amount": amount,
            "gifts": [{"id": drive.id, "name": drive.name, "amount": given} for drive, given in gifts],
            "total": total,
            "words": amount_in_words(total, account.company_id.kdc_zero_tens_word or "linh"),
            "shares": [
                self._charge_values(share.charge) | {"amount": share.amount, "remaining": share.remaining}
                for share in spread.shares
            ],
            "advance": spread.advance,
            "remaining": spread.remaining,
            "fingerprint": self._fingerprint(debt, spread, gifts, ways),
        }

    @api.model
    def confirm(self, account_id, amount, client_key, fingerprint, payer_name=None, gifts=(), ways=None, payer_id=None):
        """Take the money and return the receipt for the screen.

        Sending the same ``client_key`` again returns the receipt that was made the first time.
        """
        self._check_job()
        if not isinstance(client_key, str) or not 8 <= len(client_key) <= 64:
            raise UserError(self.env._("This payment has no key. Reload the page and try again."))
        session = self.env["kdc.cash.session"]._current_in_turn()
        if not session:
            raise UserError(self.env._("Open your cash session first; nothing was booked."))
        done = self.env["kdc.receipt"].search([("client_key", "=", client_key), ("user_id", "=", self.env.uid)])
        if done:
            return self._receipt_values(done)
        account = self._account(account_id)
        debt = self._debt(account, payer_id)
        gifts = self._gifts(debt, gifts)
        spread = debt.take_at_desk(self._whole_amount(amount, allow_zero=gifts))
        # sudo: see below
        taking = Taking(account.sudo(), spread, client_key, payer_name, gifts, payer=debt.payer.sudo())
        way_reference = self._way_reference(ways)
        ways = self._ways(account, spread, taking.total, ways)
        if ways["transfer"] or ways["card"]:
            self._check_slip(account.company_id, way_reference)
        if fingerprint != self._fingerprint(debt, spread, gifts, ways):
            raise UserError(
                self.env._(
                    "What this account owes has changed in the meantime, so the spread you saw is no longer right. "
                    "Nothing was booked. Look at the new spread and confirm again."
                )
            )
        receipt = (
            self.env["kdc.receipt"]
            # sudo: collectors have no right on accounting; job, session and account were checked with their own rights.
            .sudo()
            ._collect_all(
                session.sudo(),  # sudo: as above
                [
                    replace(
                        taking,
                        transfer=ways["transfer"],
                        card=ways["card"],
                        rounding=ways["rounding"],
                        vals={"way_reference": way_reference} if ways["transfer"] or ways["card"] else {},
                    )
                ],
            )
        )
        return self._receipt_values(receipt)

    # -- helpers -----------------------------------------------------------------------------------

    @api.model
    def _check_job(self):
        if not self.env.user.has_groups("kdc_utilities.group_collector,kdc_utilities.group_accountant"):
            raise AccessError(self.env._("Only collectors and accountants take payments."))

    def _company(self):
        """Return the ward of the open session, else the current one."""
        return self.env["kdc.cash.session"]._current().company_id or self.env.company

    def _account(self, account_id):
        """Return the account when the caller may see it."""
        account = self._accounts([("id", "=", int(account_id))])
        if not account:
            raise UserError(
                self.env._(
                    "Money for this account cannot be taken here any more: it was archived, belongs to another area "
                    "now, or your cash session is of another ward (perhaps opened in another tab). Nothing was booked. "
                    "Press Esc and look the customer up again; if nobody is found, ask the accountant."
                )
            )
        return account

    def _debt(self, account, payer_id, debts=None):
        """Return the debt that the screen shows.

        :param debts: what is owed on the account by anybody, when it is known already
        :raise UserError: somebody who pays for the account no more owes nothing on it any more
        """
        debt = account._kdc_debt()
        if not payer_id or debt.payer.id == payer_id:
            return debt
        debts = account._kdc_charges_by_debt() if debts is None else debts
        found = next((other for other in debts if other.payer.id == payer_id), None)
        if not found:
            raise UserError(
                self.env._(
                    "The payer of account %s changed, or these bills were paid meanwhile. Nothing was booked. Press "
                    "Esc and look the customer up again.",
                    account.number,
                )
            )
        return found

    def _drives(self, debt):
        """Return the drives that may get a gift along with this debt: those of today's payer."""
        drives = self.env["kdc.contribution.drive"]
        return drives.browse() if debt.former else drives._open_for(debt.account)

    def _whole_amount(self, amount, allow_zero=False):
        if isinstance(amount, bool) or not isinstance(amount, int) or amount < 0 or (not amount and not allow_zero):
            raise UserError(self.env._("Enter an amount in whole đồng, greater than zero."))
        if amount >= AMOUNT_LIMIT:
            raise UserError(self.env._("This amount is too large for cash. Check the number of zeros."))
        return amount

    def _gifts(self, debt, gifts):
        """Return (drive, VND) of what the screen sent, refusing drives that this account cannot give to now."""
        drives = self._drives(debt).grouped("id")
        amounts = {int(drive_id): self._whole_amount(amount) for drive_id, amount in gifts}
        if len(amounts) < len(gifts) or amounts.keys() - drives.keys():
            raise UserError(
                self.env._("A drive you chose is no longer open. Nothing was booked. Look up the account again.")
            )
        return tuple((drives[drive_id], amount) for drive_id, amount in amounts.items())

    def _ways(self, account, spread, total, ways):
        """Return how the total is paid: VND by ``transfer`` and ``card``, in ``cash``, and its ``rounding``.

        Only cash that settles all that is owed is rounded: what somebody counts out as a part or in advance is taken as
        it is.
        """
        ways = ways or {}
        transfer, card = (self._whole_amount(ways.get(way) or 0, allow_zero=True) for way in ("transfer", "card"))
        cash = total - transfer - card
        if cash < 0:
            raise UserError(self.env._("By transfer and card more is paid than the amount. Check the amounts."))
        rounded = cash
        if spread.total and not spread.remaining and not spread.advance:
            rounded = self._round_cash(account.company_id, cash)
        return {"transfer": transfer, "card": card, "cash": rounded, "rounding": rounded - cash}

    @api.model
    def _way_reference(self, ways):
        """Return by which number the bank knows what is not paid in cash, as typed."""
        reference = (ways or {}).get("reference")
        return reference.strip()[:64] if isinstance(reference, str) else ""

    def _check_slip(self, company, number):
        """What is not cash has a number of the bank, and that number is on no other receipt of the ward."""
        receipts = self.env["kdc.receipt"]
        if not receipts._slip_key(number):
            raise UserError(
                self.env._(
                    "Nothing was booked. Enter the number of the transfer, as the bank shows it, or of the card slip: "
                    "the accountant finds the money by it."
                )
            )
        earlier = receipts._slip_taken(company, number)
        if earlier:
            raise UserError(
                self.env._(
                    "Nothing was booked. Number %(number)s is on receipt %(receipt)s of %(day)s (%(amount)s) already, "
                    "and a transfer or card slip makes one receipt. If it pays for several customers, let the "
                    "accountant divide it when the bank shows it. If the card machine has begun its numbers again, "
                    "write the number of the batch behind it.",
                    number=number, receipt=earlier.name, day=fmt.date(earlier.date), amount=fmt.vnd(earlier.amount),
                )
            )  # fmt: skip

    @api.model
    def _round_cash(self, company, cash):
        return round_cash(cash, int(company.kdc_cash_rounding))

    def _account_values(self, debt):
        account, payer = debt
        household = account.household_id
        return {
            "id": account.id,
            "payer_id": payer.id,
            "former": debt.former,
            "number": account.number,
            "name": payer.name,
            "payer": payer.name if debt.former else account._kdc_usual_payer(),
            "address": account.dwelling_id.display_name or "",
            "area": account.area_id.name or "",
            "phone": phone.display(payer.phone or (household.partner_id == payer and household.head_id.phone) or ""),
        }

    def _charge_values(self, charge):
        return {
            "key": f"{charge.key['move_id']}-{charge.key['section']}",
            "period": f"{charge.period:%m/%Y}",
            "label": charge.key["label"],
            "open": charge.open,
            "old": charge.period < today_here(self).replace(day=1),
        }

    def _fingerprint(self, debt, spread, gifts, ways):
        """Return a short digest of the spread; equal only when every share, gift, way and the advance are equal."""
        shown = [
            [share.charge.key["move_id"], share.charge.key["section"], share.charge.open, share.amount]
            for share in spread.shares
        ]
        given = [[drive.id, amount] for drive, amount in gifts]
        text = json.dumps([debt.account.id, debt.payer.id, spread.total, spread.advance, shown, given, ways])
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def _receipt_values(self, receipt):
        debt = receipt.account_id._kdc_debt(receipt.sudo().partner_id)  # sudo: whose bills they were, as on the paper
        return {
            "id": receipt.id,
            "name": receipt.name,
            "amount": round(receipt.amount),
            "cash": round(receipt.cash_amount),
            "advance": round(receipt.advance),
            "payer": receipt.payer_name,
            "account": receipt.account_id.number,
            "former": debt.former and debt.payer.name,
            "remaining": self._owed_of([debt]).get(debt, 0),
            "session": self.get_session(),
        }
