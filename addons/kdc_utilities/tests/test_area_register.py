import io

import openpyxl
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .collection_common import NEW_TOTAL, OLD_TOTAL, CollectionCommon


@tagged("post_install", "-at_install")
class TestAreaRegister(CollectionCommon):
    """Who has paid: for the staff with amounts, for the board masked and without."""

    def _register(self, user, **vals):
        registers = self.env["kdc.area.register"].with_user(user).with_context(allowed_company_ids=self.company.ids)
        return registers.create({"area_id": self.group_a.id, "period": self.last_month, **vals})

    def _cells(self, register):
        sheet = openpyxl.load_workbook(io.BytesIO(register._book_file("xlsx")[0])).active
        return [cell for row in sheet.iter_rows(values_only=True) for cell in row if cell not in (None, "")]

    def test_open_part_paid(self):
        register = self._register(self.user_accountant)
        self.assertEqual((register.line_ids.state, register.open_count), ("open", 1))
        self._take(self.user_collector, self.account_a, 1_000, key="part" * 4)
        register.action_again()
        line = register.line_ids
        self.assertEqual((line.state, line.billed, line.open_amount), ("part", OLD_TOTAL, OLD_TOTAL - 1_000))
        self._take(self.user_collector, self.account_a, OLD_TOTAL - 1_000, key="rest" * 4)
        register.action_again()
        self.assertEqual((register.line_ids.state, register.paid_count), ("paid", 1))
        self.assertEqual(self._register(self.user_accountant, period=self.this_month).line_ids.billed, NEW_TOTAL)
        self.assertFalse(self._register(self.user_accountant, shown="open").line_ids)

    def test_contributions_are_no_arrears(self):
        waste = self.services.filtered(lambda service: service.code == "RAC")
        self.env.cr.execute("UPDATE kdc_service SET money_kind = 'dong_gop' WHERE id = %s", [waste.id])
        self.env.invalidate_all()
        self.assertEqual(self._register(self.user_accountant).line_ids.billed, OLD_TOTAL - 44_000)
        self._take(self.user_collector, self.account_a, OLD_TOTAL - 44_000, key="water" * 4)
        self.assertEqual(self._register(self.user_accountant).line_ids.state, "paid")

    def test_paper_masks_names_and_shows_no_amount(self):
        register = self._register(self.user_area_head)
        name = register.line_ids.name
        cells = self._cells(register)
        self.assertNotIn(name, " ".join(map(str, cells)))
        self.assertIn("".join(f"{word[0]}." for word in name.split()).upper(), cells)
        self.assertFalse({OLD_TOTAL, f"{OLD_TOTAL:,}"} & set(cells))
        self.company.kdc_posted_names = "full"
        self.assertIn(name, self._cells(register))
        self.company.kdc_posted_names = "none"
        words = " ".join(map(str, self._cells(register)))
        self.assertNotIn(name, words)
        self.assertIn(self.account_a.dwelling_id.name, words)
        self.assertTrue(register._book_file("pdf")[0].startswith(b"%PDF"))

    def test_own_areas_only(self):
        for user in (self.user_area_head, self.user_collector):
            with self.subTest(user=user.login):
                self.assertTrue(self._register(user).line_ids)
                with self.assertRaises(AccessError):
                    self._register(user, area_id=self.group_b.id)
        for user in (self.user_officer, self.user_staff, self.user_portal_a):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._register(user)
        with self.assertRaises(AccessError):
            self._register(self.user_area_head).line_ids.read(["open_amount"])
        self.assertTrue(self._register(self.user_auditor, area_id=self.group_b.id).line_ids)

    def test_counts_and_amounts_open_what_is_behind_them(self):
        self._take(self.user_collector, self.account_a, 1_000)
        for user in (self.user_accountant, self.user_collector, self.user_approver, self.user_auditor):
            register = self._register(user)
            line = register.line_ids
            for column, total in (("billed", OLD_TOTAL), ("open_amount", OLD_TOTAL - 1_000)):
                with self.subTest(user=user.login, column=column):
                    action = line.action_open_amount(column)
                    rows = self.env[action["res_model"]].with_user(user).search(action["domain"])
                    self.assertEqual(round(sum(rows.mapped("amount"))), total)
            account = line.action_open()
            self.assertTrue(self.env[account["res_model"]].with_user(user).browse(account["res_id"]).number)
        register = self._register(self.user_area_head)
        register.with_context(state="paid").action_show()
        self.assertFalse(register.line_ids)
        register.with_context(state="part").action_show()
        self.assertEqual(len(register.line_ids), 1)
        for method in (lambda: register.line_ids.action_open_amount("billed"), register.line_ids.action_open):
            with self.assertRaises(AccessError):
                method()

    def test_in_walking_order(self):
        self.account_a.dwelling_id.route_sequence = 20
        self.account_b.dwelling_id.write({"area_id": self.group_a.id, "route_sequence": 10})
        self.assertEqual(
            self._register(self.user_accountant).line_ids.account_id.ids, [self.account_b.id, self.account_a.id]
        )
