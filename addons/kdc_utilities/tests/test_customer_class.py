from datetime import date

from odoo.tests import Form, tagged

from .common import PERIOD, UtilitiesCommon

#: m³ → total of a water bill by class, vietnam.md §3.2: net price of the class, 5 % VAT, and the environmental fee of
#: 10 % of the net where the table of the ward has one (households and public bodies).
VECTORS = {"household": {8: 44_160, 25: 173_650}, "public": {25: 224_250}, "business": {8: 99_960, 25: 312_375},
           "production": {25: 254_625}}  # fmt: skip


@tagged("post_install", "-at_install")
class TestCustomerClass(UtilitiesCommon):
    """The class of the customer chooses the tariff, and a tariff of another class is seen before it is billed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shop = cls.env["res.partner"].create({"name": "Tạp hóa Cô Ba", "is_company": True})
        cls.accounts = cls.env["kdc.customer.account"].with_user(cls.user_accountant)

    def _account(self, **vals):
        return self.accounts.create({"partner_id": self.shop.id, "area_id": self.group_a.id, **vals})

    def _connect(self, account, service, serial="DH-X", **vals):
        """Connect as the form does: the tariff follows from the customer's class."""
        form = Form(self.env["kdc.connection"].with_user(self.user_accountant).with_context(
            default_account_id=account.id
        ))  # fmt: skip
        form.service_id = service
        form.date_from = date(2026, 1, 1)
        connection = form.save()
        if service.metered:
            meter = self.env["kdc.meter"].create({"serial": serial, "connection_id": connection.id})
            self._read(meter, date(2026, 9, 25), 0)
        return connection

    def _line(self, account):
        run = self.env["kdc.billing.run"].with_user(self.user_accountant).create({"period": PERIOD})
        run.action_compute()
        return run.line_ids.filtered(lambda line: line.account_id == account)

    def test_a_firm_is_in_trade_and_a_household_lives(self):
        self.assertEqual(self._account().customer_class, "business")
        self.assertEqual(self._account(customer_class="public").customer_class, "public")
        self.assertEqual(self.account_a.customer_class, "household")
        self.assertEqual(self._account(partner_id=self.household_b.partner_id.id).customer_class, "household")
        with Form(self.accounts) as form:
            form.partner_id = self.shop
            self.assertEqual(form.customer_class, "business")
            form.household_id = self.household_a
            self.assertEqual(form.customer_class, "household")

    def test_the_published_prices_by_class(self):
        for customer_class, totals in VECTORS.items():
            for used, total in totals.items():
                account = self._account(customer_class=customer_class)
                connection = self._connect(account, self.water, f"DH-{customer_class}-{used}")
                self.assertEqual(connection.tariff_id.customer_class, customer_class)
                self._read(connection.meter_ids, date(2026, 10, 25), used)
                line = self._line(account)
                self.assertEqual(line.amount_total, total, f"{customer_class} {used} m³")
                self.assertFalse(line.issues)

    def test_the_price_of_another_class_is_seen_before_the_bills(self):
        account = self._account()
        connection = self._connect(account, self.water)
        household = self.water._tariff_for("household")
        connection.tariff_id = household
        self._read(connection.meter_ids, date(2026, 10, 25), 8)
        line = self._line(account)
        self.assertEqual((line.state, line.severity, line.amount_total), ("ready", "warning", 44_160))
        self.assertIn(household.name, line.issue_text)
        connections = connection.search([("account_id", "in", (account | self.account_a).ids)])
        self.assertEqual(connections.search([("wrong_class", "=", True), ("id", "in", connections.ids)]), connection)
        self.assertEqual(connections.filtered("wrong_class"), connection)
        right = connections.search([("wrong_class", "=", False), ("id", "in", connections.ids)])
        self.assertEqual(right, connections - connection)
        connection.tariff_id = self.water._tariff_for("business")
        self.assertFalse(connection.wrong_class)
        self.assertFalse(self._line(account).issues)

    def test_where_a_service_has_one_price_for_all_nothing_is_wrong(self):
        account = self._account()
        connection = self.env["kdc.connection"].create(
            {"account_id": account.id, "service_id": self.waste.id, "tariff_id": self.waste.tariff_ids.id}
        )
        self.assertFalse(connection.wrong_class)
        self.waste.tariff_ids.copy({"code": "KD", "customer_class": "business"})
        self.assertTrue(connection.wrong_class)

    def test_no_tariff_is_guessed_for_a_class_that_has_none(self):
        with self.assertRaises(AssertionError):
            self._connect(self._account(), self.waste)

    def test_a_new_service_takes_the_price_of_class_and_day(self):
        """While it is being entered; a price that somebody was billed at changes with nothing else."""
        next_year = self.water._tariff_for("production")
        next_year.write({"customer_class": "business", "sequence": 1})
        next_year.version_ids.date_from = date(2027, 1, 1)
        with Form(self._account()) as form:
            with form.connection_ids.new() as row:
                row.service_id = self.water
                row.date_from = date(2026, 5, 1)
                self.assertEqual(row.tariff_id.customer_class, "business")
                self.assertNotEqual(row.tariff_id, next_year)
            form.customer_class = "public"
            with form.connection_ids.edit(0) as row:
                self.assertEqual(row.tariff_id.customer_class, "public")
        connection = form.record.connection_ids
        with Form(connection) as form:
            form.date_from = date(2027, 2, 1)
        self.assertEqual(connection.tariff_id.customer_class, "public")

    def test_the_form_says_when_the_price_is_of_another_class(self):
        connection = self._connect(self._account(), self.water)
        connection.tariff_id = self.water._tariff_for("household")
        warning = connection._onchange_tariff_id()["warning"]["message"]
        self.assertIn(connection.tariff_id.name, warning)
        account = connection.account_id
        self.assertIn(self.water.name, account._onchange_customer_class()["warning"]["message"])
        account.customer_class = "household"
        self.assertIsNone(account._onchange_customer_class())

    def test_customers_of_before_take_the_class_they_were_billed_at(self):
        shop, house = self._account(), self.account_a
        self._connect(shop, self.water)
        (shop | house).customer_class = "household"
        self.env.flush_all()
        self.env["kdc.customer.account"]._init_column("customer_class")
        self.env.invalidate_all()
        self.assertEqual((shop.customer_class, house.customer_class), ("business", "household"))
