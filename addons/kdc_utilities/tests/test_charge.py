import base64
import runpy
from pathlib import Path

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import SQL, mute_logger
from psycopg2 import IntegrityError

from ..engine.tariff import Bill
from .common import UtilitiesCommon
from .proved import ProvedCase

NOVEMBER = {"period": "2026-11-01", "invoice_date": "2026-12-05"}


@tagged("post_install", "-at_install")
class TestCharge(ProvedCase, UtilitiesCommon):
    """One-off charges (U-30), corrections (U-34), wrong class (U-26), outages (U-37): approved, then billed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._read_month()
        cls.charges = cls.env["kdc.charge"].with_user(cls.user_accountant)

    def _charge(self, account=None, **vals):
        return self.charges.create(
            {
                "account_id": (account or self.account_a).id, "service_id": self.waste.id, "name": "Thay thùng rác",
                "amount": 120000, "decision": "Phiếu 5", "period": "2026-10-15", **vals,
            }
        )  # fmt: skip

    def _approve(self, charges):
        charges.with_user(self.user_approver).action_approve()

    def _line(self, run, account=None):
        return run.line_ids.filtered(lambda line: line.account_id == (account or self.account_a))

    def _bill(self, bills, account=None):
        return bills.filtered(lambda bill: bill.kdc_account_id == (account or self.account_a))

    def test_only_what_another_person_approved_comes_on_the_bill(self):
        vat = self.env.ref("kdc_utilities.kdc_vat_category_service")
        approved = self._charge(vat_category_id=vat.id)
        self._charge(self.account_b)
        self._approve(approved)
        later = self._charge(period="2026-11-01")
        self._approve(later)
        run = self._run()
        self.assertEqual(self._line(run).amount_total, 217650 + 129600)
        self.assertEqual(self._line(run, self.account_b).amount_total, 88160)
        bill = self._bill(self._issue(run))
        self.assertEqual((bill.amount_total, approved.move_id, approved.billed), (347250, bill, True))
        self.assertIn("Thay thùng rác", bill.kdc_explanation_html)
        self.assertIn("Phiếu 5", bill.kdc_explanation_html)
        self.assertTrue(bill._kdc_recompute()["equal"])
        self.assertFalse(later.move_id)
        with self.assertRaises(UserError):
            approved.action_withdraw()
        # Withdrawn after the preview: the account waits, nobody is billed what nobody approves any more.
        november = self._run(period="2026-11-01", invoice_date="2026-12-05")
        later.with_user(self.user_accountant).action_withdraw()
        with self.assertRaisesRegex(UserError, "withdrawn"):
            later._of_bills([self._line(november).explanation])
        # Cancelled: it waits for the next bill of the same month again, and comes once.
        bill.with_user(self.user_accountant)._kdc_cancel("Nhầm")
        self.assertFalse(approved.billed)
        again = self._bill(self._issue(self._run()))
        self.assertEqual((again.amount_total, approved.move_id), (347250, again))

    def test_it_comes_with_the_services_of_its_bill(self):
        """A run of some services, or of some areas, brings what was approved for the same bills, and nothing else."""
        self._approve(self._charge() + self._charge(self.account_b))
        run = self._run(service_ids=self.water.ids, area_ids=self.group_a.ids)
        self.assertEqual((run.line_ids.account_id, run.amount_total), (self.account_a, 217650 + 120000))
        self.assertEqual(self._run(account_id=self.account_b.id).line_ids.account_id, self.account_b)
        self.waste.journal_id = self.waste.journal_id.copy({"code": "RAC", "name": "Rác"})
        self.assertEqual(self._run(service_ids=self.water.ids).amount_total, 173650 + 44160)

    def test_an_account_without_services_still_gets_it(self):
        self.account_a.connection_ids.date_to = "2026-09-30"
        self._approve(self._charge())
        bill = self._bill(self._issue(self._run()))
        self.assertEqual(bill.amount_total, 120000)

    def test_four_eyes(self):
        charge = self._charge()
        self.user_accountant.group_ids += self.env.ref("kdc_utilities.group_approver")
        self.assertFalse(charge.can_approve)
        with self.assertRaises(UserError):
            charge.action_approve()
        with self.assertRaises(AccessError):
            charge.with_user(self.user_collector).action_approve()
        for vals in (
            {"state": "approved"}, {"approved_by_id": self.user_approver.id},
            {"requested_by_id": self.user_approver.id}, {"charges": []}, {"move_id": False},
        ):  # fmt: skip
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                charge.write(vals)
        for vals in ({"state": "approved"}, {"requested_by_id": self.user_approver.id}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                self._charge(**vals)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            charge.sudo().write({"state": "approved", "approved_by_id": self.user_accountant.id})
            charge.flush_recordset()
        self._approve(charge)
        with self.assertRaises(UserError):
            charge.amount = 1
        with self.assertRaises(UserError):
            charge.unlink()
        charge.action_withdraw()
        self.assertEqual(self._line(self._run()).amount_total, 217650)

    # -- corrections ----------------------------------------------------------------------------------

    def _correct(self, bill, service, **values):
        wizard = self.env["kdc.bill.correct"].with_user(self.user_accountant)
        form = Form(wizard.with_context(**bill.action_kdc_correct()["context"]))
        form.service_id = service
        for field, value in values.items():
            form[field] = value
        form.reason, form.decision = "Ghi nhầm số", "Biên bản 3"
        return form

    def _row(self, bill):
        """Return where in the table a bill is: once written, it is another row, for other transactions too."""
        return self.env.execute_query(SQL("SELECT ctid FROM account_move WHERE id = %s", bill.id))

    def _september(self):
        return self._bill(self._issue(self._run(period="2026-09-01", invoice_date="2026-10-05")))

    def test_a_wrong_quantity_is_corrected_on_the_next_bill(self):
        old = self._september()
        form = self._correct(old, self.water, quantity=8)
        self.assertEqual((form.billed, form.difference), (0, 44160))
        wizard = form.save()
        old.flush_recordset()
        before = self._row(old)
        charge = self.charges.browse(wizard.action_prepare()["res_id"])
        self.assertNotEqual(self._row(old), before, "Who prepares another one at the same time is replayed.")
        self.assertEqual((charge.kind, charge.corrects_move_id, charge.state), ("correction", old, "draft"))
        self._approve(charge)
        total, explanation = old.amount_total, old.kdc_explanation
        bill = self._bill(self._issue(self._run()))
        self.assertEqual(bill.amount_total, 217650 + 44160)
        self.assertIn(old.name, bill.kdc_explanation_html)
        self.assertIn("09/2026", bill.kdc_explanation_html)
        self.assertEqual((old.amount_total, old.kdc_explanation, old.state), (total, explanation, "posted"))

    def test_too_much_comes_back_and_no_bill_is_below_zero(self):
        bill = self._bill(self._issue(self._run()))
        form = self._correct(bill, self.water, quantity=8)
        self.assertEqual(form.difference, 44160 - 173650)
        charge = self.charges.browse(form.save().action_prepare()["res_id"])
        self._approve(charge)
        line = self._line(self._run(**NOVEMBER))
        self.assertEqual(Bill.from_dict(line.explanation).total, 44000, "too small: the correction waits")
        self.assertIn("129.490", line.issue_text)
        self._approve(self._charge(amount=500000))
        line = self._line(self._run(**NOVEMBER))
        self.assertEqual(line.amount_total, 44000 + 500000 - 129490)

    def test_wrong_class_is_billed_back(self):
        bill = self._bill(self._issue(self._run()))
        trade = self.water.tariff_ids.filtered(lambda record: record.code == "KD")
        form = self._correct(bill, self.water, tariff_id=trade)
        # 25 m³ at 11,900 and 5 % VAT, instead of 173,650; the household's wastewater fee is given back.
        self.assertEqual(form.difference, 312375 - 173650)

    def _priced_long_ago(self):
        """Return a bill of October, and the prices of water it was made with, which were entered long before."""
        bill = self._bill(self._issue(self._run()))
        version = self.account_a.connection_ids.filtered(
            lambda row: row.service_id == self.water
        ).tariff_id.current_version_id
        self.env.flush_all()
        self.env.cr.execute(
            SQL("UPDATE kdc_tariff_version SET create_date = '2026-01-01' WHERE tariff_id = %s", version.tariff_id.id)
        )
        version.invalidate_recordset(["create_date"])
        return bill, version.with_user(self.user_accountant)

    def test_prices_on_issued_bills_do_not_change(self):
        bill, version = self._priced_long_ago()
        component = version.component_ids.filtered("tier_ids")
        tier, tiers = component.tier_ids[0], component.tier_ids
        for step in (
            lambda: tier.write({"price": 1}),
            lambda: tier.write({"upper": 11}),
            tier.unlink,
            lambda: tiers.create({"component_id": component.id, "upper": 7, "price": 1}),
            lambda: component.write({"tier_ids": [Command.update(tier.id, {"price": 1})]}),
            lambda: component.write({"prorate": False}),
            component.unlink,
            lambda: component.copy({"code": "X"}),
            lambda: version.write({"date_from": "2026-02-01"}),
            lambda: version.write({"decision": "QĐ 0"}),
            version.unlink,
            version.tariff_id.unlink,
        ):
            with self.assertRaisesRegex(UserError, bill.name), self.cr.savepoint():
                step()
        version.note = "Đã đối chiếu"
        component.write({"name": "Nước", "sequence": 3})
        trade = self.water.tariff_ids.filtered(lambda record: record.code == "KD").with_user(self.user_accountant)
        trade.version_ids.component_ids.write({"percent": 1})
        following = self.env["kdc.tariff.version"].browse(version.action_next()["res_id"])
        following.component_ids.tier_ids[:1].price = 1
        self.assertGreater(following.date_from, bill.kdc_period)

    def test_rules_and_vat_of_issued_bills_do_not_change(self):
        """Another tariff has other rules; another VAT rate has its day, or takes the place of a wrong one."""
        bill, version = self._priced_long_ago()
        tariff = version.tariff_id
        for name, value in (("round_to", "100"), ("days_basis", "previous_month"), ("quota_by_persons", True),
                            ("code", "HO9")):  # fmt: skip
            with self.assertRaisesRegex(UserError, bill.name), self.cr.savepoint():
                tariff[name] = value
        tariff.name = "Hộ dân cư"
        copy = tariff.copy()
        copy.round_to = "100"
        water = self.env.ref("kdc_utilities.kdc_vat_category_water")
        [*_former, rate] = water.rate_ids.filtered(lambda rate: rate.date_from <= bill.kdc_period).sorted("date_from")
        self.env.cr.execute(SQL("UPDATE kdc_vat_rate SET create_date = '2026-01-01' WHERE id = %s", rate.id))
        for step in (lambda: rate.write({"percent": 9}), rate.unlink, lambda: rate.write({"date_from": "2026-11-01"})):
            with self.assertRaisesRegex(UserError, bill.name), self.cr.savepoint():
                step()
        rate.legal_basis = "Luật 48/2024/QH15, Điều 9"
        right = rate.copy({"percent": 8})
        with self.assertRaises(ValidationError), self.cr.savepoint():
            rate.copy({"percent": 7})
        self.assertEqual((rate.replaced, right.replaced), (True, False))
        # 158,550 of water and its fee, of which only the water bears VAT
        form = self._correct(bill, self.water)
        self.assertEqual(form.difference, round(151000 * 0.08) - round(151000 * 0.05))
        right.unlink()
        self.assertFalse(rate.replaced)

    def test_a_wrong_price_is_replaced_and_the_bill_corrected(self):
        """What the bill printed is what it cost: 25 m³ at the wrong price, less what the right one makes of them."""
        bill, version = self._priced_long_ago()
        self.assertEqual(self._correct(bill, self.water).difference, 0)
        right = version.browse(version.action_replace()["res_id"])
        right.component_ids.tier_ids.filtered(lambda tier: tier.price == 4800).price = 4000
        right.decision = "QĐ 9"
        self.assertEqual((version.replaced, right.replaced), (True, False))
        days = [priced.date_from for priced in version.tariff_id._engine_plan().versions]
        self.assertEqual(len(days), len(set(days)), "One price a day.")
        self.assertEqual(version.tariff_id.current_version_id, right)
        form = self._correct(bill, self.water)
        self.assertEqual(form.difference, 164450 - 173650)
        form.quantity = 8
        self.assertEqual(form.difference, 36800 - 173650)
        form.quantity = 25
        charge = self.charges.browse(form.save().action_prepare()["res_id"])
        self._approve(charge)
        self.assertEqual(self._correct(bill, self.water).difference, 0, "It is corrected once.")
        with self.assertRaises(ValidationError), self.cr.savepoint():
            right.copy({"date_from": right.date_from})
        with self.assertRaises(UserError):
            right.action_replace()
        right.unlink()
        self.assertFalse(version.replaced)
        self.assertEqual(version.tariff_id.current_version_id, version)

    def test_days_without_service(self):
        bill = self._bill(self._issue(self._run()))
        form = self._correct(bill, self.waste, kind="outage", outage_days=3)
        self.assertEqual(form.difference, -4258)  # 44,000 × 3 ÷ 31
        self.assertEqual(self._correct(bill, self.water, kind="outage", outage_days=3).difference, 0)
        self.assertTrue(self._correct(bill, self.waste, kind="outage", outage_days=32).problem)
        charge = self.charges.browse(form.save().action_prepare()["res_id"])
        self._approve(charge)
        line = self._line(self._run(**NOVEMBER))
        self.assertEqual(Bill.from_dict(line.explanation).total, 44000 - 4258)

    def test_what_concerns_a_former_payers_bill_is_not_put_on_the_new_one(self):
        """The debt follows the person: it waits, is told to who checks the run, and comes back with its payer."""
        bill = self._bill(self._issue(self._run()))
        charge = self._corrected(bill, self.waste, kind="outage", outage_days=3)
        former, self.account_a.partner_id = self.account_a.partner_id, self.account_b.partner_id
        line = self._line(self._run(**NOVEMBER))
        self.assertEqual((line.amount_total, line.state), (44000, "ready"))
        self.assertIn(f"for bill {bill.name} of who paid before waits", line.issue_text)
        self.account_a.partner_id = former
        run = self._run(**NOVEMBER)
        self.assertEqual(self._line(run).amount_total, 44000 - 4258)
        run.with_user(self.user_approver).action_approve()
        self.account_a.partner_id = self.account_b.partner_id
        self._line(run).sudo()._issue_together()
        self.assertEqual((self._line(run).state, charge.billed), ("failed", False))

    def test_a_credit_note_takes_the_place_of_the_next_bill(self):
        """Also where a run was computed with it before; a former payer without an account gets the own money."""
        bill = self._bill(self._issue(self._run()))
        charge = self._corrected(bill, self.waste, kind="outage", outage_days=3)
        run = self._run(**NOVEMBER)
        self.assertEqual(self._line(run).amount_total, 44000 - 4258)
        run.with_user(self.user_approver).action_approve()
        charge.with_user(self.user_accountant).action_ask_credit()
        former, self.account_a.partner_id = self.account_a.partner_id, self.account_b.partner_id
        charge.with_user(self.user_approver).action_credit()
        self.assertIn(former.name, self.account_a.former_words)
        self.account_a.partner_id = former
        self.assertEqual((charge.move_id.amount_total, charge.move_id.partner_id), (4258, former))
        run.with_context(queue_job__no_delay=True).action_issue()
        self.assertEqual(self._line(run).state, "failed")
        self.assertEqual(self._line(self._run(**NOVEMBER)).amount_total, 44000)

    def test_money_back_without_a_bill_makes_no_empty_preview(self):
        self.account_a.connection_ids.date_to = "2026-09-30"
        self._approve(self._charge(amount=-5000))
        self.assertEqual(self._run().line_ids.account_id, self.account_b)

    def _corrected(self, bill, service, **values):
        """Prepare and approve a correction."""
        form = self._correct(bill, service, **values)
        charge = self.charges.browse(form.save().action_prepare()["res_id"])
        self._approve(charge)
        return charge

    def test_a_second_correction_goes_on_from_the_first(self):
        bill = self._bill(self._issue(self._run()))
        first = self._corrected(bill, self.water, quantity=20)  # 173,650 → 131,100
        form = self._correct(bill, self.water)
        self.assertEqual((form.quantity, form.corrected, form.difference), (20, -42550, 0))
        form.quantity = 10
        self.assertEqual(form.difference, 55200 - 131100)
        second = self.charges.browse(form.save().action_prepare()["res_id"])
        waiting = self._correct(bill, self.water, quantity=8)
        self.assertIn("approved", waiting.problem)
        with self.assertRaisesRegex(UserError, "still has to be approved"):
            waiting.save().action_prepare()
        self._approve(second)
        with self.assertRaisesRegex(UserError, "counts on from this one"):
            first.action_withdraw()
        back = self._corrected(bill, self.water, quantity=25)
        totals = [sum(charge["total"] for charge in row.charges) for row in first + second + back]
        self.assertEqual((totals[:2], sum(totals)), ([-42550, -75900], 0), "back to what the bill says")
        trade = self.water.tariff_ids.filtered(lambda record: record.code == "KD")
        self.assertEqual(self._correct(bill, self.water, tariff_id=trade).difference, 312375 - 173650)
        (first + second + back).action_withdraw()
        self.assertEqual(self._correct(bill, self.water).corrected, 0)

    def test_an_update_leaves_one_correction_to_approve(self):
        """Two people had prepared one before the database refused the second."""
        bill = self._bill(self._issue(self._run()))
        step = Path(__file__).parents[1] / "migrations" / "19.0.1.2.0" / "pre-corrections.py"
        [[index]] = self.env.execute_query(SQL("SELECT pg_get_indexdef('kdc_charge_one_to_approve'::regclass)"))
        self.env.cr.execute("DROP INDEX kdc_charge_one_to_approve")
        first = self.charges.browse(self._correct(bill, self.water, quantity=20).save().action_prepare()["res_id"])
        newest, other = first.sudo().copy(), first.sudo().copy({"kind": "outage"})
        self.env.flush_all()
        runpy.run_path(step)["migrate"](self.env.cr, "19.0.1.1.0")
        self.env.invalidate_all()
        self.assertEqual((first + newest + other).mapped("state"), ["withdrawn", "draft", "draft"])
        self.env.cr.execute(index)

    def test_days_without_service_are_given_back_once(self):
        bill = self._bill(self._issue(self._run()))
        self._corrected(bill, self.waste, kind="outage", outage_days=3)
        self.assertEqual(self._correct(bill, self.waste, kind="outage", outage_days=3).difference, 0)
        self.assertEqual(self._correct(bill, self.waste, kind="outage", outage_days=5).difference, 4258 - 7097)
        outage = self.env["kdc.outage"].with_user(self.user_accountant).create({
            "name": "Xe hỏng", "service_id": self.waste.id, "date_from": "2026-10-10", "date_to": "2026-10-12",
            "decision": "Biên bản", "reason": "Không thu gom",
        })  # fmt: skip
        outage.with_user(self.user_approver).action_approve()
        self.assertEqual(outage.charge_ids.account_id, self.account_b, "the others have not got these days back yet")

    def test_nothing_to_correct(self):
        bill = self._bill(self._issue(self._run()))
        with self.assertRaises(UserError):
            self._correct(bill, self.water).save().action_prepare()

    # -- lists ----------------------------------------------------------------------------------------

    def _import(self, text, **vals):
        return (
            self.env["kdc.charge.import"]
            .with_user(self.user_accountant)
            .create(
                {
                    "name": "Đóng góp đèn ngõ", "list_name": "Đèn ngõ 2026", "service_id": self.waste.id,
                    "decision": "Biên bản họp tổ", "file": base64.b64encode(text.encode()), **vals,
                }
            )
        )  # fmt: skip

    def test_a_list_is_imported_once_and_as_a_whole(self):
        rows = f'Mã khách hàng,Số tiền\n{self.account_a.number},50000\n{self.account_b.number},"1.250.000"\n'
        self._import(rows).action_import()
        charges = self.charges.search([("list_name", "=", "Đèn ngõ 2026")], order="amount")
        self.assertEqual(charges.mapped("amount"), [50000, 1250000])
        self.assertEqual(set(charges.mapped("state")), {"draft"})
        with self.assertRaisesRegex(UserError, "Đèn ngõ 2026"):
            self._import(rows).action_import()
        for wrong, message in (
            (f"{self.account_a.number},50000\n9999999,1\n", "9999999"),
            (f"{self.account_a.number},abc\n", "abc"),
            (f"{self.account_a.number},1.5\n", "1.5"),
            (f"{self.account_a.number},1\n{self.account_a.number},2\n", self.account_a.number),
            ("", ""),
        ):
            with self.subTest(wrong=wrong), self.assertRaisesRegex(UserError, message):
                self._import("Mã khách hàng,Số tiền\n" + wrong, list_name="Khác").action_import()
        for data in ("", "x", "Tên,Tuổi\nAn,3\n", "\0\1\2"):
            with self.subTest(data=data), self.assertRaises(UserError):
                self._import(data or " ", list_name="Khác").action_import()
        self.assertFalse(self.charges.search([("list_name", "=", "Khác")]))

    def test_a_list_as_people_write_it(self):
        """With units in the headings, the signs of an account number as the bill prints it, and the sum below."""
        number = self.account_a.number
        rows = f"STT,Mã KH,Số tiền (đồng)\n1,KH {number[:3]} {number[3:]},50000\n,Tổng cộng,50000\n"
        for name, written in (("Ngõ 2", rows.replace(",Tổng cộng", "Tổng cộng,")), ("Ngõ 4", rows)):
            self._import(written, list_name=name).action_import()
            self.assertEqual(self.charges.search([("list_name", "=", name)]).mapped("amount"), [50000], name)
        self._import(f"Mã KH,Số tiền,Nội dung\n{number},50000,Cộng thêm đợt 2\n", list_name="Ngõ 5").action_import()
        self.assertTrue(self.charges.search([("list_name", "=", "Ngõ 5")]), "A customer's row is never the sum.")
        with self.assertRaisesRegex(UserError, "“”"):
            self._import("Mã KH,Số tiền\n,50000\n", list_name="Ngõ 3").action_import()

    def test_of_two_amounts_none_is_guessed(self):
        rows = f"Mã khách hàng,Mức thu,Thành tiền\n{self.account_a.number},10000,40000\n"
        with self.assertRaisesRegex(UserError, "“Mức thu”, “Thành tiền”"):
            self._import(rows, list_name="Khác").action_import()
        self.assertFalse(self.charges.search([("list_name", "=", "Khác")]))
