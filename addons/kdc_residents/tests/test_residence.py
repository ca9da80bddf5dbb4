from datetime import date, datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time
from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.http import Request
from odoo.tests import Form, HttpCase, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .common import ResidentsCommon


@tagged("post_install", "-at_install")
class TestResidence(ResidentsCommon):
    def _residence(self, kind="temporary", user=None, **vals):
        vals = {"kind": kind, "resident_id": self.resident_a.id, "date_from": "2026-01-01"} | vals
        if kind in ("temporary", "stay"):
            vals.setdefault("date_to", "2026-01-20")
        return self.env["kdc.residence"].with_user(user or self.user_officer).create(vals)

    def test_follows_the_person(self):
        record = self._residence()
        self.assertEqual(record.household_id, self.household_a)
        self.assertEqual(record.area_id, self.group_a)
        self.assertEqual(record.person_name, "Nguyễn Văn An")
        self.assertEqual(record.police_registered, "unknown", "The ward does not claim to know")

    def test_a_guests_day_of_birth_stays_inside(self):
        """Screens show the year; nobody reads, exports, sorts by or halves his way to the day."""
        guest = self._residence("stay", resident_id=False, person_name="Lê Văn Khách", birth_date="1990-02-03",
                                dwelling_id=self.dwelling_a.id)  # fmt: skip
        shown = guest.web_read({"birth_date": {}, "birth_display": {}})[0]
        self.assertEqual((shown["birth_date"], shown["birth_display"]), (False, "**/**/1990"))
        model = guest.browse()
        for attempt in (
            lambda: guest.read(["birth_date"]),
            lambda: guest.export_data(["birth_date"]),
            lambda: model.search([("birth_date", "<", "1990-02-04")]),
            lambda: model.search([], order="birth_date"),
            lambda: model.formatted_read_group([], ["birth_date:day"], ["__count"]),
        ):
            with self.assertRaises(AccessError):
                attempt()
        self.assertIn(guest, model.search([("birth_date", ">=", "1990-01-01"), ("birth_date", "<=", "1990-12-31")]))

    def test_database_keeps_the_law(self):
        self._residence(date_from="2026-01-01", date_to="2026-06-30")
        self._residence("permanent")
        cases = {
            "more than two years": {"date_from": "2027-01-01", "date_to": "2029-01-01"},
            "temporary without end": {"date_from": "2027-01-01", "date_to": False},
            "overlap": {"date_from": "2026-06-30", "date_to": "2026-12-31"},
            "second permanent": {"kind": "permanent", "date_from": "2027-01-01"},
            "guest for 30 days": {"kind": "stay", "date_from": "2026-08-01", "date_to": "2026-08-31"},
            "backwards": {"date_from": "2027-02-01", "date_to": "2027-01-01"},
            "absent stranger": {"kind": "absence", "resident_id": False, "person_name": "X",
                                "dwelling_id": self.dwelling_a.id},
        }  # fmt: skip
        for name, vals in cases.items():
            with self.subTest(name), mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
                self._residence(**vals)
                self.env.flush_all()
        self._residence(date_from="2026-07-01", date_to="2028-06-30")
        self._residence("absence", date_from="2026-03-01")

    def test_cancelled_does_not_block(self):
        record = self._residence()
        with self.assertRaises(UserError):
            record.action_cancel()
        with self.assertRaisesRegex(AssertionError, "readonly"), Form(record) as form:
            form.cancel_reason = "Nhầm người"
        ((view_id, _kind),) = record.action_ask_cancel()["views"]
        with Form(record, view=self.env["ir.ui.view"].browse(view_id)) as asked:
            asked.cancel_reason = "Nhầm người"
        record.action_cancel()
        self.assertEqual(record.status, "cancelled")
        self._residence()
        self.env.flush_all()
        with self.assertRaises(UserError):
            record.write({"place": "x"})
        with self.assertRaises(UserError):
            record.sudo().unlink()
        with self.assertRaises(UserError):
            self._residence(date_from="2027-01-01", date_to="2027-02-01").write({"cancelled": True})

    @freeze_time("2026-11-21 03:00:00")
    def test_reminder_once(self):
        soon = self._residence(date_from="2025-01-01", date_to="2026-12-10")
        self._residence(resident_id=self.resident_b.id, date_from="2025-01-01", date_to="2026-12-10")
        self._residence(resident_id=self.resident_b.id, date_from="2026-12-11", date_to="2027-12-10")
        found = self.env["kdc.residence"].search(self.env["kdc.residence"]._expiring_domain())
        self.assertEqual(soon.status, "expiring")
        self.assertIn(soon, found)
        for _twice in range(2):
            self.env["kdc.residence"]._cron_remind()
        self.assertEqual(len(soon.activity_ids), 1)
        self.assertEqual(soon.activity_ids.user_id, self.user_officer)
        notices = self.env["kdc.notification"].search([("partner_id", "=", self.resident_a.partner_id.id)])
        self.assertEqual(len(notices), 1)
        self.assertFalse((found - soon).filtered(lambda r: r.resident_id == self.resident_b).activity_ids, "Extended")
        action = soon.action_extend()
        self.assertEqual(action["context"]["default_date_from"], date(2026, 12, 11))
        self.assertFalse(soon.activity_ids)
        self.env["kdc.residence"]._cron_remind()
        self.assertFalse(soon.activity_ids, "what the officer has ticked off does not come back every night")
        found = self.env["kdc.notification"].search([("partner_id", "=", self.resident_a.partner_id.id)])
        self.assertEqual(found, notices)

    @freeze_time("2026-11-21 03:00:00")
    def test_one_bad_residence_stops_no_reminder(self):
        dates = {"date_from": "2025-01-01", "date_to": "2026-12-10"}
        bad, good = self._residence(**dates), self._residence(resident_id=self.resident_b.id, **dates)
        Residence = type(bad)
        schedule = Residence.activity_schedule

        def failing(record, *args, **kwargs):
            if record == bad:
                raise ValueError("bad record")
            return schedule(record, *args, **kwargs)

        with (
            patch.object(Residence, "activity_schedule", failing),
            self.assertLogs("odoo.addons.kdc_residents.models.kdc_residence", "ERROR"),
        ):
            self.env["kdc.residence"]._cron_remind()
        self.assertTrue(good.activity_ids)
        self.assertFalse(bad.reminded_of, "tried again the next night")

    def test_absence_is_an_event(self):
        event = self.env["kdc.civil.event"].with_user(self.user_officer).create(
            {
                "kind": "absence", "household_id": self.household_a.id, "date": "2026-02-01", "date_to": "2026-08-01",
                "place": "Nhật Bản", "line_ids": [Command.create({"resident_id": self.resident_a.id})],
            }
        )  # fmt: skip
        event.action_confirm()
        record = event.residence_ids
        self.assertEqual((record.kind, record.date_to, record.place), ("absence", date(2026, 8, 1), "Nhật Bản"))
        self.assertEqual(self.household_a.head_id, self.resident_a, "Who is absent stays a member")
        event._cancel_with_reason("Không đi nữa")
        self.assertTrue(record.cancelled)

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.models")
    def test_own_areas_only(self):
        foreign = self._residence(resident_id=self.resident_b.id)
        own = self._residence(user=self.user_area_head)
        seen = self.env["kdc.residence"].with_user(self.user_area_head)
        self.assertEqual(seen.search([("id", "in", (own | foreign).ids)]), own)
        with self.assertRaises(AccessError):
            self._residence("stay", user=self.user_area_head, resident_id=self.resident_b.id)


@tagged("post_install", "-at_install")
class TestResidencePortal(ResidentsCommon, HttpCase):
    """The household's own notices, without JavaScript."""

    def _send(self, what="guest", **data):
        today = fields.Date.context_today(self.user_portal_a)
        data = {
            "csrf_token": Request.csrf_token(self),
            "person_name": "Phan Văn Khách",
            "birth_date": "02/03/1990",
            "paper_kind": "cccd",
            "paper_last": "056090001234",
            "date_from": today.isoformat(),
            "date_to": today.isoformat(),
            "reason": "Thăm nhà",
        } | data
        return self.url_open(f"/my/residence/{what}", data=data, allow_redirects=False)

    def _mine(self):
        return self.env["kdc.residence"].search([("household_id", "=", self.household_a.id)])

    def test_guest_in_time(self):
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        self.assertEqual(self.url_open("/my/residence/guest").status_code, 200)
        tomorrow = (date.today() + timedelta(days=2)).isoformat()
        response = self._send(date_from=tomorrow, date_to=tomorrow)
        self.assertEqual(response.status_code, 303)
        record = self._mine()
        self.assertEqual((record.kind, record.source, record.on_time), ("stay", "portal", True))
        self.assertEqual(record.paper_last, "1234", "The full number is never kept")
        self.assertEqual(record.birth_date, date(1990, 3, 2))
        self.assertEqual(record.dwelling_id, self.dwelling_a)
        page = self.url_open("/my/residence").text
        self.assertIn("Phan Văn Khách", page)
        self.assertIn("VNeID", page)
        self.authenticate("kdc_portal_b", "kdc_portal_b")
        self.assertNotIn("Phan Văn Khách", self.url_open("/my/residence").text)
        stolen = self.url_open(
            f"/my/residence/{record.id}/withdraw", data={"csrf_token": Request.csrf_token(self)}, allow_redirects=False
        )
        self.assertEqual(stolen.status_code, 404)
        self.assertFalse(record.cancelled)
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        self.url_open(f"/my/residence/{record.id}/withdraw", data={"csrf_token": Request.csrf_token(self)})
        self.assertTrue(record.cancelled)

    def test_late_notice_is_taken(self):
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        yesterday = (date.today() - timedelta(days=2)).isoformat()
        self.assertEqual(self._send(date_from=yesterday, date_to=yesterday).status_code, 303)
        self.assertFalse(self._mine().on_time)
        self.assertIn("23:00", self.url_open("/my/residence").text)

    def test_bad_input_loses_nothing(self):
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        far = (date.today() + timedelta(days=60)).isoformat()
        for data in ({"person_name": " "}, {"date_from": "hôm nay"}, {"date_to": far}, {"birth_date": "1/1/1700"},
                     {"date_to": "2001-01-01"}):  # fmt: skip
            with self.subTest(data):
                response = self._send(**data)
                self.assertEqual(response.status_code, 422)
                self.assertIn("Thăm nhà", response.text)
        self.assertFalse(self._mine())

    def test_tenant(self):
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        self.assertEqual(
            self._send("tenant", date_to=(date.today() + timedelta(days=300)).isoformat()).status_code, 303
        )
        self.assertEqual(self._mine().kind, "temporary")
        self.assertEqual(
            self._send("tenant", date_to=(date.today() + timedelta(days=900)).isoformat()).status_code, 422
        )

    def test_landlord_of_another_house(self):
        """Who owns a house announces tenants there; nobody announces them in a house of others."""
        rented = self._create_dwelling("88", "Trần Phú", self.group_b)
        self.env["kdc.dwelling.owner"].create({"dwelling_id": rented.id, "partner_id": self.resident_a.partner_id.id})
        self.env.cr.precommit.run()
        until = (date.today() + timedelta(days=300)).isoformat()
        self.authenticate("kdc_portal_a", "kdc_portal_a")
        self.assertIn("88 Trần Phú", self.url_open("/my/residence/tenant").text)
        self._send("tenant", date_to=until, dwelling=str(rented.id))
        record = self._mine()
        self.assertEqual(record.dwelling_id, rented)
        self.assertEqual(record.area_id, self.group_b)
        self.assertIn("88 Trần Phú", self.url_open("/my/residence").text)
        self._send("tenant", date_to=until, dwelling=str(self.dwelling_b.id))
        self.assertEqual((self._mine() - record).dwelling_id, self.dwelling_a, "A foreign house is not taken")

    def test_hour_of_the_ward(self):
        """22:30 in Khánh Hòa is 15:30 UTC: the notice is in time."""
        vals = {"kind": "stay", "person_name": "Khách", "household_id": self.household_a.id,
                "date_from": "2026-11-21", "date_to": "2026-11-21"}  # fmt: skip
        for moment, on_time in (("2026-11-21 15:30:00", True), ("2026-11-21 16:00:00", False)):
            record = self.env["kdc.residence"].create(vals | {"announced_at": datetime.fromisoformat(moment)})
            self.assertEqual(record.on_time, on_time)
