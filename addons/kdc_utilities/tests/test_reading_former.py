import base64
import io
from datetime import date, timedelta

from odoo.addons.kdc_residents.tests.leaks import picture
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from PIL import Image

from .common import PERIOD, UtilitiesCommon

DAY = date(2026, 10, 25)


@tagged("post_install", "-at_install")
class TestFormerFigures(UtilitiesCommon):
    """What a corrected reading said stays, with its author and photo; the photo of another figure is not shown."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._read_month()
        cls.reader = cls._create_user("kdc_reader", "kdc_utilities.group_accountant")
        cls.reading = cls._as(cls.reader, 126, source="phone", photo=base64.b64encode(picture()), accuracy=8)

    @classmethod
    def _as(cls, user, value, source="officer", **vals):
        readings = cls.env["kdc.meter.reading"].with_user(user)
        return readings._record(cls.meter_a.with_user(user), DAY, value, source, **vals).with_env(cls.env)

    def test_a_corrected_figure_keeps_the_former_and_shows_no_other_photo(self):
        photo = self.reading.photo
        self._as(self.user_accountant, 124, source="import")
        self.assertFalse(self.reading.photo or self.reading.photo_hash or self.reading.accuracy)
        former = self.reading.former_ids[0]
        self.assertEqual((former.value, former.source, former.user_id), (126, "phone", self.reader))
        self.assertEqual((former.photo, former.create_uid), (photo, self.user_accountant))
        bill = self._issue(self._run()).filtered(lambda move: move.kdc_account_id == self.account_a)
        self.assertFalse(bill._kdc_photo_readings())

    def test_the_photo_sent_with_the_correction_is_shown(self):
        out = io.BytesIO()
        Image.new("RGB", (40, 30), "#00bcd4").save(out, "JPEG")
        self._as(self.user_accountant, 124, photo=base64.b64encode(out.getvalue()))
        self.assertTrue(self.reading.photo_hash)
        self.assertNotEqual(self.reading.photo, self.reading.former_ids[0].photo)

    def test_the_same_figure_keeps_its_photo(self):
        before = len(self.reading.former_ids)
        self._as(self.reader, 126)
        self.assertEqual(len(self.reading.former_ids), before, "Saved again, nothing else is said.")
        self._as(self.user_accountant, 126)
        self.assertTrue(self.reading.photo)
        self.env.invalidate_all()
        self.assertEqual(self.reading.former_ids[0].user_id, self.reader, "Somebody else says it now.")

    def test_who_corrects_in_the_list_is_the_author(self):
        self.reading.with_user(self.user_accountant).with_context(bin_size=True).value = 120
        self.assertEqual((self.reading.user_id, self.reading.source), (self.user_accountant, "officer"))
        self.assertEqual(base64.b64decode(self.reading.former_ids[0].photo)[:2], b"\xff\xd8", "not its size")

    def test_nobody_writes_the_history(self):
        self._as(self.user_accountant, 124)
        former = self.reading.former_ids[0].with_user(self.user_accountant)
        self.assertEqual(former.value, 126)
        for change in (lambda: former.write({"value": 1}), former.unlink):
            with self.assertRaises(AccessError):
                change()
        self.assertFalse(self.env["kdc.meter.reading.former"].with_user(self.user_collector).has_access("read"))
        self.assertFalse(self.env["kdc.meter.reading.former"].with_user(self.user_portal_a).has_access("read"))


@tagged("post_install", "-at_install")
class TestReaderIsNoApprover(UtilitiesCommon):
    """Who enters or corrects a reading does not approve the run that bills it (A-03)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._read_month()
        cls.both = cls._create_user("kdc_both", "kdc_utilities.group_accountant,kdc_utilities.group_approver")

    def _read_as(self, user, value, day=DAY):
        self.env["kdc.meter.reading"].with_user(user)._record(self.meter_a.with_user(user), day, value, "officer")

    def _refused(self, run):
        run = run.with_user(self.both)
        run.invalidate_recordset(["can_approve"])
        [card] = [card for card in run.env["kdc.home"]._home_cards() if card["key"] == "runs_to_approve"]
        counted = run.search_count([*card["domain"], ("id", "=", run.id)])
        self.assertEqual(bool(counted), run.can_approve, "The home page counts what can be approved.")
        if not run.can_approve:
            with self.assertRaisesRegex(UserError, "DH-A1"):
                run.action_approve()
        return not run.can_approve

    def test_readings_of_others(self):
        run = self._run()
        self.assertFalse(self._refused(run))
        run.with_user(self.both).action_approve()
        self.assertEqual(run.approved_by_id, self.both)

    def test_entered(self):
        self._read_as(self.both, 126)
        self.assertTrue(self._refused(self._run()))

    def test_entered_and_corrected_by_somebody_else(self):
        self._read_as(self.both, 126)
        self._read_as(self.user_accountant, 127)
        self.assertTrue(self._refused(self._run()))

    def _reading(self):
        return self.env["kdc.meter.reading"].search([("meter_id", "=", self.meter_a.id), ("date", "=", DAY)])

    def test_nobody_is_hidden_by_another_name(self):
        """Neither the reader nor a colleague takes the reader's name off."""
        self._read_as(self.both, 126)
        reading = self._reading()
        reading.with_user(self.both).write({"user_id": self.user_accountant.id})
        self.assertEqual(reading.user_id, self.both)
        reading.with_user(self.user_accountant).write({"user_id": self.env.uid})
        self.assertEqual((reading.user_id, reading.former_ids[0].user_id), (self.user_accountant, self.both))
        self.assertTrue(self._refused(self._run()))

    def test_nobody_enters_in_the_name_of_another(self):
        last = self.meter_a.reading_ids.sorted("date")[-1]
        names = {"user_id": self.user_accountant.id}
        readings = self.env["kdc.meter.reading"].with_user(self.both).with_context(default_user_id=names["user_id"])
        values = {"meter_id": self.meter_a.id, "date": last.date + timedelta(days=1), "value": last.value}
        reading = readings.create(values | names)
        self.assertEqual(reading.user_id, self.both)

    def test_the_database_knows_who_entered_or_corrected(self):
        self._read_as(self.user_accountant, 126)
        reading = self._reading()
        self.env.flush_all()
        self.env.cr.execute("UPDATE kdc_meter_reading SET create_uid = %s WHERE id = %s", [self.both.id, reading.id])
        self.assertTrue(self._refused(self._run()))
        self.env.cr.execute("UPDATE kdc_meter_reading SET create_uid = 1 WHERE id = %s", [reading.id])
        self.env.cr.execute(
            "UPDATE kdc_meter_reading_former SET create_uid = %s WHERE reading_id = %s", [self.both.id, reading.id]
        )
        self.assertTrue(self._refused(self._run()))

    def test_of_another_month_or_service_or_left_out(self):
        self._read_as(self.both, 99, day=date(2026, 9, 25))
        self.assertFalse(self._refused(self._run()))
        self._read_as(self.both, 126)
        self.assertFalse(self._refused(self._run(service_ids=self.waste.ids)))
        run = self._run(period=PERIOD)
        self.assertTrue(self._refused(run))
        run.line_ids.filtered(lambda line: line.account_id == self.account_a).action_exclude()
        self.assertFalse(self._refused(run))

    def test_one_query_however_many_readings(self):
        self._read_as(self.both, 126)
        run = self._run().with_user(self.both)
        self.env.flush_all()
        with self.assertQueryCount(1):
            self.assertTrue(run._own_readings())
