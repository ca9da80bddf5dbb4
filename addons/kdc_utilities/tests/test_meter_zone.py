from datetime import date

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, HttpCase, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ..engine.tariff import Bill
from .common import UtilitiesCommon

PRICES = {"normal": 3000, "peak": 5000, "offpeak": 2000}
NAMES = {"normal": "Giờ bình thường", "peak": "Giờ cao điểm", "offpeak": "Giờ thấp điểm"}


@tagged("post_install", "-at_install")
class TestMeterZone(UtilitiesCommon, HttpCase):
    """A meter with a register for each time of use (U-01): entered, billed and printed register by register."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        vat = cls.env.ref("kdc_utilities.kdc_vat_category_service")
        cls.tariff = cls.env["kdc.tariff"].create(
            {
                "name": "Điện ba giá", "code": "BAGIA", "service_id": cls.power.id,
                "version_ids": [Command.create({
                    "date_from": "2020-01-01", "decision": "QĐ ba giá",
                    "component_ids": [
                        Command.create({
                            "name": NAMES[zone], "code": zone.upper(), "kind": "unit", "zone": zone, "price": price,
                            "vat_category_id": vat.id,
                        })
                        for zone, price in PRICES.items()
                    ],
                })],
            }
        )  # fmt: skip
        cls.account = cls._create_account(cls.household_a, "CT-1", services=cls.power)
        cls.connection = cls.account.connection_ids
        cls.connection.tariff_id = cls.tariff
        meter = cls.connection.meter_ids
        meter.write({"serial": "CT-1", "zone": "normal"})
        meter.action_add_registers()
        cls.registers = cls.connection.meter_ids.sorted("zone", reverse=True)
        cls.by_zone = {register.zone: register for register in cls.connection.meter_ids}

    def _read_registers(self, normal, peak, offpeak):
        used = {"normal": normal, "peak": peak, "offpeak": offpeak}
        for zone, register in self.by_zone.items():
            self._read(register, date(2026, 9, 25), 100)
            if used[zone] is not None:
                self._read(register, date(2026, 10, 25), 100 + used[zone])

    def _line(self, run):
        return run.line_ids.filtered(lambda line: line.account_id == self.account)

    def test_a_register_is_a_meter_with_its_sign(self):
        self.assertEqual(
            {zone: register.serial for zone, register in self.by_zone.items()},
            {"normal": "CT-1 BT", "peak": "CT-1 CD", "offpeak": "CT-1 TD"},
        )
        normal = self.by_zone["normal"]
        normal.action_add_registers()
        self.assertEqual(len(self.connection.meter_ids), 3, "added once")
        normal.serial = "  CT-2  TD "
        self.assertEqual(normal.serial, "CT-2 BT")
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self.by_zone["peak"].copy({"serial": "CT-1", "zone": "peak"})
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            normal.share_basis = "equal"
            normal.flush_recordset()
        self._read_registers(1, 1, 1)
        with self.assertRaises(UserError):
            normal.zone = "peak"
        with self.assertRaises(UserError):
            self.meter_a.action_add_registers()

    def test_each_register_is_billed_and_printed(self):
        self._read_registers(120, 30, 50)
        line = self._line(self._run())
        self.assertEqual((line.state, line.amount_untaxed, line.amount_total), ("ready", 610000, 658800))
        bill = self._issue(line.run_id).filtered(lambda bill: bill.kdc_account_id == self.account)
        self.assertEqual(bill.amount_total, 658800)
        (section,) = Bill.from_dict(bill.kdc_explanation).sections
        self.assertEqual(sorted(reading.serial for reading in section.readings), ["CT-1 BT", "CT-1 CD", "CT-1 TD"])
        self.assertEqual(sum(reading.consumption for reading in section.readings), section.quantity)
        self.assertTrue(bill._kdc_recompute()["equal"])
        for text in (*NAMES.values(), "CT-1 CD", "QĐ ba giá"):
            self.assertIn(text, bill.kdc_explanation_html)
        self.assertTrue(self.env["kdc.bill.pdf"]._render(bill).startswith(b"%PDF-"))
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        page = self.url_open(f"/my/bills/{bill.id}").text
        for text in (*NAMES.values(), "CT-1 CD"):
            self.assertIn(text, page)

    def test_nothing_is_billed_while_a_register_is_unread(self):
        self._read_registers(120, None, 50)
        line = self._line(self._run())
        self.assertEqual(line.state, "blocked")
        self.assertTrue(line.issue_text)

    def test_what_does_not_fit_together_is_said(self):
        self._read_registers(120, 30, 50)
        self.tariff.version_ids.component_ids.filtered(lambda part: part.zone == "peak").unlink()
        line = self._line(self._run())
        self.assertEqual(line.state, "blocked")
        self.assertIn("peak", line.with_context(lang="en_US").issue_text)
        # A tariff without times of use takes the sum.
        tiers = self.power.tariff_ids.filtered(
            lambda tariff: "tiers" in tariff.current_version_id.component_ids.mapped("kind")
        )
        self.connection.tariff_id = tiers[0]
        line = self._line(self._run())
        self.assertEqual((line.state, line.amount_untaxed), ("ready", 439700), "200 kWh by tiers")
        # And prices by time of use need the registers.
        self.connection.tariff_id = self.tariff
        self.registers.reading_ids.unlink()
        self.registers.write({"zone": False})
        self._read_registers(120, 30, 50)
        self.assertEqual(self._line(self._run()).state, "blocked")

    def test_each_register_is_entered_in_the_list_the_import_and_by_the_resident(self):
        self._read_registers(120, None, None)
        entry = self.registers.with_context(kdc_reading_date=date(2026, 10, 25))
        self.assertEqual(entry.filtered("entry_done"), self.by_zone["normal"])
        entry.filtered(lambda meter: meter.zone == "peak").entry_value = 130
        self.assertEqual(self.by_zone["peak"].reading_ids.sorted("date")[-1].consumption, 30)
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        page = self.url_open("/my/readings").text
        for sign in ("BT", "CD", "TD"):
            self.assertIn(f"CT-1 {sign}", page)

    def test_a_replaced_register_keeps_its_time_of_use(self):
        self._read_registers(120, 30, 50)
        wizard = self.env["kdc.meter.change"].with_context(default_meter_id=self.by_zone["peak"].id)
        form = Form(wizard)
        form.kind, form.date, form.final_value, form.serial = "replace", date(2026, 11, 2), 131, "CT-9"
        form.reason = "Kiểm định định kỳ"
        form.save().action_apply()
        new = self.connection.meter_ids.filtered(lambda meter: meter.zone == "peak" and meter.state == "in_use")
        self.assertEqual(new.serial, "CT-9 CD")

    def test_three_figures_on_one_photo_are_no_anomaly(self):
        self._read_registers(120, 30, 50)
        rows = self.registers.reading_ids.filtered(lambda row: row.date == date(2026, 10, 25))
        self.env.cr.execute("UPDATE kdc_meter_reading SET photo_hash = 'x' WHERE id = ANY(%s)", [rows.ids])
        rows.invalidate_recordset()
        twins = self.env["kdc.reading.anomaly"]._find_twins(self.company, rows)
        self.assertFalse(twins)
        later = self._read(self.by_zone["peak"], date(2026, 11, 20), 140)
        self.env.cr.execute("UPDATE kdc_meter_reading SET photo_hash = 'x' WHERE id = %s", [later.id])
        later.invalidate_recordset()
        self.assertIn(later, self.env["kdc.reading.anomaly"]._find_twins(self.company, later))

    def test_try_it(self):
        trial = self.env["kdc.tariff.trial"].new(
            {
                "tariff_id": self.tariff.id, "date_from": "2026-10-01", "date_to": "2026-10-31",
                "quantity_normal": 120, "quantity_peak": 30, "quantity_offpeak": 50,
            }
        )  # fmt: skip
        self.assertEqual((trial.zoned, trial.total), (True, 658800))
