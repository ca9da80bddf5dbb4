from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ..engine.tariff import Bill
from ..models.run_context import RunContext
from ..models.run_entitlements import Entitlements
from .common import PERIOD, UtilitiesCommon
from .proved import ProvedCase


@tagged("post_install", "-at_install")
class TestRelief(ProvedCase, UtilitiesCommon):
    """Exemptions by household status (U-32), fees per vehicle and m², formulas."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.poor = cls.env.ref("kdc_residents.status_poor")
        cls.policy = cls.env.ref("kdc_residents.status_policy")
        cls.waste_tariff = cls.waste.tariff_ids[0]
        cls._read_month()

    @classmethod
    def _relief(cls, kinds, value=100, tariff=None, **vals):
        return cls.env["kdc.tariff.relief"].create(
            {
                "tariff_id": (tariff or cls.waste_tariff).id,
                "name": "Miễn theo QĐ 7",
                "status_kind_ids": [Command.set(kinds.ids)],
                "value": value,
                "date_from": "2026-01-01",
                "decision": "QĐ 7/2026",
                **vals,
            }
        )

    @classmethod
    def _status(cls, household, kind, date_from="2026-01-01", date_to=False):
        return cls.env["kdc.household.status"].create(
            {
                "household_id": household.id, "kind_id": kind.id, "date_from": date_from, "date_to": date_to,
                "decision_number": "12/QĐ", "issuer": "UBND phường",
            }
        )  # fmt: skip

    def _line(self, run, account):
        return run.line_ids.filtered(lambda line: line.account_id == account)

    def _section(self, record, service="RAC"):
        data = record.explanation if record._name == "kdc.billing.run.line" else record.kdc_explanation
        return next(section for section in Bill.from_dict(data).sections if section.service == service)

    def test_exempt_household_sees_the_line_and_pays_nothing_for_it(self):
        self._relief(self.poor)
        self._status(self.household_a, self.poor)
        run = self._run()
        section = self._section(self._line(run, self.account_a))
        self.assertEqual(section.total, 0)
        price, relief = section.charges[0].lines
        self.assertEqual((price.amount, relief.amount, relief.label), (44000, -44000, "relief"))
        self.assertEqual(self._section(self._line(run, self.account_b)).total, 44000)
        bill = self._issue(run).filtered(lambda move: move.kdc_account_id == self.account_a)
        self.assertEqual(bill.amount_total, 173650)
        self.assertIn("Miễn theo QĐ 7 (−100%)", bill.kdc_explanation_html)
        self.assertIn("QĐ 7/2026", bill.kdc_explanation_html)
        grant = self.env["kdc.relief.grant"].search([("account_id", "=", self.account_a.id)])
        self.assertEqual((grant.amount, grant.move_id, grant.day, grant.state), (44000, bill, PERIOD, "given"))

    def test_a_bill_of_zero_can_be_issued(self):
        self._relief(self.poor)
        self._status(self.household_a, self.poor)
        self.account_a.connection_ids.filtered(lambda c: c.service_id == self.water).date_to = "2026-09-30"
        bills = self._issue(self._run())
        bill = bills.filtered(lambda move: move.kdc_account_id == self.account_a)
        self.assertEqual((bill.state, bill.amount_total, bill.payment_state), ("posted", 0, "paid"))

    def test_status_on_the_first_day_decides(self):
        self._relief(self.poor)
        self._status(self.household_a, self.poor, "2026-10-02")
        self._status(self.household_b, self.poor, "2026-01-01", "2026-10-01")
        run = self._run()
        self.assertEqual(self._section(self._line(run, self.account_a)).total, 44000)
        self.assertEqual(self._section(self._line(run, self.account_b)).total, 0)

    def test_the_best_of_several_and_their_dates(self):
        self._relief(self.poor, 30)
        self._relief(self.policy, 50)
        self._relief(self.policy, 90, date_to="2026-09-30")
        self._status(self.household_a, self.poor)
        self._status(self.household_a, self.policy)
        section = self._section(self._line(self._run(), self.account_a))
        self.assertEqual(section.total, 22000)

    def test_a_percentage_of_others_follows_and_a_free_quantity_is_taken_from_the_cheapest(self):
        tariff = self.water.tariff_ids.filtered(lambda t: t.code == "HO")
        component = tariff.version_ids[0].component_ids.filtered(lambda c: c.code == "NUOC")
        self._relief(self.poor, 4, tariff, kind="quantity", component_id=component.id)
        self._status(self.household_b, self.poor)
        water, fee = self._section(self._line(self._run(), self.account_b), "NUOC").charges
        self.assertEqual((water.net, fee.net), ((8 - 4) * 4800, (8 - 4) * 480))

    def test_a_status_cancelled_later_is_taken_back_once_and_visibly(self):
        self._relief(self.poor)
        status = self._status(self.household_a, self.poor)
        september = self._issue(self._run(period="2026-09-01", invoice_date="2026-10-05"))
        self.assertEqual({self._section(bill).total for bill in september}, {0, 44000})
        # It ends after the first day that was billed: what September gave was right.
        status.date_to = "2026-09-15"
        self.assertEqual(self._section(self._line(self._run(), self.account_a)).total, 44000)
        status.date_to = False
        status.cancel_reason = "Nhập nhầm hộ"
        status.action_cancel()
        # Neither an earlier month nor one after the bill was cancelled has something to take back.
        august = self._run(period="2026-08-01", invoice_date="2026-09-05")
        self.assertEqual(self._section(self._line(august, self.account_a)).total, 44000)
        with self.cr.savepoint() as undone:
            september.with_user(self.user_accountant)._kdc_cancel("Sai")
            self.assertEqual(self._section(self._line(self._run(), self.account_a)).total, 44000)
            undone.rollback()
        self.env.invalidate_all()
        run = self._run()
        line = self._line(run, self.account_a)
        self.assertIn("09/2026", line.issue_text)
        self.assertEqual(line.severity, "warning")
        october = self._issue(run).filtered(lambda move: move.kdc_account_id == self.account_a)
        self.assertEqual(self._section(october).total, 88000)
        self.assertIn("09/2026", october.kdc_explanation_html)
        grant = self.env["kdc.relief.grant"].search([("account_id", "=", self.account_a.id)])
        self.assertEqual((grant.takeback_move_id, grant.state), (october, "taken_back"))
        later = {"period": "2026-11-01", "invoice_date": "2026-12-05"}
        self.assertEqual(self._section(self._line(self._run(**later), self.account_a)).total, 44000)
        # The bill that took it back is cancelled: the next one takes it back again.
        october.with_user(self.user_accountant)._kdc_cancel("Sai")
        self.assertEqual(grant.state, "given")
        self.assertEqual(self._section(self._line(self._run(**later), self.account_a)).total, 88000)

    def test_what_issued_bills_gave_does_not_change(self):
        """An exemption ends, and another one begins on the next day."""
        relief = self._relief(self.poor)
        self._status(self.household_a, self.poor)
        bill = self._issue(self._run()).filtered(lambda move: move.kdc_account_id == self.account_a)
        for vals in ({"value": 50}, {"status_kind_ids": [Command.set(self.policy.ids)]}, {"date_to": "2026-09-30"}):
            with self.assertRaisesRegex(UserError, bill.name), self.cr.savepoint():
                relief.write(vals)
        with self.assertRaisesRegex(UserError, bill.name), self.cr.savepoint():
            relief.unlink()
        relief.write({"name": "Hộ nghèo, QĐ 12", "date_to": "2026-10-31"})
        relief.copy({"date_from": "2026-11-01", "date_to": False, "value": 50})
        later = self._run(period="2026-11-01", invoice_date="2026-12-05")
        self.assertEqual(self._section(self._line(later, self.account_a)).total, 22000)

    def test_two_months_computed_at_once_take_it_back_once(self):
        self._relief(self.poor)
        status = self._status(self.household_a, self.poor)
        september = self._issue(self._run(period="2026-09-01", invoice_date="2026-10-05"))
        status.cancel_reason = "Nhập nhầm hộ"
        status.action_cancel()
        november = {"period": "2026-11-01", "invoice_date": "2026-12-05"}
        runs = self._run(), self._run(**november)
        self.assertEqual({self._section(self._line(run, self.account_a)).total for run in runs}, {88000})
        october, late = (self._issue(run) for run in runs)
        self.assertEqual(len(october & self.account_a.move_ids), 1)
        self.assertFalse(late & self.account_a.move_ids, "It would have been taken back again.")
        line = self._line(runs[1], self.account_a)
        self.assertEqual((line.state, self._line(runs[1], self.account_b).state), ("failed", "issued"))
        self.assertIn("09/2026", line.failure)
        again = self._line(self._run(**november), self.account_a)
        self.assertEqual(self._section(again).total, 44000)
        # The bill that gave it is cancelled after the preview: there is nothing to take back any more.
        run = self._run(period="2026-12-01", invoice_date="2027-01-05")
        (october & self.account_a.move_ids).with_user(self.user_accountant)._kdc_cancel("Sai")
        run = self._run(period="2026-12-01", invoice_date="2027-01-05")
        (september & self.account_a.move_ids).with_user(self.user_accountant)._kdc_cancel("Sai")
        self._issue(run)
        self.assertEqual(self._line(run, self.account_a).state, "failed")

    def test_a_service_twice_in_a_month_gives_a_relief_for_each(self):
        """Its connection was ended and another one opened: both are on the bill, and taken back each by itself."""
        self._relief(self.poor)
        status = self._status(self.household_a, self.poor)
        first = self.account_a.connection_ids.filtered(lambda connection: connection.service_id == self.waste)
        first.date_to = "2026-10-15"
        first.copy({"date_from": "2026-10-16", "date_to": False})
        bill = self._issue(self._run()).filtered(lambda move: move.kdc_account_id == self.account_a)
        grants = self.env["kdc.relief.grant"].search([("account_id", "=", self.account_a.id)], order="day")
        self.assertEqual(grants.mapped("amount"), [44000, 44000])
        self.assertEqual([part[1] for key, part in bill._kdc_disputable().items() if key[0] == "RAC"], [0, 0])
        wizard = self.env["kdc.bill.correct"].with_user(self.user_accountant).new(
            {"move_id": bill.id, "service_id": self.waste.id, "kind": "correction"}
        )
        self.assertTrue(wizard.problem, "Which of the two is wrong?")
        status.cancel_reason = "Nhập nhầm hộ"
        status.action_cancel()
        later = self._line(self._run(period="2026-11-01", invoice_date="2026-12-05"), self.account_a)
        taken = sum(line.amount for part in Bill.from_dict(later.explanation).sections for charge in part.charges
                    for line in charge.lines if line.label == "takeback")  # fmt: skip
        self.assertEqual(taken, 88000)

    def test_number_of_queries_does_not_grow_with_households(self):
        self._relief(self.poor)
        households = self.env["kdc.household"].create(
            [{"code": f"X{n}", "name": f"Hộ {n}", "dwelling_id": self.household_a.dwelling_id.id} for n in range(10)]
        )
        for household in households:
            account = self._create_account(household, household.code, self.waste)
            account.connection_ids.persons = 3
        run = self._run()
        self.assertEqual(run.line_count, 12)
        connections = self.env["kdc.connection"].search(run._connection_domain())
        context = RunContext(run, connections)
        for connection in connections:
            context.sections(connection)
        with self.assertQueryCount(0):
            for connection in connections:
                household = connection.account_id.household_id
                context.entitlements.reliefs(connection.tariff_id, household, PERIOD)
        queries = self.env.cr.sql_log_count
        asked = Entitlements(self.env, connections.account_id.household_id)
        for household in asked.households:
            asked.reliefs(self.waste_tariff, household, PERIOD)
            asked.vehicles(household, PERIOD)
        self.assertLessEqual(self.env.cr.sql_log_count - queries, 3)

    @mute_logger("odoo.sql_db")
    def test_wrong_reliefs_are_refused(self):
        for vals in ({"value": 0}, {"value": 101}, {"kind": "amount"}, {"date_to": "2025-12-31"}):
            with self.subTest(vals=vals), self.assertRaises(IntegrityError), self.cr.savepoint():
                self._relief(self.poor, **vals).flush_recordset()
        other = self.water.tariff_ids[0].version_ids[0].component_ids[0]
        with self.assertRaises(ValidationError):
            self._relief(self.poor, component_id=other.id)

    def test_the_decision_stays_with_social_affairs(self):
        """The accountant learns that a relief applies, never the status."""
        self._relief(self.poor)
        self._status(self.household_a, self.poor)
        self._run()
        self.assertFalse(self.env["kdc.household.status"].with_user(self.user_accountant).has_access("read"))

    # -- vehicles, m², formulas ---------------------------------------------------------------------

    def _priced(self, account=None, **component):
        """Bill the waste service by one component of another kind and return the section of account A."""
        version = self.waste_tariff.version_ids.sorted("date_from")[-1]
        version.component_ids.unlink()
        self.env["kdc.tariff.component"].create({"version_id": version.id, "name": "Gửi xe", "code": "XE", **component})
        return self._line(self._run(), account or self.account_a)

    def test_parking_counts_the_vehicles_of_the_first_day(self):
        vehicles = [
            ("motorcycle", "2026-01-01", False), ("motorcycle", "2026-01-01", "2026-10-01"),
            ("motorcycle", "2026-10-02", False), ("car", "2026-01-01", False), ("motorcycle", "2026-10-01", False),
        ]  # fmt: skip
        self.env["kdc.vehicle"].create(
            [
                {"household_id": self.household_a.id, "kind": kind, "date_from": start, "date_to": end}
                for kind, start, end in vehicles
            ]
        )
        line = self._priced(kind="vehicle", vehicle_kind="motorcycle", price=100000)
        self.assertEqual(self._section(line).total, 200000)
        self.assertIn("2 × ", line.explanation_html)
        sections = [section["service"] for section in self._line(line.run_id, self.account_b).explanation["sections"]]
        self.assertEqual(sections, ["NUOC"], "no vehicle, no heading")

    def test_floor_area(self):
        line = self._priced(kind="area", price=2500)
        self.assertEqual(line.state, "blocked", "the area is not known")
        self.account_a.connection_ids.filtered(lambda c: c.service_id == self.waste).area_m2 = 62.5
        self.assertEqual(self._section(self._line(self._run(), self.account_a)).total, 156250)

    def test_formula(self):
        line = self._priced(kind="formula", formula="max(so_nguoi * 5000; 20000) + don_gia", price=500)
        self.assertEqual(self._section(line).total, 20500)
        self.assertIn("so_nguoi = 3", line.explanation_html)

    def test_a_wrong_formula_is_refused_with_its_place(self):
        version = self.waste_tariff.version_ids[0]
        for text, place in (
            ("so_nguoi * 15.000", "12"),
            ("so_nguoii * 2", "1"),
            ("2 * (3", ""),
            ("__import__('os')", ""),
        ):
            with self.subTest(text=text), self.assertRaisesRegex(ValidationError, place), self.cr.savepoint():
                self.env["kdc.tariff.component"].create(
                    {"version_id": version.id, "name": "X", "code": "X", "kind": "formula", "formula": text}
                )

    def test_a_negative_formula_stops_the_bill(self):
        line = self._priced(kind="formula", formula="so_nguoi - 100")
        self.assertEqual(line.state, "blocked")
        self.assertIn("XE", line.issue_text)

    def test_form_of_a_relief(self):
        tariff = Form(self.waste_tariff.with_user(self.user_accountant))
        with tariff.relief_ids.new() as relief:
            relief.name = "Giảm"
            relief.status_kind_ids.add(self.poor)
            relief.value = 50
            relief.date_from = "2026-01-01"
            relief.decision = "QĐ 8"
        self.assertEqual(tariff.save().relief_ids.value, 50)
