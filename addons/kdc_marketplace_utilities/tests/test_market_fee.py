from datetime import datetime

from freezegun import freeze_time
from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .common import LATER, NOVEMBER, OCTOBER, FeesCommon


@tagged("post_install", "-at_install")
class TestMarketFee(FeesCommon):
    """Stall fee and commission (M-21): looked at, charged once, approved by another person, billed."""

    def test_a_dry_run_shows_the_orders_and_charges_nobody(self):
        run = self._run_fees()
        self.assertEqual(
            self._amounts(run),
            {
                (self.shop_a, "stall"): 100000,
                (self.shop_a, "commission"): 3700,
                (self.shop_b, "stall"): 100000,
            },
        )
        fee = run.line_ids.filtered(lambda line: line.kind == "commission")
        self.assertEqual(fee.orders, [{"name": self.sold.name, "date": "2026-10-31", "amount": 370000}])
        self.assertIn(self.sold.name, fee.orders_html)
        self.assertIn("370.000", fee.orders_html)
        self.assertEqual((run.state, run.amount, run.shop_count), ("draft", 203700, 2))
        self.assertFalse(self.env["kdc.charge"].search_count([("service_id", "=", self.service.id)]))
        run.action_compute()
        self.assertEqual(run.amount, 203700, "computed anew, not twice")

    def test_given_up_orders_do_not_count(self):
        self._sell(datetime(2026, 10, 10, 3), self.fish, 1, ("accepted", "cancelled"))
        self._sell(datetime(2026, 10, 10, 3), self.fish, 1, ("refused",))
        self._sell(datetime(2026, 10, 10, 3), self.fish, 1, ("accepted", "ready"))
        self.assertEqual(self._amounts(self._run_fees())[self.shop_a, "commission"], 3700)

    def test_charging_twice_never_doubles(self):
        run = self._run_fees()
        with freeze_time(LATER):
            run.action_charge()
            charges = run.line_ids.charge_id
            self.assertEqual((len(charges), run.state), (3, "charged"))
            self.assertEqual(set(charges.mapped("state")), {"draft"})
            self.assertEqual(set(charges.requested_by_id), {self.user_accountant})
            self.assertEqual(set(charges.mapped("list_name")), {"MARKET-STALL-2026-10", "MARKET-COMMISSION-2026-10"})
            for step in (run.action_charge, run.action_compute, run.unlink):
                with self.subTest(step), self.assertRaises(UserError):
                    step()
            charges[0].action_withdraw()
            with self.assertRaises(UserError):
                run.action_charge()
        self.assertEqual(run.charged_amount, 203700 - charges[0].amount, "what was withdrawn stays withdrawn")
        self.assertEqual(self.env["kdc.charge"].search_count([("service_id", "=", self.service.id)]), 3)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self._run_fees()

    def test_what_has_changed_since_it_was_looked_at_is_not_charged(self):
        run = self._run_fees()
        changes = (
            lambda: self._sell(datetime(2026, 10, 30, 3), self.fish, 1),
            lambda: self.stall.write({"decision": "Quyết định 13"}),
            lambda: self.commission.write({"percent": 2}),
            lambda: self._rule(kind="stall", amount=100000, date_from="2026-10-01"),
        )
        for number, change in enumerate(changes):
            change()
            with self.subTest(number=number), freeze_time(LATER), self.assertRaises(UserError):
                run.action_charge()
            self.assertFalse(run.line_ids.charge_id)
            run.action_compute()
        with freeze_time(LATER):
            run.action_charge()
        self.assertEqual(run.state, "charged")

    def test_totals_are_what_was_charged(self):
        run = self._run_fees()
        with freeze_time(LATER):
            run.action_charge()
        fee = run.line_ids.filtered(lambda line: line.kind == "commission")
        fee.charge_id.amount = 3000
        self.assertEqual((run.amount, run.charged_amount), (203700, 203000))

    def test_another_person_approves_and_the_bill_carries_it(self):
        run = self._run_fees()
        with freeze_time(LATER):
            run.action_charge()
        charges = run.line_ids.charge_id
        self.user_accountant.group_ids += self.env.ref("kdc_utilities.group_approver")
        with self.assertRaises(UserError):
            charges.with_user(self.user_accountant).action_approve()
        charges.with_user(self.user_approver).action_approve()
        account = self.shop_a.kdc_account_ids
        bill = self._issue(self._run()).filtered(lambda move: move.kdc_account_id == account)
        self.assertEqual(bill.amount_total, 103700)
        self.assertIn("Quyết định 12", bill.kdc_explanation_html)
        self.assertEqual(self.shop_a._kdc_statement(OCTOBER)["charges"][0]["url"], f"/my/bills/{bill.id}")

    def test_an_account_is_opened_once_and_its_own_is_used(self):
        own = self.env["kdc.customer.account"].create(
            {"partner_id": self.household_b.partner_id.id, "kdc_shop_id": self.shop_b.id}
        )
        self.assertEqual(own.viewer_ids, self.user_portal_b.partner_id)
        with freeze_time(LATER):
            self._run_fees().action_charge()
            opened = self.shop_a.kdc_account_ids
            self._run_fees(NOVEMBER.replace(month=9)).action_charge()
        self.assertEqual((self.shop_b.kdc_account_ids, self.shop_a.kdc_account_ids), (own, opened))
        self.assertEqual((opened.partner_id.name, opened.area_id), (self.shop_a.name, self.group_a))
        self.assertEqual(opened.viewer_ids, self.user_portal_a.partner_id, "owners, not sellers")

    def test_who_stops_to_own_a_shop_stops_to_see_its_bills(self):
        account = self.env["kdc.customer.account"].create(
            {"partner_id": self.household_b.partner_id.id, "kdc_shop_id": self.shop_a.id}
        )
        owner, seller = self.shop_a.member_ids.sorted("role")
        seller.role = "owner"
        self.assertEqual(account.viewer_ids, (owner | seller).user_id.partner_id)
        owner.unlink()
        self.assertEqual(account.viewer_ids, seller.user_id.partner_id)
        shop = self.shop_a
        shop.member_ids = [Command.create({"user_id": self.user_portal_b.id, "role": "owner"})]
        seller.role = "seller"
        self.assertEqual(account.viewer_ids, self.user_portal_b.partner_id)

    def test_an_account_of_another_shop_is_its_owners(self):
        account = self.env["kdc.customer.account"].create(
            {"partner_id": self.household_b.partner_id.id, "kdc_shop_id": self.shop_a.id}
        )
        account.kdc_shop_id = self.shop_b
        self.assertEqual(account.viewer_ids, self.user_portal_b.partner_id)
        account.kdc_shop_id = False
        self.assertFalse(account.viewer_ids)

    def test_who_stops_to_own_a_shop_stops_to_see_closed_accounts(self):
        account = self.env["kdc.customer.account"].create(
            {"partner_id": self.household_b.partner_id.id, "kdc_shop_id": self.shop_a.id}
        )
        account.active = False
        owner, seller = self.shop_a.member_ids.sorted("role")
        seller.role = "owner"
        owner.unlink()
        self.assertEqual(account.viewer_ids, seller.user_id.partner_id)

    def test_only_months_that_are_over_are_charged(self):
        run = self._run_fees(NOVEMBER)
        self.assertEqual(self._amounts(run)[self.shop_a, "commission"], 4500)
        with freeze_time(LATER), self.assertRaises(UserError):
            run.action_charge()

    def test_stalls_of_the_days_a_shop_was_open(self):
        with freeze_time("2026-10-31 17:30:00"):
            shop = self._create_shop("Mới", self.user_portal_b, self.group_b)
            self.env.flush_all()
        self.assertEqual(shop.kdc_open_from, NOVEMBER)
        with freeze_time("2026-09-30 16:30:00"):
            self.shop_b.with_user(self.user_moderator).action_close()
            self.env.flush_all()
        shops = {shop for shop, kind in self._amounts(self._run_fees()) if kind == "stall"}
        self.assertFalse({shop, self.shop_b} & shops)

    def test_rules_are_dated_and_stay_once_used(self):
        self._rule(kind="stall", amount=150000, date_from="2026-10-20")
        self._rule(kind="commission", percent=0, date_from="2026-10-01")
        self.assertEqual(
            self._amounts(self._run_fees()), {(self.shop_a, "stall"): 150000, (self.shop_b, "stall"): 150000}
        )
        september = self._run_fees(NOVEMBER.replace(month=9))
        with freeze_time(LATER):
            september.action_charge()
        with self.assertRaises(UserError):
            self.stall.amount = 1
        with self.assertRaises(UserError):
            self.stall.unlink()
        for vals in ({"kind": "stall", "percent": 1}, {"kind": "commission", "percent": 101}, {"amount": -1}):
            with (
                self.subTest(vals),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.cr.savepoint(),
            ):
                self._rule(date_from="2027-01-01", **vals)

    def test_the_query_count_does_not_grow_with_the_shops(self):
        run = self._run_fees()
        self.env.flush_all()

        def queries():
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            run.action_compute()
            self.env.flush_all()
            return self.cr.sql_log_count - before

        queries()  # what is cached once
        few = queries()
        for number in range(5):
            self._create_shop(f"Sạp {number}", self.user_portal_b, self.group_b).kdc_open_from = "2026-09-01"
        self.env.flush_all()
        self.assertEqual(queries(), few)

    def test_computing_is_the_accountants(self):
        for user in (self.user_approver, self.user_auditor, self.user_collector, self.user_moderator):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._run_fees(user=user)
        run = self._run_fees()
        with self.assertRaises(AccessError):
            run.with_user(self.user_approver).action_charge()
        with self.assertRaises(AccessError):
            run.line_ids.amount = 1
