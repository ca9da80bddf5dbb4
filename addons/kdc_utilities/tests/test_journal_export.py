import base64
import io
import json
from collections import defaultdict

import openpyxl
from odoo import fields, http
from odoo.addons.kdc_residents.tests.common import QUIET
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from ..engine.apportion import apportion
from .collection_common import NEW_TOTAL, OLD_TOTAL
from .test_transfer import TransferCommon


@tagged("post_install", "-at_install")
class TestJournalExport(TransferCommon, HttpCase):
    """Whatever moves money posts to the accounts that were chosen, and the journal handed over says so."""

    def _account(self, code):
        return self.env["account.account"].search(
            [("company_ids", "in", self.company.id), ("code", "=", code)], limit=1
        )

    def _play(self):
        """Let everything happen once; return kind → its posted entry."""
        drive = self.env["kdc.contribution.drive"].with_user(self.user_accountant).create(
            {"name": "Quỹ đèn hẻm", "purpose": "Mua đèn", "decision": "Biên bản họp"}
        )  # fmt: skip
        drive.with_user(self.user_approver).action_open()
        drive = drive.sudo()
        receipt = self._take(self.user_collector, self.account_a, 100_000, key="kept" * 4)
        wrong = self._take(self.user_collector, self.account_a, 5_000, key="wrong" * 4)
        wrong.with_user(self.user_accountant)._cancel("Gõ nhầm")
        gift = self.env["kdc.receipt"]._collect(
            receipt.session_id, self.account_a, apportion(0, []), client_key="gift" * 4, gifts=((drive, 30_000),)
        )
        [transfer] = self._import([("FT1", OLD_TOTAL + NEW_TOTAL + 700, self.new_b.kdc_reference)])
        session = receipt.session_id.with_user(self.user_collector)
        session.write({"counted_cash": 629_000, "difference_reason": "Thối nhầm"})
        session.action_close()
        office = session.with_user(self.user_accountant)
        office.action_countersign()
        deposit = self.env["kdc.cash.deposit"].browse(office.action_deposit()["res_id"]).with_user(self.user_accountant)
        deposit.slip_number = "GNT-01"
        deposit.action_post()
        water = self.services.filtered(lambda service: service.code == "NUOC")
        today = fields.Date.context_today(self.env.user)
        remittance = self.env["kdc.remittance"].with_user(self.user_accountant).with_context(**QUIET).create({
            "provider_id": water.provider_id.id, "date_from": self.last_month, "date_to": today,
            "journal_id": self.journal.id,
        })  # fmt: skip
        remittance.with_user(self.user_approver).action_approve()
        fund = self.env["kdc.fund"].create({
            "name": "Quỹ đèn", "account_id": drive.account_id.id, "purpose": "Đèn", "decision": "Biên bản",
        })  # fmt: skip
        spending = self.env["kdc.fund.spending"].with_user(self.user_accountant).create({
            "name": "Mua đèn", "fund_id": fund.id, "amount": 20_000, "payee": "Cửa hàng điện", "decision": "Tổ trưởng",
            "journal_id": self.journal.id, "paper": base64.b64encode(b"%PDF-1.4"),
        })  # fmt: skip
        spending.with_user(self.user_approver).action_approve()
        back = self.env["kdc.advance.return"].with_user(self.user_accountant).create({
            "account_id": self.account_b.id, "journal_id": self.journal.id, "receiver": "Bà B", "reason": "Dư",
        })  # fmt: skip
        back.with_user(self.user_approver).action_approve()
        entries = {
            "issue": self.new_a, "receipt": receipt.payment_id.move_id, "gift": gift.payment_id.move_id,
            "transfer": transfer.move_id, "difference": session.sudo().difference_move_id,
            "deposit": deposit.sudo().move_id, "remittance": remittance.sudo().move_id,
            "spending": spending.sudo().move_id, "advance back": back.sudo().move_id,
        }  # fmt: skip
        return entries, wrong.payment_id.move_id, drive.account_id

    def test_every_kind_posts_to_the_chosen_accounts(self):
        entries, wrong, fund = self._play()
        desk, bank = self.env["kdc.cash.session"]._cash_journal(self.company).default_account_id, (
            self.journal.default_account_id)  # fmt: skip
        payers = self.account_a.partner_id.with_company(self.company).property_account_receivable_id
        transit = self.company.transfer_account_id
        water, sewage = self._account("338801"), self._account("338802")
        expected = {
            "receipt": (desk, payers), "gift": (desk, fund), "transfer": (bank, payers),
            "difference": (self._account("13811"), desk), "deposit": (transit, desk),
            "remittance": (water | sewage, bank), "spending": (fund, bank), "advance back": (payers, bank),
        }  # fmt: skip
        for kind, (debited, credited) in expected.items():
            with self.subTest(kind=kind):
                lines = entries[kind].line_ids
                self.assertEqual(entries[kind].state, "posted")
                self.assertEqual(lines.filtered(lambda line: line.balance > 0).account_id, debited)
                self.assertEqual(lines.filtered(lambda line: line.balance < 0).account_id, credited)
                self.assertEqual(round(sum(lines.mapped("balance"))), 0)
        issue = entries["issue"].line_ids
        self.assertEqual(issue.filtered(lambda line: line.balance > 0).account_id, payers)
        self.assertLess(water | sewage, issue.filtered(lambda line: line.balance < 0).account_id)
        self.assertEqual(wrong.state, "cancel")

    def test_journal_is_the_ledger(self):
        self._play()
        export = self.env["kdc.journal.export"].with_user(self.user_approver).create({"date_from": self.last_month})
        sheet = openpyxl.load_workbook(io.BytesIO(export._book_file("xlsx")[0])).active
        rows = [row for row in sheet.iter_rows(values_only=True) if row[3] and isinstance(row[5], (int, float))]
        ledger = self.env["account.move.line"]._read_group(
            [
                ("company_id", "=", self.company.id), ("parent_state", "=", "posted"),
                ("date", ">=", export.date_from), ("date", "<=", export.date_to),
            ],
            ["account_id"], ["debit:sum", "credit:sum"],
        )  # fmt: skip
        found = defaultdict(lambda: [0, 0])
        for _day, _number, _text, debit, credit, amount, *_partner in rows:
            found[debit][0] += amount
            found[credit][1] += amount
        self.assertEqual(
            dict(found),
            {account.code: [round(debit), round(credit)] for account, debit, credit in ledger if debit or credit},
        )
        self.assertEqual(sum(row[5] for row in rows), round(export.total))
        self.assertIn(self.account_a.number, {row[6] for row in rows})
        total = [row[5] for row in sheet.iter_rows(values_only=True) if isinstance(row[5], (int, float))][-1]
        self.assertEqual(total, round(export.total))

    def test_who_may(self):
        for user in (self.user_collector, self.user_officer, self.user_portal_a):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.env["kdc.journal.export"].with_user(user).create({})
        for user in (self.user_accountant, self.user_approver, self.user_auditor):
            export = self.env["kdc.journal.export"].with_user(user).create({})
            export._book_file("xlsx")
            action = export.action_open_amount("total")
            items = self.env[action["res_model"]].with_user(user).search(action["domain"])
            self.assertEqual(round(sum(items.mapped("debit"))), round(export.total))

    def test_lists_go_to_spreadsheets(self):
        """Odoo's export menu: who keeps and who approves the books take what the list shows, but not the register."""
        self._take(self.user_collector, self.account_a, 1_000)
        self.env.flush_all()
        request = {
            "model": "kdc.receipt", "ids": False, "domain": [], "groupby": [], "import_compat": False, "context": {},
            "fields": [{"name": "name", "label": "Số", "type": "char"}, {"name": "amount", "label": "Tiền",
                       "type": "monetary"}],
        }  # fmt: skip
        self.authenticate("kdc_accountant", "kdc_accountant")
        form = {"data": json.dumps(request), "csrf_token": http.Request.csrf_token(self)}
        found = self.url_open("/web/export/xlsx", data=form)
        rows = list(openpyxl.load_workbook(io.BytesIO(found.content)).active.iter_rows(values_only=True))
        self.assertEqual(rows[-1][1], 1_000)
        for user in (self.user_collector, self.user_area_head, self.user_auditor):
            with self.subTest(user=user.login), self.assertRaises(UserError):
                self.env["kdc.fee.balance.line"].with_user(user).export_data(["name"])
        for records, column in (
            (self.resident_a, "name"), (self.household_a, "name"), (self.household_a.partner_id, "phone"),
            (self.user_portal_a, "login"), (self.household_a.membership_ids, "role"),
            (self.account_a, "household_id/membership_ids/resident_id/phone"),
            (self.account_a, "partner_id/child_ids/phone"),
        ):  # fmt: skip
            for user in (self.user_accountant, self.user_approver):
                with self.subTest(model=records._name, column=column, user=user.login), self.assertRaises(UserError):
                    records.with_user(user).export_data([column])
        for user in (self.user_accountant, self.user_approver):
            fees = self.account_a.with_user(user).export_data(["number", "household_id", "partner_id/name"])
            self.assertEqual(fees["datas"][0][0], self.account_a.number)
        self.assertTrue(self.household_a.with_user(self.user_officer).sudo().export_data(["name"]))
