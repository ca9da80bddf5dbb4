from datetime import date, timedelta
from unittest.mock import patch

from odoo import Command
from odoo.tests import tagged

from ..tools import bill_guard, statement_press
from ..tools.statement_press import LineCopies, StatementPress
from .test_bill_press import ODD_NAMES, BillPressCommon

NOVEMBER = date(2026, 11, 1)


class StatementPressCommon(BillPressCommon):
    """A bank, bills of many customers, and the values of statement lines that pay them or nobody knows what."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.journal = cls.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", cls.company.id)], limit=1
        )

    def setUp(self):
        super().setUp()
        lines = self._lines([self._plain_bill(number) for number in range(self.COUNT)])
        self.bills = self._press(self._vals(lines))

    def _values(self, number, amount, items=None, day=0, **values):
        """Return values of a statement line; ``items`` are the (bill, VND) that it pays."""
        label = f"{ODD_NAMES[number % len(ODD_NAMES)]} {number}"
        vals = {
            "journal_id": self.journal.id, "date": NOVEMBER + timedelta(days=day), "amount": amount,
            "payment_ref": label, "ref": f"FT{number:04}", "partner_name": "AN", "account_number": f"007{number}",
            "sequence": number + 1,
        } | values  # fmt: skip
        if items:
            payers = {bill.partner_id.id for bill, _amount in items}
            vals["partner_id"] = payers.pop() if len(payers) == 1 else False
            bank = {
                "name": label, "account_id": self.journal.default_account_id.id, "debit": amount,
                "partner_id": vals["partner_id"],
            }  # fmt: skip
            commands = [
                {"partner_id": bill.partner_id.id, "name": bill.name, "credit": part,
                 "account_id": bill.partner_id.property_account_receivable_id.id}
                for bill, part in items
            ]  # fmt: skip
            vals["line_ids"] = [Command.create(item) for item in (bank, *commands)]
        return vals

    def _statement(self):
        """Return lines of two months: paying one bill or two, of one customer or two, in parts, unknown ones, fees."""
        bills, lines = iter(self.bills), []
        for number in range(40):
            kind, day = number % 5, number * 7 % (45 if number % 5 == 2 else 25)
            if kind == 0:
                bill = next(bills)
                lines.append(self._values(number, 1000 * number + 1000, [(bill, 1000 * number + 1000)], day))
            elif kind == 1 and number < 36:
                first, second = next(bills), next(bills)
                lines.append(self._values(number, 900 + number, [(first, 400), (second, 500 + number)], day))
            elif kind == 2:
                lines.append(self._values(number, -11_000 - number, day=day, partner_name="", account_number=""))
            elif kind == 3:
                lines.append(self._values(number, 5_000 + number, day=day, ref=""))
            else:
                lines.append(self._values(number, 10**12 + number, day=day))
        # By their words other addons (the OCA's reconciliation) would find somebody.
        told = {"payment_ref": self.bills[0].payment_reference, "partner_name": self.bills[0].partner_id.name}
        return [*lines, self._values(40, 7_000, **told)]

    def _recorded(self):
        """Return a list of the batches of values from now on, as ("odoo" or "copied", values)."""
        batches, by_odoo, write = [], StatementPress._by_odoo, LineCopies.write_copies

        def record_odoo(press, plans):
            batches.append(("odoo", [plan.vals for plan in plans]))
            return by_odoo(press, plans)

        def record_copies(copies, plans):
            plans = sorted(plans, key=statement_press.numbered)
            batches.append(("copied", [plan.vals for plan in plans]))
            return write(copies, plans)

        self.patch(StatementPress, "_by_odoo", record_odoo)
        self.patch(LineCopies, "write_copies", record_copies)
        return batches

    def _create(self, vals_list):
        lines = self.env["account.bank.statement.line"].with_context(tracking_disable=True)
        return StatementPress(lines).post([dict(vals) for vals in vals_list])

    def _copied(self, batches):
        return sum(len(batch) for way, batch in batches if way == "copied")


@tagged("post_install", "-at_install")
class TestStatementPress(StatementPressCommon):
    """Copied statement lines are those that Odoo writes, now and later."""

    def _compare(self, vals_list, afterwards=None):
        """Write the same lines both ways, live on, and compare all tables; return the batches."""
        batches = self._recorded()
        with self._world() as world:
            lines = self._create(vals_list)
            self.assertEqual(lines.mapped("payment_ref"), [vals["payment_ref"] for vals in vals_list])
            ours = world.tables()
            if afterwards:
                afterwards(lines)
                ours_later = world.tables()
        with self._world() as world:
            stock = self.env["account.bank.statement.line"].with_context(tracking_disable=True)
            # In the same batches, since Odoo numbers a batch by its days.
            for _way, batch in batches:
                stock |= stock.create([dict(vals) for vals in batch])
            theirs = world.tables()
            if afterwards:
                by_label = stock.grouped("payment_ref")
                afterwards(stock.browse().union(*(by_label[vals["payment_ref"]] for vals in vals_list)))
                theirs_later = world.tables()
        self._assert_same(ours, theirs)
        if afterwards:
            self._assert_same(ours_later, theirs_later)
        return batches

    def _assert_same(self, ours, stock):
        self.assertEqual(ours.keys(), stock.keys())
        for table, rows in ours.items():
            self.assertEqual(rows, stock[table], table)

    def _later_life(self, lines):
        """What happens to statement lines after they were written."""
        paying = lines.filtered(lambda line: len(line.line_ids.partner_id) == 1)
        for line in paying[:3]:
            bill = self.bills.filtered(lambda bill, line=line: bill.partner_id == line.partner_id)
            owed = (bill | line.move_id).line_ids.filtered(lambda item: item.account_type == "asset_receivable")
            owed.reconcile()
        lines[2].action_undo_reconciliation()
        lines[3].move_id.button_draft()
        lines[3].move_id.action_post()
        lines[4].write({"payment_ref": "khac"})
        self._values(99, 5_000)
        self.env["account.bank.statement.line"].create(self._values(99, 5_000))

    def test_same_as_odoo_now_and_later(self):
        batches = self._compare(self._statement(), self._later_life)
        self.assertGreaterEqual(self._copied(batches), 12)

    def test_what_was_not_compared_goes_through_odoo(self):
        lines = [self._values(number, 5_000 + number) for number in range(8)]
        batches = self._compare([*lines, self._values(8, 0), self._values(9, 10.5), self._values(10, 5, narration="x")])
        self.assertEqual(self._copied(batches), 5)

    def _assert_by_odoo(self, reason):
        batches = self._recorded()
        with patch.object(statement_press, "_logger") as logger:
            self._create([self._values(number, 5_000 + number) for number in range(8)])
        self.assertEqual(self._copied(batches), 0)
        calls = [call.args for call in logger.method_calls]
        self.assertTrue(any(reason in str(args) for args in calls), calls)

    def test_strange_code_and_settings(self):
        with patch.object(bill_guard, "PROVEN_ADDONS", bill_guard.PROVEN_ADDONS - {"l10n_vn"}):
            self._assert_by_odoo("l10n_vn extends")
        self.env["account.analytic.distribution.model"].create({})
        self._assert_by_odoo("analytic rules")

    def test_a_difference_is_found(self):
        rows = LineCopies._item
        with patch.object(LineCopies, "_item", lambda *args: rows(*args) | {"name": "x"}):
            self._assert_by_odoo("name of account.move.line would differ")

    def test_days_of_closed_books_go_through_odoo(self):
        self.company.fiscalyear_lock_date = NOVEMBER + timedelta(days=3)
        batches = self._recorded()
        lines = self._create([self._values(number, 5_000 + number, day=number) for number in range(20)])
        self.assertEqual(self._copied(batches), 20 - 4 - 3)
        self.assertGreater(min(lines.mapped("date")), NOVEMBER + timedelta(days=3))
