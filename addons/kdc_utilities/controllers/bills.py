"""Bills and receipts of the reader's own household."""

import io

import qrcode
from odoo import http
from odoo.addons.kdc_residents.controllers.home import ResidentHome
from odoo.addons.kdc_residents.engine.format import fmt
from odoo.addons.kdc_residents.engine.qr import svg_path as qr_path
from odoo.addons.kdc_residents.tools.local_day import today_here
from odoo.addons.kdc_residents.tools.private_file import private_file
from odoo.fields import Domain
from odoo.http import request

# Two years of monthly bills; older ones are on further pages.
BILLS_PER_PAGE = 24
# Months named on the page of another bill; the list has them all.
OPEN_BESIDE = 6
UNPAID = ("due", "part", "plan", "late")
#: Badge and icon of each state, so that colour is never alone.
STATE_LOOKS = {
    "due": ("info", "clock"),
    "part": ("warn", "clock"),
    "late": ("late", "warning"),
    "plan": ("info", "clock"),
    "paid": ("ok", "check"),
    "written_off": ("muted", "info"),
    "cancelled": ("muted", "info"),
}


def qr_png(payload, scale=12):
    """Return the QR code as PNG, large enough for a banking app that reads it from the gallery."""
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=4, box_size=scale)
    code.add_data(payload)
    output = io.BytesIO()
    code.make_image().save(output, format="PNG")
    return output.getvalue()


class ResidentBills(ResidentHome):
    """``/my/bills``: a bill of another household does not exist for the reader."""

    # -- home --------------------------------------------------------------------------------------

    def _home_tasks(self, household, resident):
        tasks = super()._home_tasks(household, resident)
        bills = self._bills_of(household, unpaid=True)
        planned = bills.filtered(lambda bill: bill._kdc_bill_state() == "plan")
        plans = planned.kdc_instalment_debt_ids.filtered("live").plan_id
        return tasks + [*map(self._instalment_task, plans), *self._bill_tasks(bills - planned)]

    def _bill_tasks(self, bills):
        """Return the task of paying these bills, newest first, as a list."""
        if not bills:
            return []
        late = [bill for bill in bills if bill._kdc_bill_state() == "late"]
        first, total = bills[-1], sum(bills.mapped("amount_residual"))
        if len(bills) == 1:
            title = request.env._("Pay the bill of %s", fmt.period(first.kdc_period).lower())
            url = f"/my/bills/{first.id}"
        else:
            title = request.env._("%s bills to pay", len(bills))
            url = "/my/bills"
        text = (
            request.env._(
                "%(amount)s – overdue since %(date)s", amount=fmt.vnd(total), date=fmt.date(late[-1].invoice_date_due)
            )
            if late
            else request.env._(
                "%(amount)s – before %(date)s", amount=fmt.vnd(total), date=fmt.date(first.invoice_date_due)
            )
        )
        kind = "late" if late else "warn"
        return [{"icon": "bill", "title": title, "text": text, "url": url, "kind": kind, "sequence": 10}]

    def _instalment_task(self, plan):
        """Return the task of paying the next instalment of a running plan."""
        missed = plan.next_date < today_here(plan)
        amount, day = fmt.vnd(plan.next_amount), fmt.date(plan.next_date)
        return {
            "icon": "bill",
            "title": request.env._("Pay the instalment"),
            "text": request.env._("%(amount)s – overdue since %(date)s", amount=amount, date=day)
            if missed
            else request.env._("%(amount)s – before %(date)s", amount=amount, date=day),
            "url": "/my/bills",
            "kind": "late" if missed else "warn",
            "sequence": 9,
        }

    def _welcome_doors(self):
        return super()._welcome_doors() + [
            {
                "icon": "bill",
                "title": request.env._("See and pay the bill"),
                "text": request.env._("Every amount explained step by step, with a QR code for your bank"),
                "url": "/my/bills",
                "sequence": 10,
            }
        ]

    def _home_tiles(self, household, resident):
        return super()._home_tiles(household, resident) + [
            {
                "icon": "bill",
                "title": request.env._("Bills"),
                "url": "/my/bills",
                "count": len(self._bills_of(household, unpaid=True)),
                "sequence": 10,
            }
        ]

    # -- pages -------------------------------------------------------------------------------------

    def _home_outside_tiles(self):
        """Show the bills to somebody who is no resident but pays here, for a shop or an office."""
        tiles = super()._home_outside_tiles()
        if request.env.user._kdc_has_bills():
            tiles.append(
                {"icon": "bill", "title": request.env._("Bills"), "url": "/my/bills", "count": None, "sequence": 10}
            )
        return tiles

    @http.route("/my/bills", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def resident_bills(self, page="1", **_kwargs):
        """List the household's bills: what is to pay first, then the rest, newest first."""
        household = self._bills_household()
        number = int(page) if page.isascii() and page.isdigit() and 0 < len(page) < 5 else 1
        number = max(number, 1)
        accounts = self._seen_accounts(household)
        unpaid = self._seen_bills(household, unpaid=True)
        others = self._seen_bills(
            household, unpaid=False, limit=BILLS_PER_PAGE + 1, offset=(number - 1) * BILLS_PER_PAGE
        )
        return self._light_render(
            "kdc_utilities.portal_bills",
            self._bills_page(household, accounts)
            | {
                "unpaid": self._bill_rows(unpaid, accounts) if number == 1 else [],
                "unpaid_total": sum(unpaid.mapped("amount_residual")),
                "others": self._bill_rows(others[:BILLS_PER_PAGE], accounts),
                "newer": number - 1,
                "older": number + 1 if len(others) > BILLS_PER_PAGE else 0,
            },
        )

    @http.route("/my/bills/<int:move_id>", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def resident_bill(self, move_id, **_kwargs):
        """Show one bill: amount, QR code, why it is that much, what was paid."""
        return self._light_render("kdc_utilities.portal_bill", self._bill_page(self._bill(move_id)))

    def _bill_page(self, bill):
        """Return what the page of a bill shows; other addons add to it."""
        payload = bill._kdc_vietqr()
        state = bill._kdc_bill_state()
        explained = bill._kdc_bill()
        [(_open, advance)] = bill._kdc_beside().values()
        return {
            "bill": bill,
            "row": self._bill_row(bill),
            "unpaid": state in UNPAID,
            "stamp": self._bill_stamp(bill),
            "bank": bill._kdc_bank() if state in UNPAID else None,
            "open_beside": self._open_beside(bill),
            "advance": advance,
            "qr": qr_path(payload) if payload else None,
            "sections": bill._kdc_worded_sections(),
            "pending": bill._kdc_word_pending(explained),
            "true_ups": bill._kdc_word_true_ups(explained),
            "services": self._services(bill.company_id),
            "late_terms": bill._kdc_late_fee_terms(),
            "charts": bill._kdc_consumption(),
            "photos": set(bill._kdc_photo_readings().ids),
            "received": bill._kdc_received(),
            "from_advance": bill._kdc_from_advance(),
            "undone": self._undone_receipts(bill) if state in UNPAID else [],
            "plans": bill._kdc_instalment_plan(),
        }

    def _undone_receipts(self, bill):
        """Return the reader's receipts (sudo) that had paid an open bill and count no more: they may hold the paper."""
        undone = bill.kdc_receipt_line_ids.receipt_id.filtered(lambda receipt: receipt.state != "posted")
        return undone and undone.search(Domain("id", "in", undone.ids) & self._receipt_domain())

    def _open_beside(self, bill):
        """Return what else is open on the account of a bill, oldest first: rows of some months, how many more, sum."""
        bills = bill._kdc_open_beside()
        return {
            "rows": [self._bill_row(other) for other in bills[:OPEN_BESIDE]],
            "more": len(bills[OPEN_BESIDE:]),
            "total": sum(bills.mapped("amount_residual")),
        }

    @http.route("/my/bills/<int:move_id>/state", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def resident_bill_state(self, move_id, **_kwargs):
        """Say in a few bytes whether the open page of a bill is still right: its script asks again and again."""
        bill = self._bill(move_id)
        left = bill.amount_residual
        news = request.env._("Received in full. Thank you.")
        if left > 0:
            news = request.env._("A payment has arrived. Still to pay: %s.", fmt.vnd(left))
        return self._live_answer(self._bill_stamp(bill), news)

    def _bill_stamp(self, bill):
        """Return a text that changes with what is left to pay."""
        return f"{round(bill.amount_residual)}"

    def _live_answer(self, stamp, news):
        """Answer the script of a page that follows the money, see ``light_live.js``."""
        return request.make_json_response(
            {"stamp": stamp, "news": news}, headers=[("Cache-Control", "private, no-store")]
        )

    @http.route("/my/bills/<int:move_id>/pdf", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def resident_bill_pdf(self, move_id, **_kwargs):
        """Give the bill as PDF."""
        bill = self._bill(move_id)
        content = request.env["kdc.bill.pdf"]._render(bill, photos=True)
        return self._pdf(content, bill.kdc_reference or bill.name)

    @http.route(
        "/my/bills/<int:move_id>/photo/<int:reading_id>",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        methods=["GET"],
    )
    def resident_bill_photo(self, move_id, reading_id, **_kwargs):
        """Give the photo of a reading of this bill, small enough for a phone on a weak network."""
        photos = self._bill(move_id)._kdc_reading_photos()
        if reading_id not in photos:
            raise request.not_found()
        return request.make_response(
            photos[reading_id],
            [
                ("Content-Type", "image/jpeg"),
                ("Cache-Control", "private, no-store"),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )

    @http.route(
        "/my/bills/<int:move_id>/qr.png", type="http", auth="user", website=True, sitemap=False, methods=["GET"]
    )
    def resident_bill_qr(self, move_id, **_kwargs):
        """Give the QR code as a picture to save: a phone cannot scan its own screen."""
        bill = self._bill(move_id)
        payload = bill._kdc_vietqr()
        if not payload:
            raise request.not_found()
        return private_file(qr_png(payload), f"VietQR-{bill.kdc_reference}.png")

    @http.route("/my/receipts/<int:receipt_id>", type="http", auth="user", website=True, sitemap=False, methods=["GET"])
    def resident_receipt(self, receipt_id, **_kwargs):
        """Show one receipt: what was paid for and by whom it was taken."""
        receipt = self._receipt(receipt_id)
        withdrawn = receipt.reversal_ids.filtered(lambda reversal: reversal.state == "posted")
        values = {
            "receipt": receipt,
            "kinds": receipt._kind_sentences(),
            "where": withdrawn._where_words() if withdrawn else "",
        }
        return self._light_render("kdc_utilities.portal_receipt", values)

    @http.route(
        "/my/receipts/<int:receipt_id>/pdf", type="http", auth="user", website=True, sitemap=False, methods=["GET"]
    )
    def resident_receipt_pdf(self, receipt_id, **_kwargs):
        """Give the receipt as PDF; the original is the paper from the counter, so this says copy."""
        receipt = self._receipt(receipt_id)
        return self._pdf(request.env["kdc.receipt.pdf"]._render(receipt, copy=True), receipt.name)

    def _bills_page(self, household, accounts):
        """Return what other addons and parts add to the values of the list of bills.

        :param accounts: those of the reader, see ``_seen_accounts``
        """
        return {"household": household, "advances": self._advances(household, accounts)}

    # -- whose -------------------------------------------------------------------------------------

    def _bills_household(self):
        """Return the household whose bills the reader sees, in sudo; empty for who pays here and lives elsewhere.

        :raise werkzeug.exceptions.NotFound: there is neither a household nor anything to pay
        """
        user = request.env.user
        if not user._kdc_household() and user._kdc_has_bills():
            return request.env["kdc.household"]
        return self._light_household("bills")

    def _bill_payers(self, household):
        """Return whose bills the reader sees: the household, else the shop or organisation of this user."""
        return household.partner_id.commercial_partner_id or request.env.user._kdc_payer()

    def _accounts_domain(self, household):
        """Return the domain of the customer accounts of the reader: the payer's own, and those opened for the reader.

        Notices and reminders ask the same for others, see ``kdc.customer.account._kdc_reading_pairs``.
        """
        payers = Domain("partner_id", "child_of", self._bill_payers(household).ids)
        return payers | Domain("viewer_ids", "in", request.env.user.partner_id.ids)

    def _seen_accounts(self, household):
        """Return these accounts, closed ones too (sudo); none for a member with whom bills are not shared."""
        # sudo: residents have no right on accounts; the domain lets only those of the reader's own bills through.
        accounts = request.env["kdc.customer.account"].sudo().with_context(active_test=False)
        if household and not request.env.user._kdc_may_see("bills", household):
            return accounts
        return accounts.search(self._accounts_domain(household))

    def _bill_domain(self, household):
        """Return the domain of the bills that the reader may read.

        Besides the household's own these are those of accounts opened for the reader: a shop, an organisation.
        """
        bills = [("kdc_account_id", "!=", False), ("move_type", "=", "out_invoice"), ("state", "=", "posted")]
        return self._papers_domain(household, "kdc_account_id") & Domain(bills)

    def _papers_domain(self, household, account):
        """Return the domain of the bills or receipts of the reader's payers, and of accounts opened for the reader.

        Of those only what names who pays for the account today: the papers of who paid before are theirs, and nobody
        reads them who came after.

        :param account: the field of the account
        """
        # sudo: residents have no right on accounts; only whose papers the reader was let see is asked
        opened = request.env["kdc.customer.account"].sudo().with_context(active_test=False).search(
            [("viewer_ids", "in", request.env.user.partner_id.ids)]
        )  # fmt: skip
        return Domain("partner_id", "child_of", self._bill_payers(household).ids) | Domain.OR(
            Domain(account, "in", accounts.ids) & Domain("partner_id", "=", payer.id)
            for payer, accounts in opened.grouped("partner_id").items()
        )

    def _bills_of(self, household, unpaid):
        """Return the household's bills like ``_seen_bills``; none for a member with whom they are not shared."""
        if household and not request.env.user._kdc_may_see("bills", household):
            return request.env["account.move"]
        return self._seen_bills(household, unpaid)

    def _seen_bills(self, household, unpaid, limit=None, offset=0):
        """Return the bills of a household that the reader may see, newest first, unpaid or settled (in sudo).

        :param household: as ``_bills_household`` returns it, which is the check
        """
        # sudo: a share reaches beyond Odoo's portal rule (owners, payers); the domain lets only this household
        # through, and pages show named fields.
        return request.env["account.move"].sudo().search(
            self._bill_domain(household) & Domain("amount_residual", ">" if unpaid else "<=", 0),
            order="kdc_period desc, id desc",
            limit=limit,
            offset=offset,
        )

    def _bill(self, move_id):
        """Return a bill of the reader's household in sudo; any other number does not exist."""
        household = self._bills_household()
        # sudo: the household was checked and lets only its own through; account, readings and receipts behind the
        # bill are closed to residents.
        bill = request.env["account.move"].sudo().search(Domain("id", "=", move_id) & self._bill_domain(household))
        if not bill:
            raise request.not_found()
        return bill

    def _receipt(self, receipt_id):
        """Return a receipt of the reader's household in sudo; any other number does not exist."""
        # sudo: residents have no right on receipts at all; the domain lets only those of the own bills through.
        receipt = request.env["kdc.receipt"].sudo().search(Domain("id", "=", receipt_id) & self._receipt_domain())
        if not receipt:
            raise request.not_found()
        return receipt

    def _receipt_domain(self):
        """Return the domain of the receipts that the reader may read."""
        return self._papers_domain(self._bills_household(), "account_id")

    # -- rows --------------------------------------------------------------------------------------

    def _bill_rows(self, bills, accounts):
        """Return the rows of a list; whoever reads bills of several accounts is told whose each one is."""
        rows = [self._bill_row(bill) for bill in bills]
        if len(accounts) > 1:
            for row, bill in zip(rows, bills, strict=True):
                row["whose"] = f"{bill.partner_id.name} · {bill.kdc_account_id.number}"
        return rows

    def _bill_row(self, bill):
        """Return what lists show of a bill."""
        state = bill._kdc_bill_state()
        kind, icon = STATE_LOOKS[state]
        # Only the names, as they were stored: a list of bills need not read every line of each.
        names = [section["name"] for section in (bill.kdc_explanation or {}).get("sections", ())]
        return {
            "id": bill.id,
            "period": fmt.period(bill.kdc_period) or bill.name,
            "services": ", ".join(names),
            "whose": "",
            "amount": bill.amount_residual if state in UNPAID else bill.amount_total,
            "due": bill.invoice_date_due,
            "state": state,
            "kind": kind,
            "icon": icon,
            "word": self._state_words()[state],
        }

    def _state_words(self):
        env = request.env
        return {
            "due": env._("To pay"),
            "part": env._("Paid in part"),
            "late": env._("Overdue"),
            "plan": env._("By instalments"),
            "paid": env._("Paid in full"),
            "written_off": env._("Written off by decision"),
            "cancelled": env._("Cancelled"),
        }

    def _services(self, company):
        """Return {code: service} for legal basis and kind of money, which the law wants published with the fee."""
        services = request.env["kdc.service"]._published(company)
        return {code: service for (_company, code), service in services.items()}

    def _advances(self, household, accounts):
        """Return what was paid beyond the bills as dicts of ``whose`` and ``amount`` in VND, one for each payer.

        ``whose`` is empty where there is one payer only. The money of one counts towards no bill of another.
        """
        payers = accounts.grouped(lambda account: (account.partner_id, account.company_id))
        rows = [
            {"whose": payer.name if len(payers) > 1 else "", "amount": own[0]._kdc_advance()}
            for (payer, _company), own in payers.items()
        ]
        return [row for row in rows if row["amount"] > 0]

    def _pdf(self, content, name):
        filename = "".join(char if char.isalnum() else "-" for char in name)
        return private_file(content, f"{filename}.pdf", inline=True)
