import logging
import re

from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.clock import read_instant, to_local
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.exceptions import UserError
from psycopg2 import IntegrityError, OperationalError

from ..engine.apportion import apportion
from ..engine.phone_clock import corrected
from .kdc_receipt import Taking

_logger = logging.getLogger(__name__)

#: Accounts handed out at once; a collector walks one or a few residential groups, not the ward.
LIST_LIMIT = 3000
#: Payments taken in one request.
PARCEL = 20
KEY = re.compile(r"[A-Za-z0-9-]{8,64}")


class KdcDoorRound(models.AbstractModel):
    """Collecting from door to door on a phone without network: what it is given, and what it sends afterwards.

    Each payment has a key made by the phone, unique in the database, so sending it again changes nothing. Money that
    was taken is never turned away because something changed meanwhile: the spread is made anew by the same rules, what
    was paid elsewhere becomes the payer's advance, a number that cannot be kept is replaced, and the collector is told.
    Works with the rights of the collector; only what the collector may not read by hand is read in sudo.
    """

    _name = "kdc.door.round"
    _description = "Collecting from Door to Door"

    # -- what the phone is given -------------------------------------------------------------------

    @api.model
    def _download(self, device_key):
        """Return session, numbers and accounts of the collector for this phone; no accounts without an open session."""
        self._check_keys(device_key)
        session = self.env["kdc.cash.session"]._current()
        answer = {
            "collector": self.env.uid,
            "made": fmt.datetime(fields.Datetime.now()),
            "now": f"{fields.Datetime.now().isoformat()}Z",
            "session": session.id,
            "ranges": [],
            "accounts": [],
        }
        if not session:
            return answer
        company = session.company_id
        ranges = self.env["kdc.receipt.range"].search(
            [("user_id", "=", self.env.uid), ("device_key", "=", device_key), ("state", "=", "active")], order="id"
        )
        accounts = self._account_rows(company)
        cut = len(accounts) == LIST_LIMIT
        return answer | {
            "ward": company.name,
            "zero_tens": company.kdc_zero_tens_word or "linh",
            "rounding": int(company.kdc_cash_rounding),
            "ranges": [self._range_values(block) for block in ranges],
            "accounts": accounts,
            # More than these, and the page says so.
            "total": self.env["kdc.customer.account"].search_count(self._account_domain(company))
            if cut
            else len(accounts),
        }

    @api.model
    def _account_domain(self, company):
        return [("company_id", "=", company.id)]

    @api.model
    def _account_rows(self, company):
        """Return the accounts of the collector's areas in walking order with what each owes, in a few queries."""
        accounts = self.env["kdc.customer.account"].search(
            self._account_domain(company), order="area_id, route_sequence, number", limit=LIST_LIMIT
        )
        charges = accounts._kdc_charges_by_debt()
        advances = self._advances(accounts)
        references = self._references(accounts)
        return [
            {
                "id": account.id,
                "number": account.number,
                "name": account.partner_id.name,
                "payer": account._kdc_usual_payer(),
                "debtor": account.partner_id.id,
                "address": account.dwelling_id.name or "",
                "area": account.area_id.name or "",
                "codes": references.get(account.id, []),
                "advance": advances.get(account.partner_id.id, 0),
                "charges": [self._charge_values(charge) for charge in charges.get(account._kdc_debt(), ())],
            }
            for account in accounts
        ]

    @api.model
    def _references(self, accounts):
        """Return account id → the codes of its payer's open bills, which the camera finds in their QR codes.

        What somebody owes who paid for it before is taken at the counter, where the screen says whose it is.
        """
        codes = {}
        for bill in accounts._kdc_own_open_bills():
            codes.setdefault(bill.kdc_account_id.id, []).append(bill.kdc_reference or "")
        return codes

    @api.model
    def _advances(self, accounts):
        """Return payer id → VND paid in advance."""
        # sudo: collectors do not read accounting; the accounts were found with their own rights.
        groups = self.env["account.move.line"].sudo()._read_group(
            [
                ("partner_id", "in", accounts.partner_id.ids),
                ("company_id", "in", accounts.company_id.ids),
                ("account_id.account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("amount_residual", "<", 0),
            ],
            ["partner_id"],
            ["amount_residual:sum"],
        )  # fmt: skip
        return {partner.id: -round(residual) for partner, residual in groups}

    @api.model
    def _charge_values(self, charge):
        return {
            "key": [charge.key["move_id"], charge.key["section"]],
            "period": f"{charge.period:%m/%Y}",
            "label": charge.key["label"],
            "open": charge.open,
        }

    @api.model
    def _range_values(self, block):
        used = block.receipt_ids.mapped("number")
        return {
            "id": block.id,
            "prefix": block._prefix(),
            "year": block.year,
            "next": max([block.first_number - 1, *used]) + 1,
            "last": block.last_number,
        }

    @api.model
    def _reserve(self, device_key, device_name, request_key):
        """Set receipt numbers apart for this phone and return them."""
        self._check_keys(device_key, request_key)
        session = self.env["kdc.cash.session"]._current_in_turn()
        if not session:
            raise UserError(self.env._("Open your cash session first; nothing was booked."))
        name = device_name.strip()[:60] if isinstance(device_name, str) else ""
        # sudo: the collector's own session; nobody makes ranges by hand.
        block = self.env["kdc.receipt.range"]._reserve(
            session.sudo(), device_key, name or self.env._("Phone"), request_key  # sudo: as above
        )
        if block.state != "active":
            raise UserError(self.env._("These numbers were ended meanwhile. Fetch the list again."))
        return self._range_values(block)

    @api.model
    def _give_back(self, device_key):
        """End the numbers of this phone: the collector has sent everything. Returns how many numbers stay unused."""
        self._check_keys(device_key)
        # sudo: the collector's own ranges; unused numbers are recorded by the system.
        ranges = self.env["kdc.receipt.range"].sudo().search(
            [("user_id", "=", self.env.uid), ("device_key", "=", device_key), ("state", "=", "active")]
        )  # fmt: skip
        ranges._end(self.env._("Given back unused at the end of the round."))
        return sum(ranges.mapped("unused_count"))

    @api.model
    def _check_keys(self, *keys):
        if not all(isinstance(key, str) and KEY.fullmatch(key) for key in keys):
            raise UserError(self.env._("This phone has no key. Reload the page."))

    # -- what the phone sends ----------------------------------------------------------------------

    @api.model
    def _take_all(self, payments, sent):
        """Take a parcel of payments, each on its own.

        :param payments: list of dicts ``key``, ``account``, ``amount`` (VND of cash), ``rounded`` (whether it is all
            that is owed, rounded), ``range``, ``number``, ``payer``, ``debtor`` (whose debt the phone showed),
            ``taken`` (ISO time with zone by the phone's clock), ``shown`` (list of [bill, section, VND] and the advance
            last, as it stands on the phone's paper), ``prints``
        :param sent: ISO time of sending by the phone's clock
        :return: list of dicts ``key``, ``state`` and ``message``; when ``done`` also ``name``, ``advance``, ``owed``
        """
        if not isinstance(payments, list) or len(payments) > PARCEL:
            raise UserError(self.env._("At most %s payments are sent at once.", PARCEL))
        self.env["kdc.cash.session"]._current_in_turn()
        return [self._take_safely(item if isinstance(item, dict) else {}, sent) for item in payments]

    @api.model
    def _take_safely(self, item, sent):
        """Take one payment so that its failure leaves the others alone and the payment on the phone."""
        key = item.get("key")
        try:
            self._check_keys(key)
            with self.env.cr.savepoint():
                return {"key": key, "state": "done"} | self._take(item, sent)
        except UserError as error:
            return {"key": key, "state": "refused", "message": str(error)}
        except IntegrityError:
            return {"key": key, "state": "refused", "message": self.env._("Somebody else was faster. Send it again.")}
        except OperationalError:  # Odoo runs the whole request again
            raise
        except Exception:  # whatever is wrong with this one, those behind it are sent
            _logger.exception("A payment sent by a phone could not be taken")
            message = self.env._(
                "This payment cannot be booked. Bring the money and the number of the paper to the office."
            )
            return {"key": key, "state": "refused", "message": message}

    @api.model
    def _take(self, item, sent):
        # sudo: also finds what the office has cancelled or another person's receipt under a copied key.
        done = self.env["kdc.receipt"].sudo().search([("client_key", "=", item["key"])])
        if done and done.user_id != self.env.user:
            raise UserError(self.env._("This payment was sent by somebody else. Ask the office."))
        return self._answer(done or self._book(item, sent))

    @api.model
    def _book(self, item, sent):
        """Book one payment that is not booked yet and return its receipt (sudo)."""
        counter = self.env["kdc.collect"]
        cash = counter._whole_amount(item.get("amount"))
        block = self._range(item.get("range"))
        session = block.session_id if block.session_id.state == "open" else self.env["kdc.cash.session"]._current()
        if not session:
            raise UserError(
                self.env._("Open your cash session first, then send again. The payment stays on this phone.")
            )
        account = self._account(item.get("account"), session)
        taken, day = self._time(item.get("taken"), sent, block, session)
        notes = []
        number = self._number(item.get("number"), block, session, day)
        if number is None:
            notes.append(
                self.env._(
                    "The number %s of the phone cannot be kept; this receipt has the next one of the desk. Give the "
                    "payer a new print.",
                    self._paper_number(item.get("number"), block),
                )
            )
        debt = self._debt(account, item.get("shown"), item.get("debtor"))
        charges = debt.charges()
        owed = sum(charge.open for charge in charges)
        # Rounded cash settles the debt; when a part was paid elsewhere meanwhile, all that was taken counts.
        amount = owed if item.get("rounded") is True and counter._round_cash(account.company_id, owed) == cash else cash
        spread = apportion(amount, charges)
        notes += self._changes(debt, spread, item.get("shown"))
        vals = {
            "range_id": block.id if number else False,
            "taken_on": taken,
            "note": " ".join(notes),
            "print_count": item["prints"] if type(item.get("prints")) is int and 0 <= item["prints"] < 100 else 0,
        }
        payer = item["payer"] if isinstance(item.get("payer"), str) else None
        # sudo: collectors have no right on accounting; job, session and account were checked with their own rights.
        [receipt] = self.env["kdc.receipt"].sudo()._collect_all(
            session.sudo(), [Taking(  # sudo: as above
                # sudo: as above
                account.sudo(), spread, item["key"], payer, number=number, rounding=cash - amount, vals=vals,
                payer=debt.payer,
            )], day
        )  # fmt: skip
        unused = block.unused_ids.filtered(lambda unused: unused.number == number)
        unused.receipt_id = receipt
        return receipt

    @api.model
    def _range(self, range_id):
        """Return the collector's range of that id (sudo), or an empty one: money is taken without it as well."""
        if type(range_id) is not int or not 0 < range_id < 2**31:
            range_id = 0
        # sudo: only the collector's own ranges; session and unused numbers are read with it.
        return self.env["kdc.receipt.range"].sudo().search([("id", "=", range_id), ("user_id", "=", self.env.uid)])

    @api.model
    def _account(self, account_id, session):
        """Return the account, found with the collector's own rights."""
        if type(account_id) is not int or not 0 < account_id < 2**31:
            account_id = 0
        account = self.env["kdc.customer.account"].with_context(active_test=False)
        account = account.search([("id", "=", account_id), ("company_id", "=", session.company_id.id)])
        if not account:
            raise UserError(
                self.env._(
                    "This account is not in your areas any more. Bring the money and the number of the paper to the "
                    "office; the payment stays on this phone."
                )
            )
        return account.with_context(active_test=True)

    @api.model
    def _debt(self, account, shown, debtor=None):
        """Return the debt that a payment is for: that of whom the bills on the phone's paper name.

        The payer may have changed while the payment lay on the phone. Papers of several payers are of an older phone.
        A paper without bills is an advance of whom the phone showed.
        """
        rows = shown[:-1] if isinstance(shown, list) else []
        ids = {row[0] for row in rows if isinstance(row, list) and row and type(row[0]) is int and 0 < row[0] < 2**31}
        # sudo: collectors do not read bills; only those of this account are looked at.
        bills = self.env["account.move"].sudo().search([("id", "in", list(ids)), ("kdc_account_id", "=", account.id)])
        payers = bills.partner_id
        if not payers and type(debtor) is int and debtor != account.partner_id.id:
            payers = account._kdc_payers().filtered(lambda payer: payer.id == debtor)
        return account._kdc_debt(payers if len(payers) == 1 else None)

    @api.model
    def _time(self, taken, sent, block, session):
        """Return when the money was taken (UTC) and the day of the receipt, whatever the phone's clock says.

        A day whose books are closed cannot get a receipt any more: then it is today's.
        """
        now = fields.Datetime.now()
        earliest = block.create_date or session.date_opened
        try:
            taken, sent = (read_instant(text).astimezone().replace(tzinfo=None) for text in (taken, sent))
        except (TypeError, ValueError, OverflowError, OSError):
            taken = sent = now
        when = corrected(taken, sent, now, min(earliest, now)).replace(microsecond=0)
        day = to_local(when).date()
        # sudo: collectors do not read the accounting set-up; only whether the day is closed.
        if session.company_id.sudo()._get_violated_lock_dates(day, False, session.sudo().journal_id):
            day = today_here(self)
        return when, day

    @api.model
    def _number(self, number, block, session, day):
        """Return the number of the phone's paper if the receipt can have it, else None.

        It has to be one of the range and free, and the receipt of the same desk and year.
        """
        free = (
            type(number) is int
            and block.first_number <= number <= block.last_number
            and block.journal_id == session.sudo().journal_id  # sudo: only which desk it is
            and block.year == day.year
            and number not in block.receipt_ids.mapped("number")
        )
        return number if free else None

    @api.model
    def _paper_number(self, number, block):
        known = type(number) is int and 0 < number < 10**9 and block
        return f"{block._prefix()}{number:06d}" if known else "–"

    @api.model
    def _changes(self, debt, spread, shown):
        """Return the sentences that say how the spread differs from what stands on the phone's paper."""
        booked = [
            [share.charge.key["move_id"], share.charge.key["section"], share.amount]
            for share in spread.shares
            if share.amount
        ]
        if not isinstance(shown, list) or shown == [*booked, spread.advance]:
            return []
        before = shown[-1] if shown and type(shown[-1]) is int else 0
        if spread.advance > before and debt.former:
            return [
                self.env._(
                    "%(rest)s of it was paid elsewhere meanwhile. It is kept for %(payer)s, who paid for this account "
                    "before; nothing is lost.",
                    rest=fmt.vnd(spread.advance - before), payer=debt.payer.name,
                )
            ]  # fmt: skip
        if spread.advance > before:
            return [
                self.env._(
                    "%s of it was paid elsewhere meanwhile. It is kept as an advance of this account; nothing is lost.",
                    fmt.vnd(spread.advance - before),
                )
            ]
        return [self.env._("What is owed has changed meanwhile, so it is spread otherwise than on the phone's paper.")]

    @api.model
    def _answer(self, receipt):
        """Return what the phone shows of a receipt, and what the account still owes."""
        account = receipt.account_id
        message = receipt.note or ""
        if receipt.state != "posted":
            message = self.env._("The office has cancelled this receipt: %s", receipt.cancel_reason)
        return {
            "name": receipt.name,
            "account": account.id,
            "advance": round(receipt.advance),
            "message": message,
            "charges": [self._charge_values(charge) for charge in account._kdc_charges()],
        }
